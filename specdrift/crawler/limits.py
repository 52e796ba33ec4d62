"""How much and how fast: the request budget and the pace, shared by all workers of a run."""

import asyncio
import time
from dataclasses import dataclass, field

MAX_PAUSE_S = 60.0
"""A server that asks for a longer pause than this gets no further probe on its behalf."""


@dataclass(slots=True)
class Budget:
    """Counts requests down. ``None`` means without limit."""

    remaining: int | None

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

    def pause(self, seconds: float) -> None:
        """Nobody sends for that long (``Retry-After``)."""
        self._next = max(self._next, time.monotonic() + min(seconds, MAX_PAUSE_S))

    async def turn(self) -> None:
        """Returns when the caller may send."""
        now = time.monotonic()
        start = max(now, self._next)
        if self.per_second:
            self._next = start + 1 / self.per_second
        if start > now:
            await asyncio.sleep(start - now)
