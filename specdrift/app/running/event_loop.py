"""Runs a scan to its end, its time limit or the first signal; the result so far is still reported."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TypeVar

from specdrift.app.running.time_limit import Stage, TimeLimit
from specdrift.events import Event, ScanFinished, SendingEnded
from specdrift.interruption import Interruption

Found = TypeVar("Found")
Watch = Callable[[Event], None]


def run_to_end(events: AsyncIterator[Event], watch: Watch, limit: TimeLimit) -> ScanFinished:
    """Consume ``events`` in an event loop of its own, pass each to ``watch``, and return the last.

    The first stop signal cancels the scan, which then ends with a partial result; the second raises
    KeyboardInterrupt at once. Raises Interruption if the scan has to be ended without a result.
    """
    loop = asyncio.new_event_loop()

    def staged(event: Event) -> None:
        if isinstance(event, SendingEnded):
            limit.begin(Stage.CONCLUDING)
        watch(event)

    task = loop.create_task(consume(events, staged))
    limit.begin(Stage.SENDING, cancel=lambda: _cancel(loop, task))
    try:
        finished = _completed(loop, task)
    except asyncio.CancelledError:
        raise Interruption from None
    except Exception:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        raise
    except KeyboardInterrupt:
        # Pending tasks are abandoned; asyncio would log each of them.
        loop.set_exception_handler(lambda *_: None)
        raise
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    return finished


def run_alone(work: Coroutine[None, None, Found]) -> Found:
    """Run it by ``asyncio.run`` and return what it returns.

    The task itself returns nothing: as it takes its signal handler back, Python 3.11 writes out what a task returned.
    """
    found: list[Found] = []

    async def keep() -> None:
        found.append(await work)

    asyncio.run(keep())
    return found[0]


def _cancel(loop: asyncio.AbstractEventLoop, task: asyncio.Task[ScanFinished]) -> None:
    loop.call_soon_threadsafe(task.cancel)


def _completed(loop: asyncio.AbstractEventLoop, task: asyncio.Task[ScanFinished]) -> ScanFinished:
    """Run the loop until the task ends. An interruption while no task runs cancels it once more."""
    while True:
        try:
            return loop.run_until_complete(task)
        except Interruption:
            if task.done():
                raise
            task.cancel()


async def consume(events: AsyncIterator[Event], watch: Watch) -> ScanFinished:
    """Pass each event to ``watch`` and return the last."""
    finished: ScanFinished | None = None
    async for event in events:
        try:
            watch(event)
        except Interruption:
            watch = _ignore  # the terminal or pipe that it writes to takes nothing more
        if isinstance(event, ScanFinished):
            finished = event
    if finished is None:
        raise AssertionError("the scan ended without a result")
    return finished


def _ignore(_: Event) -> None:
    """Show nothing."""
