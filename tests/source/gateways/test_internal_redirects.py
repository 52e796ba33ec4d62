"""Envoy that follows the redirects of a service itself: its guards decide about each request that it makes."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.model.result.source import UnresolvedKind
from specdrift.source.envoy.envoy_gateway import Envoy
from specdrift.source.gateway.exchange import GatewayRequest
from tests.loopback import answering
from tests.servers.envoy.launch import BINARY
from tests.servers.pki import TestPki, make_pki
from tests.source.gateways.comparing import free_ports
from tests.source.gateways.envoy_programs import HTTP, NETWORK
from tests.source.gateways.envoy_runner import cluster, running, send
from tests.source.gateways.mesh.translation import TLS

if TYPE_CHECKING:
    from pathlib import Path

Node = dict[str, Any]
RBAC = f"{HTTP}.rbac.v3.RBAC"
HOST = "shop.example"
ANONYMOUS, VALID = GatewayCaller.ANONYMOUS, GatewayCaller.VALID
NAMED: Node = {"authenticated": {"principal_name": {"safe_regex": {"regex": ".+"}}}}
OF_HEADER: Node = {"header": {"name": "x-verified", "string_match": {"exact": "SUCCESS"}}}


class _Redirecting(BaseHTTPRequestHandler):
    """Redirects /open to the guarded path, and lets the redirect set the header that a guard trusts."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer the path, or a redirect."""
        opened = self.path == "/open"
        body = b"" if opened else f"{self.path}\n{self.headers.get('x-verified', '-')}".encode()
        self.send_response(302 if opened else 200)
        if opened:
            self.send_header("Location", f"https://{self.headers['Host']}/admin")
            self.send_header("X-Verified", "SUCCESS")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def _written(folder: Path, port: int, upstream: int, pki: TestPki, policy: Node, principal: Node) -> Path:
    """Write a bootstrap file whose /open follows redirects, and whose /admin has a guard."""
    policies = {
        "open": {"permissions": [{"url_path": {"path": {"exact": "/open"}}}], "principals": [{"any": True}]},
        "admin": {"permissions": [{"url_path": {"path": {"prefix": "/admin"}}}], "principals": [principal]},
    }
    guard = {"name": "rbac", "typed_config": {"@type": RBAC, "rules": {"policies": policies}}}
    router = {"name": "router", "typed_config": {"@type": f"{HTTP}.router.v3.Router"}}
    routes = [
        {"match": {"path": "/open"}, "route": {"cluster": "s", "internal_redirect_policy": policy}},
        {"match": {"prefix": "/"}, "route": {"cluster": "s"}},
    ]
    manager = {
        "@type": f"{NETWORK}.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "s",
        "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": routes}]},
        "http_filters": [guard, router],
    }
    context = {
        "tls_certificates": [
            {
                "certificate_chain": {"filename": str(pki.server_cert)},
                "private_key": {"filename": str(pki.server_key)},
            }
        ],
        "validation_context": {"trusted_ca": {"filename": str(pki.client_ca)}},
    }
    listener = {
        "name": "l",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [
            {
                "filters": [{"name": "http", "typed_config": manager}],
                "transport_socket": {
                    "name": "tls",
                    "typed_config": {"@type": TLS, "common_tls_context": context},
                },
            }
        ],
    }
    file = folder / "envoy.yaml"
    static = {"listeners": [listener], "clusters": [cluster("s", upstream)]}
    file.write_text(yaml.safe_dump({"static_resources": static}), encoding="utf-8")
    return file


def _answers(file: Path, port: int, pki: TestPki) -> dict[tuple[str, GatewayCaller], str]:
    """Return the status that Envoy answers each caller for each path."""
    (entry,) = Envoy().read(file).entries
    with running(file, [port]):
        return {
            (path, caller): send(
                GatewayRequest(entry=entry, caller=caller, method="GET", target=path), HOST, HOST, pki
            )[0]
            for path in ("/open", "/admin")
            for caller in (ANONYMOUS, VALID)
        }


@pytest.mark.servers
@pytest.mark.skipif(not BINARY.exists(), reason="Envoy is not installed")
def test_the_guards_decide_about_the_request_that_follows_a_redirect(tmp_path: Path) -> None:
    """The open path redirects to the guarded one, whose guard refuses anonymous clients there, too."""
    pki, (port,) = make_pki(tmp_path / "pki"), free_ports(1)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Redirecting)
    with answering(server):
        file = _written(tmp_path, port, server.server_port, pki, {}, NAMED)
        answers = _answers(file, port, pki)
    assert answers["/open", ANONYMOUS] == answers["/admin", ANONYMOUS] == "403"
    assert answers["/open", VALID] == answers["/admin", VALID] == "200"
    configuration = Envoy().read(file)
    (entry,) = configuration.entries
    request = GatewayRequest(entry=entry, caller=ANONYMOUS, method="GET", target="/admin")
    assert configuration.decide(request).passage is Passage.REFUSED
    assert configuration.unresolved == ()


@pytest.mark.servers
@pytest.mark.skipif(not BINARY.exists(), reason="Envoy is not installed")
def test_headers_that_a_redirect_copies_may_turn_a_guard_off_and_are_listed(tmp_path: Path) -> None:
    """The guard trusts a header, which the response of the open path has: anonymous clients are admitted."""
    pki, (port,) = make_pki(tmp_path / "pki"), free_ports(1)
    policy = {"response_headers_to_copy": ["x-verified"]}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Redirecting)
    with answering(server):
        file = _written(tmp_path, port, server.server_port, pki, policy, OF_HEADER)
        answers = _answers(file, port, pki)
    assert (answers["/open", ANONYMOUS], answers["/admin", ANONYMOUS]) == ("200", "403")
    (unread,) = Envoy().read(file).unresolved
    assert unread.what == "internal_redirect_policy copies headers of responses, which is not evaluated"
    assert unread.kind is UnresolvedKind.ROUTE
