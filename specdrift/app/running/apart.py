"""Runs a check for a caller that has an event loop of its own, which the check neither blocks nor outlives.

The check has a thread and an event loop to itself. Another thread watches its time limit, raises Interruption in it if
it does not stop, and leaves it behind if that does not help.
"""

import asyncio
import contextvars
import ctypes
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from msgspec import Struct, field

from specdrift.app.running.time_limit import POLL_S, TimeLimit
from specdrift.errors import OutOfTimeError
from specdrift.interruption import Interruption

NOT_STOPPED = "the check did not stop in time; its thread is left behind, and it has no result"
T = TypeVar("T")


class ThreadLimit(TimeLimit):
    """The time limit of a run in a thread of its own. The result of one that is stopped is not waited for."""

    concludes_when_stopped = False

    def __init__(self, overall_timeout: float | None) -> None:
        super().__init__(overall_timeout, cancel=self._interrupt_at_once)
        self.thread: threading.Thread | None = None

    def _interrupt_at_once(self) -> None:
        interrupt(self.thread)


class _Ended(Struct, Generic[T]):
    """How the work ended."""

    values: list[T] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)


async def run_apart(work: Callable[[], T], limit: ThreadLimit) -> T:
    """Do blocking work in a thread; return or raise what it does.

    Raises OutOfTimeError where the time limit ends it without a result. Cancelled, it stops the work first.
    """
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(ended: "_Ended[T]") -> None:
        if outcome.done():
            return
        if ended.errors:
            outcome.set_exception(ended.errors[0])
        else:
            outcome.set_result(ended.values[0])

    def watch() -> None:
        ended = _watched(lambda: context.run(work), limit)
        with suppress(RuntimeError):  # the caller's loop was closed
            loop.call_soon_threadsafe(settle, ended)

    threading.Thread(target=watch, name="specdrift watchdog", daemon=True).start()
    try:
        return await asyncio.shield(outcome)
    except asyncio.CancelledError:
        with suppress(RuntimeError):  # its loop is closed: it has ended
            limit.stop()
        await asyncio.wait([outcome])
        outcome.exception()
        raise


def _watched(work: Callable[[], T], limit: ThreadLimit) -> "_Ended[T]":
    """Do the work in a thread that is interrupted when its time is up."""
    ended: _Ended[T] = _Ended()
    done, released = threading.Event(), threading.Event()

    def end() -> None:
        done.set()
        # The thread lives until nobody interrupts it any more: another one may get its number.
        released.wait()

    def do() -> None:
        try:
            try:
                ended.values.append(work())
            except BaseException as error:  # noqa: BLE001 - raised in the caller's thread
                ended.errors.append(error)
            end()
        except Interruption:  # it came after the end
            end()

    limit.thread = threading.Thread(target=do, name="specdrift check", daemon=True)
    limit.thread.start()
    while not done.wait(POLL_S):
        if not limit.is_due():
            continue
        if not limit.may_interrupt():
            return _Ended(errors=[OutOfTimeError(NOT_STOPPED)])
        interrupt(limit.thread)
    released.set()
    return ended


def interrupt(thread: threading.Thread | None) -> None:
    """Raise Interruption in a thread, between two instructions of Python."""
    if thread is not None and thread.is_alive():
        number = ctypes.c_ulong(thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(Interruption))
