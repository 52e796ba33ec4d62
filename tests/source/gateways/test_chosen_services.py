"""Listeners that hand requests to a service of the client's choice, and services under several addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.source.gateway.exchange import comparable
from tests.source.gateways.joined import found, joined, nginx

if TYPE_CHECKING:
    from pathlib import Path

SECURE = "GET /secure"
REQUEST = {("gateway-request-bypass", SECURE, "error")}
PLAINTEXT = {("gateway-plaintext-to-same-upstream", SECURE, "error")}
LISTENER = "server {{ listen 8000; location / {{ proxy_pass http://{address}; }} }}"
CADDY = """{{"apps": {{"http": {{"servers": {{
  "api": {{"listen": [":443"], "tls_connection_policies": [
      {{"client_authentication": {{"mode": "require_and_verify", "trusted_ca_certs": ["MII"]}}}}],
    "routes": [{{"match": [{{"host": ["api.example"]}}],
                "handle": [{{"handler": "reverse_proxy", "upstreams": [{{"dial": "10.0.0.5:8080"}}]}}]}}]}},
  "other": {{"listen": [":8000"],
    "routes": [{{"handle": [{{"handler": "reverse_proxy", "upstreams": [{{"dial": "{address}"}}]}}]}}]}}
}}}}}}}}"""


@pytest.mark.parametrize("address", ["$http_x_backend", "$arg_to", "$cookie_to:8080"])
def test_a_client_of_nginx_names_the_service(tmp_path: Path, address: str) -> None:
    """The address of each service that the configuration has is tried in what the client sends."""
    text = nginx(
        "location / { proxy_pass http://10.0.0.5:8080; }",
        verify="on",
        more=LISTENER.format(address=address),
    )
    assert found(joined(tmp_path, text)) == REQUEST


@pytest.mark.parametrize("address", ["10.0.0.9:8080", "$upstream_addr"])
def test_another_service_is_none_of_the_api(tmp_path: Path, address: str) -> None:
    """An address of its own is no way to the API; what nginx fills by itself is none that a client chooses."""
    text = nginx(
        "location / { proxy_pass http://10.0.0.5:8080; }",
        verify="on",
        more=LISTENER.format(address=address),
    )
    assert found(joined(tmp_path, text)) == set()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("{http.request.header.X-Backend}", REQUEST),
        ("{http.request.uri.query.to}:8080", REQUEST),
        ("10.0.0.9:8080", set()),
    ],
)
def test_a_client_of_caddy_names_the_service(
    tmp_path: Path, address: str, expected: set[tuple[str, str, str]]
) -> None:
    """As for nginx."""
    result = joined(tmp_path, CADDY.format(address=address), name="caddy.json")
    assert (found(result), result.undecided) == (expected, ())


@pytest.mark.parametrize(
    ("guarded", "other", "expected"),
    [
        ("svc.internal:8080", "SVC.internal.:8080", PLAINTEXT),
        ("127.0.0.1:8080", "127.1:8080", PLAINTEXT),
        ("unix:/run/app.sock", "unix:/var/run/app.sock", PLAINTEXT),
        ("orders.shop.svc.cluster.local:8080", "orders.shop:8080", PLAINTEXT),
        ("127.0.0.1:8080", "127.0.0.2:8080", set()),
        ("svc.internal:8080", "svc.internal.example:8080", set()),
        ("unix:/run/app.sock", "unix:/run/App.sock", set()),
    ],
)
def test_one_service_under_two_addresses(
    tmp_path: Path, guarded: str, other: str, expected: set[tuple[str, str, str]]
) -> None:
    """Names are compared as resolvers do it; other addresses are other services."""
    text = nginx(
        f"location / {{ proxy_pass http://{guarded}; }}", verify="on", more=LISTENER.format(address=other)
    )
    assert found(joined(tmp_path, text)) == expected


def test_addresses_have_one_form() -> None:
    """For every spelling of a host; a text with a variable stays as it is written."""
    same = ("localhost:80", "LOCALHOST.:80", "[::1]:80", "[::ffff:127.0.0.1]:80", "127.1:80", "0x7f.1:80")
    assert comparable(same) == {"127.0.0.1:80"}
    assert comparable(["[2001:DB8:0::1]:443", "$Backend:80", "name"]) == {
        "[2001:db8::1]:443",
        "$Backend:80",
        "name",
    }
