"""The rate of a run at a server that limits its clients: it falls while that helps, and rises again."""

import time
from collections import deque

from msgspec import Struct, field

from specdrift.crawler.limits import Pace

LEAST_RATE = 1.0
"""Requests per second below which the run does not slow down."""
CALM = 25
"""Answers in a row after which a slowed run gets faster by a tenth."""
RECENT = 100
"""Probes over which the rate of a run is measured."""
SETTLING = 20
"""Probes at a new rate before it is lowered again: those before were sent at the old one."""
MOST_IN_VAIN = 3
"""Reductions without fewer failures after which the rate stays: a single one may be chance, or due to a burst."""


class Slowing(Struct):
    """Lowers the rate of a run. Where that does not reduce the failures, it stays."""

    pace: Pace
    is_slowed: bool = False
    """The rate was lowered in this run."""
    _calm: int = 0
    _times: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))
    _sent: int = 0
    """Probes since the rate was lowered."""
    _failed: int = 0
    """Those of them without an answer."""
    _share: float | None = None
    """Share of failures at the rate before; None if that was the first, or few probes were sent at it."""
    _in_vain: int = 0
    """Reductions since the last rise that did not reduce the failures."""

    def note(self, *, failed: bool) -> None:
        """Count a probe. ``failed``: it was not answered."""
        self._times.append(time.monotonic())
        self._sent += 1
        self._failed += failed
        self._calm = 0 if failed else self._calm + 1
        if not failed and self.is_slowed and self._calm % CALM == 0 and self.pace.per_second:
            self.pace.per_second *= 1.1
            self._share, self._in_vain = None, 0  # a higher rate has more failures: shares do not compare

    def lower(self) -> None:
        """Send at half of the rate."""
        elapsed = self._times[-1] - self._times[0] if len(self._times) > 1 else 0.0
        recent = len(self._times) / elapsed if elapsed else LEAST_RATE
        self._times.clear()
        self._set(min(self.pace.per_second or recent, recent) / 2)

    def lower_a_little(self) -> None:
        """Send at three quarters of the rate, unless that has just changed."""
        if self._sent < SETTLING:
            return
        if self.pace.per_second is None:
            self.lower()
        else:
            self._set(self.pace.per_second * 0.75)

    def _set(self, rate: float) -> None:
        share = self._failed / self._sent if self.is_slowed and self._sent >= SETTLING else None
        if share is not None and self._share is not None and share >= self._share:
            self._in_vain += 1
        self.is_slowed, self._share, self._sent, self._failed = True, share, 0, 0
        if self._in_vain < MOST_IN_VAIN:
            self.pace.per_second = max(LEAST_RATE, rate)
