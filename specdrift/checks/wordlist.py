"""Paths that are often there and seldom in the document, by what they give away. Data only."""

from collections.abc import Mapping
from enum import StrEnum

from specdrift.model.drift import Severity


class Kind(StrEnum):
    """What an undocumented endpoint does for whoever finds it."""

    ADMINISTERS = "administers"
    LEAKS = "leaks"
    INFORMS = "informs"


SEVERITY: Mapping[Kind, Severity] = {
    Kind.ADMINISTERS: Severity.ERROR,
    Kind.LEAKS: Severity.ERROR,
    Kind.INFORMS: Severity.NOTE,
}

_WORDS: Mapping[Kind, str] = {
    Kind.ADMINISTERS: """
        /admin /admin/ /administration /console /dashboard /management /manage /internal /_internal /private
        /api/internal /actuator /actuator/loggers /actuator/gateway/routes /jolokia /quitquitquit
        /healthcheck/fail /graphiql /playground /altair /api/rawdata /debug /_debug /__debug__ /test /dev
    """,
    Kind.LEAKS: """
        /actuator/env /actuator/heapdump /actuator/configprops /actuator/mappings /actuator/metrics
        /actuator/prometheus /manage/env /debug/pprof/ /debug/pprof/heap /debug/vars /debug/requests
        /debug/config /trace /metrics /prometheus /stats /env /config /config.json /config_dump /clusters
        /.env /.git/HEAD /server-status /server-info /nginx_status /stub_status /hystrix.stream /backup
        /v1 /v2 /beta /old /api/v1 /api/v2
    """,
    Kind.INFORMS: """
        /health /healthz /livez /readyz /ready /live /ping /status /version /info /actuator/health
        /actuator/info /swagger /swagger-ui /swagger-ui.html /swagger-ui/index.html /swagger.json
        /openapi.json /openapi.yaml /v2/api-docs /v3/api-docs /api-docs /docs /redoc /graphql
        /grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo /grpc.health.v1.Health/Check
        /.well-known/openid-configuration /.well-known/jwks.json /robots.txt /favicon.ico
    """,
}

WORDLIST: Mapping[str, Kind] = {path: kind for kind, text in _WORDS.items() for path in text.split()}
"""Path to kind. GET only: none of these may be probed with a method that changes something."""
