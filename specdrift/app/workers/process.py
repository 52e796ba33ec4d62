"""One of the processes that share a run: checks its part of the operations, and tells its parent how that goes."""

import os
import signal
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterable
from multiprocessing.connection import Connection

from specdrift.app.running.event_loop import run_to_end
from specdrift.app.running.watchdog import Watchdog
from specdrift.app.workers.messages import (
    Message,
    PartCrashed,
    PartFinished,
    PartRefused,
    PartStopped,
    Progressed,
    outline,
)
from specdrift.errors import SpecdriftError
from specdrift.events import ContractLoaded, Event, ProbeFinished, ScanFinished, Warned
from specdrift.interruption import Interruption
from specdrift.redaction.known import without_secrets
from specdrift.settings import Settings

STOP = signal.SIGTERM
"""By which the parent asks for the result so far. It is blocked until there is a run to stop."""
INTERVAL_S = 0.2
"""Seconds between two messages about probes. One for each would cost as much as the probes."""


def serve(
    pipe: "Connection[Message, object]",
    settings: Settings,
    *,
    first: bool,
    inherited: "Iterable[Connection[object, Message]]",
) -> None:
    """Check the part of the settings, and send its outcome. The process is a fork: it opens the keys itself.

    It has a session of its own: Ctrl-C at the terminal reaches the parent only, which stops the others. The parent
    starts it with ``STOP`` blocked.
    """
    os.setsid()
    for other in inherited:
        other.close()
    pipe.send(_outcome(settings, Relay(pipe.send, first=first)))
    pipe.close()


def _outcome(settings: Settings, relay: "Relay") -> Message:
    from specdrift import scan

    try:
        with Watchdog(settings.network.overall_timeout) as watchdog:
            finished = run_to_end(_stoppable(scan.scan(scan.prepare(settings))), relay, watchdog)
    except SpecdriftError as error:
        return PartRefused(text=without_secrets(str(error)), exit_status=error.exit_status)
    except (Interruption, KeyboardInterrupt):
        return PartStopped()
    except Exception:  # noqa: BLE001 - a process's outermost edge: its parent reports the bug
        return PartCrashed(traceback=without_secrets(traceback.format_exc()))
    return PartFinished(finished=finished)


async def _stoppable(events: AsyncIterator[Event]) -> AsyncIterator[Event]:
    """Take the word to stop from here on, also one that came before: the run ends with a result now."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {STOP})
    async for event in events:
        yield event


class Relay:
    """Passes the events of a scan on, those of probes together. What concerns all parts comes from the first."""

    def __init__(self, send: Callable[[Message], None], *, first: bool) -> None:
        self._send, self._first = send, first
        self._waiting: list[Event] = []
        self._sent_at = time.monotonic()

    def __call__(self, event: Event) -> None:
        match event:
            case ScanFinished():
                return self._flush()
            case ContractLoaded() if not self._first:
                return None
            case ProbeFinished():
                self._waiting.append(outline(event))
                return self._flush() if time.monotonic() - self._sent_at >= INTERVAL_S else None
            case Warned(message=message):
                self._waiting.append(Warned(message=without_secrets(message)))
            case _:
                self._waiting.append(event)
        return self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._send(Progressed(events=tuple(self._waiting)))
        self._waiting.clear()
        self._sent_at = time.monotonic()
