"""Expressions for which no text is found, or that are not run: what they decide is undecided, and never left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import pytest

from specdrift.errors import ExitStatus
from specdrift.source.gateway.client_choices import ANY_VALUE
from specdrift.source.gateway.samples import attempts
from tests.source.gateways.apache.test_apache_join import VERIFIED, host, location
from tests.source.gateways.caddy import test_caddy_join as caddy
from tests.source.gateways.haproxy.test_haproxy_join import frontend
from tests.source.gateways.joined import OPEN, found, joined, nginx
from tests.source.gateways.kong import test_kong_join as kong
from tests.source.gateways.kong.kong_texts import kong as kong_text
from tests.source.gateways.kong.kong_texts import mtls
from tests.source.gateways.mesh import test_mesh_join as mesh
from tests.source.gateways.mesh.meshes import policy, routes, to
from tests.source.gateways.test_envoy_join import NAMED, OPEN_ROUTE, Node, chain, envoy, rbac, route
from tests.source.gateways.traefik import test_traefik_join as traefik

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result


class ReadExempted(Protocol):
    """Reads a configuration whose guard an expression for a header turns off or, in the twin, does not."""

    def __call__(self, folder: Path, pattern: str, *, twin: bool) -> Result: ...


SECURE = "GET /secure"
FITTED = "^kube-[a-z]+$"
NOT_FITTED = "^(?:q[a-z]){2}$"
"""It matches ``qaqb``, which is not found."""
PLACE = re.compile(r"\(\S+:\d+\)")
NOT_RUN = "^(?:(?:z+)+)+q$"
WAYS = frozenset(
    {
        "gateway-request-bypass",
        "gateway-location-bypass",
        "gateway-server-bypass",
        "gateway-plaintext-to-same-upstream",
    }
)


def _of_apache(folder: Path, pattern: str, *, twin: bool) -> Result:
    asked = f"expr=%{{HTTP:X-Probe}} =~ /{pattern}/"
    exempted = f'{VERIFIED}\n    Require expr "{asked.removeprefix("expr=")}"'
    guard = f'{VERIFIED}\n    RequestHeader set X-Seen 1 "{asked}"' if twin else exempted
    return joined(folder, host(location(guard)), OPEN, name="httpd.conf")


def _of_apache_environment(folder: Path, pattern: str, *, twin: bool) -> Result:
    setter = f'SetEnvIf X-Probe "{pattern}" probe\n'
    guard = location(VERIFIED if twin else f"{VERIFIED}\n    Require env probe")
    return joined(folder, host(setter + guard), OPEN, name="httpd.conf")


def _of_apache_rules(folder: Path, pattern: str, *, twin: bool) -> Result:
    condition = f'RewriteCond %{{HTTP:X-Probe}} "!{pattern}"\n' if not twin else ""
    guard = "RewriteCond %{SSL:SSL_CLIENT_VERIFY} !=SUCCESS\nRewriteRule ^/secure - [F]\n"
    return joined(folder, host(f"RewriteEngine on\n{condition}{guard}"), OPEN, name="httpd.conf")


def _of_caddy(folder: Path, pattern: str, *, twin: bool) -> Result:
    exempted = caddy.to(match=[{"header_regexp": {"X-Probe": {"pattern": pattern}}}])
    public = caddy.to(match=[{"path": ["/public"]}])
    order = (caddy.GUARD, exempted) if twin else (exempted, caddy.GUARD)
    return caddy.read(folder, caddy.server(public, *order, caddy.to(), client=caddy.OPTIONAL))


def _of_caddy_expressions(folder: Path, pattern: str, *, twin: bool) -> Result:
    asked = f"{{http.request.header.X-Probe}}.matches('{pattern}')"
    exempted = caddy.to(match=[{"expression": asked}])
    public = caddy.to(match=[{"path": ["/public"]}])
    order = (caddy.GUARD, exempted) if twin else (exempted, caddy.GUARD)
    return caddy.read(folder, caddy.server(public, *order, caddy.to(), client=caddy.OPTIONAL))


def _of_envoy(folder: Path, pattern: str, *, twin: bool) -> Result:
    header: Node = {"header": {"name": "x-probe", "string_match": {"safe_regex": {"regex": pattern}}}}
    both: Node = {"and_ids": {"ids": [NAMED, {"not_id": header}]}}
    either: Node = {"or_ids": {"ids": [NAMED, header]}}
    text = envoy(chain(rbac(both if twin else either), tls=False, routes=[OPEN_ROUTE, route()]))
    return joined(folder, text, OPEN, name="envoy.yaml")


def _of_nginx(folder: Path, pattern: str, *, twin: bool) -> Result:
    exempted = "" if twin else f'if ($http_x_probe ~ "{pattern}") {{ set $v SUCCESS; }}'
    guard = f"set $v $ssl_client_verify; {exempted} if ($v != SUCCESS) {{ return 403; }}"
    places = (
        f"location / {{ {guard} proxy_pass http://api; }} location = /public {{ proxy_pass http://api; }}"
    )
    return joined(folder, nginx(places), OPEN)


def _of_haproxy(folder: Path, pattern: str, *, twin: bool) -> Result:
    probe = f"req.hdr(x-probe) -m reg {pattern}"
    seen, exempted = (
        (f"http-request set-header X-Seen 1 if {{ {probe} }}", "") if twin else ("", f"|| {{ {probe} }}")
    )
    guard = f"http-request deny unless {{ ssl_c_used }} || {{ path /public }} {exempted}"
    return joined(folder, frontend(f"{seen}\n    {guard}"), OPEN, name="haproxy.cfg")


def _of_traefik(folder: Path, pattern: str, *, twin: bool) -> Result:
    exempted = traefik.PLAIN.replace("plain:", "probe:").replace(
        "Host(`api.example`)", f"Host(`api.example`) && HeaderRegexp(`X-Probe`, `{pattern}`)"
    )
    own = f"{exempted}      middlewares: [secure]\n" if twin else exempted
    dynamic = traefik.ROUTER % (traefik.SECURED + own, "RequireAndVerifyClientCert", "")
    return traefik.read(folder, dynamic, traefik.STATIC % traefik.WEB)


def _of_traefik_hosts(folder: Path, pattern: str, *, twin: bool) -> Result:
    asked = f"""
    other:
      rule: HostRegexp(`{pattern}`)
      service: api
      tls: {"{ options: clients }" if twin else "{}"}
