"""The processes that share the operations of one run. The parent sends nothing: it joins their results."""

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess

from msgspec import Struct
from msgspec.structs import replace

from specdrift.app.running.event_loop import Watch
from specdrift.app.running.time_limit import Stage, TimeLimit
from specdrift.app.workers.messages import (
    Message,
    PartCrashed,
    PartFinished,
    PartRefused,
    PartStopped,
    Progressed,
)
from specdrift.app.workers.process import STOP, serve
from specdrift.app.workers.progress import JoinedProgress
from specdrift.app.workers.share import Part, share_of
from specdrift.config.describe.show import describe
from specdrift.errors import ExitStatus, SpecdriftError
from specdrift.events import ScanFinished
from specdrift.interruption import Interruption
from specdrift.model.result.result import Result
from specdrift.scan.conclusion.merging import merge
from specdrift.settings import Settings

SHARED = ("network.concurrency", "network.rate-limit", "network.max-requests", "record", "resume")
"""Settings of which each process has its share; the result shows those of the owner."""


class PartError(SpecdriftError):
    """A process could not check its part, or was lost: the run has no result."""

    def __init__(self, text: str, exit_status: ExitStatus = ExitStatus.INCOMPLETE) -> None:
        super().__init__(text)
        self.exit_status = exit_status


class PartCrashedError(Exception):
    """A process had a bug; the text is its traceback."""


class _Started(Struct, frozen=True):
    part: Part
    process: ForkProcess
    pipe: "Connection[object, Message]"

    def stop(self) -> None:
        """Ask for the result so far."""
        with suppress(ProcessLookupError):
            if self.process.is_alive() and self.process.pid:
                os.kill(self.process.pid, STOP)


class Processes:
    """The processes of one run."""

    def __init__(self, settings: Settings, started: Sequence[_Started]) -> None:
        self._settings, self._started = settings, started

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return what each of them checks."""
        return tuple(one.part for one in self._started)

    def run_to_end(self, watch: Watch, limit: TimeLimit) -> ScanFinished:
        """Wait for all parts, pass their events to ``watch``, and return the whole result.

        The first stop signal asks every process for its result so far. Raises PartError if a part has none.
        """
        # Each process keeps the time limit of its own sending; the parent waits until they have concluded.
        limit.begin(Stage.CONCLUDING, cancel=self._stop)
        waiting = {one.pipe: one for one in self._started}
        progress = JoinedProgress(len(waiting))
        found: dict[Part, ScanFinished] = {}
        while waiting:
            for pipe in wait(list(waiting)):
                one = waiting[pipe]  # type: ignore[index]
                message = _received(one, limit)
                if isinstance(message, Progressed):
                    for event in message.events:
                        for joined in progress.joined(one.part[0], event):
                            watch(joined)
                    continue
                found[one.part] = _finished(one, message)
                del waiting[one.pipe]
        whole = ScanFinished(
            result=self._joined(found),
            unrecorded="\n".join(dict.fromkeys(one.unrecorded for one in found.values() if one.unrecorded)),
        )
        watch(whole)
        return whole

    def _joined(self, found: dict[Part, ScanFinished]) -> Result:
        merged = merge((f"process {part[0]}", one.result) for part, one in sorted(found.items()))
        own = describe(self._settings)
        return replace(
            merged, settings={**merged.settings, **{key: own[key] for key in SHARED if key in own}}
        )

    def _stop(self) -> None:
        for one in self._started:
            one.stop()


@contextmanager
def started(settings: Settings, count: int) -> Iterator[Processes]:
    """Start the processes as forks, each with its part of the settings; end those that remain when the context ends.

    Call it before the program starts a thread or an event loop, which a fork would have half of.
    """
    from specdrift.scan.execution import engine  # noqa: F401 - imported once, for all of them

    processes: list[_Started] = []
    try:
        for number in range(1, count + 1):
            others = [one.pipe for one in processes]
            processes.append(_start(settings, (number, count), others))
        yield Processes(settings, processes)
    finally:
        for one in processes:
            one.process.kill()
        for one in processes:
            one.process.join()
            one.pipe.close()


def _start(settings: Settings, part: Part, others: "Iterable[Connection[object, Message]]") -> _Started:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    share = share_of(settings, part, origin="workers")
    # A fork has the parent's ends too. It closes them, or it would never learn that the parent is gone.
    inherited = (ours, *others)
    process = context.Process(
        target=serve,
        args=(theirs, share),
        kwargs={"first": part[0] == 1, "inherited": inherited},
        daemon=True,
    )
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {STOP})
    process.start()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return _Started(part, process, ours)


def _received(one: _Started, limit: TimeLimit) -> Message:
    """Return the next message. A process that ended without one was stopped, or is lost."""
    try:
        return one.pipe.recv()
    except (EOFError, OSError):
        one.process.join()
    if limit.is_stopped or limit.is_out_of_time:
        return PartStopped()
    status = one.process.exitcode
    return PartRefused(
        text=f"process {one.part[0]} of {one.part[1]} ended with status {status} and without a result: "
        "was its memory used up? Use fewer --workers",
        exit_status=ExitStatus.INCOMPLETE,
    )


def _finished(one: _Started, outcome: Message) -> ScanFinished:
    match outcome:
        case PartFinished(finished=finished):
            return finished
        case PartRefused(text=text, exit_status=status):
            raise PartError(text, status)
        case PartCrashed(traceback=traceback):
            raise PartCrashedError(f"in process {one.part[0]} of {one.part[1]}\n{traceback}")
        case _:
            raise Interruption
