"""Alternate endpoints: which are probed, which are not, and what is found there."""

from __future__ import annotations

import asyncio
import socket
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.errors import UsageError
from specdrift.model.exchange.probe import Endpoint
from specdrift.scan.execution import engine
from specdrift.scan.preparation.alternate_endpoints import alternate_endpoints, resolved
from specdrift.settings import NetworkSettings, Resolve, ServerSettings
from tests.changed_settings import changed
from tests.loopback import answering
from tests.scan.running import run, settings_for
from tests.servers.python.api import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.checks.core.base import AlternateEndpoint
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow

BASE = "https://api.test:8443/v1"


def endpoints_of(
    pki: TestPki,
    folder: Path,
    *,
    servers: tuple[str, ...] = (),
    listeners: tuple[str, ...] = (),
    **network: Any,  # noqa: ANN401
) -> tuple[AlternateEndpoint, ...]:
    """Return the endpoints of a document with these servers and a configuration with these listeners."""
    document = folder / "openapi.yaml"
    urls = "".join(f"  - url: {url}\n" for url in servers)
    document.write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
        + (f"servers:\n{urls}" if urls else "")
        + "paths: {/secure: {get: {responses: {'200': {description: ok}}}}}\n",
        encoding="utf-8",
    )
    settings = settings_for(
        pki,
        BASE,
        spec=str(document),
        server=ServerSettings(ca_file=pki.server_ca, listeners=listeners),
        network=NetworkSettings(**network),
    )
    return alternate_endpoints(scan.prepare(settings))


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ((), []),
        ((BASE,), []),
        (("http://api.test:8443/v1",), []),
        (
            ("https://api.test:8443/v2", "http://api.test/v1"),
            ["https://api.test:8443/v2", "http://api.test/v1"],
        ),
        (("https://elsewhere.test/v1", "/v1", "ftp://api.test/v1", "http://user@api.test/v1"), []),
        (("/v1", "/internal", "/"), ["https://api.test:8443/internal"]),
    ],
    ids=["none", "the target", "the same port without TLS", "the same host", "others", "relative"],
)
def test_a_document_adds_endpoints_at_the_target_s_host_only(
    servers: tuple[str, ...], expected: list[str], pki: TestPki, tmp_path: Path
) -> None:
    """A document may name any host; the same port without TLS is always probed."""
    found = endpoints_of(pki, tmp_path, servers=servers)
    assert [found_endpoint.url for found_endpoint in found] == ["http://api.test:8443/v1", *expected]
    assert {found_endpoint.endpoint.host for found_endpoint in found} == {"api.test"}


def test_a_listener_at_an_allowed_host_is_an_endpoint(pki: TestPki, tmp_path: Path) -> None:
    """Hosts of `network.allow-hosts` may be probed."""
    found = endpoints_of(
        pki, tmp_path, servers=("https://b.test", "https://c.test"), allow_hosts=("api.test", "b.test")
    )
    assert [found_endpoint.url for found_endpoint in found[1:]] == ["https://b.test"]
    assert found[1].endpoint == Endpoint(host="b.test", port=443, server_name="b.test")


def test_an_origin_that_only_the_document_names_gets_no_credentials(pki: TestPki, tmp_path: Path) -> None:
    """Another port of the target's host may be another server; a host of allow-hosts is named by the owner."""
    servers = ("https://api.test:9443/v1", "https://api.test:8443/v2", "https://b.test")
    found = endpoints_of(pki, tmp_path, servers=servers, allow_hosts=("api.test", "b.test"))
    assert {one.url: one.of_owner for one in found[1:]} == dict.fromkeys(servers, True)
    found = endpoints_of(pki, tmp_path, servers=servers)
    assert {one.url: one.of_owner for one in found[1:]} == {servers[0]: False, servers[1]: True}
    found = endpoints_of(pki, tmp_path, listeners=("https://api.test:9443",))
    assert [one.of_owner for one in found] == [True, True]


def test_a_listener_without_a_path_has_the_target_s(pki: TestPki, tmp_path: Path) -> None:
    """And one with a path has its own."""
    found = endpoints_of(pki, tmp_path, listeners=("http://api.test:8080", "https://admin.test/api/"))
    assert [(found_endpoint.url, found_endpoint.base_path) for found_endpoint in found[1:]] == [
        ("http://api.test:8080/v1", "/v1"),
        ("https://admin.test/api", "/api"),
    ]
    assert [(d.endpoint.tls, d.endpoint.server_name) for d in found[1:]] == [
        (False, ""),
        (True, "admin.test"),
    ]


