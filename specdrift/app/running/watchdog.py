"""Ends a run in time, also where work of the processor blocks the event loop.

Signals and ``--overall-timeout`` first cancel the sending, which takes no time while the event loop runs. If the run
does not stop, a thread raises Interruption in the main thread; if that does not help, it ends the process.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from types import FrameType
from typing import Self

from specdrift.errors import ExitStatus
from specdrift.interruption import Interruption

GRACE_S = 3.0
"""Seconds to stop sending, before the first interruption and between two of them."""
CONCLUDE_S = 60.0
"""Seconds to judge and to write the reports, from the signal or the time limit to the first interruption."""
CONCLUDE_AGAIN_S = 15.0
"""The same from one interruption to the next: the result is made without judging."""
MAX_INTERRUPTIONS = 3
"""Interruptions of a stage before the process is ended."""
_POLL_S = 0.1


class Stage(Enum):
    """What a run is doing. Each stage has a way of its own to stop."""

    PREPARING = "preparing"
    """Reads documents and keys; there is nothing to report yet."""
    SENDING = "sending"
    CONCLUDING = "concluding"
    """Judges and writes the reports."""


class Watchdog:
    """Handles the stop signals and the time limit of one run, in the main thread."""

    def __init__(self, overall_timeout: float | None) -> None:
        self._overall_timeout = overall_timeout
        self._stage = Stage.PREPARING
        self._since = time.monotonic()
        self._signalled_at: float | None = None
        self._cancel: Callable[[], None] = _raise_keyboard_interrupt
        self._interrupting = False
        self._interruptions = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="specdrift watchdog", daemon=True)
        self._main = threading.get_ident()
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in stop_signals():
            self._before[number] = signal.signal(number, self._handle)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    @property
    def is_out_of_time(self) -> bool:
        """Whether the time limit is what ends the run, and no signal."""
        limit = self._limit
        return self._signalled_at is None and limit is not None and time.monotonic() >= limit

    @property
    def _limit(self) -> float | None:
        return None if self._overall_timeout is None else self._since + self._overall_timeout

    def begin(self, stage: Stage, *, cancel: Callable[[], None] | None = None) -> None:
        """Enter a stage. ``cancel`` is called once, by the first signal in it."""
        self._cancel = cancel or _do_nothing
        self._interruptions = 0
        if stage is not Stage.CONCLUDING:
            self._since = time.monotonic()
        self._stage = stage

    def _handle(self, _: int, __: FrameType | None) -> None:
        if self._interrupting:
            self._interrupting = False
            if not self._ended.is_set():
                raise Interruption
            return
        if self._signalled_at is not None:
            raise KeyboardInterrupt
        self._signalled_at = time.monotonic()
        self._cancel()

    def _watch(self) -> None:
        while not self._ended.wait(_POLL_S):
            due = self._due()
            if due is None or time.monotonic() < due:
                continue
            if self._interruptions >= MAX_INTERRUPTIONS:
                self._end_process()
            self._interruptions += 1
            self._interrupting = True
            _wake(self._main)

    def _due(self) -> float | None:
        """Return when the main thread is to be interrupted next; ``None`` without a limit."""
        stops = [at for at in (self._limit, self._signalled_at) if at is not None]
        if not stops:
            return None
        concluding = self._stage is Stage.CONCLUDING
        first, again = (CONCLUDE_S, CONCLUDE_AGAIN_S) if concluding else (GRACE_S, GRACE_S)
        return min(stops) + first + again * self._interruptions

    def _end_process(self) -> None:
        """End the process without its result: the main thread does not even handle signals."""
        frame = sys._current_frames().get(self._main)  # noqa: SLF001 - the only way to name where it hangs
        where = (
            f" in {frame.f_code.co_qualname} ({frame.f_code.co_filename}:{frame.f_lineno})" if frame else ""
        )
        message = f"specdrift: the run did not stop{where}; it ends without a result\n"
        with suppress(OSError):
            os.write(2, message.encode(errors="replace"))
        os._exit(ExitStatus.INCOMPLETE if self.is_out_of_time else ExitStatus.INTERRUPTED)


def stop_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that end a run with its result, without those that are ignored (``nohup``)."""
    numbers = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    return tuple(
        number
        for number in numbers
        if number is signal.SIGINT or (number and signal.getsignal(number) is not signal.SIG_IGN)
    )


def _wake(thread: int) -> None:
    """Make the main thread run its handler, also if it waits in a system call."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(thread, signal.SIGINT)
    else:
        import _thread

        _thread.interrupt_main(signal.SIGINT)


def _raise_keyboard_interrupt() -> None:
    raise KeyboardInterrupt


def _do_nothing() -> None:
    """Leave the run to its end: the result is about to be written."""
