"""Conditions of nginx on how a request is sent, and on patterns of host names: each with a correct twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.gateways.joined import OPEN, found, joined, nginx

if TYPE_CHECKING:
    from pathlib import Path

SECURE = "GET /secure"
PASS = "proxy_pass http://api;"
NO_OTHER_HOST = "server { listen 443 ssl default_server; return 444; }"
BYPASS = "gateway-request-bypass"


def deciding(condition: str, *, maps: str = "", names: str = "api.example") -> str:
    """An nginx that refuses requests without a certificate unless a condition admits them."""
    guard = f"set $may $ssl_client_verify; {condition} if ($may != SUCCESS) {{ return 403; }}"
    locations = f"location / {{ {guard} {PASS} }} location = /public {{ {PASS} }}"
    return nginx(locations, more=maps, names=names)


HTTP_2, HTTP_3 = (
    deciding(f'if ($server_protocol = "{version}") {{ set $may SUCCESS; }}')
    for version in ("HTTP/2.0", "HTTP/3.0")
)
CASES = {
    "another version of HTTP": (deciding('if ($server_protocol != "HTTP/1.1") { set $may SUCCESS; }'), True),
    "HTTP/2 alone": (HTTP_2.replace("443 ssl;", "443 ssl http2;"), True),
    "HTTP/2 of every server": (HTTP_2.replace("http {", "http { http2 on;"), True),
    "HTTP/2 that no listener speaks": (HTTP_2, False),
    "HTTP/3 that no listener speaks": (HTTP_3, False),
    "no version of HTTP": (deciding('if ($server_protocol = "FTP") { set $may SUCCESS; }'), False),
    "the request line": (deciding('if ($request ~ "/health") { set $may SUCCESS; }'), True),
    "the whole request line": (
        deciding('if ($request ~ "^GET /health HTTP/1") { set $may SUCCESS; }'),
        False,
    ),
    "a guard for lines with a path": (
        deciding('set $may SUCCESS; if ($request ~ "^[A-Z]+ /s") { set $may $ssl_client_verify; }'),
        True,
    ),
    "a pattern of host names": (
        deciding(
            "if ($inner) { set $may SUCCESS; }",
            maps="map $host $inner { hostnames; default 0; .status.example 1; }",
            names="*.example",
        ),
        True,
    ),
    "a pattern of other host names": (
        deciding(
            "if ($inner) { set $may SUCCESS; }",
            maps=f"map $host $inner {{ hostnames; default 0; *.internal.test 1; }} {NO_OTHER_HOST}",
        ),
        False,
    ),
    "a part of a name of the wildcard": (
        deciding(
            "if ($inner) { set $may SUCCESS; }",
            maps="map $host $inner { default 0; ~^beta\\. 1; }",
            names="api.example *.partner.example",
        ),
        True,
    ),
    "a part of no name": (
        deciding(
            "if ($inner) { set $may SUCCESS; }",
            maps=(
                "map $host $inner { default 0; ~^beta\\. 1; } server { listen 443 ssl default_server; return 444; }"
            ),
        ),
        False,
    ),
}


@pytest.mark.parametrize(("gateway", "bypassed"), CASES.values(), ids=CASES)
def test_conditions_on_how_a_request_is_sent(gateway: str, tmp_path: Path, *, bypassed: bool) -> None:
    """Clients choose the version, the form of the target, and any name that the server has."""
    result = joined(tmp_path, gateway, OPEN)
    assert ((BYPASS, SECURE, "error") in found(result)) is bypassed
    assert result.undecided == ()


def test_a_listener_of_http_3_alone_is_open(tmp_path: Path) -> None:
    """All its requests have the version for which the condition holds."""
    result = joined(tmp_path, HTTP_3.replace("443 ssl;", "443 ssl; listen 443 quic;"), OPEN)
    assert ("gateway-server-bypass", SECURE, "error") in found(result)
