"""Configurations of Caddy as owners write them, each with a fault and without it, beside the document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from specdrift.errors import UsageError
from specdrift.source import is_gateway, read_gateway
from tests.source.gateways.joined import GUARDED, OPEN, found, joined

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

Object = dict[str, Any]
SECURE = "GET /secure"
FINGERPRINT = "{http.request.tls.client.fingerprint}"
NOT_GUARDED = {("gateway-optional-unchecked", SECURE, "error")}
NOT_OPEN = {("open-route-guarded", "GET /public", "warning")}
TRUSTED = {("gateway-trusts-client-header", SECURE, "error")}
BYPASS = {("gateway-location-bypass", SECURE, "error")}
OPTIONAL = {"mode": "verify_if_given", "trusted_ca_certs_pem_files": ["ca.pem"]}
REQUIRED = {"mode": "require_and_verify", "trusted_ca_certs_pem_files": ["ca.pem"]}
REFUSE: Object = {"handler": "static_response", "status_code": 401}
ANONYMOUS: Object = {"expression": f"{FINGERPRINT} == null"}
GUARD: Object = {"match": [ANONYMOUS], "handle": [REFUSE]}


def proxy(**headers: Object) -> Object:
    """The service behind."""
    more = {"headers": {"request": headers}} if headers else {}
    return {"handler": "reverse_proxy", "upstreams": [{"dial": "10.0.0.5:8080"}], **more}


def to(*handlers: Object, **more: object) -> Object:
    """A route."""
    return {"handle": list(handlers or (proxy(),)), **more}


def server(*routes: Object, client: Object | None = None, **more: object) -> Object:
    """A site, as ``caddy adapt`` writes it."""
    site = to(
        {"handler": "subroute", "routes": list(routes)}, match=[{"host": ["api.example"]}], terminal=True
    )
    policies = [
        {"match": {"sni": ["api.example"]}, **({"client_authentication": client} if client else {})},
        {},
    ]
    return {"listen": [":443"], "routes": [site], "tls_connection_policies": policies, **more}


def read(folder: Path, *servers: Object, behind: str = OPEN) -> Result:
    """Read servers beside the document."""
    every = {f"srv{number}": one for number, one in enumerate(servers)}
    text = json.dumps({"apps": {"http": {"servers": every}}}, indent=1)
    return joined(folder, text, behind, name="caddy.json")


JOINED = to({"handler": "vars", "who": "{http.request.tls.client.subject}|{http.request.header.X-Tenant}"})


def _unless_null(condition: str) -> Object:
    """A matcher of clients without a certificate that fulfil a condition."""
    return {"expression": f"{FINGERPRINT} == null && {condition}"}


def unless(pattern: str) -> Object:
    """A matcher of requests whose variable does not fit."""
    return {"not": [{"vars_regexp": {"who": {"pattern": pattern}}}]}


CASES: dict[str, tuple[Object, str, set[tuple[str, str, str]]]] = {
    "required": (server(to(), client=REQUIRED), OPEN, NOT_OPEN),
    "required without a mode": (server(to(), client={"trusted_ca_certs": ["MII"]}), OPEN, NOT_OPEN),
    "any certificate": (
        server(to(), client={"mode": "require"}),
        OPEN,
        {("gateway-accepts-untrusted", SECURE, "error"), *NOT_OPEN},
    ),
    "pinned": (server(to(), client={"mode": "require", "trusted_leaf_certs": ["MII"]}), OPEN, NOT_OPEN),
    "none": (server(to()), OPEN, {("gateway-certificate-not-requested", SECURE, "error")}),
    "optional": (server(to(), client=OPTIONAL), OPEN, NOT_GUARDED),
    "optional and checked": (server(GUARD, to(), client=OPTIONAL), OPEN, NOT_OPEN),
    "a header beside the name in a variable": (
        server(JOINED, to(REFUSE, match=[unless("CN=alice")]), to(), client=OPTIONAL),
        OPEN,
        {("gateway-request-bypass", SECURE, "error"), *NOT_OPEN},
    ),
    "the name at the beginning of a variable": (
        server(JOINED, to(REFUSE, match=[unless("^CN=alice")]), to(), client=OPTIONAL),
        OPEN,
        NOT_OPEN,
    ),
    "one version of HTTP": (
        server(to(REFUSE, match=[_unless_null('{http.request.proto} == "HTTP/1.1"')]), to(), client=OPTIONAL),
        OPEN,
        {("gateway-request-bypass", SECURE, "error"), *NOT_OPEN},
    ),
    "a matcher of versions": (
        server(to(REFUSE, match=[{**ANONYMOUS, "protocol": "http/1.1+"}]), to(), client=OPTIONAL),
        OPEN,
        {("gateway-request-bypass", SECURE, "error"), *NOT_OPEN},
    ),
    "all versions": (
        server(to(REFUSE, match=[{**ANONYMOUS, "protocol": "http/1.0+"}]), to(), client=OPTIONAL),
        OPEN,
        NOT_OPEN,
    ),
    "versions that the server has not": (
        server(
            to(REFUSE, match=[_unless_null('{http.request.proto} != "HTTP/2.0"')]),
            to(),
            client=OPTIONAL,
            protocols=["h1"],
        ),
        OPEN,
        NOT_OPEN,
    ),
    "the host in one case": (
        server(
            to(REFUSE, match=[_unless_null('{http.request.host} == "api.example"')]), to(), client=OPTIONAL
        ),
        OPEN,
        {("gateway-request-bypass", SECURE, "error"), *NOT_OPEN},
    ),
    "the host in any case": (
        server(to(REFUSE, match=[{**ANONYMOUS, "host": ["api.example"]}]), to(), client=OPTIONAL),
        OPEN,
        NOT_OPEN,
    ),
    "checked behind the service": (server(to(), GUARD, client=OPTIONAL), OPEN, NOT_GUARDED),
    "requested, and presence checked": (
        server(GUARD, to(), client={"mode": "request"}),
        OPEN,
        {("gateway-accepts-untrusted", SECURE, "error"), *NOT_OPEN},
    ),
    "the wrong way round": (
        server(to(REFUSE, match=[{"not": [ANONYMOUS]}]), to(), client=OPTIONAL),
        OPEN,
        NOT_GUARDED,
    ),
    "a path": (
        server(to(REFUSE, match=[{**ANONYMOUS, "path": ["/secure"]}]), to(), client=OPTIONAL),
        OPEN,
        set(),
    ),
    "a path and what is beneath": (
        server(to(REFUSE, match=[{**ANONYMOUS, "path": ["/secure*"]}]), to(), client=OPTIONAL),
        OPEN,
        set(),
    ),
    "a path as it is sent": (
        server(
            to(
                REFUSE,
                match=[{"expression": f'{FINGERPRINT} == null && {{http.request.uri.path}} == "/secure"'}],
            ),
            to({"handler": "rewrite", "strip_path_prefix": "/v1"}, proxy()),
            client=OPTIONAL,
        ),
        OPEN,
        BYPASS,
    ),
    "rewritten before the guard": (
        server(
            to({"handler": "rewrite", "strip_path_prefix": "/v1"}),
            to(REFUSE, match=[{**ANONYMOUS, "path": ["/secure*"]}]),
            to(),
            client=OPTIONAL,
        ),
        OPEN,
        set(),
    ),
    "handle_path beside the guard": (
        server(
            to(
                {"handler": "rewrite", "strip_path_prefix": "/v1"},
                proxy(),
                match=[{"path": ["/v1/*"]}],
                group="g",
            ),
            to(REFUSE, match=[{**ANONYMOUS, "path": ["/secure*"]}]),
            to(group="g"),
            client=OPTIONAL,
        ),
        OPEN,
        BYPASS,
    ),
    "one method": (
        server(to(REFUSE, match=[{**ANONYMOUS, "method": ["POST"]}]), to(), client=OPTIONAL),
        OPEN,
        NOT_GUARDED,
    ),
    "a header as well": (
        server(
            to(REFUSE, match=[{**ANONYMOUS, "not": [{"header": {"X-Internal": ["*"]}}]}]),
            to(),
            client=OPTIONAL,
        ),
        OPEN,
        {("gateway-request-bypass", SECURE, "error"), *NOT_OPEN},
    ),
    "the client's own header": (
        server(
            to(
                {"handler": "headers", "request": {"set": {"X-Client-Cert": [FINGERPRINT]}}},
                match=[{"not": [ANONYMOUS]}],
            ),
            to(),
            client=OPTIONAL,
        ),
        GUARDED,
        TRUSTED,
    ),
    "the header deleted first": (
        server(
            to({"handler": "headers", "request": {"delete": ["X-Client-*"]}}),
            to(
                {"handler": "headers", "request": {"set": {"X-Client-Cert": [FINGERPRINT]}}},
                match=[{"not": [ANONYMOUS]}],
            ),
            to(),
            client=OPTIONAL,
        ),
        GUARDED,
        set(),
    ),
    "a header without a value": (
        server(to(proxy(set={"X-Client-Cert": [FINGERPRINT]})), client=OPTIONAL),
        GUARDED,
        NOT_GUARDED,
    ),
    "names that may differ": (
        server(to(), client=REQUIRED, strict_sni_host=False),
        OPEN,
        {("gateway-server-bypass", SECURE, "error")},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("one", "service", "expected"), CASES.values(), ids=CASES)
def test_findings(tmp_path: Path, one: Object, service: str, expected: set[tuple[str, str, str]]) -> None:
    """What decides is the order of the routes, and what they look at."""
    result = read(tmp_path, one, behind=service)
    assert found(result) == expected
    assert result.undecided == ()


@pytest.mark.parametrize("redirected", [False, True])
def test_a_server_without_tls(tmp_path: Path, redirected: bool) -> None:  # noqa: FBT001 - a parameter
    """Before the same service, with and without a redirect."""
    answer = {"handler": "static_response", "status_code": 308} if redirected else proxy()
    plain = {"listen": [":80"], "routes": [to(answer)]}
    result = read(tmp_path, server(to(), client=REQUIRED), plain)
    twin = ("gateway-plaintext-to-same-upstream", SECURE, "error")
    assert found(result) == (NOT_OPEN if redirected else {twin})


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (server(to({"handler": "authorizer"}, proxy()), client=OPTIONAL), "the handler authorizer"),
        (
            server(
                to({**proxy(), "handle_response": [{"match": {"status_code": [2]}}]}), to(), client=OPTIONAL
            ),
            "an answer of another service",
        ),
        (
            server(
                to(REFUSE, match=[{"not": [{"remote_ip": {"ranges": ["10.0.0.0/8"]}}]}]),
                to(),
                client=OPTIONAL,
            ),
            "the matcher remote_ip",
        ),
        (
            server(to(REFUSE, match=[{"expression": "size(x) > 1"}]), to(), client=OPTIONAL),
            "the expression size(x)",
        ),
        (
            server(to(REFUSE, match=[{"vars": {FINGERPRINT: [""]}}]), to(), client=OPTIONAL),
            "the value of http.request.tls.client.fingerprint",
        ),
        (server(to(), client={"verifiers": [{"verifier": "leaf"}], "mode": "request"}), "verifiers"),
        (server(to({"handler": "authentication", "providers": {}}, proxy()), client=OPTIONAL), "a password"),
        (
            server(to({"handler": "rewrite", "query": {"set": []}}, proxy()), client=OPTIONAL),
            "query of a rewrite",
        ),
    ],
)
def test_what_is_not_evaluated_is_undecided(tmp_path: Path, one: Object, reason: str) -> None:
    """Never believed, never an accusation."""
    result = read(tmp_path, one)
    assert {drift.rule for drift in result.drifts} <= {"route-not-documented"}
    assert result.exit_status == 3
    assert any(reason in each.reason for each in result.undecided if str(each.operation) == SECURE)


def test_tls_of_automatic_https(tmp_path: Path) -> None:
    """A site with a name has TLS without a policy; one without has none."""
    routes = [to(match=[{"host": ["api.example"]}])]
    assert "plaintext" not in str(
        read(tmp_path, {"listen": [":443"], "routes": routes}).gateways[0].entries[0]
    )
    assert "plaintext" in str(read(tmp_path, {"listen": [":443"], "routes": [to()]}).gateways[0].entries[0])


def test_the_port_of_http_has_no_tls(tmp_path: Path) -> None:
    """Also of a server with policies."""
    one = server(to(), client=REQUIRED) | {"listen": [":443", ":80"]}
    assert found(read(tmp_path, one)) == {("gateway-plaintext-to-same-upstream", SECURE, "error")}


def test_a_caddyfile_is_to_be_adapted(tmp_path: Path) -> None:
    """Nothing of it is executed."""
    (tmp_path / "Caddyfile").write_text("api.example {\n reverse_proxy 127.0.0.1:8080\n}\n")
    assert is_gateway(tmp_path / "Caddyfile")
    with pytest.raises(UsageError, match="caddy adapt --config Caddyfile"):
        read_gateway(tmp_path / "Caddyfile")


def test_connections_of_another_app_are_listed(tmp_path: Path) -> None:
    """The proxy of connections may stand before the same service."""
    text = json.dumps(
        {"apps": {"layer4": {"servers": {}}, "http": {"servers": {"a": server(to(), client=REQUIRED)}}}}
    )
    result = joined(tmp_path, text, OPEN, name="caddy.json")
    assert result.exit_status == 3
    assert [one.what for one in result.gateways[0].unresolved] == ["the app layer4"]
