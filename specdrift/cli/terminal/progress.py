"""Progress of a run: a bar on a terminal, a line for each tenth otherwise."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Self

from specdrift.cli.terminal.streams import Terminal
from specdrift.events import ContractLoaded, Event, PhaseStarted, Planned, ProbeFinished, Warned
from specdrift.model.exchange.probe import Phase
from specdrift.model.plural import plural

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PHASES = {
    Phase.PREFLIGHT: "probing the listener",
    Phase.BEFORE: "controls, before",
    Phase.MAIN: "probing",
    Phase.AFTER: "controls, after",
    Phase.CONFIRM: "confirming",
}
_TENTHS_FROM = 50
"""A phase with fewer probes gets one line, not ten."""


class Meter(Protocol):
    """Shows the progress of a phase."""

    def start(self, label: str, total: int) -> None:
        """Start a phase of ``total`` probes."""
        ...

    def advance(self) -> None:
        """Count one finished probe."""
        ...

    def stop(self) -> None:
        """Remove the display."""
        ...


class ProgressPrinter:
    """Shows events as progress, warnings and, with ``-v``, a line for each probe."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._meter: Meter = (
            ProgressBar(coloured=terminal.err_coloured)
            if terminal.shows_bar
            else ProgressLines(terminal.note)
        )

    def __call__(self, event: Event) -> None:
        match event:
            case ContractLoaded(contract=contract):
                count = len(contract.operations)
                self._terminal.note(f"{contract.document.source}: {plural(count, 'operation')}")
            case Planned():
                self._terminal.note(
                    f"planned: {plural(event.requests, 'request')} on at least "
                    f"{plural(event.connections, 'connection')}, without follow-ups"
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._meter.stop()


def describe(event: ProbeFinished) -> str:
    """One line: identity, request, response."""
    probe, observation = event.probe, event.observation
    request = f"{probe.request.method} {probe.request.target}" if probe.request else "handshake"
    answer = (
        str(observation.http.status)
        if observation.http
        else observation.tls.alert_received or observation.ending.value
    )
    again = f", {observation.attempts} attempts" if observation.attempts > 1 else ""
    how = f"{observation.tls.version or 'no TLS'}, {observation.elapsed_ms:.0f} ms{again}"
    return f"{probe.identity}: {request} -> {answer} ({how})"


class ProgressLines:
    """A line for each tenth of a large phase, one at the end of a small one."""

    def __init__(self, note: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._note = note
        self._clock = clock
        self._label, self._total, self._done, self._shown, self._began = "", 0, 0, 0, 0.0

    def start(self, label: str, total: int) -> None:
        """Start a phase."""
        self._label, self._total, self._done, self._shown = label, total, 0, 0
        self._began = self._clock()

    def advance(self) -> None:
        """Count one finished probe; print a line at each tenth."""
        self._done += 1
        self._total = max(self._total, self._done)
        tenth = 10 * self._done // self._total
        if tenth > self._shown and (tenth >= 10 or self._total >= _TENTHS_FROM):
            self._shown = tenth
            self._note(self._line())

    def _line(self) -> str:
        rate = _rate(self._done, self._clock() - self._began)
        share = 100 * self._done // self._total
        return f"{self._label}: {share} % ({self._done} of {self._total}{', ' if rate else ''}{rate})"

    def stop(self) -> None:
        """Do nothing: lines stay."""


class ProgressBar:
    """One line that redraws itself, with rate and time left."""

    def __init__(self, *, coloured: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._coloured = coloured
        self._clock = clock
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._done, self._began = 0, 0.0

    def start(self, label: str, total: int) -> None:
        """Start a phase, on the same line."""
        self._done, self._began = 0, self._clock()
        if self._progress is None:
            self._progress = _rich_progress(coloured=self._coloured)
            self._progress.start()
            self._task = self._progress.add_task(label, total=total, rate="")
        elif self._task is not None:
            self._progress.reset(self._task, total=total, description=label, rate="")

    def advance(self) -> None:
        """Count one finished probe."""
        self._done += 1
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, advance=1, rate=_rate(self._done, self._clock() - self._began))

    def stop(self) -> None:
        """Remove the bar."""
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
