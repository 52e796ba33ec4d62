"""Configurations of HAProxy as owners write them, each with a fault and without it, beside the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.source.haproxy.haproxy_gateway import GATEWAY
from tests.source.crates import served
from tests.source.gateways.joined import GUARDED, OPEN, READS_HEADER, found, joined

if TYPE_CHECKING:
    from pathlib import Path

DEFAULTS = """
global
    log stdout format raw local0
defaults
    mode http
    option httplog
    option forwardfor
    timeout connect 5s
    timeout client 30s
    timeout server 30s
"""
BACKEND = """
backend api
    balance roundrobin
    option httpchk GET /health
    server a1 10.0.0.5:8080 check
    server a2 10.0.0.6:8080 check
"""
VERIFIED = READS_HEADER.replace(
    'request.headers().get("x-client-cert").is_none()',
    'request.headers().get("x-verify").and_then(|v| v.to_str().ok()) != Some("0")',
)
CHECKS_RESULT = served(
    'Router::new().route("/secure", get(secure)).route_layer(from_fn(caller)).route("/public", get(public))',
    VERIFIED,
)
"""A service that asks for the result 0, which HAProxy also sends where there is no certificate."""
USED = "http-request deny unless { ssl_c_used }"
SECURE = "GET /secure"
NOT_GUARDED = {("gateway-optional-unchecked", SECURE, "error")}
NOT_OPEN = {("open-route-guarded", "GET /public", "warning")}
TRUSTED = {("gateway-trusts-client-header", SECURE, "error")}


def frontend(rules: str, *, verify: str = "optional", more: str = "", backend: str = "") -> str:
    """A frontend with TLS before the service."""
    return f"""{DEFAULTS}
