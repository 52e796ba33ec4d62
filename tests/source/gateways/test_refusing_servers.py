"""Servers that refuse an operation to every client, and hand another request on as that operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.source.gateways.haproxy.test_haproxy_join import frontend
from tests.source.gateways.joined import GUARDED, OPEN, TOLD, found, joined, nginx

if TYPE_CHECKING:
    from pathlib import Path

BYPASS = ("gateway-location-bypass", "GET /secure", "error")
OPEN_ROUTE = ("open-route-guarded", "GET /public", "warning")
KEPT = "location / { proxy_pass http://api; }"
PLAIN = "server {{ listen 80; server_name api.example; location / {{ return 404; }} {} }}"
FAULTS = {
    "a prefix that is replaced": (
        "location /v1/ { proxy_pass http://api/; }",
        "location /v1/public { proxy_pass http://api/public; }",
    ),
    "a rewrite": (
        "location /old { rewrite ^/old/(.*)$ /$1 break; proxy_pass http://api; }",
        "location /old { rewrite ^/old/(.*)$ /new/$1 break; proxy_pass http://api; }",
    ),
    "HEAD": (
        "location = /secure { if ($request_method = GET) { return 403; } proxy_pass http://api; }",
        "location = /secure { return 403; }",
    ),
    "another service": (
        "location /v1/ { proxy_pass http://api/; }",
        "location /v1/ { proxy_pass http://10.0.0.9:9000/; }",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_server_without_tls_that_hands_other_requests_on(name: str, tmp_path: Path) -> None:
    """Another server requires the certificate, and this one has no route of the operation's own path."""
    for number, location in enumerate(FAULTS[name]):
        folder = tmp_path / str(number)
        folder.mkdir()
        result = joined(folder, nginx(KEPT, verify="on", more=PLAIN.format(location)), OPEN)
        assert found(result) - {OPEN_ROUTE} == (set() if number else {BYPASS})
        assert result.undecided == ()


@pytest.mark.parametrize("guard", [f"location / {{ {TOLD} proxy_pass http://api; }}"])
@pytest.mark.parametrize("verify", ["on", "optional"])
def test_the_guard_of_a_service_counts_for_what_another_server_hands_on(
    guard: str, verify: str, tmp_path: Path
) -> None:
    """It rejects a request whose header the other server takes away, and not one that sends its own."""
    for number, clears in enumerate(("proxy_set_header X-Client-Cert '';", "")):
        plain = PLAIN.format(f"location /v1/ {{ {clears} proxy_pass http://api/; }}")
        folder = tmp_path / str(number)
        folder.mkdir()
        result = joined(folder, nginx(guard, verify=verify, more=plain), GUARDED)
        forged = ("gateway-trusts-client-header", "GET /secure", "error")
        assert (forged in found(result)) == (not clears)
        assert (result.exit_status is ExitStatus.OK) == bool(clears)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("http-request deny if !{ path_beg /v1/ }", {BYPASS}),
        ("http-request deny if !{ path_beg /v1/public }", set()),
    ],
)
def test_a_frontend_of_haproxy(rule: str, expected: set[tuple[str, str, str]], tmp_path: Path) -> None:
    """The same with rules that change the path."""
    kept = frontend("http-request deny unless { ssl_c_used }")
    strip = "http-request replace-path ^/v1(/.*)$ \\1"
    plain = f"frontend plain\n    bind :80\n    {rule}\n    {strip}\n    default_backend api\n"
    name = kept.rpartition("default_backend ")[2].split()[0]
    text = f"{kept}\n{plain.replace('default_backend api', f'default_backend {name}')}"
    result = joined(tmp_path, text, OPEN, name="haproxy.cfg")
    assert found(result) - {OPEN_ROUTE} == expected


def test_a_server_that_only_this_machine_reaches_is_a_note(tmp_path: Path) -> None:
    """As for one that serves the operation."""
    plain = PLAIN.format(FAULTS["HEAD"][0]).replace("listen 80", "listen 127.0.0.1:80")
    result = joined(tmp_path, nginx(KEPT, verify="on", more=plain), OPEN)
    assert found(result) - {OPEN_ROUTE} == {(*BYPASS[:2], "note")}
