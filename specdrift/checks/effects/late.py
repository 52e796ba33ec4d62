"""Reads once more at the end what refused requests wrote: a queue may carry them out after the answer. Pure.

Each request that showed the valid certificate's marks is sent once, some seconds after all writes.
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from specdrift.checks.core.base import PlanContext
from specdrift.checks.core.confirm import fresh
from specdrift.checks.effects.unmarked_requests import NAME
from specdrift.checks.effects.writers import Turn, Writer
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.exchange.probe import Phase, Probe, ProbeTag, Request

DELAY_S = 3.5
"""Seconds after the last write: queues and background tasks of small services have run by then."""
LATE = ProbeTag(name="late read")
MOST = 20
"""Requests that are sent again."""

Seen = Callable[[Writer, Turn], list[Exchange]]
"""Returns the answers that show what was written in a turn."""


class LateReads(Struct, frozen=True):
    """The requests that are sent again, and what they show."""

    context: PlanContext
    log: ExchangeLog
    writers: Sequence[Writer]
    seen: Seen

    def next_step(self) -> Iterator[Probe]:
        """Yield the first request, which waits, and then the others."""
        probes = list(self._probes())[:MOST]
        if probes and probes[0].id not in self.log.by_id:
            probes = probes[:1]
        yield from probes

    def _probes(self) -> Iterator[Probe]:
        sent: set[tuple[Request | None, str]] = set()
        for writer in self.writers:
            for exchange in self.seen(writer, writer.first) if writer.mark.is_unique else ():
                earlier = exchange.probe
                if (earlier.request, earlier.identity) not in sent:
                    yield self._again(earlier, len(sent))
                    sent.add((earlier.request, earlier.identity))

    def _again(self, earlier: Probe, number: int) -> Probe:
        probe = Probe(
            check=NAME,
            operation=earlier.operation,
            identity=earlier.identity,
            connection=self.context.connection(self.context.tls[0]),
            request=earlier.request,
            phase=Phase.CONFIRM,
            variant=f"late, {number}",
            tag=LATE,
            control=True,
            why="whether a refused request took effect after its answer",
            whole_body=True,
            delay_s=0.0 if number else DELAY_S,
        )
        return fresh(probe)

    def showing(self, writer: Writer, is_in: Callable[[Exchange], bool]) -> list[Exchange]:
        """Return the late answers that show a mark of a writer, where its first one was read."""
        places = {exchange.probe.request for exchange in self.seen(writer, writer.first)}
        late = (one for one in self.log.by_check(NAME) if one.probe.tag == LATE)
        return [one for one in late if one.probe.request in places and is_in(one)]