frontend https
    bind :443 ssl crt site.pem ca-file ca.pem verify {verify} alpn h2,http/1.1
    http-response set-header Strict-Transport-Security max-age=1
    {rules}
    default_backend api
{more}{BACKEND.replace("balance", backend + chr(10) + "    balance") if backend else BACKEND}"""


CASES = {
    "optional": ("", OPEN, NOT_GUARDED),
    "presence": (USED, OPEN, NOT_OPEN),
    "in the backend": ("", OPEN, NOT_GUARDED),
    "the result alone": ("http-request deny unless { ssl_c_verify 0 }", OPEN, NOT_GUARDED),
    "a name": ("http-request deny unless { ssl_c_s_dn(cn) -m str alice bob }", OPEN, NOT_OPEN),
    "not a name": ("http-request deny if { ssl_c_s_dn(cn) -m str mallory }", OPEN, NOT_GUARDED),
    "a variable": (
        "http-request set-var(txn.cn) ssl_c_s_dn(cn)\n    http-request deny unless { var(txn.cn) -m found }",
        OPEN,
        NOT_OPEN,
    ),
    "the connection": (
        "tcp-request inspect-delay 5s\n    tcp-request content reject unless { ssl_c_used }",
        OPEN,
        NOT_OPEN,
    ),
    "a header as well": (
        "http-request deny unless { ssl_c_used } || { req.hdr(x-internal) -m found }",
        OPEN,
        {("gateway-request-bypass", SECURE, "error"), *NOT_OPEN},
    ),
    "a header beside it": (
        f"{USED}\n    http-request deny if {{ req.hdr(x-internal) -m found }}",
        OPEN,
        NOT_OPEN,
    ),
    "one method": ("http-request deny if METH_POST !{ ssl_c_used }", OPEN, NOT_GUARDED),
    "GET without HEAD": (
        "http-request deny if { method GET } !{ ssl_c_used }",
        OPEN,
        {("gateway-location-bypass", SECURE, "error"), *NOT_OPEN},
    ),
    "rewritten behind the guard": (
        "http-request deny if { path_beg /secure } !{ ssl_c_used }\n    http-request replace-path ^/v1(/.*)$ \\1",
        OPEN,
        {("gateway-location-bypass", SECURE, "error")},
    ),
    "set behind the guard": (
        (
            "http-request deny if { path_beg /secure } !{ ssl_c_used }\n"
            "    http-request set-path %[path,regsub(^/v1/,/)] if { path_beg /v1/ }"
        ),
        OPEN,
        {("gateway-location-bypass", SECURE, "error")},
    ),
    "rewritten before the guard": (
        "http-request replace-path ^/v1(/.*)$ \\1\n    http-request deny if { path_beg /secure } !{ ssl_c_used }",
        OPEN,
        set(),
    ),
    "allowed before the guard": (
        f"http-request allow if {{ path_beg /secure }}\n    {USED}",
        OPEN,
        NOT_GUARDED | NOT_OPEN,
    ),
    "limited": (
        (
            "http-request track-sc0 src\n"
            "    http-request deny deny_status 429 if { sc_http_req_rate(0) gt 100 }\n"
            f"    {USED}"
        ),
        OPEN,
        NOT_OPEN,
    ),
    "the client's own header": (
        "http-request set-header X-Client-Cert %[ssl_c_s_dn(cn)] if { ssl_c_used }",
        GUARDED,
        TRUSTED,
    ),
    "the header deleted first": (
        (
            "http-request del-header X-Client-Cert\n"
            "    http-request set-header X-Client-Cert %[ssl_c_s_dn(cn)] if { ssl_c_used }"
        ),
        GUARDED,
        set(),
    ),
    "another header deleted": (
        (
            "http-request del-header X-Client-Certs\n"
            "    http-request set-header X-Client-Cert %[ssl_c_s_dn(cn)] if { ssl_c_used }"
        ),
        GUARDED,
        TRUSTED,
    ),
    "the result in a header": (
        "http-request set-header X-Verify %[ssl_c_verify]",
        CHECKS_RESULT,
        NOT_GUARDED,
    ),
    "the result in a header, if there is a certificate": (
        (
            "http-request del-header X-Verify\n"
            "    http-request set-header X-Verify %[ssl_c_verify] if { ssl_c_used }"
        ),
        CHECKS_RESULT,
        set(),
    ),
    "the whole target": (
        "http-request deny if { url_beg /secure } !{ ssl_c_used }",
        OPEN,
        {("gateway-request-bypass", SECURE, "error")},
    ),
    "the path of the target": ("http-request deny if { pathq_beg /secure } !{ ssl_c_used }", OPEN, set()),
    "one version of HTTP": (
        "http-request deny if HTTP_1.1 !{ ssl_c_used }",
        OPEN,
        {("gateway-request-bypass", SECURE, "error"), *NOT_OPEN},
    ),
    "all versions of HTTP": (
        "http-request deny if { req.ver 1.0 1.1 2.0 3.0 } !{ ssl_c_used }",
        OPEN,
        NOT_OPEN,
    ),
    "a replaced beginning of the target": (
        (
            "http-request replace-uri ^/secure(.*) /guarded/secure\\1\n"
            "    http-request deny if { path_beg /guarded/ } !{ ssl_c_used }\n"
            "    http-request replace-path ^/guarded(.*) \\1"
        ),
        OPEN,
        {("gateway-request-bypass", SECURE, "error")},
    ),
    "the host without a port": (
        (
            "http-request deny unless { hdr_beg(host) -i api.example }\n"
            "    http-request deny if { hdr(host) -i api.example } !{ ssl_c_used }"
        ),
        OPEN,
        {("gateway-request-bypass", SECURE, "error"), ("gateway-server-bypass", SECURE, "error")},
    ),
    "the host with any port": (
        (
            "http-request deny unless { hdr_beg(host) -i api.example }\n"
            "    http-request deny if { hdr_beg(host) -i api.example } !{ ssl_c_used }"
        ),
        OPEN,
        NOT_OPEN,
    ),
    "the host without its port, in lower case": (
        (
            "http-request deny unless { req.hdr(host),field(1,:),lower api.example }\n"
            "    http-request deny if { req.hdr(host),field(1,:),lower api.example } !{ ssl_c_used }"
        ),
        OPEN,
        NOT_OPEN,
    ),
    "the host in one case": (
        (
            "http-request deny unless { hdr(host) -i api.example }\n"
            "    http-request deny if { hdr(host) api.example } !{ ssl_c_used }"
        ),
        OPEN,
        {("gateway-request-bypass", SECURE, "error"), *NOT_OPEN},
    ),
    "one host, and the others open": (
        "acl api hdr(host) -i api.example\n    http-request deny if api !{ ssl_c_used }",
        OPEN,
        {("gateway-server-bypass", SECURE, "error")},
    ),
    "one host alone": (
        (
            "acl api hdr(host) -i api.example\n"
            "    http-request deny unless api\n    http-request deny if api !{ ssl_c_used }"
        ),
        OPEN,
        NOT_OPEN,
    ),
    "the name in the handshake": (
        (
            "http-request deny unless { hdr(host) -i api.example }\n"
            "    http-request deny if { ssl_fc_sni api.example } !{ ssl_c_used }"
        ),
        OPEN,
        {("gateway-server-bypass", SECURE, "error")},
    ),
}
"""Rules of the frontend, the service, and the findings."""


@pytest.mark.slow
@pytest.mark.parametrize(("rules", "service", "expected"), CASES.values(), ids=CASES)
def test_findings(tmp_path: Path, rules: str, service: str, expected: set[tuple[str, str, str]]) -> None:
    """What decides is the order of the rules, and what they look at."""
    result = joined(tmp_path, frontend(rules), service, name="haproxy.cfg")
    assert found(result) == expected
    assert result.undecided == ()


def test_a_rule_of_the_backend_guards(tmp_path: Path) -> None:
    """The twin of a frontend without one."""
    result = joined(tmp_path, frontend("", backend=USED), OPEN, name="haproxy.cfg")
    assert found(result) == NOT_OPEN


@pytest.mark.parametrize(
    ("verify", "rules", "expected"),
    [
        ("required", "", NOT_OPEN),
        (
            "required crt-ignore-err all",
            "",
            {("gateway-accepts-untrusted", SECURE, "error"), *NOT_OPEN},
        ),
        (
            "optional ca-ignore-err all crt-ignore-err all",
            USED,
            {("gateway-accepts-untrusted", SECURE, "error"), *NOT_OPEN},
        ),
        (
            "optional crt-ignore-err all",
            "acl ok ssl_c_verify 0\n    http-request deny unless { ssl_c_used } ok",
            NOT_OPEN,
        ),
        ("optional crt-ignore-err 10", USED, NOT_OPEN),
        (
            "none",
            USED,
            {("documented-route-missing", operation, "warning") for operation in (SECURE, "GET /public")},
        ),
    ],
)
def test_verification(tmp_path: Path, verify: str, rules: str, expected: set[tuple[str, str, str]]) -> None:
    """Errors that are ignored admit certificates of other CAs."""
    result = joined(tmp_path, frontend(rules, verify=verify), OPEN, name="haproxy.cfg")
    assert found(result) == expected


@pytest.mark.parametrize("redirected", [False, True])
def test_a_frontend_without_tls(tmp_path: Path, redirected: bool) -> None:  # noqa: FBT001 - a parameter
    """Before the same service, with and without a redirect."""
    rule = "http-request redirect scheme https code 301 unless { ssl_fc }" if redirected else ""
    more = f"frontend http\n    bind :80\n    {rule}\n    default_backend api\n"
    result = joined(tmp_path, frontend("", verify="required", more=more), OPEN, name="haproxy.cfg")
    plain = ("gateway-plaintext-to-same-upstream", SECURE, "error")
    assert found(result) == (NOT_OPEN if redirected else {plain})


@pytest.mark.parametrize("weaker", ["", "www.example [verify none] "])
def test_certificates_with_settings_of_their_own(tmp_path: Path, weaker: str) -> None:
    """A client names one host in the handshake, and the guarded one in the request."""
    lines = "site.pem [verify required ca-file ca.pem] api.example\n"
    if weaker:
        lines += "other.pem [verify none] www.example\n"
    (tmp_path / "list.txt").write_text(lines)
    text = f"""{DEFAULTS}
