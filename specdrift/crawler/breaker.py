"""Circuit breaker: stops probing listeners that accept no connections, and backs off before retries.

A listener that has answered before may be restarting: it gets a few pauses before it is given up. Only failures
without an answer count; a rejection is an answer. Probes that are not sent stay undecided.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

from msgspec import Struct, field

from specdrift.model.exchange.observation import Ending, Observation, WirePhase
from specdrift.model.exchange.probe import Probe
from specdrift.result.printable import printable

GIVE_UP = 20
"""Number of consecutive failed probes, each with its retries."""
RESTS_S = (1.0, 4.0, 10.0)
"""Seconds of each pause, long enough for a restart of the server."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Safe methods (RFC 9110 §9.2.1)."""
MOST_SHOWN = 90
"""Characters of a request target in a message."""

Where = tuple[str, int, str]
"""Address (or host) and port, and whether that is of UDP; with the identity if its handshakes get no answer."""
UDP = "UDP "


class Breaker(Struct):
    """Counts the failures of each listener in a run. ``rests`` are pauses in seconds."""

    rests: Sequence[float] = RESTS_S
    clock: Callable[[], float] = time.monotonic
    failures: Counter[Where] = field(default_factory=Counter)
    _answered: set[Where] = field(default_factory=set)
    _rested: Counter[Where] = field(default_factory=Counter)
    _until: dict[Where, float] = field(default_factory=dict)
    _last: dict[Where, Probe] = field(default_factory=dict)
    """The last probe that reached the listener."""
    _last_changing: dict[Where, Probe] = field(default_factory=dict)
    """The last one whose method is not safe."""

    async def rest(self, probe: Probe) -> None:
        """Wait for the end of the listener's pause."""
        until = self._until.get(_listener(probe))
        if until is not None and (left := until - self.clock()) > 0:
            await asyncio.sleep(left)

    def given_up(self, probe: Probe) -> str:
        """Why the probe is not sent; empty where it may be."""
        if not self.failures:
            return ""
        address, port, _ = _listener(probe)
        if self.failures[_listener(probe)] >= GIVE_UP:
            after = self._after(_listener(probe))
            return f"given up: {GIVE_UP} connections to {address} port {port} in a row failed{after}"
        if self.failures[_caller(probe)] >= GIVE_UP:
            return (
                f"given up: {GIVE_UP} handshakes of {probe.identity} with {address} port {port} in a row "
                "got no answer"
            )
        return ""

    def note(self, probe: Probe, observation: Observation) -> None:
        """Count the observation of a probe after its retries."""
        if observation.ending is Ending.NOT_SENT or observation.ending is Ending.CLIENT_ERROR:
            return
        if observation.ending is Ending.NO_CONNECTION or _unconnected(observation):
            self._failed(_listener(probe))
        else:
            self._answered.add(_listener(probe))
            if probe.request is not None:
                self._last[_listener(probe)] = probe
                if probe.request.method not in SAFE:
                    self._last_changing[_listener(probe)] = probe
            self.failures.pop(_listener(probe), None)
            if observation.ending is Ending.TIMEOUT and observation.phase is WirePhase.HANDSHAKE:
                self.failures[_caller(probe)] += 1
            else:
                self.failures.pop(_caller(probe), None)

    def _after(self, where: Where) -> str:
        """Name the last requests that reached a listener: one of them may have stopped it."""
        last, changing = self._last.get(where), self._last_changing.get(where)
        if last is None:
            return ""
        named = f", after {_named(last)}"
        if changing is None or changing is last:
            return named
        return f"{named}; the last one that may change something was {_named(changing)}"

    def _failed(self, where: Where) -> None:
        self.failures[where] += 1
        number = self._rested[where]
        if self.failures[where] >= GIVE_UP and where in self._answered and number < len(self.rests):
            self.failures[where] = 0
            self._rested[where] += 1
            self._until[where] = self.clock() + self.rests[number]


def pause_before(attempt: int) -> float:
    """Return the seconds before a retry (numbered from 1): exponential backoff with jitter."""
    longest: float = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** max(0, attempt - 1))
    return random.uniform(longest / 2, longest)  # noqa: S311 - not for secrets


def _named(probe: Probe) -> str:
    request = probe.request
    assert request is not None  # noqa: S101 - only probes with a request are kept
    return f"{request.method} {printable(request.target, limit=MOST_SHOWN)} as {probe.identity}"


def _unconnected(observation: Observation) -> bool:
    return observation.ending is Ending.TIMEOUT and observation.phase is WirePhase.CONNECT


def _listener(probe: Probe) -> Where:
    endpoint = probe.connection.endpoint
    return endpoint.address or endpoint.host, endpoint.port, UDP if probe.connection.quic else ""


def _caller(probe: Probe) -> Where:
    address, port, udp = _listener(probe)
    return address, port, f"{udp}{probe.identity} {probe.connection.endpoint.server_name}"
