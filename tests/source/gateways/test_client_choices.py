"""Conditions that look at what clients send: a guard that they turn off is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from specdrift.source.gateway.patterns import compiled
from specdrift.source.gateway.samples import sample
from tests.source.crates import served
from tests.source.gateways.joined import OPEN, TOLD, VERIFIED, found, joined, nginx
from tests.source.gateways.test_join import PUBLIC, SECURE

if TYPE_CHECKING:
    from pathlib import Path

BYPASS = {("gateway-request-bypass", SECURE, "error")}
VERIFY = "set $verify $ssl_client_verify;"
REFUSE = "if ($verify != SUCCESS) { return 403; }"
JOINED = "if ($may = 0) { return 403; }"
BY_NAME = """if ($host = api.example) { set $both 1; }
    if ($ssl_client_verify != SUCCESS) { set $both "${both}1"; } if ($both = 11) { return 403; }"""


def guarded(*conditions: str, maps: str = "") -> str:
    """An nginx whose location decides by these conditions."""
    body = " ".join(conditions)
    return nginx(f"location / {{ {body} {TOLD} proxy_pass http://api; }} {PUBLIC}", more=maps)


@pytest.mark.parametrize(
    "gateway",
    [
        guarded(VERIFY, "if ($http_x_internal) { set $verify SUCCESS; }", REFUSE),
        guarded(VERIFY, "if ($http_user_agent ~ ^kube-probe/) { set $verify SUCCESS; }", REFUSE),
        guarded(VERIFY, "if ($arg_debug = 1) { set $verify SUCCESS; }", REFUSE),
        guarded(VERIFY, "if ($args ~* debug=(true|on)) { set $verify SUCCESS; }", REFUSE),
        guarded(VERIFY, "if ($http_host = internal) { set $verify SUCCESS; }", REFUSE),
        guarded(VERIFY, "if ($request_uri ~* health) { set $verify SUCCESS; }", REFUSE),
        guarded(
            'if ($cookie_session = "") { set $a 1; }',
            'if ($ssl_client_verify != SUCCESS) { set $a "${a}1"; }',
            "if ($a = 11) { return 403; }",
        ),
        guarded(
            "set $both $key$ssl_client_verify;",
            'if ($both !~ "(^1|SUCCESS$)") { return 403; }',
            maps='map $http_x_api_key $key { default 0; "not-shown" 1; }',
        ),
        guarded(VERIFY, "set $n $http_x_a-$http_x_b;", "if ($n = on-off) { set $verify SUCCESS; }", REFUSE),
        guarded(VERIFY, 'if ($http_x_probe ~ "(?i)^kube-probe$") { set $verify SUCCESS; }', REFUSE),
        guarded(JOINED, maps='map "$ssl_client_verify:$http_x_class" $may { default 0; ~SUCCESS 1; }'),
        guarded(JOINED, maps='map "$ssl_client_verify:$request_uri" $may { default 0; ~SUCCESS 1; }'),
        guarded(VERIFY, 'if ($remote_user != "") { set $verify SUCCESS; }', REFUSE),
        guarded(VERIFY, 'if ($is_args = "?") { set $verify SUCCESS; }', REFUSE),
        guarded(JOINED, maps='map "$ssl_client_verify$http_x_env" $may { default 0; "~SUCCESS|-dev$" 1; }'),
        nginx(
            f"location / {{ {JOINED} {TOLD} proxy_pass http://api; }} {PUBLIC}",
            names="*.example",
            more='map "$host:$ssl_client_verify" $may { default 0; ~^status\\.example: 1; ~:SUCCESS$ 1; }',
        ),
        guarded(JOINED, maps='map "$ssl_server_name:$ssl_client_verify" $may { default 1; ~^api.*:NONE 0; }'),
        nginx(
            f"location / {{ {BY_NAME} {TOLD} proxy_pass http://api; }} {PUBLIC}",
            names="api.example api.internal",
        ),
    ],
    ids=[
        "presence",
        "user agent",
        "argument",
        "query",
        "host",
        "target as sent",
        "cookie",
        "key of a map",
        "two headers",
        "an expression with a flag",
        "a header beside the result",
        "the target beside the result",
        "any user name",
        "any arguments",
        "the end of a header",
        "another name that a wildcard has",
        "no server name",
        "another name of the server",
    ],
)
def test_what_a_client_chooses_turns_the_guard_off(gateway: str, tmp_path: Path) -> None:
    """The finding names the condition, and shows no value that may be a secret."""
    result = joined(tmp_path, gateway, OPEN)
    assert found(result) == BYPASS
    assert "not-shown" not in result.drifts[0].message


@pytest.mark.parametrize(
    "gateway",
    [
        guarded("if ($http_user_agent ~* (bot|crawler)) { return 403; }", VERIFIED),
        guarded("if ($args ~ cmd=) { return 400; }", VERIFIED),
        guarded(VERIFY, "if ($request_uri ~ ^/public$) { set $verify SUCCESS; }", REFUSE),
        guarded("if ($host != api.example) { return 421; }", VERIFIED),
        guarded("if ($request_method = OPTIONS) { return 204; }", VERIFIED),
        guarded(VERIFIED, maps='map $http_upgrade $connection { default upgrade; "" close; }'),
        guarded("if ($http_x_debug) { set $log 1; }", VERIFIED),
        guarded(
            "if ($new) { return 301 $new; }",
            VERIFIED,
            maps=f"map $request_uri $new {{ {' '.join(f'/old/{n} /new/{n};' for n in range(90))} }}",
        ),
        guarded('if ($http_x_version = "") { return 400; }', VERIFIED),
        guarded(JOINED, maps='map "$ssl_client_verify:$http_x_class" $may { default 0; ~^SUCCESS: 1; }'),
        guarded(
            JOINED, maps='map "$ssl_server_name:$ssl_client_verify" $may { default 0; ~^api.*:SUCCESS$ 1; }'
        ),
        guarded('if ($remote_user = "") { return 401; }', VERIFIED),
        nginx(
            f"location / {{ {VERIFIED} {TOLD} proxy_pass http://api; }} {PUBLIC}",
            names="api.example api.internal",
        ),
    ],
    ids=[
        "robots",
        "a filter of arguments",
        "the whole target",
        "host",
        "preflight",
        "web sockets",
        "an unused variable",
        "many redirects",
        "a header as well",
        "a header behind the result",
        "a certificate for the server name",
        "a user name as well",
        "guarded under both names",
    ],
)
def test_conditions_beside_the_guard_are_no_bypass(gateway: str, tmp_path: Path) -> None:
    """The correct twins."""
    assert found(joined(tmp_path, gateway, OPEN)) == set()


PREFIX = guarded(VERIFY, "if ($request_uri ~ ^/public) { set $verify SUCCESS; }", REFUSE)


def test_dot_segments_make_a_target_begin_as_a_condition_asks(tmp_path: Path) -> None:
    """nginx sends the target on as it came: Axum takes it for another path, other services may not."""
    assert found(joined(tmp_path, PREFIX, OPEN)) == set()
    alone = joined(tmp_path, PREFIX)
    assert found(alone) == {("gateway-location-bypass", SECURE, "note")}
    assert "GET /public/../secure (dot segments in the path)" in alone.drifts[0].message
    changed = PREFIX.replace("proxy_pass http://api;", "proxy_pass http://api/;", 1)
    assert ("gateway-location-bypass", SECURE, "error") in found(joined(tmp_path, changed, OPEN))


@pytest.mark.parametrize(
    "pattern",
    [
        "^a$",
        "(a|b)c",
        "^[0-9a-f]{4}$",
        r"\.json$",
        "^/(?<x>a+)/\\d+$",
        "kube-probe",
        "a|b",
        "(?:on|off)",
        "[^x]y",
        "^$",
        "x?y*z",
    ],
)
def test_a_sample_matches_its_expression(pattern: str) -> None:
    """Whatever the expression is made of."""
    text = sample(pattern)
    assert text is not None
    assert compiled(pattern).search(text)


def test_an_expression_that_is_not_evaluated_has_no_sample() -> None:
    """Nor has one that no text matches."""
    assert sample(r"(?R)") is None
    assert sample(r"^a$b") is None


CONTAINS = """
async fn secure() {}
async fn public() {}
async fn caller(request: Request, next: Next) -> Result<Response, StatusCode> {
    match request.headers().get("x-client-verify").and_then(|v| v.to_str().ok()) {
        Some(v) if v.contains("SUCCESS") => Ok(next.run(request).await),
        _ => Err(StatusCode::FORBIDDEN),
    }
}
"""
ASKS = served(
    'Router::new().route("/secure", get(secure)).route_layer(from_fn(caller)).route("/public", get(public))',
    CONTAINS,
)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("$ssl_client_verify", ExitStatus.OK),
        ('"$http_x_tenant:$ssl_client_verify"', ExitStatus.INCOMPLETE),
        ("$both", ExitStatus.INCOMPLETE),
    ],
)
def test_a_header_that_clients_fill_in_part_is_no_certain_one(
    value: str, status: ExitStatus, tmp_path: Path
) -> None:
    """The service may take the client's part for the result of the verification."""
    told = f"set $both $http_x_a-$ssl_client_verify; proxy_set_header X-Client-Verify {value}; proxy_pass http://api;"
    result = joined(tmp_path, nginx(f"location / {{ {told} }}"), ASKS)
    assert result.exit_status is status


