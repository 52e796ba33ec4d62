"""What document, gateway and service say together. Each fault has a correct twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import UsageError
from specdrift.result.serialize import deserialize, serialize
from tests.source.gateways.joined import GUARDED, OPEN, TOLD, VERIFIED, found, joined, nginx

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC = f"location = /public {{ {TOLD} proxy_pass http://api; }}"
CHECKED = f"location / {{ {VERIFIED} {TOLD} proxy_pass http://api; }} {PUBLIC}"
PASSED = f"location / {{ {TOLD} proxy_pass http://api; }}"
PLAIN = "server { listen 80; location / { proxy_pass http://api; } }"
OTHER = "server { listen 443 ssl default_server; %s location / { proxy_pass http://api; } }"
SECURE = "GET /secure"


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


def test_a_service_that_was_not_read_leaves_the_operation_undecided(tmp_path: Path) -> None:
    """The gateway lets anonymous clients through; the service may check."""
    result = joined(tmp_path, nginx(PASSED))
    assert found(result) == set()
    assert [str(one.operation) for one in result.undecided] == [SECURE]
    assert result.exit_status == 3


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
