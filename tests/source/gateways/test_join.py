"""What document, gateway and service say together. Each fault has a correct twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import UsageError
from specdrift.result.serialize import deserialize, serialize
from tests.source.gateways.joined import GUARDED, OPEN, TOLD, VERIFIED, found, joined, joined_all, nginx

if TYPE_CHECKING:
    from pathlib import Path

API = "proxy_pass http://api;"
PUBLIC = f"location = /public {{ {TOLD} proxy_pass http://api; }}"
CHECKED = f"location / {{ {VERIFIED} {TOLD} proxy_pass http://api; }} {PUBLIC}"
PASSED = f"location / {{ {TOLD} proxy_pass http://api; }}"
PLAIN = "server { listen 80; location / { proxy_pass http://api; } }"
OTHER = "server { listen 443 ssl default_server; %s location / { proxy_pass http://api; } }"
SECURE = "GET /secure"
FORGED = ("gateway-trusts-client-header", SECURE, "error")
"""A connection is forwarded with all headers of its requests."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gateway", "service", "expected"),
    [
        pytest.param(nginx(CHECKED), OPEN, set(), id="the gateway checks"),
        pytest.param(nginx(PASSED), GUARDED, set(), id="the service checks the header of the gateway"),
        pytest.param(
            nginx(PASSED), OPEN, {("gateway-optional-unchecked", SECURE, "error")}, id="neither checks"
        ),
        pytest.param(
            nginx(PASSED, verify="off"),
            OPEN,
            {("gateway-certificate-not-requested", SECURE, "error")},
            id="no certificate is requested",
        ),
        pytest.param(
            nginx("location / { proxy_pass http://api; }"),
            GUARDED,
            {("gateway-trusts-client-header", SECURE, "error")},
            id="the client's header is forwarded",
        ),
        pytest.param(
            nginx(
                "location / { proxy_set_header X-Client-Cert $http_x_client_cert; proxy_pass http://api; }"
            ),
            GUARDED,
            {("gateway-trusts-client-header", SECURE, "error")},
            id="the client's header is set again",
        ),
        pytest.param(
            nginx(
                f"{CHECKED} location = /secure {{ {VERIFIED} proxy_set_header X-Id 1; proxy_pass http://api; }}",
                server=TOLD,
            ),
            GUARDED,
            {("gateway-trusts-client-header", SECURE, "error")},
            id="a location replaces the headers of its server",
        ),
        pytest.param(
            nginx(CHECKED, more=PLAIN.replace("{ proxy", f"{{ {TOLD} proxy")),
            OPEN,
            {("gateway-plaintext-to-same-upstream", SECURE, "error")},
            id="a listener without TLS",
        ),
        pytest.param(
            nginx(CHECKED, more=PLAIN.replace("{ proxy", '{ proxy_set_header X-Client-Cert ""; proxy')),
            GUARDED,
            set(),
            id="a listener without TLS, and the service rejects what has no header",
        ),
        pytest.param(
            nginx(CHECKED, more=OTHER % 'proxy_set_header X-Client-Cert "";'),
            GUARDED,
            set(),
            id="the default server does not check, and the service does",
        ),
        pytest.param(
            nginx(CHECKED, more=PLAIN.replace("80", "127.0.0.1:80").replace("{ proxy", f"{{ {TOLD} proxy")),
            OPEN,
            {("gateway-plaintext-to-same-upstream", SECURE, "note")},
            id="a listener without TLS for this machine",
        ),
        pytest.param(
            nginx(CHECKED, more=OTHER % TOLD),
            OPEN,
            {("gateway-server-bypass", SECURE, "error")},
            id="the default server does not check",
        ),
        pytest.param(
            nginx(CHECKED, more=OTHER % "ssl_reject_handshake on;"),
            OPEN,
            set(),
            id="the default server rejects handshakes",
        ),
        pytest.param(
            nginx(
                CHECKED,
                server=f"error_page 497 = @plain; location @plain {{ {TOLD} proxy_pass http://api; }}",
            ),
            OPEN,
            {("gateway-plaintext-to-same-upstream", SECURE, "error")},
            id="requests without TLS to the listener with TLS are forwarded",
        ),
        pytest.param(
            nginx(CHECKED, server="error_page 497 =301 https://$host$request_uri;"),
            OPEN,
            set(),
            id="requests without TLS to the listener with TLS are redirected",
        ),
        pytest.param(
            "stream { server { listen 444; proxy_pass 10.0.0.5:8080; } }" + nginx(CHECKED),
            OPEN,
            {("gateway-plaintext-to-same-upstream", SECURE, "error"), FORGED},
            id="connections are forwarded to the service",
        ),
        pytest.param(
            "stream { server { listen 444 ssl; ssl_verify_client on; proxy_pass 10.0.0.5:8080; } }"
            + nginx(CHECKED),
            OPEN,
            {FORGED},
            id="connections with a certificate are forwarded to the service",
        ),
        pytest.param(
            "stream { server { listen 3306; proxy_pass 10.0.0.7:3306; } }" + nginx(CHECKED),
            OPEN,
            set(),
            id="connections are forwarded to another service",
        ),
        pytest.param(
            nginx(
                f"location /up/ {{ {VERIFIED} {TOLD} proxy_pass http://api/; }} {PUBLIC}"
                f"location / {{ {VERIFIED.replace('}', '} rewrite ^/secure /up$uri last;')} }}"
            ),
            OPEN,
            set(),
            id="a path that is rewritten, guarded before and after",
        ),
        pytest.param(
            nginx(CHECKED, server="if (-f /maintenance) { return 503; }"),
            OPEN,
            set(),
            id="a file decides whether it is refused at once",
        ),
        pytest.param(
            nginx(f"location / {{ try_files $uri @app; }} location @app {{ {TOLD} proxy_pass http://api; }}"),
            OPEN,
            {("gateway-optional-unchecked", SECURE, "error")},
            id="try_files before an open location",
        ),
        pytest.param(
            nginx(
                f"{VERIFIED} location / {{ try_files $uri @app; }} location @app {{ {TOLD} proxy_pass http://api; }}"
            ),
            OPEN,
            {("open-route-guarded", "GET /public", "warning")},
            id="try_files behind the guard",
        ),
        pytest.param(
            nginx(
                CHECKED,
                more="server {\n listen 80 default_server; root /var/www;\n location / { try_files $uri =404; } }",
            ),
            OPEN,
            set(),
            id="a default site with files",
        ),
        pytest.param(
            nginx(CHECKED, more=f"server {{ listen 127.0.0.1:8443 ssl; {PASSED} }}"),
            OPEN,
            {("gateway-server-bypass", SECURE, "note")},
            id="a listener with TLS for this machine",
        ),
        pytest.param(
            nginx(CHECKED, more="server { listen 80; return 301 https://$host$request_uri; }"),
            OPEN,
            set(),
            id="a listener that redirects",
        ),
        pytest.param(
            nginx(CHECKED, more=PLAIN.replace("http://api", "http://10.0.0.9:80")),
            OPEN,
            set(),
            id="a listener of another service",
        ),
        pytest.param(
            nginx(CHECKED, more=f"server {{ listen 443 ssl; server_name old.example; {PASSED} }}"),
            OPEN,
            {("gateway-server-bypass", SECURE, "error")},
            id="another name",
        ),
        pytest.param(
            nginx(CHECKED.replace("!= SUCCESS", "= NONE"), verify="optional_no_ca"),
            OPEN,
            {("gateway-accepts-untrusted", SECURE, "error")},
            id="presence alone",
        ),
        pytest.param(
            nginx(CHECKED, verify="optional_no_ca"), OPEN, set(), id="any CA, and the result is checked"
        ),
        pytest.param(
            nginx(CHECKED, server="error_page 403 = @api; location @api { proxy_pass http://api; }" + TOLD),
            OPEN,
            {("gateway-optional-unchecked", SECURE, "error")},
            id="the error page is the service",
        ),
        pytest.param(
            nginx(f"location = /secure {{ {VERIFIED} {TOLD} proxy_pass http://api; }} {PASSED}"),
            OPEN,
            set(),
            id="an exact location before a router that takes no other spelling",
        ),
        pytest.param(
            nginx(f"location = /secure {{ return 404; }} {PASSED}"),
            OPEN,
            {("documented-route-missing", SECURE, "warning")},
            id="refused to everybody",
        ),
        pytest.param(
            nginx(CHECKED.replace(PUBLIC, "")),
            OPEN,
            {("open-route-guarded", "GET /public", "warning")},
            id="a public operation behind the guard",
        ),
    ],
)
def test_gateway_and_service(
    gateway: str, service: str, expected: set[tuple[str, str, str]], tmp_path: Path
) -> None:
    """Exactly these findings."""
    assert found(joined(tmp_path, gateway, service)) == expected


