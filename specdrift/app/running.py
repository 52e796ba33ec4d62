"""Runs a scan to its end, or to the first Ctrl-C: what is known by then is still reported."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from specdrift.events import Event, ScanFinished

Watch = Callable[[Event], None]


def run_to_end(events: AsyncIterator[Event], watch: Watch) -> ScanFinished:
    """Consume ``events``, showing each to ``watch``; the last one, which brings the result.

    The first SIGINT or SIGTERM cancels the scan, which then ends with what it knows; the second raises
    KeyboardInterrupt at once and waits for nothing.
    """
    loop = asyncio.new_event_loop()
    task = loop.create_task(_consume(events, watch))
    with _stopping(loop, task):
        try:
            finished = loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    return finished


async def _consume(events: AsyncIterator[Event], watch: Watch) -> ScanFinished:
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
    """Signals ask the task to stop while the context lasts."""

    def stop(_: int, __: FrameType | None) -> None:
        if task.cancelling() or task.done():
            # Tasks that nobody waits for any more are not worth a message.
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
