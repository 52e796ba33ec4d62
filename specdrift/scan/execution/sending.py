"""Who sends a batch of probes: the crawler, or a crawler that asks nothing twice."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from specdrift.crawler.crawl import Crawler
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import Probe
from specdrift.scan.execution.checkpoint import Checkpoint

Pair = tuple[Probe, Observation]


class Sender(Protocol):
    """What a batch is given to."""

    def crawl(self, probes: Sequence[Probe]) -> AsyncIterator[Pair]:
        """Yields each probe with its observation, in the order in which they end."""
        ...


@dataclass(frozen=True, slots=True)
class Remembering:
    """Takes from a checkpoint what is known, sends the rest, and writes down what it brings."""

    crawler: Crawler
    checkpoint: Checkpoint

    async def crawl(self, probes: Sequence[Probe]) -> AsyncIterator[Pair]:
        """What is known first."""
        known, rest = self.checkpoint.split(probes)
        for pair in known:
            yield pair
        if rest:
            tally = self.crawler.tally
            async for probe, seen in self.crawler.crawl(rest):
                self.checkpoint.keep(probe, seen, requests=tally.requests, connections=tally.connections)
                yield probe, seen
