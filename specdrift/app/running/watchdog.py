"""Ends a run in time, also where work of the processor blocks the event loop.

Signals and ``--overall-timeout`` first cancel the sending, which takes no time while the event loop runs. If the run
does not stop, a thread raises Interruption in the main thread; if that does not help, it ends the process.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Self, TypeVar

from specdrift.app.running.time_limit import POLL_S, TimeLimit
from specdrift.errors import ExitStatus, OutOfTimeError
from specdrift.interruption import Interruption

NOT_FINISHED = "the time for the whole command is used up (--overall-timeout); it has no result"
T = TypeVar("T")


class Watchdog(TimeLimit):
    """Handles the stop signals and the time limit of one run, in the main thread."""

    def __init__(self, overall_timeout: float | None) -> None:
        super().__init__(overall_timeout, cancel=_raise_keyboard_interrupt)
        self._interrupting = False
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

    def _handle(self, _: int, __: FrameType | None) -> None:
        if self._interrupting:
            self._interrupting = False
            if not self._ended.is_set():
                raise Interruption
            return
        if self.is_stopped:
            raise KeyboardInterrupt
        self.stop()

    def _watch(self) -> None:
        while not self._ended.wait(POLL_S):
            if not self.is_due():
                continue
            if not self.may_interrupt():
                self._end_process()
            self._interrupting = True
            _wake(self._main)

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


def in_time(overall_timeout: float | None, work: Callable[[], T]) -> T:
    """Do work in the main thread that has no partial result.

    Raises OutOfTimeError where the time limit ends it, and KeyboardInterrupt where a signal does.
    """
    with Watchdog(overall_timeout) as watchdog:
        try:
            return work()
        except Interruption:
            if not watchdog.is_out_of_time:
                raise KeyboardInterrupt from None
            raise OutOfTimeError(NOT_FINISHED) from None


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
