"""Runs a scan to its end or to the first Ctrl-C; the result so far is still reported."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from specdrift.events import Event, ScanFinished

Watch = Callable[[Event], None]


def run_to_end(events: AsyncIterator[Event], watch: Watch) -> ScanFinished:
    """Consume ``events`` in an event loop of its own, pass each to ``watch``, and return the last.

    The first SIGINT or SIGTERM cancels the scan, which then ends with a partial result; the second raises
    KeyboardInterrupt at once.
    """
    loop = asyncio.new_event_loop()
    task = loop.create_task(consume(events, watch))
    with _stopping(loop, task):
        try:
            finished = loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    return finished


async def consume(events: AsyncIterator[Event], watch: Watch) -> ScanFinished:
    """Pass each event to ``watch`` and return the last."""
    finished: ScanFinished | None = None
    async for event in events:
        watch(event)
        if isinstance(event, ScanFinished):
            finished = event
    if finished is None:
        raise AssertionError("the scan ended without a result")
    return finished


@contextmanager
def _stopping(loop: asyncio.AbstractEventLoop, task: asyncio.Task[ScanFinished]) -> Iterator[None]:
    """Cancel the task on SIGINT or SIGTERM while the context lasts."""

    def stop(_: int, __: FrameType | None) -> None:
        if task.cancelling() or task.done():
            # Pending tasks are abandoned; asyncio would log each of them.
            loop.set_exception_handler(lambda *_: None)
            raise KeyboardInterrupt
        loop.call_soon_threadsafe(task.cancel)

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