def test_a_guard_of_one_method_is_bypassed_by_another(tmp_path: Path) -> None:
    """``limit_except`` without the guard: the router answers HEAD as GET."""
    guarded = "set $deny $request_method$ssl_client_verify; if ($deny = GETNONE) { return 403; }"
    gateway = nginx(f"location / {{ {guarded} {TOLD} proxy_pass http://api; }} {PUBLIC}")
    assert found(joined(tmp_path, gateway, OPEN)) == {("gateway-location-bypass", SECURE, "error")}


def test_another_method_is_a_note_where_the_service_was_not_read(tmp_path: Path) -> None:
    """It need not answer HEAD."""
    guarded = "set $deny $request_method$ssl_client_verify; if ($deny = GETNONE) { return 403; }"
    gateway = nginx(f"location / {{ {guarded} {TOLD} proxy_pass http://api; }} {PUBLIC}")
    assert found(joined(tmp_path, gateway)) == {("gateway-location-bypass", SECURE, "note")}


def test_an_exact_location_is_a_note_where_the_service_was_not_read(tmp_path: Path) -> None:
    """It may decode or ignore what nginx compares."""
    gateway = nginx(f"location = /secure {{ {VERIFIED} {TOLD} proxy_pass http://api; }} {PASSED}")
    result = joined(tmp_path, gateway)
    assert found(result) == {("gateway-location-bypass", SECURE, "note")}
    assert {drift.subject for drift in result.drifts} == {
        "another case",
        "a path parameter",
        "a slash at the end",
    }


