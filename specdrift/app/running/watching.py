"""Passes the events of a scan in another thread to a function of the caller."""

import asyncio
from collections.abc import Callable

from specdrift.app.running.time_limit import TimeLimit
from specdrift.events import Event


class Watching:
    """Calls ``watch`` in the running event loop. An error in it stops the scan."""

    def __init__(self, watch: Callable[[Event], None] | None, limit: TimeLimit) -> None:
        self._watch = watch
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._failure: Exception | None = None

    def later(self, event: Event) -> None:
        """Pass an event on; called in the thread of the scan."""
        if self._watch is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, event)

    def _deliver(self, event: Event) -> None:
        if self._watch is None or self._failure is not None:
            return
        try:
            self._watch(event)
        except Exception as error:  # noqa: BLE001 - raised by raise_failure
            self._failure = error
            self._limit.stop()

    def raise_failure(self) -> None:
        """Raise what ``watch`` raised."""
        if self._failure is not None:
            raise self._failure
