"""Senders of a batch of probes: the crawler, or the crawler behind a checkpoint."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from msgspec import Struct

from specdrift.crawler.crawl import Crawler
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import Probe
from specdrift.scan.execution.checkpoint import Checkpoint

Pair = tuple[Probe, Observation]


class Sender(Protocol):
    """Sends a batch of probes."""

    def crawl(self, probes: Sequence[Probe]) -> AsyncIterator[Pair]:
        """Yield each probe with its observation, in order of completion."""
        ...


class ReplayingSender(Struct, frozen=True):
    """Replays the exchanges of a checkpoint, sends the other probes and adds them to it."""

    crawler: Crawler
    checkpoint: Checkpoint

    async def crawl(self, probes: Sequence[Probe]) -> AsyncIterator[Pair]:
        """Yield the known exchanges first."""
        known, rest = self.checkpoint.split(probes)
        for pair in known:
            self.crawler.availability.note(*pair)
            yield pair
        if rest:
            tally = self.crawler.tally
            async for probe, observation in self.crawler.crawl(rest):
                self.checkpoint.keep(
                    probe, observation, requests=tally.requests, connections=tally.connections
                )
                yield probe, observation