def test_the_path_as_the_service_gets_it_is_a_way_too(tmp_path: Path) -> None:
    """One location rewrites the path to that of another, which is open."""
    gateway = nginx(f"location = /secure {{ {VERIFIED} {TOLD} proxy_pass http://api/inner; }} {PASSED}")
    assert ("gateway-location-bypass", SECURE, "error") in found(joined(tmp_path, gateway))


def test_a_service_that_was_not_read_leaves_the_operation_undecided(tmp_path: Path) -> None:
    """The gateway lets anonymous clients through; the service may check."""
    result = joined(tmp_path, nginx(PASSED))
    assert found(result) == set()
    assert [str(one.operation) for one in result.undecided] == [SECURE]
    assert result.exit_status == 3


RESULT = "proxy_set_header X-Client-Cert $ssl_client_verify;"


def test_a_header_that_is_always_sent_has_to_be_compared(tmp_path: Path) -> None:
    """The result of the verification is there without a certificate too: its presence checks nothing."""
    result = joined(tmp_path, nginx(PASSED.replace(TOLD, RESULT)), GUARDED)
    assert found(result) == {("gateway-optional-unchecked", SECURE, "error")}


def test_a_header_that_is_always_sent_may_be_compared(tmp_path: Path) -> None:
    """The correct twin."""
    compared = GUARDED.replace('.get("x-client-cert").is_none()', '.get("x-client-cert") != Some("SUCCESS")')
    result = joined(tmp_path, nginx(PASSED.replace(TOLD, RESULT)), compared)
    assert found(result) == set()
    assert result.undecided == ()


def test_a_gateway_without_listeners_on_the_network_decides_nothing(tmp_path: Path) -> None:
    """What serves only a Unix socket is not what clients reach."""
    result = joined(tmp_path, nginx(CHECKED).replace("listen 443 ssl", "listen unix:/run/a.sock ssl"), OPEN)
    assert SECURE in {str(one.operation) for one in result.undecided}
    assert result.exit_status == 3


def test_findings_name_both_lines(tmp_path: Path) -> None:
    """The line of the gateway, and that of the service."""
    (drift,) = joined(tmp_path, nginx(PASSED), OPEN).drifts
    assert drift.location is not None
    assert drift.location.text.strip().startswith("location /")
    files = {place.file.rpartition("/")[2] for place in drift.related}
    assert files == {"nginx.conf", "main.rs", "openapi.yaml"}


