"""Splits probes into the portions that workers send, each over a connection of its own. Pure.

How long a portion takes is known only when it is sent: it takes three times as long if the server closes its connection
after each refusal. So a worker without work takes half of what is left of the longest portion.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct, field

from specdrift.model.exchange.probe import Connection, Probe

MOST = 100
"""Maximum number of round trips of a portion."""
FEWEST = 2
"""Round trips that are worth another connection."""
HANDSHAKES = 2
"""Round trips of a new connection: those of TCP and of TLS 1.3."""
WORTH_HALVING = 16
"""Round trips that are left of a portion of which another worker takes half."""


class Portion(Struct, eq=False):
    """Probes of one identity and one kind of connection, in the order in which a worker sends them."""

    left: deque[Probe]
    _sent: int = 0
    _connections: int = 0

    def note(self, *, connections: int) -> None:
        """Note that a probe was sent. ``connections`` were opened for the portion so far."""
        self._sent += 1
        self._connections = connections

    @property
    def trips_left(self) -> float:
        """The round trips that are left, if the server goes on as before."""
        if not self._sent:
            return sum(map(_trips, self.left))
        return len(self.left) * (1 + HANDSHAKES * self._connections / self._sent)


class Portions(Struct, eq=False, dict=True):
    """The work of several workers."""

    probes: Sequence[Probe]
    workers: int
    _taken: list[Portion] = field(default_factory=list)

    @cached_property
    def _waiting(self) -> Iterator[Sequence[Probe]]:
        return portions(self.probes, workers=self.workers)

    def next(self) -> Portion | None:
        """Return what to send next: if no portion waits, half of the longest, or None if that is not worth it."""
        waiting = next(self._waiting, None)
        found = self._half_of_the_longest() if waiting is None else deque(waiting)
        if not found:
            return None
        self._taken = [*(each for each in self._taken if each.left), Portion(found)]
        return self._taken[-1]

    def _half_of_the_longest(self) -> deque[Probe]:
        longest = max(self._taken, key=lambda portion: portion.trips_left, default=None)
        if longest is None or longest.trips_left < WORTH_HALVING:
            return deque()
        half = (longest.left.pop() for _ in range(len(longest.left) // 2))
        return deque(reversed([*half]))


def portions(probes: Sequence[Probe], *, workers: int) -> Iterator[Sequence[Probe]]:
    """Split probes into portions of one identity and one kind of connection.

    Each costs a handshake, which takes as long as several requests: a group is split only where a worker would
    otherwise have more to do than its share.
    """
    groups: dict[tuple[str, Connection], list[Probe]] = {}
    for probe in probes:
        groups.setdefault((probe.identity, probe.connection.kind), []).append(probe)
    most = share(probes, workers)
    for group in groups.values():
        portion: list[Probe] = []
        left = most
        for probe in group:
            if portion and _trips(probe) > left:
                yield portion
                portion, left = [], most
            portion.append(probe)
            left -= _trips(probe)
        yield portion


def share(probes: Iterable[Probe], workers: int) -> int:
    """Return the most round trips of a portion of these probes."""
    return max(FEWEST, min(MOST, -(-sum(map(_trips, probes)) // max(1, workers))))


def _trips(probe: Probe) -> int:
    """Return the round trips of a probe: with those of TCP and TLS 1.3, if it needs a new connection."""
    return 1 + HANDSHAKES if probe.fresh else 1
