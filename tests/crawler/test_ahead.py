"""A request that goes ahead on the same connection."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from specdrift.crawler.crawl import Crawler
from specdrift.model.identity import ANONYMOUS
from specdrift.model.operation import OperationKey
from specdrift.model.probe import Connection, Endpoint, Phase, Probe, Request
from specdrift.pki.context import client_context
from specdrift.settings import NetworkSettings, ServerSettings
from tests.servers.conftest import pki
from tests.servers.harness import Launch, Tls
from tests.servers.process import announced

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki

__all__ = ["pki"]

SECURE, PUBLIC = Request(method="GET", target="/secure"), Request(method="GET", target="/public")


def test_what_goes_ahead_is_on_the_connection_of_the_request(pki: TestPki, tmp_path: Path) -> None:
    """A server that looks at the caller once a connection lets in who asked for something public first."""
    launch = Launch(pki=pki, workdir=tmp_path, tls=Tls.BOTH, variant="remembers-the-first", settings={})
    command = [sys.executable, "-m", "tests.servers.odd.serve", *launch.arguments()]
    with announced(command, workdir=tmp_path) as server:
        port = int(server.base_url.rpartition(":")[2])
        answers = asyncio.run(_ask(pki, port, (None, PUBLIC, None, PUBLIC)))
    assert answers == [(401, False), (200, True), (401, False), (200, True)]


async def _ask(pki: TestPki, port: int, ahead: tuple[Request | None, ...]) -> list[tuple[int, bool]]:
    """Status, and whether the connection was there already, of `/secure` with this ahead."""
    endpoint = Endpoint(host="127.0.0.1", port=port, server_name="127.0.0.1", address="127.0.0.1")
    trust = ServerSettings(ca_file=pki.server_ca)
    crawler = Crawler(
        contexts=lambda _, c: client_context(None, server=trust, tls_range=c.tls, alpn=c.alpn),
        network=NetworkSettings(timeout=5, concurrency=1),
        headers=(),
    )
    seen = []
    with crawler:
        for number, first in enumerate(ahead):
            probe = Probe(
                check="names",
                operation=OperationKey(path="/secure", method="GET"),
                identity=ANONYMOUS.name,
                connection=Connection(endpoint=endpoint),
                request=SECURE,
                phase=Phase.MAIN,
                variant=str(number),
                ahead=first,
            )
            async for _, observation in crawler.crawl([probe]):
                assert observation.http is not None
                seen.append((observation.http.status, observation.reused_connection))
    assert crawler.tally.requests == len(ahead) + sum(first is not None for first in ahead)
    return seen
