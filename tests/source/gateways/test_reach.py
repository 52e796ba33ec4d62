"""Bypasses on loopback: of a gateway on the network a note, of one that is on loopback itself an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.gateways.joined import GUARDED, OPEN, TOLD, VERIFIED, found, joined, nginx

if TYPE_CHECKING:
    from pathlib import Path

API = "proxy_pass http://api;"
CHECKED = f"location / {{ {VERIFIED} {TOLD} {API} }} location = /public {{ {TOLD} {API} }}"
NETWORK = nginx(CHECKED, more="MORE")
LOCAL = NETWORK.replace("listen 443", "listen 127.0.0.1:443")
BOTH = NETWORK.replace("listen 443 ssl", "listen 443 ssl; listen 127.0.0.1:443 ssl")
PLAIN = f"server {{ listen 127.0.0.1:80; location / {{ {TOLD} {API} }} }}"
NAMED = f"server {{ listen 127.0.0.1:443 ssl; server_name else.example; location / {{ {TOLD} {API} }} }}"
REFUSING = (
    "server { listen 127.0.0.1:80; location = /public { proxy_pass http://api; } location = /secure { return 404; } "
    f"location = /old {{ rewrite ^ /secure break; {API} }} location / {{ return 404; }} }}"
)
UNTOLD = f"server {{ listen 127.0.0.1:80; location / {{ {API} }} }}"
TWIN, SERVER, SPELLING, FORGED = (
    "gateway-plaintext-to-same-upstream",
    "gateway-server-bypass",
    "gateway-location-bypass",
    "gateway-trusts-client-header",
)


@pytest.mark.parametrize(
    ("gateway", "beside", "service", "rule", "severity"),
    [
        pytest.param(NETWORK, PLAIN, OPEN, TWIN, "note", id="no TLS, and the guard on the network"),
        pytest.param(LOCAL, PLAIN, OPEN, TWIN, "error", id="no TLS, and the guard on loopback too"),
        pytest.param(BOTH, PLAIN, OPEN, TWIN, "note", id="no TLS, and the guard on both"),
        pytest.param(LOCAL, NAMED, OPEN, SERVER, "error", id="another name of the same listener"),
        pytest.param(BOTH, NAMED, OPEN, SERVER, "error", id="another name of one of the listeners"),
        pytest.param(NETWORK, NAMED, OPEN, SERVER, "note", id="another listener of the port on loopback"),
        pytest.param(
            NETWORK, REFUSING, OPEN, SPELLING, "note", id="another path, and the guard on the network"
        ),
        pytest.param(LOCAL, REFUSING, OPEN, SPELLING, "error", id="another path, and the guard on loopback"),
        pytest.param(NETWORK, UNTOLD, GUARDED, FORGED, "note", id="a header, and the guard on the network"),
        pytest.param(LOCAL, UNTOLD, GUARDED, FORGED, "error", id="a header, and the guard on loopback"),
    ],
)
def test_a_bypass_that_fewer_clients_reach_is_a_note(
    gateway: str, beside: str, service: str, rule: str, severity: str, tmp_path: Path
) -> None:
    """What reaches a guarded listener on loopback, such as a tunnel, reaches others of the machine as well."""
    result = joined(tmp_path, gateway.replace("MORE", beside), service)
    assert {each for name, _, each in found(result) if name == rule} == {severity}


@pytest.mark.parametrize("gateway", [NETWORK, LOCAL, BOTH])
def test_listeners_on_loopback_that_check_are_no_bypass(gateway: str, tmp_path: Path) -> None:
    """A second listener with the same guard."""
    twin = f"server {{ listen 127.0.0.1:8443 ssl; ssl_verify_client optional; {CHECKED} }}"
    assert found(joined(tmp_path, gateway.replace("MORE", twin), OPEN)) == set()
