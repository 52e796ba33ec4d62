"""How much and how fast: the request budget and the pace, shared by all workers of a run."""

import asyncio
import time
from dataclasses import dataclass, field

MAX_PAUSE_S = 60.0
"""A server that asks for a longer pause than this gets no further probe on its behalf."""
MAX_PAUSES_S = 600.0
"""All pauses of a run together: a server that goes on asking for one would hold the run up for as long as it likes."""


@dataclass(slots=True)
class Budget:
    """Count requests down."""

    remaining: int | None
    """Requests that may still be sent; ``None`` means no limit."""

    @classmethod
    def after(cls, spent: int, *, limit: int | None) -> "Budget":
        """Return what a limit leaves after requests of earlier processes."""
        return cls(None if limit is None else max(0, limit - spent))

    def take(self, requests: int = 1) -> bool:
        """Whether so many more requests may be sent; counts them if so. What sends none (a handshake) costs nothing,
        and is made as long as something is left.
        """
        if self.remaining is None:
            return True
        if self.remaining < max(1, requests):
            return False
        self.remaining -= requests
        return True

    def give_back(self, requests: int) -> None:
        """What was taken and not sent after all."""
        if self.remaining is not None:
            self.remaining += requests


@dataclass(slots=True)
class Pace:
    """Spaces requests evenly at ``per_second`` (``None``: as fast as it goes); all wait during a pause."""

    per_second: float | None
    _next: float = field(default=0.0)
    _left: float = field(default=MAX_PAUSES_S)

    def grants(self, seconds: float) -> bool:
        """Whether a server that asks for such a pause (``Retry-After``) is waited for."""
        return seconds <= MAX_PAUSE_S and self._added_by(seconds) <= self._left

    def pause(self, seconds: float) -> None:
        """Nobody sends for that long. Only what makes the wait longer counts: workers are told to wait together."""
        self._left -= self._added_by(seconds)
        self._next = max(self._next, time.monotonic() + seconds)

    def _added_by(self, seconds: float) -> float:
        now = time.monotonic()
        return max(0.0, now + seconds - max(now, self._next))

    async def turn(self) -> None:
        """Returns when the caller may send."""
        now = time.monotonic()
        start = max(now, self._next)
        if self.per_second:
            self._next = start + 1 / self.per_second
        if start > now:
            await asyncio.sleep(start - now)
