"""A folder with a service and the configuration of a gateway: both are read, the gateway in front."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus, UsageError
from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.source.crates import crate
from tests.source.gateways.apache.test_apache_join import VERIFIED, host, location
from tests.source.gateways.caddy import test_caddy_join as caddy
from tests.source.gateways.haproxy.test_haproxy_join import frontend
from tests.source.gateways.joined import DOCUMENT, OPEN, found, nginx
from tests.source.gateways.joined import VERIFIED as NGINX_VERIFIED
from tests.source.gateways.kong.kong_texts import TLS_ONLY, kong, mtls, route
from tests.source.gateways.test_envoy_join import OPEN_ROUTE, chain, envoy, rbac
from tests.source.gateways.test_envoy_join import route as envoy_route

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

SECURE = "GET /secure"
PUBLIC = "location = /public { proxy_pass http://api; }"


def _caddy(*guards: caddy.Object) -> str:
    site = caddy.server(caddy.to(match=[{"path": ["/public"]}]), *guards, caddy.to(), client=caddy.OPTIONAL)
    return json.dumps({"apps": {"http": {"servers": {"srv0": site}}}}, indent=1)


def _kong(*plugins: caddy.Object) -> str:
    return kong(
        *(
            route(*own, hosts=["api.example"], paths=[path])
            for own, path in ((plugins, "/secure"), ((), "/public"))
        )
    )


GATEWAYS: dict[str, tuple[str, str]] = {
    "nginx.conf": (
        nginx(f"location / {{ {NGINX_VERIFIED} proxy_pass http://api; }} {PUBLIC}"),
        nginx(f"location / {{ proxy_pass http://api; }} {PUBLIC}"),
    ),
    "haproxy.cfg": (frontend("http-request deny unless { ssl_c_used } || { path /public }"), frontend("")),
    "httpd.conf": (host(location(VERIFIED)), host("")),
    "caddy.json": (_caddy(caddy.GUARD), _caddy()),
    "envoy.yaml": tuple(  # type: ignore[dict-item]
        envoy(chain(*filters, tls=False, routes=[OPEN_ROUTE, envoy_route()])) for filters in ((rbac(),), ())
    ),
    "kong.yml": (_kong(mtls()), _kong()),
}
"""The usual file of each, with a guard and without it."""


def read(folder: Path, *paths: Path) -> Result:
    """Read paths beside the document."""
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    return routes(Settings(spec=str(folder / "openapi.yaml")), paths)


@pytest.mark.parametrize("name", GATEWAYS)
def test_both_are_read_as_if_they_were_named(name: str, tmp_path: Path) -> None:
    """A guard of the gateway counts, and without it the service is open."""
    for text, expected in zip(GATEWAYS[name], (ExitStatus.OK, ExitStatus.DRIFT), strict=True):
        folder = tmp_path / expected.name
        service = crate(folder / "service", OPEN)
        (service / name).write_text(text, encoding="utf-8")
        (service / "kong.conf").write_text(TLS_ONLY, encoding="utf-8")
        result = read(folder, service)
        named = read(folder, service / name, service)
        assert len(result.gateways) == 1
        assert result.source is not None
        assert {(rule, operation) for rule, operation, _ in found(result)} == {
            (rule, operation) for rule, operation, _ in found(named)
        }
        assert (result.exit_status, named.exit_status) == (expected, expected)


def test_a_named_gateway_is_in_front_of_the_service_alone(tmp_path: Path) -> None:
    """Which one is deployed is then known."""
    service = crate(tmp_path / "service", OPEN)
    (service / "nginx.conf").write_text(GATEWAYS["nginx.conf"][1], encoding="utf-8")
    front = tmp_path / "haproxy.cfg"
    front.write_text(GATEWAYS["haproxy.cfg"][0], encoding="utf-8")
    result = read(tmp_path, front, service)
    assert [one.gateway for one in result.gateways] == ["haproxy"]
    assert result.exit_status is ExitStatus.OK


def test_a_folder_with_several_gateways_is_refused(tmp_path: Path) -> None:
    """Their order is not known; it does not pass with one of them left out."""
    service = crate(tmp_path / "service", OPEN)
    for name in ("nginx.conf", "haproxy.cfg"):
        (service / name).write_text(GATEWAYS[name][0], encoding="utf-8")
    with pytest.raises(UsageError, match="nginx and haproxy; name each file, what is in front first"):
        read(tmp_path, service)


def test_other_files_beside_a_service_are_no_gateway(tmp_path: Path) -> None:
    """They may be examples: the usual names count alone."""
    service = crate(tmp_path / "service", OPEN)
    (service / "example.cfg").write_text(GATEWAYS["haproxy.cfg"][0], encoding="utf-8")
    (service / "deck.yml").write_text(GATEWAYS["kong.yml"][0], encoding="utf-8")
    result = read(tmp_path, service)
    assert result.gateways == ()
    assert result.exit_status is not ExitStatus.OK