def test_servers_at_other_hosts_are_reported_as_not_probed(pki: TestPki, tmp_path: Path) -> None:
    """The result reports that those endpoints were not probed."""
    endpoints_of(
        pki, tmp_path, servers=("https://b.test/v1", "https://c.test", "http://b.test", "https://api.test/v2")
    )
    settings = settings_for(pki, BASE, spec=str(tmp_path / "openapi.yaml"))
    told = [s.reason for s in scan.prepare(settings).skipped if s.check == "plaintext"]
    assert len(told) == 1
    assert "b.test, c.test" in told[0]
    assert not [
        s for s in scan.prepare(changed(settings, skip_checks=("plaintext",))).skipped if "b.test" in s.reason
    ]


@pytest.mark.parametrize("listener", ["api.test:8080", "ftp://api.test", "http://user:word@api.test"])
def test_a_listener_that_cannot_be_probed_is_an_error(listener: str, pki: TestPki, tmp_path: Path) -> None:
    """The configuration names it, so it is not skipped silently."""
    with pytest.raises(UsageError, match=r"server\.listeners"):
        endpoints_of(pki, tmp_path, listeners=(listener,))


def test_a_listener_at_a_host_that_is_not_allowed_is_an_error(pki: TestPki, tmp_path: Path) -> None:
    """Nothing else is ever contacted."""
    with pytest.raises(UsageError, match="allow-hosts"):
        endpoints_of(pki, tmp_path, listeners=("http://other.test",), allow_hosts=("api.test",))


def test_endpoints_are_at_every_address_of_the_target(pki: TestPki, tmp_path: Path) -> None:
    """Each address of the target, or the pinned one; no endpoint if a name does not resolve."""
    found = endpoints_of(
        pki,
        tmp_path,
        listeners=("http://api.test:8080", "http://api.test:9090", "http://nowhere.invalid"),
        resolve=(Resolve(host="api.test", port=9090, address="127.0.0.3"),),
    )
    target = Endpoint(host="api.test", port=8443, server_name="api.test")
    placed = asyncio.run(resolved(found, target, ("127.0.0.1", "::1")))
    assert [(d.endpoint.port, d.endpoint.address) for d in placed] == [
        (8443, "127.0.0.1"),
        (8443, "::1"),
        (8080, "127.0.0.1"),
        (8080, "::1"),
        (9090, "127.0.0.3"),
    ]


class _Open(BaseHTTPRequestHandler):
    """The API without TLS and without a guard."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer what is there."""
        resource = find(self.path, caller=None)
        self._reply(200 if resource else 404, resource.json.encode() if resource else b"{}")

    def _reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Say nothing."""


class _Redirects(_Open):
    """Redirects to TLS."""

    def do_GET(self) -> None:
        """Send the caller to TLS."""
        self._reply(308, b"", Location=f"https://127.0.0.1{self.path}")


class _Server(ThreadingHTTPServer):
    """A server of either address family."""

    def __init__(self, address: str, port: int, handler: type[_Open]) -> None:
        """Listen at once."""
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, port), handler)


@contextmanager
def beside(handler: type[_Open], *, address: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """The URL of a plain listener that runs beside the target."""
    server = _Server(address, port, handler)
    with answering(server):
        yield f"http://127.0.0.1:{server.server_port}"


def test_a_listener_of_the_other_address_family_is_an_endpoint(
    pki: TestPki, optional_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target answers at 127.0.0.1 only; a listener at ::1 of the same name is probed as well."""

    async def of_both_families(_: Endpoint) -> tuple[str, ...]:
        return "127.0.0.1", "::1"

    monkeypatch.setattr(engine, "addresses_of", of_both_families)
    port = int(optional_server.rpartition(":")[2])
    with beside(_Open, address="::1", port=port):
        result = run(settings_for(pki, f"https://localhost:{port}"))
    drifts = [d for d in result.drifts if d.rule == "plaintext-listener"]
    assert sorted(d.operation.path for d in drifts if d.operation) == ["/items/{id}", "/secure"]


@pytest.mark.parametrize(("handler", "found"), [(_Open, ["/items/{id}", "/secure"]), (_Redirects, [])])
def test_a_listener_beside_the_guarded_one(
    handler: type[_Open], found: list[str], pki: TestPki, optional_server: str
) -> None:
    """The same API on another port: open, one finding per operation; redirected to TLS, none."""
    with beside(handler) as url:
        settings = settings_for(pki, optional_server)
        result = run(replace(settings, server=replace(settings.server, listeners=(url,))))
    drifts = [d for d in result.drifts if d.rule == "plaintext-listener"]
    assert sorted(d.operation.path for d in drifts if d.operation) == found
    assert all(f"without TLS at another endpoint, GET {url}" in drift.message for drift in drifts)
    assert {drift.rule for drift in result.drifts} <= {"plaintext-listener"}