@pytest.mark.parametrize(("path", "severity"), [("public", "note"), ("secure", "error")])
def test_a_forged_header_is_a_note_where_no_guard_reads_it(path: str, severity: str, tmp_path: Path) -> None:
    """A health check is forwarded without the header that the gateway sets elsewhere."""
    told = "proxy_set_header X-Client-Verify $ssl_client_verify; proxy_pass http://api;"
    plain = f"location = /{path} {{ proxy_pass http://api; }}"
    result = joined(tmp_path, nginx(f"location / {{ {told} }} {plain}"), ASKS)
    expected = ("gateway-trusts-client-header", f"GET /{path}", severity)
    assert {one for one in found(result) if one[0] == expected[0]} == {expected}


LOOKS_AHEAD = 'if ($http_x_probe ~ "^(?=.*q)(?=.*z).{4}$") { set $verify SUCCESS; }'


def test_an_expression_for_which_no_text_is_known_leaves_operations_undecided(tmp_path: Path) -> None:
    """A client may know one. Where the guard follows, it does not matter."""
    result = joined(tmp_path, guarded(VERIFY, LOOKS_AHEAD, REFUSE), OPEN)
    assert (found(result), result.exit_status) == (set(), ExitStatus.INCOMPLETE)
    twin = tmp_path / "twin"
    twin.mkdir()
    result = joined(twin, guarded(VERIFY, LOOKS_AHEAD, VERIFIED), OPEN)
    assert (found(result), result.exit_status) == (set(), ExitStatus.OK)


def test_dot_segments_behind_a_path_in_the_request_line(tmp_path: Path) -> None:
    """The line has the path as it is sent, and the service the one without dot segments."""
    exempt = 'if ($request ~ "GET /health") { set $verify SUCCESS; }'
    inner = f"location / {{ {VERIFY} {exempt} {REFUSE} {TOLD} proxy_pass http://api/; }} {PUBLIC}"
    assert ("gateway-location-bypass", SECURE, "error") in found(joined(tmp_path, nginx(inner), OPEN))
    twin = tmp_path / "twin"
    twin.mkdir()
    as_sent = inner.replace("http://api/;", "http://api;", 1)
    assert found(joined(twin, nginx(as_sent), OPEN)) == set()
