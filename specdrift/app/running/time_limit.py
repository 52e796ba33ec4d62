"""When a run has to stop, and when it is interrupted because it does not."""

import time
from collections.abc import Callable
from enum import Enum

GRACE_S = 3.0
"""Seconds to stop sending, before the first interruption and between two of them."""
CONCLUDE_S = 60.0
"""Seconds to judge and to write the reports, before the first interruption.

They count from the signal or the time limit, or from the end of the sending where that was later.
"""
CONCLUDE_AGAIN_S = 15.0
"""The same from one interruption to the next: the result is made without judging."""
MAX_INTERRUPTIONS = 3
"""Interruptions of a stage before the process is ended."""
POLL_S = 0.1


class Stage(Enum):
    """What a run is doing. Each stage has a way of its own to stop."""

    PREPARING = "preparing"
    """Reads documents and keys; there is nothing to report yet."""
    SENDING = "sending"
    CONCLUDING = "concluding"
    """Judges and writes the reports."""


class TimeLimit:
    """The time limit of one run, and the word to stop it. Who watches it interrupts the run when ``is_due``."""

    concludes_when_stopped = True
    """Whether a stopped run has the time to judge, and to write its reports."""

    def __init__(self, overall_timeout: float | None, *, cancel: Callable[[], None]) -> None:
        self._overall_timeout = overall_timeout
        self._stage = Stage.PREPARING
        self._since = self._stage_began = time.monotonic()
        self._stopped_at: float | None = None
        self._cancel = cancel
        self._interruptions = 0

    @property
    def is_stopped(self) -> bool:
        """Whether a signal or the caller ends the run."""
        return self._stopped_at is not None

    @property
    def is_out_of_time(self) -> bool:
        """Whether the time limit ends the run, and no signal or caller does."""
        limit = self._limit
        return not self.is_stopped and limit is not None and time.monotonic() >= limit

    @property
    def _limit(self) -> float | None:
        return None if self._overall_timeout is None else self._since + self._overall_timeout

    def begin(self, stage: Stage, *, cancel: Callable[[], None] | None = None) -> None:
        """Enter a stage. ``cancel`` is called once, by the first word to stop in it."""
        self._cancel = cancel or _do_nothing
        self._interruptions = 0
        self._stage_began = time.monotonic()
        if stage is not Stage.CONCLUDING:
            self._since = self._stage_began
        self._stage = stage

    def stop(self) -> None:
        """Stop the run: it ends with what it has."""
        self._stopped_at = time.monotonic()
        self._cancel()

    def is_due(self) -> bool:
        """Whether the run should have stopped by now."""
        stops = [at for at in (self._limit, self._stopped_at) if at is not None]
        if not stops:
            return False
        first, again = self._patience()
        # A stage that begins late, since another did not stop, has as much time as any.
        since = max(min(stops), self._stage_began)
        return time.monotonic() >= since + first + again * self._interruptions

    def _patience(self) -> tuple[float, float]:
        """Return the seconds to the first interruption, and from one to the next."""
        concludes = self._stage is Stage.CONCLUDING and (self.concludes_when_stopped or not self.is_stopped)
        return (CONCLUDE_S, CONCLUDE_AGAIN_S) if concludes else (GRACE_S, GRACE_S)

    def may_interrupt(self) -> bool:
        """Count an interruption; False if the stage was interrupted often enough."""
        self._interruptions += 1
        return self._interruptions <= MAX_INTERRUPTIONS


def _do_nothing() -> None:
    """Leave the run to its end: the result is about to be written."""
