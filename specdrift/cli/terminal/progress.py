"""What is seen of a run while it goes on: a bar on a terminal, a line for each tenth elsewhere."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from specdrift.cli.terminal.streams import Terminal
from specdrift.events import ContractLoaded, Event, PhaseStarted, Planned, ProbeFinished, Warned
from specdrift.model.exchange.probe import Phase

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PHASES = {
    Phase.PREFLIGHT: "looking at the listener",
    Phase.BEFORE: "controls, before",
    Phase.MAIN: "probing",
    Phase.AFTER: "controls, after",
    Phase.CONFIRM: "confirming",
}
_WORTH_LINES = 50
"""A phase with fewer probes than that gets one line, not ten."""


class Meter(Protocol):
    """Shows how far a phase is."""

    def start(self, label: str, total: int) -> None:
        """A phase begins."""
        ...

    def advance(self) -> None:
        """One more probe is done."""
        ...

    def stop(self) -> None:
        """Nothing more is shown."""
        ...


class Watcher:
    """Turns events into progress, warnings and, with ``-v``, a line for each probe."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._meter: Meter = (
            Bar(coloured=terminal.err_coloured) if terminal.shows_bar else Lines(terminal.note)
        )

    def __call__(self, event: Event) -> None:
        match event:
            case ContractLoaded(contract=contract):
                count = len(contract.operations)
                self._terminal.note(
                    f"{contract.document.source}: {count:,} operation{'' if count == 1 else 's'}"
                )
            case Planned():
                self._terminal.note(
                    f"planned: {event.requests:,} requests on {event.connections:,} connections or more, "
                    "before what the answers call for"
                )
            case PhaseStarted(phase=phase, probes=probes):
                self._meter.start(_PHASES[phase], probes)
            case ProbeFinished():
                self._terminal.detail(describe(event))
                self._meter.advance()
            case Warned(message=message):
                self._terminal.warn(message)
            case _:
                self._meter.stop()

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._meter.stop()


def describe(event: ProbeFinished) -> str:
    """One probe in one line: who asked for what, and what came back."""
    probe, seen = event.probe, event.observation
    asked = f"{probe.request.method} {probe.request.target}" if probe.request else "handshake"
    answer = str(seen.http.status) if seen.http else seen.tls.alert_received or seen.ending.value
    again = f", {seen.attempts} attempts" if seen.attempts > 1 else ""
    how = f"{seen.tls.version or 'no TLS'}, {seen.elapsed_ms:.0f} ms{again}"
    return f"{probe.identity}: {asked} -> {answer} ({how})"


class Lines:
    """A line for each tenth of a large phase, one at the end of a small one."""

    def __init__(self, note: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._note = note
        self._clock = clock
        self._label, self._total, self._done, self._shown, self._began = "", 0, 0, 0, 0.0

    def start(self, label: str, total: int) -> None:
        """A phase begins."""
        self._label, self._total, self._done, self._shown = label, total, 0, 0
        self._began = self._clock()

    def advance(self) -> None:
        """One more probe is done; say so when a further tenth is full."""
        self._done += 1
        self._total = max(self._total, self._done)
        tenth = 10 * self._done // self._total
        if tenth > self._shown and (tenth >= 10 or self._total >= _WORTH_LINES):
            self._shown = tenth
            self._note(self._line())

    def _line(self) -> str:
        rate = _rate(self._done, self._clock() - self._began)
        share = 100 * self._done // self._total
        return f"{self._label}: {share} % ({self._done} of {self._total}{', ' if rate else ''}{rate})"

    def stop(self) -> None:
        """Lines need no cleaning up."""


class Bar:
    """One line that redraws itself, with rate and time left."""

    def __init__(self, *, coloured: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._coloured = coloured
        self._clock = clock
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._done, self._began = 0, 0.0

    def start(self, label: str, total: int) -> None:
        """A phase begins, on the same line."""
        self._done, self._began = 0, self._clock()
        if self._progress is None:
            self._progress = _rich_progress(coloured=self._coloured)
            self._progress.start()
            self._task = self._progress.add_task(label, total=total, rate="")
        elif self._task is not None:
            self._progress.reset(self._task, total=total, description=label, rate="")

    def advance(self) -> None:
        """One more probe is done."""
        self._done += 1
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, advance=1, rate=_rate(self._done, self._clock() - self._began))

    def stop(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _rate(done: int, seconds: float) -> str:
    return f"{done / seconds:.0f}/s" if seconds > 0 else ""


def _rich_progress(*, coloured: bool) -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True, no_color=not coloured),
        transient=True,
    )
