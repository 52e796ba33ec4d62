"""Well-known undocumented paths, by their impact. Data only.

Paths on which GET is not safe are omitted: ``/quitquitquit`` and ``/healthcheck/fail`` stop an old Envoy.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from specdrift.model.result.drift import Severity


class EndpointKind(StrEnum):
    """The impact of an undocumented endpoint."""

    ADMINISTERS = "administers"
    LEAKS = "leaks"
    INFORMS = "informs"
    SERVES = "serves"
    """It answers; its purpose is unknown."""


SEVERITY: Mapping[EndpointKind, Severity] = {
    EndpointKind.ADMINISTERS: Severity.ERROR,
    EndpointKind.LEAKS: Severity.ERROR,
    EndpointKind.INFORMS: Severity.NOTE,
    EndpointKind.SERVES: Severity.WARNING,
}

_WORDS: Mapping[EndpointKind, str] = {
    EndpointKind.ADMINISTERS: """
        /admin /admin/ /administration /console /h2-console /dashboard /dashboard/ /management /manage /internal
        /_internal /private /api/internal /api/admin /actuator /actuator/loggers /actuator/gateway/routes /jolokia
        /graphiql /playground /altair /api/rawdata /debug /_debug /__debug__ /q/dev /hangfire /sidekiq
        /balancer-manager
    """,
    EndpointKind.LEAKS: """
        /actuator/env /actuator/heapdump /actuator/threaddump /actuator/configprops /actuator/beans
        /actuator/mappings /actuator/metrics /actuator/prometheus /actuator/logfile /actuator/httptrace
        /manage/env /debug/pprof/ /debug/pprof/heap /debug/vars /debug/requests /debug/config /trace /metrics
        /prometheus /q/metrics /stats /stats/prometheus /env /config /config/ /config.json /config_dump /clusters
        /.env /.git/HEAD /server-status /server-info /server_info /nginx_status /stub_status /haproxy?stats
        /hystrix.stream /rails/info/routes /elmah.axd /backup
    """,
    EndpointKind.INFORMS: """
        /health /healthz /livez /readyz /ready /live /ping /status /version /info /actuator/health /actuator/info
        /q/health /swagger /swagger-ui /swagger-ui/ /swagger-ui.html /swagger-ui/index.html /swagger.json
        /swagger/v1/swagger.json /openapi.json /openapi.yaml /v2/api-docs /v3/api-docs /api-docs
        /api-docs/openapi.json /api.json /docs /redoc /rapidoc /scalar /graphql
        /grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo /grpc.health.v1.Health/Check
        /.well-known/openid-configuration /.well-known/jwks.json /robots.txt /favicon.ico
    """,
    EndpointKind.SERVES: """
        /v1 /v2 /api /api/v1 /api/v2 /beta /old /test /dev
    """,
}

WORDLIST: Mapping[str, EndpointKind] = {path: kind for kind, text in _WORDS.items() for path in text.split()}
"""Kind by path. GET only."""

_FIRST: Mapping[str, str] = {
    "/actuator /actuator/health": """
        /actuator/loggers /actuator/gateway/routes /actuator/env /actuator/heapdump /actuator/threaddump
        /actuator/configprops /actuator/beans /actuator/mappings /actuator/metrics /actuator/prometheus
        /actuator/logfile /actuator/httptrace /actuator/info
    """,
    "/debug/pprof/": "/debug/pprof/heap",
    "/config_dump": "/clusters /server_info",
    "/swagger-ui/ /swagger-ui.html": "/swagger-ui /swagger-ui/index.html",
}

AFTER: Mapping[str, tuple[str, ...]] = {
    path: tuple(first.split()) for first, others in _FIRST.items() for path in others.split()
}
"""Paths of a product that are requested once one of its first paths is not missing. A rejection shows nothing."""

_OF_SERVERS = """
    /server-status /server-info /server_info /nginx_status /stub_status /haproxy?stats /config_dump /clusters
    /balancer-manager /elmah.axd /robots.txt /favicon.ico /api/rawdata /api/internal /api/admin
"""
AT_ROOT = frozenset(_OF_SERVERS.split()) | frozenset(
    path
    for path, kind in WORDLIST.items()
    if kind is EndpointKind.SERVES or path.startswith(("/.", "/grpc."))
)
"""Paths of servers and proxies, and of whole sites: not requested below a base path."""

CONTENTS: Mapping[str, re.Pattern[str]] = {
    "/.git/HEAD": re.compile(r"\A(?:ref: |[0-9a-f]{40}\b)"),
    "/.env": re.compile(r"^\s{0,20}(?:export )?[A-Za-z_]\w{0,100}\s?=", re.MULTILINE),
}
"""How files begin that are the same everywhere. Firewalls answer these paths with a page of their own, and with 200."""

SEGMENTS: Mapping[str, EndpointKind] = {
    path.strip("/").lower(): kind
    for path, kind in WORDLIST.items()
    if path.strip("/").count("/") == 0 and kind is not EndpointKind.SERVES
} | {
    "heapdump": EndpointKind.LEAKS,
    "pprof": EndpointKind.LEAKS,
    "dump": EndpointKind.LEAKS,
    "export": EndpointKind.LEAKS,
}
"""Kind by path segment, for paths that are not on the list."""
