"""A priming request on the same connection."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.crawler.crawl import Crawler
from specdrift.crawler.probe_connection import KEEP_S
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Connection, Endpoint, Phase, Probe, Request
from specdrift.pki.context import client_context
from specdrift.settings import NetworkSettings, ServerSettings
from tests.servers.conftest import pki
from tests.servers.harness import Launch, Tls
from tests.servers.process import announced

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.exchange.observation import Observation
    from tests.servers.pki import TestPki

__all__ = ["pki"]

SECURE, PUBLIC = Request(method="GET", target="/secure"), Request(method="GET", target="/public")


@pytest.mark.slow
def test_the_priming_request_is_on_the_connection_of_the_request(pki: TestPki, tmp_path: Path) -> None:
    """A server that authenticates once per connection admits a client whose first request was public."""
    launch = Launch(pki=pki, workdir=tmp_path, tls=Tls.BOTH, variant="authorizes-once", settings={})
    command = [sys.executable, "-m", "tests.servers.odd.serve", *launch.arguments()]
    with announced(command, workdir=tmp_path) as server:
        port = int(server.base_url.rpartition(":")[2])
        answers = asyncio.run(_send(pki, port, (None, PUBLIC, None, PUBLIC)))
    assert answers == [(401, False), (200, True), (401, False), (200, True)]


@pytest.mark.slow
def test_a_server_that_closes_after_the_priming_request_gets_a_bounded_number_of_requests(
    pki: TestPki, tmp_path: Path
) -> None:
    """The connection is never idle then: an idle one is reopened without counting."""
    launch = Launch(
        pki=pki, workdir=tmp_path, tls=Tls.BOTH, variant="resets-without-certificate", settings={}
    )
    command = [sys.executable, "-m", "tests.servers.odd.serve", *launch.arguments()]
    with announced(command, workdir=tmp_path) as server:
        port = int(server.base_url.rpartition(":")[2])
        observation, requests = asyncio.run(_sent(pki, _probe(port, PUBLIC, "0")))
    assert (observation.ending, observation.attempts, requests) == (Ending.CLOSED, 2, 4)


@pytest.mark.slow
def test_a_request_that_waits_goes_over_the_kept_connection(pki: TestPki, tmp_path: Path) -> None:
    """It is not sent before its time; until then the priming request is repeated, and counted."""
    launch = Launch(pki=pki, workdir=tmp_path, tls=Tls.BOTH, variant="authorizes-once", settings={})
    command = [sys.executable, "-m", "tests.servers.odd.serve", *launch.arguments()]
    with announced(command, workdir=tmp_path) as server:
        port = int(server.base_url.rpartition(":")[2])
        when = datetime.now(UTC) + timedelta(seconds=KEEP_S + 1)
        observation, requests = asyncio.run(_sent(pki, replace(_probe(port, PUBLIC, "0"), after=when)))
        assert datetime.now(UTC) >= when
    assert (observation.http and observation.http.status, observation.reused_connection) == (200, True)
    assert requests == 3


async def _sent(pki: TestPki, probe: Probe) -> tuple[Observation, int]:
    crawler = _crawler(pki)
    with crawler:
        async for _, observation in crawler.crawl([probe]):
            return observation, crawler.tally.requests
    raise AssertionError("a probe always brings an observation")


def _crawler(pki: TestPki) -> Crawler:
    trust = ServerSettings(ca_file=pki.server_ca)
    return Crawler(
        contexts=lambda _, c: client_context(None, server=trust, tls_range=c.tls, alpn=c.alpn),
        network=NetworkSettings(timeout=5, concurrency=1, retries=1),
        headers=(),
    )


def _probe(port: int, priming: Request | None, variant: str) -> Probe:
    """Build a probe of `/secure` without a certificate, with this priming request."""
    endpoint = Endpoint(host="127.0.0.1", port=port, server_name="127.0.0.1", address="127.0.0.1")
    return Probe(
        check="names",
        operation=OperationKey(path="/secure", method="GET"),
        identity=ANONYMOUS.name,
        connection=Connection(endpoint=endpoint),
        request=SECURE,
        phase=Phase.MAIN,
        variant=variant,
        priming=priming,
    )


async def _send(pki: TestPki, port: int, priming: tuple[Request | None, ...]) -> list[tuple[int, bool]]:
    """Return the status of `/secure` and whether the connection was open before, with this priming request."""
    observed = []
    crawler = _crawler(pki)
    with crawler:
        for number, first in enumerate(priming):
            async for _, observation in crawler.crawl([_probe(port, first, str(number))]):
                assert observation.http is not None
                observed.append((observation.http.status, observation.reused_connection))
    assert crawler.tally.requests == len(priming) + sum(first is not None for first in priming)
    return observed
