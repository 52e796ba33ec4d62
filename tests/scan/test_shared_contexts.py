"""Kinds of connection of one identity share a TLS context, and each offers what it should."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Connection, Phase, Probe, Request, TlsRange
from specdrift.pki.context import client_context
from specdrift.scan.execution import crawler_setup
from specdrift.settings import ServerSettings
from tests.scan.running import settings_for
from tests.servers.cases import case_named

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from specdrift.model.exchange.observation import Observation
    from specdrift.scan import Run
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.servers
KINDS = [(tls, alpn) for tls in TlsRange for alpn in (HTTP_1, HTTP_2)]


@pytest.fixture(scope="module")
def base_url(pki: TestPki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of both TLS versions and both HTTP versions."""
    folder: Path = tmp_path_factory.mktemp("nginx")
    case = case_named("nginx-optional")
    if missing := case.available():
        pytest.skip(missing)
    with case.start(pki, folder) as server:
        yield server.base_url


def connection_of(run: Run, *, tls: TlsRange, alpn: tuple[str, ...], name: str = "") -> Connection:
    """A connection to the server, which must be known by ``name`` if it is given."""
    endpoint = replace(run.endpoint, address="127.0.0.1", server_name=name or run.endpoint.server_name)
    return Connection(endpoint=endpoint, tls=tls, alpn=alpn)


def sent(run: Run, connections: list[Connection]) -> list[Observation]:
    """Send a request as alice and without a certificate on each connection, all at once."""

    async def all_of() -> dict[str, Observation]:
        with crawler_setup.crawler_for(run) as crawler:
            return {probe.variant: seen async for probe, seen in crawler.crawl(probes)}

    probes = [
        Probe(
            check="certificate",
            operation=None,
            identity=who,
            connection=connection,
            request=Request(method="GET", target="/public"),
            phase=Phase.MAIN,
            variant=f"{number:03} {who}",
        )
        for number, connection in enumerate(connections)
        for who in ("alice", ANONYMOUS.name)
    ]
    found = asyncio.run(all_of())
    return [found[probe.variant] for probe in probes]


def test_one_context_serves_all_versions_and_protocols(
    pki: TestPki, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To make one takes as long as a handshake."""
    made = 0

    def counted(*arguments: Any, **options: Any) -> AbstractContextManager[ssl.SSLContext]:  # noqa: ANN401
        nonlocal made
        made += 1
        return client_context(*arguments, **options)

    monkeypatch.setattr(crawler_setup, "client_context", counted)
    run = scan.prepare(settings_for(pki, base_url))
    observed = sent(run, [connection_of(run, tls=tls, alpn=alpn) for tls, alpn in 3 * KINDS])
    assert made == 2
    shown = [(s.tls.version, s.tls.alpn, s.tls.certificate_sent) for s in observed]
    assert shown == [
        ("TLSv1.2" if tls is TlsRange.ONLY_1_2 else "TLSv1.3", alpn[0], who == "alice")
        for tls, alpn in 3 * KINDS
        for who in ("alice", ANONYMOUS.name)
    ]


def test_a_wrong_name_is_an_error_beside_a_connection_under_another_name(pki: TestPki, base_url: str) -> None:
    """Only the probe that sends another server name goes without the check of the name."""
    run = scan.prepare(settings_for(pki, base_url))
    wrong = replace(run, endpoint=replace(run.endpoint, server_name="wrong.test"))
    own = connection_of(wrong, tls=TlsRange.ANY, alpn=HTTP_1)
    other = connection_of(wrong, tls=TlsRange.ANY, alpn=HTTP_1, name="other.test")
    observed = sent(wrong, [own, other, own, other])
    endings = [s.ending for s in observed]
    assert endings == 2 * (2 * [Ending.CLIENT_ERROR] + 2 * [Ending.RESPONSE])


def test_an_unverified_server_stays_unverified(pki: TestPki, base_url: str) -> None:
    """With ``--insecure`` no offer turns the verification on."""
    run = scan.prepare(settings_for(pki, base_url))
    open_run = replace(run, server=ServerSettings(insecure=True))
    observed = sent(open_run, [connection_of(run, tls=TlsRange.ANY, alpn=HTTP_1)])
    assert [s.ending for s in observed] == [Ending.RESPONSE] * 2
