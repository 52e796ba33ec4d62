"""Repeats the probes of a batch that were not answered, and marks those whose lack of an answer establishes nothing."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.crawler.availability import (
    REPEATABLE,
    Availability,
    Kind,
    is_server_trouble,
    is_unanswered,
    kind_of,
)
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import Ending, Observation
from specdrift.model.exchange.probe import RETRIED, Probe

Pair = tuple[Probe, Observation]
Send = Callable[[Sequence[Probe]], AsyncIterator[Pair]]
ROUNDS = 8
"""Maximum number of times that the probes of a batch are sent again, as long as each time some are answered."""
OF_A_KIND = 2
"""Probes of a kind that are sent again while the controls are answered."""
BUSY = frozenset({429, 503})
"""Statuses of a request that was not processed, so that it may be sent again whatever its method."""


async def sent_until_answered(
    send: Send, availability: Availability, probes: Sequence[Probe]
) -> AsyncIterator[Pair]:
    """Send probes, and once more those that were not answered. Yield each with its last observation."""
    doubts = _Doubts(availability, availability.failures)
    async for pair in send(probes):
        if not doubts.takes(*pair):
            yield pair
    while again := await doubts.to_repeat():
        async for pair in send(again):
            for each in doubts.repeated(*pair):
                yield each
    for pair in doubts.left():
        yield pair


class _Doubts(Struct):
    """The probes of a batch that were not answered."""

    availability: Availability
    _failures: int
    """Of the controls of the run, before the batch."""
    _held: dict[str, Pair] = field(default_factory=dict)
    _failing: frozenset[OperationKey | None] = frozenset()
    """Operations whose own controls are not answered any more."""
    _round: int = 0
    _changed: bool = False
    """A probe of the last round was answered."""

    def takes(self, probe: Probe, observation: Observation) -> bool:
        """Keep a probe that was not answered; return whether it is one."""
        doubted = probe.check != RETRIED and is_unanswered(observation) and self.availability.concerns(probe)
        if doubted:
            self._held[probe.id] = probe, observation
        return doubted

    async def to_repeat(self) -> Sequence[Probe]:
        """Send the controls, and return the probes to send again."""
        if not self._held:
            return ()
        self._failing = await self.availability.failing_operations(probe for probe, _ in self._held.values())
        settled = self._round and not self._changed
        if settled or self._round == ROUNDS:
            return ()
        if self._changed and any(is_server_trouble(observation) for _, observation in self._held.values()):
            self.availability.slowing.lower_a_little()
        self._round, self._changed = self._round + 1, False
        waiting = [
            pair
            for pair in self._held.values()
            if _is_repeatable(pair, self.availability) and not self.availability.given_up(pair[0])
        ]
        return [
            probe for probe, _ in (waiting if self._round > 1 or self._is_troubled else self._some(waiting))
        ]

    @property
    def _is_troubled(self) -> bool:
        return self.availability.failures > self._failures

    def _some(self, waiting: Sequence[Pair]) -> Iterator[Pair]:
        """Yield a few of each kind that the server has not shown to answer so each time."""
        seen: Counter[Kind] = Counter()
        for probe, observation in waiting:
            kind = kind_of(probe, observation)
            if is_server_trouble(observation) and kind not in self.availability.steady:
                seen[kind] += 1
                if seen[kind] <= OF_A_KIND:
                    yield probe, observation

    def repeated(self, probe: Probe, observation: Observation) -> Iterator[Pair]:
        """Take the observation of a probe that was sent again; yield what is known of it now."""
        if probe.check == RETRIED:
            yield replace(probe, attempt=probe.attempt + 100 * self._round), observation
        elif observation.ending is not Ending.NOT_SENT and not is_unanswered(observation):
            self._changed = True
            _, before = self._held.pop(probe.id)
            yield probe, replace(observation, attempts=observation.attempts + before.attempts)
            if before.http is not None:
                yield as_retried(probe, 100 * self._round), before

    def left(self) -> Iterator[Pair]:
        """Yield the probes without an answer, marked where that establishes nothing."""
        for probe, observation in self._held.values():
            nothing = (
                self._changed
                or probe.operation in self._failing
                or bool(self.availability.given_up(probe))
                or (self._is_troubled and not _is_repeatable((probe, observation), self.availability))
            )
            if not nothing:
                self.availability.steady.add(kind_of(probe, observation))
            yield probe, replace(observation, unanswered=nothing)


def _is_repeatable(pair: Pair, availability: Availability) -> bool:
    """Return whether sending it again has no effect of its own, and can give another answer."""
    probe, observation = pair
    if probe.after is not None or probe.connection.prior_session or probe.request is None:
        return False
    if probe.request.method in REPEATABLE:
        return True
    busy = observation.http is not None and observation.http.status in BUSY
    return busy and not availability.is_valid(probe.identity)


def as_retried(probe: Probe, number: int) -> Probe:
    """Return the probe of an answer after which it was sent again: it may have data all the same."""
    variant = f"{probe.check} {probe.variant or probe.phase.name.lower()}"
    return replace(probe, check=RETRIED, variant=variant, attempt=number)