@pytest.mark.parametrize(
    "statement",
    [
        "access_by_lua_file check.lua;",
        "auth_jwt realm;",
        "try_files $uri =404;",
        f"try_files $uri @app; }} location @app {{ {VERIFIED}",
        "if (-f /open) { break; } if ($ssl_client_verify != SUCCESS) { return 403; }",
        "auth_request /auth; location = /auth { proxy_pass http://auth; }",
        "allow 10.0.0.0/8; deny all;",
        'if ($geoip_country_code = "X") { return 403; }',
    ],
)
def test_what_is_not_evaluated_leaves_the_operation_undecided(statement: str, tmp_path: Path) -> None:
    """Never a pass, and never an accusation."""
    locations = f"location / {{ {statement} {TOLD} proxy_pass http://api; }}"
    result = joined(tmp_path, nginx(locations), OPEN)
    assert not [drift for drift in result.drifts if drift.rule.startswith("gateway-")]
    assert SECURE in {str(one.operation) for one in result.undecided}
    assert result.exit_status == 3


@pytest.mark.parametrize(
    ("entries", "exit_status"),
    [("default 0;", 0), ("default 0; 10.0.0.0/8 0;", 0), ("default 0; 10.0.0.0/8 1;", 3), ("default 1;", 1)],
)
def test_a_value_of_all_addresses_is_known(entries: str, exit_status: int, tmp_path: Path) -> None:
    """One that depends on the client's address is not."""
    need = 'map "$inside$ssl_client_verify" $refused { default 0; 0NONE 1; }'
    locations = "location / { if ($refused) { return 403; } proxy_pass http://api; } location = /public { return 200; }"
    result = joined(tmp_path, nginx(locations, more=f"geo $inside {{ {entries} }} {need}"), OPEN)
    assert result.exit_status == exit_status
    assert bool(found(result)) is (exit_status == 1)


def test_a_statement_about_the_connection_leaves_nothing_undecided(tmp_path: Path) -> None:
    """``http2 on;`` is younger than the table of statements that is used."""
    gateway = nginx(f"location / {{ {TOLD} proxy_pass http://api; }}", server="http2 on;")
    result = joined(tmp_path, gateway, GUARDED)
    assert (found(result), result.undecided, result.exit_status) == (set(), (), 0)


@pytest.mark.parametrize(
    "gateway",
    [
        nginx(CHECKED, server="include /etc/passwd;"),
        nginx(CHECKED, server="include ../secret.conf;"),
        nginx(CHECKED, server="include missing.conf;"),
    ],
)
def test_what_was_not_read_is_named_and_never_passes(gateway: str, tmp_path: Path) -> None:
    """Includes outside of the folder, and missing files."""
    (tmp_path / "secret.conf").write_text("deny all;", encoding="utf-8")
    folder = tmp_path / "inner"
    folder.mkdir()
    result = joined(folder, gateway, OPEN)
    assert result.exit_status == 3
    (view,) = result.gateways
    assert view.not_followed


def test_a_syntax_error_is_named(tmp_path: Path) -> None:
    """Nothing is judged by half a file."""
    with pytest.raises(UsageError, match=r"nginx\.conf:\d+: syntax error"):
        joined(tmp_path, nginx(CHECKED)[:-4])


