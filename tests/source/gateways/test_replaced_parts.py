"""Routes that replace a part of a path, or make one path of all under a condition on the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.rewritten_paths import RewrittenPath, at_named_paths
from tests.source.gateways.apache.test_apache_join import VERIFIED, host, location
from tests.source.gateways.caddy import test_caddy_join as caddy
from tests.source.gateways.haproxy.test_haproxy_join import frontend
from tests.source.gateways.joined import OPEN, found, joined, nginx
from tests.source.gateways.joined import VERIFIED as NGINX_VERIFIED
from tests.source.gateways.kong import test_kong_join as kong
from tests.source.gateways.kong.kong_texts import kong as kong_text
from tests.source.gateways.kong.kong_texts import plugin
from tests.source.gateways.test_envoy_join import OPEN_ROUTE, chain, disabled, envoy, rbac, route

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from specdrift.model.result.result import Result

BYPASS = ("gateway-location-bypass", "GET /secure", "error")
PLACE = SourceLocation(file="f", line=1, column=1, end_line=1, end_column=2, pointer="")


def _of_caddy(folder: Path, *handlers: caddy.Object, path: str = "") -> Result:
    guard = caddy.to(caddy.REFUSE, match=[{**caddy.ANONYMOUS, "path": ["/secure*"]}])
    changed = caddy.to(*handlers, **({"match": [{"path": [path]}]} if path else {}))
    return caddy.read(folder, caddy.server(guard, changed, caddy.to(), client=caddy.OPTIONAL))


def _caddy_expression(folder: Path, new: str) -> Result:
    rewrite = {"handler": "rewrite", "path_regexp": [{"find": "^/v[0-9]+", "replace": new}]}
    return _of_caddy(folder, rewrite)


def _caddy_path(folder: Path, new: str) -> Result:
    return _of_caddy(folder, {"handler": "rewrite", "uri": new or "/secure"}, path="/list")


def _envoy(folder: Path, new: str) -> Result:
    rewrite = {"pattern": {"regex": "^/v[0-9]+"}, "substitution": new}
    way = route(
        {"prefix": "/v"},
        route={"cluster": "api", "regex_rewrite": rewrite},
        typed_per_filter_config=disabled(),
    )
    text = envoy(chain(rbac(), tls=False, routes=[way, OPEN_ROUTE, route()]))
    return joined(folder, text, OPEN, name="envoy.yaml")


def _haproxy(folder: Path, new: str) -> Result:
    rules = f"""http-request deny if {{ path_beg /secure }} !{{ ssl_c_used }}
    http-request set-path {new or "/secure"} if {{ path /list }}"""
    return joined(folder, frontend(rules), OPEN, name="haproxy.cfg")


def _haproxy_backend(folder: Path, new: str) -> Result:
    rules = """http-request deny if { path_beg /secure } !{ ssl_c_used }
    use_backend list if { path_beg /list }"""
    more = f"""backend list
    http-request set-path {new or "/secure"}
    server a1 10.0.0.5:8080
"""
    return joined(folder, frontend(rules, more=more), OPEN, name="haproxy.cfg")


def _apache(folder: Path, new: str) -> Result:
    rules = f"""RewriteEngine on
    RewriteCond %{{REQUEST_URI}} ^/list$
    RewriteRule ^ http://10.0.0.5:8080{new or "/secure"} [P]
    """
    return joined(folder, host(rules + location(VERIFIED)), OPEN, name="httpd.conf")


def _kong(folder: Path, new: str) -> Result:
    changed = plugin("request-transformer", {"replace": {"uri": new or "/secure"}})
    way = {"hosts": ["api.example"], "paths": ["/list"], "strip_path": False, "plugins": [changed]}
    return kong.read(folder, kong_text(kong.GUARD, way, kong.PUBLIC))


def _nginx(folder: Path, ways: str, *, maps: str = "") -> Result:
    guarded = "location /secure { %s proxy_pass http://api; }"
    return joined(folder, nginx(guarded % NGINX_VERIFIED + ways, more=maps), OPEN)


def _nginx_condition(folder: Path, new: str) -> Result:
    rewrite = f"if ($uri = /list) {{ rewrite ^ {new or '/secure'} break; }}"
    return _nginx(folder, f"location / {{ {rewrite} proxy_pass http://api; }}")


def _nginx_variable(folder: Path, new: str) -> Result:
    return _nginx(folder, f"location = /list {{ set $p {new or '/secure'}; proxy_pass http://api$p; }}")


def _nginx_address(folder: Path, new: str) -> Result:
    return _nginx(folder, f"location = /list {{ set $p http://api{new or '/secure'}; proxy_pass $p; }}")


def _nginx_map(folder: Path, new: str) -> Result:
    maps = f"map $uri $p {{ default $uri; /list {new or '/secure'}; }}"
    return _nginx(folder, "location / { proxy_pass http://api$p; }", maps=maps)


WAYS: dict[str, Callable[[Path, str], Result]] = {
    "apache": _apache,
    "caddy": _caddy_expression,
    "caddy, a path": _caddy_path,
    "envoy": _envoy,
    "haproxy": _haproxy,
    "haproxy, a backend": _haproxy_backend,
    "kong": _kong,
    "nginx, a condition": _nginx_condition,
    "nginx, a variable": _nginx_variable,
    "nginx, an address": _nginx_address,
    "nginx, a map": _nginx_map,
}


@pytest.mark.parametrize("read", WAYS.values(), ids=WAYS)
def test_a_way_that_becomes_the_operation_is_found(
    read: Callable[[Path, str], Result], tmp_path: Path
) -> None:
    """Its twin leads elsewhere."""
    for name, new, expected in (("faulty", "", True), ("twin", "/elsewhere", False)):
        folder = tmp_path / name
        folder.mkdir()
        assert (BYPASS in found(read(folder, new))) is expected


def test_a_match_is_put_where_the_path_has_what_replaces_it() -> None:
    """With groups, at the beginning, and in the middle."""
    assert "/v1/orders" in list(RewrittenPath.of_pattern("^/v[0-9]+", PLACE, "").targets("/orders"))
    assert "//orders" in list(RewrittenPath.of_pattern("/{2,}", PLACE, "/").targets("/orders"))
    swapped = RewrittenPath.of_pattern("/x(b)y/", PLACE, r"/\1/")
    assert "/a/xby/c" in list(swapped.targets("/a/b/c"))


def test_paths_of_conditions_are_tried_where_a_route_makes_one_path_of_all() -> None:
    """Another route has paths of its own."""
    named = [("/list", PLACE), ("/", PLACE), ("list", PLACE)]
    fixed, own = RewrittenPath("/", PLACE), RewrittenPath("/v1", PLACE)
    assert list(at_named_paths([own], named)) == [own]
    assert list(at_named_paths([own, fixed], named)) == [own, fixed, RewrittenPath("/list", PLACE)]
