"""The host that a gateway sends to the one behind it: where it is its own, clients name no other server there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from specdrift.model.result.gateway import GatewayCaller
from specdrift.offline.routes import routes
from specdrift.settings import Settings
from specdrift.source.caddy.caddy_gateway import GATEWAY as CADDY
from specdrift.source.envoy.envoy_gateway import GATEWAY as ENVOY
from specdrift.source.gateway.exchange import GatewayRequest
from tests.source.crates import crate
from tests.source.gateways.joined import DOCUMENT, OPEN, found
from tests.source.gateways.test_chains import ENVOY as LISTENER

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from specdrift.source.protocol import Gateway

GUARD = "if ($http_x_client_verify != SUCCESS) { return 403; }"
INNER = f"""
events {{}} http {{
    server {{ listen 10.1.0.2:8080 default_server; server_name _;
        location / {{ {GUARD} proxy_pass http://10.0.0.5:80; }}
        location = /public {{ proxy_pass http://10.0.0.5:80; }} }}
    server {{ listen 10.1.0.2:8080; server_name admin.internal; location / {{ proxy_pass http://10.0.0.5:80; }} }}
}}
"""
"""Behind the edge, a server for another name has no guard."""
PASS = "proxy_pass http://10.1.0.2:8080; proxy_set_header X-Client-Verify $ssl_client_verify;"


def nginx(more: str) -> str:
    """An edge that verifies certificates, and says the result."""
    return (
        "events {} http { server { listen 443 ssl default_server; server_name api.example; ssl_verify_client optional; "
        f"location / {{ {PASS} {more} }} }} }}"
    )


def apache(more: str) -> str:
    """The same edge with Apache."""
    return f"""
ServerRoot /etc/httpd
LoadModule ssl_module modules/mod_ssl.so
LoadModule headers_module modules/mod_headers.so
LoadModule proxy_module modules/mod_proxy.so
Listen 443
<VirtualHost *:443>
    ServerName api.example
    SSLEngine on
    SSLCertificateFile server.pem
    SSLCACertificateFile ca.pem
    SSLVerifyClient optional
    RequestHeader set X-Client-Verify "%{{SSL_CLIENT_VERIFY}}s"
    {more}
    ProxyPass / http://10.1.0.2:8080/
</VirtualHost>
"""


def haproxy(more: str) -> str:
    """The same edge with HAProxy."""
    return f"""
defaults
    mode http
frontend https
    bind :443 ssl crt site.pem ca-file ca.pem verify optional
    http-request set-header X-Client-Verify NONE
    http-request set-header X-Client-Verify SUCCESS if {{ ssl_c_used }} {{ ssl_c_verify 0 }}
    {more}
    default_backend inner
backend inner
    server a 10.1.0.2:8080
"""


EDGES = {
    "nginx": ("nginx.conf", nginx(""), nginx("proxy_set_header Host $host;")),
    "nginx, another name": (
        "nginx.conf",
        nginx("proxy_set_header Host api.internal;"),
        nginx("proxy_set_header Host $http_host;"),
    ),
    "Apache": ("httpd.conf", apache(""), apache("ProxyPreserveHost On")),
    "HAProxy": ("haproxy.cfg", haproxy("http-request set-header Host api.internal"), haproxy("")),
}
"""The file of an edge, one that sends a host of its own, and one that sends that of the client."""


def judged(folder: Path, name: str, edge: str) -> Result:
    """Read the edge and the gateway behind it, beside the document."""
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    paths = []
    for number, (file, text) in enumerate(((name, edge), ("nginx.conf", INNER))):
        paths.append(folder / str(number) / file)
        paths[-1].parent.mkdir()
        paths[-1].write_text(text, encoding="utf-8")
    return routes(Settings(spec=str(folder / "openapi.yaml")), (*paths, crate(folder / "service", OPEN)))


@pytest.mark.parametrize(("name", "own", "passed"), EDGES.values(), ids=EDGES)
def test_a_host_of_the_gateway_itself_selects_the_server_behind(
    name: str, own: str, passed: str, tmp_path: Path
) -> None:
    """That of the client may select the one without a guard."""
    result = judged(tmp_path, name, own)
    assert (found(result), result.undecided) == (set(), ())
    twin = tmp_path / "twin"
    twin.mkdir()
    assert judged(twin, name, passed).exit_status in (ExitStatus.DRIFT, ExitStatus.INCOMPLETE)


def test_a_host_that_selects_the_open_server_is_no_guard(tmp_path: Path) -> None:
    """All clients get there then."""
    result = judged(tmp_path, "nginx.conf", nginx("proxy_set_header Host admin.internal;"))
    assert "error" in {severity for _, operation, severity in found(result) if operation == "GET /secure"}


def caddy(header: str) -> str:
    """A Caddy that sets the host."""
    headers = {"request": {"set": {"Host": [header]}}}
    handler = {"handler": "reverse_proxy", "headers": headers, "upstreams": [{"dial": "10.1.0.2:8080"}]}
    server = {"listen": [":8080"], "routes": [{"handle": [handler]}]}
    return json.dumps({"apps": {"http": {"servers": {"srv": server}}}})


@pytest.mark.parametrize(
    ("gateway", "text", "host"),
    [
        (CADDY, caddy("api.internal"), "api.internal"),
        (CADDY, caddy("{http.reverse_proxy.upstream.hostport}"), "10.1.0.2:8080"),
        (CADDY, caddy("{http.request.host}"), ""),
        (
            ENVOY,
            LISTENER.replace("cluster: app }", "cluster: app, host_rewrite_literal: api.internal }"),
            "api.internal",
        ),
        (ENVOY, LISTENER, ""),
    ],
)
def test_the_host_that_a_service_gets_is_known(
    gateway: Gateway, text: str, host: str, tmp_path: Path
) -> None:
    """Empty where it is the client's."""
    path = tmp_path / ("envoy.yaml" if gateway is ENVOY else "caddy.json")
    path.write_text(text, encoding="utf-8")
    configuration = gateway.read(path)
    request = GatewayRequest(
        entry=configuration.entries[0], caller=GatewayCaller.VALID, method="GET", target="/public/a"
    )
    assert configuration.decide(request).host == host