def test_included_files_beneath_the_folder_are_read(tmp_path: Path) -> None:
    """In the order of their names, relative to the folder of the main file."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "a.conf").write_text(
        f"location / {{ {VERIFIED} proxy_pass http://api; }}", encoding="utf-8"
    )
    (tmp_path / "conf.d" / "b.conf").write_text(f"{PUBLIC}", encoding="utf-8")
    result = joined(tmp_path, nginx("include conf.d/*.conf;", server=TOLD), OPEN)
    assert found(result) == set()
    assert result.gateways[0].files == 3
    assert result.exit_status == 0


def test_the_result_can_be_saved_and_read_again(tmp_path: Path) -> None:
    """Gateways are part of the schema."""
    result = joined(tmp_path, nginx(CHECKED), OPEN)
    assert deserialize(serialize(result)).gateways == result.gateways


def test_each_gateway_in_front_is_a_way_in(tmp_path: Path) -> None:
    """The guard of one of two gateways side by side does not guard the service."""
    result = joined_all(tmp_path, [nginx(CHECKED), nginx(PASSED.replace("api;", "10.0.0.6:8080;"))], OPEN)
    assert found(result) == {("gateway-optional-unchecked", SECURE, "error")}


def test_the_second_of_two_guarded_gateways_counts_too(tmp_path: Path) -> None:
    """The correct twin of the above."""
    assert found(joined_all(tmp_path, [nginx(CHECKED), nginx(CHECKED)], OPEN)) == set()


@pytest.mark.parametrize(
    ("outer", "inner"), [(CHECKED, PASSED), (PASSED, CHECKED)], ids=["the outer checks", "the inner checks"]
)
def test_a_gateway_behind_another_is_no_way_in(outer: str, inner: str, tmp_path: Path) -> None:
    """One of two in a row suffices."""
    first = nginx(outer).replace("10.0.0.5:8080", "inner.example:443")
    assert found(joined_all(tmp_path, [first, nginx(inner)], OPEN)) == set()


@pytest.mark.parametrize(
    ("checks", "undecided"),
    [
        ('auth_basic "x"; auth_basic_user_file users;', True),
        ('satisfy any; auth_basic "x"; auth_basic_user_file users; auth_request /check;', True),
        ('auth_basic "x"; auth_basic_user_file users; auth_request /check;', False),
        (f'{VERIFIED} auth_basic "x"; auth_basic_user_file users;', False),
    ],
    ids=["a password", "a password or a certificate", "a password and a certificate", "certificate first"],
)
def test_a_password_does_not_stand_in_for_a_certificate(
    checks: str, *, undecided: bool, tmp_path: Path
) -> None:
    """A client that has one gets the operation without a certificate."""
    check = "location = /check { if ($ssl_client_verify = SUCCESS) { return 204; } return 403; }"
    result = joined(
        tmp_path, nginx(f"location / {{ {checks} {TOLD} proxy_pass http://api; }} {check} {PUBLIC}"), OPEN
    )
    assert found(result) == set()
    assert ({str(one.operation) for one in result.undecided} == {SECURE}) is undecided


def test_a_guard_that_is_the_wrong_way_round_is_reported(tmp_path: Path) -> None:
    """Only clients with a certificate are refused."""
    wrong = VERIFIED.replace("!=", "=")
    result = joined(tmp_path, nginx(f"location / {{ {wrong} {TOLD} proxy_pass http://api; }} {PUBLIC}"), OPEN)
    assert found(result) == {("gateway-optional-unchecked", SECURE, "error")}


MAPS = {
    "SUCCESS alone": ("default 0; SUCCESS 1;", set()),
    "each failure": ("default 0; ~^(SUCCESS|FAILED) 1;", {("gateway-accepts-untrusted", SECURE, "error")}),
    "one failure, of OpenSSL 3": (
        'default 0; SUCCESS 1; "FAILED:self-signed certificate" 1;',
        {("gateway-accepts-untrusted", SECURE, "error")},
    ),
    "one failure, by a pattern": (
        "default 0; SUCCESS 1; ~self.signed 1;",
        {("gateway-accepts-untrusted", SECURE, "error")},
    ),
    "a failure that nginx refuses itself": (
        'default 0; SUCCESS 1; "FAILED:certificate has expired" 1;',
        set(),
    ),
}


@pytest.mark.parametrize(("entries", "expected"), MAPS.values(), ids=MAPS)
def test_each_failed_verification_is_tried(
    tmp_path: Path, entries: str, expected: set[tuple[str, str, str]]
) -> None:
    """``optional_no_ca`` lets through what OpenSSL could not verify, with one of a few reasons."""
    checked = f"location / {{ if ($known = 0) {{ return 403; }} {TOLD} proxy_pass http://api; }} {PUBLIC}"
    gateway = nginx(checked, verify="optional_no_ca", more=f"map $ssl_client_verify $known {{ {entries} }}")
    assert found(joined(tmp_path, gateway, OPEN)) == expected


def test_a_header_at_an_open_operation_is_a_note_if_the_service_is_not_known_to_read_it(
    tmp_path: Path,
) -> None:
    """Its code needs no certificate."""
    subject = "proxy_set_header X-Subject $ssl_client_s_dn;"
    guarded = f"location / {{ {VERIFIED} {subject} proxy_pass http://api; }}"
    public = "location = /public { proxy_pass http://api; }"
    assert found(joined(tmp_path, nginx(f"{guarded} {public}"))) == {
        ("gateway-trusts-client-header", "GET /public", "note")
    }