frontend https
    bind :443 ssl crt-list list.txt
    default_backend api
{BACKEND}"""
    result = joined(tmp_path, text, OPEN, name="haproxy.cfg")
    assert ("gateway-server-bypass" in {rule for rule, _, _ in found(result)}) is bool(weaker)


@pytest.mark.parametrize("address", ["10.0.0.9:8080", "10.0.0.5:8080"])
def test_a_certificate_of_another_host_concerns_the_service_of_that_host(
    tmp_path: Path, address: str
) -> None:
    """The document names one host; another one without certificates has a service of its own, or the same."""
    lines = "site.pem [verify required ca-file ca.pem] api.example\ndocs.pem [verify none] docs.example\n"
    (tmp_path / "list.txt").write_text(lines)
    text = f"""{DEFAULTS}
frontend https
    bind :443 ssl crt-list list.txt
    acl api hdr(host) -i api.example
    http-request deny if api !{{ ssl_c_used }}
    use_backend docs unless api
    default_backend api
backend docs
    server d {address}
{BACKEND}"""
    result = joined(tmp_path, text, OPEN, name="haproxy.cfg")
    shared = address == "10.0.0.5:8080"
    assert (("gateway-server-bypass", SECURE, "error") in found(result)) is shared
    assert result.undecided == ()


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ("http-request lua.check", "http-request lua.check"),
        ("acl internal src 10.0.0.0/8\n    http-request deny unless { ssl_c_used } || internal", "src"),
        ("filter spoe engine x config x.cfg", "filter spoe"),
        ("http-request deny unless { nothing_known 1 }", "nothing_known"),
        ('http-request deny unless { ssl_c_used } || { str(a) "${MODE}" }', "a value of the environment"),
        ("http-request deny unless { ssl_c_used } || { path -f /etc/open.lst }", "the file /etc/open.lst"),
        ("http-request deny unless nowhere", "the condition nowhere"),
        ("http-request normalize-uri path-strip-all", "http-request normalize-uri"),
        ("http-request auth unless { http_auth(users) } || { ssl_c_used }", "a password"),
        ("strange on", "strange on"),
    ],
)
def test_what_is_not_evaluated_is_undecided(tmp_path: Path, rules: str, reason: str) -> None:
    """Never believed, never an accusation."""
    result = joined(tmp_path, frontend(rules), OPEN, name="haproxy.cfg")
    assert {drift.rule for drift in result.drifts} <= {"route-not-documented"}
    assert result.exit_status == 3
    assert any(reason in one.reason for one in result.undecided if str(one.operation) == SECURE)


def test_a_rule_that_refuses_passwords_as_well_decides(tmp_path: Path) -> None:
    """Which refusal comes first does not matter then."""
    asks = "http-request auth unless { http_auth(users) } || { ssl_c_used } || { path /public }"
    rules = f"{asks}\n    http-request deny unless {{ ssl_c_used }} || {{ path /public }}"
    result = joined(tmp_path, frontend(rules), OPEN, name="haproxy.cfg")
    assert (found(result), result.undecided, result.exit_status) == (set(), (), 0)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (frontend(".if defined(X)\n    http-request deny\n    .endif"), ".if"),
        (frontend("", verify='"${VERIFY}"'), "environment"),
        (frontend("").replace("bind :443", 'bind ":${PORT}"'), "address"),
        (frontend("").replace("crt site.pem", "crt-list /etc/list.txt"), "list.txt"),
    ],
)
def test_what_hides_a_part_is_not_read(tmp_path: Path, text: str, what: str) -> None:
    """It is listed, and nothing is judged by the rest."""
    result = joined(tmp_path, text, OPEN, name="haproxy.cfg")
    assert result.exit_status == 3
    assert any(what in one.what for one in result.gateways[0].unresolved)


def test_tls_that_ends_at_the_service(tmp_path: Path) -> None:
    """A frontend that forwards connections is no plaintext listener of the API."""
    text = DEFAULTS.replace("mode http", "mode tcp") + (
        "frontend tls\n    bind :443\n    tcp-request inspect-delay 5s\n"
        "    use_backend api if { req_ssl_sni -i api.example }\nbackend api\n    server s 10.0.0.5:8443\n"
    )
    result = joined(tmp_path, text, OPEN, name="haproxy.cfg")
    assert found(result) == set()
    assert result.exit_status == 3


def test_beside_a_crate_the_usual_name_counts_alone(tmp_path: Path) -> None:
    """A file of another name may be an example."""
    (tmp_path / "front.cfg").write_text(frontend(USED))
    assert GATEWAY.recognises(tmp_path)
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "a"\n')
    assert not GATEWAY.recognises(tmp_path)
    (tmp_path / "haproxy.cfg").write_text(frontend(USED))
    assert GATEWAY.recognises(tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (r"path_reg ^/a\.json$ # all", ["path_reg", r"^/a\.json$"]),
        (r"a\ b 'c \d' \"", ["a b", r"c \d", '"']),
        ('set-header X "%[path] \\"x\\" # no"', ["set-header", "X", '%[path] "x" # no']),
        (r"\x41 '' x#y", ["A", "", "x"]),
    ],
)
def test_words(tmp_path: Path, line: str, words: list[str]) -> None:
    """Quotes, escapes and comments."""
    (tmp_path / "haproxy.cfg").write_text(frontend(line))
    front = GATEWAY.read(tmp_path / "haproxy.cfg")
    statements = front.proxies.frontends[0].section.statements  # type: ignore[attr-defined]
    assert words in [list(one.tokens) for one in statements]
