"""Joins the events of the processes that share a run into those of one run."""

from collections.abc import Iterator

from specdrift.events import Event, PhaseStarted, Planned, ProbeFinished, SendingEnded, Warned
from specdrift.model.exchange.probe import Phase


class JoinedProgress:
    """Adds up what the parts plan and send. A part is named by its number."""

    def __init__(self, parts: int) -> None:
        self._parts = parts
        self._planned: list[Planned] = []
        self._phases: dict[int, Phase] = {}
        self._left: dict[int, int] = {}
        self._ended: set[int] = set()
        self._warned: set[Warned] = set()

    def joined(self, part: int, event: Event) -> Iterator[Event]:
        """Yield what an event of a part says of the whole run."""
        match event:
            case Planned():
                yield from self._plan(event)
            case PhaseStarted(phase=phase, probes=probes):
                self._phases[part], self._left[part] = phase, probes
                yield self._started()
            case ProbeFinished():
                self._left[part] = max(0, self._left.get(part, 0) - 1)
                yield event
            case Warned():
                if event not in self._warned:
                    yield event
                self._warned.add(event)
            case SendingEnded():
                self._ended.add(part)
                self._phases.pop(part, None)
                if len(self._ended) == self._parts:
                    yield event
            case _:
                yield event

    def _plan(self, event: Planned) -> Iterator[Planned]:
        self._planned.append(event)
        if len(self._planned) == self._parts:
            yield Planned(
                probes=sum(one.probes for one in self._planned),
                requests=sum(one.requests for one in self._planned),
                connections=sum(one.connections for one in self._planned),
            )

    def _started(self) -> PhaseStarted:
        """Return the phase of the part with the most probes before it, and the probes before all of them."""
        slowest = max(self._phases, key=self._left.__getitem__)
        return PhaseStarted(phase=self._phases[slowest], probes=sum(self._left.values()))
