"""The request budget and the rate limit, shared by all workers of a run."""

import asyncio
import time

from msgspec import Struct, field

MAX_PAUSE_S = 60.0
"""Maximum Retry-After that is respected by waiting; probes with a longer one are not retried."""
MAX_PAUSES_S = 600.0
"""Maximum sum of pauses in a run."""


class Budget(Struct):
    """Count requests down."""

    remaining: int | None
    """Requests that may still be sent; ``None`` means no limit."""

    @classmethod
    def after(cls, spent: int, *, limit: int | None) -> "Budget":
        """Return what a limit leaves after requests of earlier processes."""
        return cls(None if limit is None else max(0, limit - spent))

    def take(self, requests: int = 1) -> bool:
        """Take requests from the budget; return whether there were enough.

        A handshake without a request costs nothing, but needs a remaining request.
        """
        if self.remaining is None:
            return True
        if self.remaining < max(1, requests):
            return False
        self.remaining -= requests
        return True

    def give_back(self, requests: int) -> None:
        """Return requests that were taken and not sent."""
        if self.remaining is not None:
            self.remaining += requests


class Pace(Struct):
    """Spaces requests evenly at ``per_second`` (None: no limit); all workers wait during a pause."""

    per_second: float | None
    _next: float = field(default=0.0)
    _left: float = field(default=MAX_PAUSES_S)

    def grants(self, seconds: float) -> bool:
        """Whether a pause of Retry-After is within the limits."""
        return seconds <= MAX_PAUSE_S and self._added_by(seconds) <= self._left

    def pause(self, seconds: float) -> None:
        """Pause all workers. Overlapping pauses count once."""
        self._left -= self._added_by(seconds)
        self._next = max(self._next, time.monotonic() + seconds)

    def _added_by(self, seconds: float) -> float:
        now = time.monotonic()
        return max(0.0, now + seconds - max(now, self._next))

    async def turn(self) -> None:
        """Wait until the caller may send."""
        now = time.monotonic()
        start = max(now, self._next)
        if self.per_second:
            self._next = start + 1 / self.per_second
        if start > now:
            await asyncio.sleep(start - now)