"""
    dynamic = traefik.ROUTER % (asked, "RequireAndVerifyClientCert", traefik.ALL if twin else "")
    return traefik.read(folder, dynamic, traefik.STATIC % "")


def _of_kong(folder: Path, pattern: str, *, twin: bool) -> Result:
    exempted = kong.secure(*([mtls()] if twin else []), headers={"x-probe": [f"~*{pattern}"]})
    return kong.read(folder, kong_text(kong.GUARD, exempted, kong.PUBLIC))


def _of_mesh(folder: Path, pattern: str, *, twin: bool) -> Result:
    match = {"uri": {"exact": "/public"}, "headers": {"x-probe": {"regex": pattern}}}
    rewritten = {"match": [match], "rewrite": {"uri": "/public" if twin else "/secure"}, "route": to()}
    return mesh.read(
        folder, mesh.OPTIONAL, routes(rewritten, {"route": to()}), policy(mesh.DENIED), behind=OPEN
    )


GATEWAYS = {
    "apache": _of_apache,
    "apache, a variable": _of_apache_environment,
    "apache, rules": _of_apache_rules,
    "caddy": _of_caddy,
    "caddy, an expression": _of_caddy_expressions,
    "envoy": _of_envoy,
    "haproxy": _of_haproxy,
    "kong": _of_kong,
    "mesh": _of_mesh,
    "nginx": _of_nginx,
    "traefik": _of_traefik,
    "traefik, hosts": _of_traefik_hosts,
}


def _ways(result: Result) -> set[str]:
    return {rule for rule, operation, _ in found(result) if operation == SECURE} & WAYS


@pytest.mark.slow
@pytest.mark.parametrize("read", GATEWAYS.values(), ids=GATEWAYS)
def test_an_expression_that_exempts_is_never_left_out(read: ReadExempted, tmp_path: Path) -> None:
    """A text that fits it turns the guard off. Where none is found, the operation is undecided, with the place."""
    for number, pattern in enumerate((FITTED, NOT_FITTED, NOT_RUN)):
        folder = tmp_path / str(number)
        folder.mkdir()
        result = read(folder, pattern, twin=False)
        if pattern == FITTED:
            assert _ways(result)
            assert result.exit_status is ExitStatus.DRIFT
        else:
            assert not _ways(result)
            assert {str(one.operation) for one in result.undecided} == {SECURE}
            assert all(PLACE.search(one.reason) for one in result.undecided)


@pytest.mark.parametrize("read", GATEWAYS.values(), ids=GATEWAYS)
def test_an_expression_that_decides_nothing_leaves_the_operation_guarded(
    read: ReadExempted, tmp_path: Path
) -> None:
    """The correct twins, with an expression that fits and one for which no text is found but in Istio."""
    for pattern in (FITTED, NOT_FITTED) if read is not _of_mesh else (FITTED,):
        folder = tmp_path / str(len(pattern))
        folder.mkdir()
        result = read(folder, pattern, twin=True)
        assert not _ways(result)
        assert result.undecided == ()


def test_what_a_negation_excludes_is_tried() -> None:
    """A guard may refuse all texts but some."""
    assert "internal" in attempts("^(?!internal)")
    assert ANY_VALUE in attempts("^(?!(?:q[a-z]){2}$)")
    assert attempts("^(?:q[a-z]){2}$") == (ANY_VALUE,)
    assert attempts("^$") == ()


def test_a_guard_that_refuses_all_but_some_texts_is_none(tmp_path: Path) -> None:
    """The twin refuses in any case."""
    for name, rules, expected in (
        ("faulty", "http-request deny if { req.hdr(x-from) -m reg ^(?!internal) } !{ ssl_c_used }", True),
        ("twin", "http-request deny unless { ssl_c_used } || { path /public }", False),
    ):
        folder = tmp_path / name
        folder.mkdir()
        always = "http-request set-header X-From none unless { req.hdr(x-from) -m found }"
        result = joined(folder, frontend(f"{always}\n    {rules}"), OPEN, name="haproxy.cfg")
        assert bool(_ways(result)) is expected
