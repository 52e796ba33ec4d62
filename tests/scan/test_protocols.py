"""Which versions of HTTP a listener speaks, from the first handshakes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from specdrift import scan
from specdrift.model.exchange.observation import Ending, Observation, TlsFacts
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Probe
from specdrift.scan.execution.opening.preflight import preflight
from tests.classify.exchanges import observed
from tests.scan.running import settings_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from specdrift.crawler.crawl import Crawler
    from tests.servers.pki import TestPki

SELECTED = TlsFacts(version="TLSv1.3", alpn="h2")
WITHOUT = TlsFacts(version="TLSv1.3")
NOT_ACCEPTED = TlsFacts(alert_received="no_application_protocol")


class Listener:
    """Answers handshakes that offer HTTP/2 in one way, and all others in another."""

    def __init__(self, http_1: tuple[Ending, TlsFacts], http_2: tuple[Ending, TlsFacts]) -> None:
        self.answers = {HTTP_1: http_1, HTTP_2: http_2}

    async def crawl(self, probes: Sequence[Probe]) -> AsyncIterator[tuple[Probe, Observation]]:
        """Complete each handshake, or not."""
        for probe in probes:
            ending, tls = self.answers[probe.connection.alpn]
            yield probe, observed(ending, sent=probe, tls=tls)


@pytest.mark.parametrize(
    ("http_1", "http_2", "expected"),
    [
        ((Ending.ALERT, NOT_ACCEPTED), (Ending.SILENCE, SELECTED), (HTTP_2,)),
        ((Ending.CLOSED, WITHOUT), (Ending.SILENCE, SELECTED), (HTTP_2,)),
        ((Ending.SILENCE, WITHOUT), (Ending.SILENCE, SELECTED), (HTTP_1, HTTP_2)),
        # It closes every connection at once, as one that refuses the certificate without an alert.
        ((Ending.CLOSED, WITHOUT), (Ending.CLOSED, SELECTED), (HTTP_1, HTTP_2)),
        ((Ending.CLOSED, WITHOUT), (Ending.SILENCE, WITHOUT), (HTTP_1,)),
    ],
)
def test_a_listener_that_closes_connections_without_a_protocol_speaks_http2_alone(
    pki: TestPki,
    http_1: tuple[Ending, TlsFacts],
    http_2: tuple[Ending, TlsFacts],
    expected: tuple[tuple[str, ...], ...],
) -> None:
    """grpc-go completes the handshake of a client that does not offer HTTP/2, and closes the connection."""
    run = scan.prepare(settings_for(pki, "https://127.0.0.1:1"))
    crawler = cast("Crawler", Listener(http_1, http_2))
    assert asyncio.run(preflight(run, crawler, ["127.0.0.1"])).alpn == expected
