"""Progress of a run: a live display on a terminal, a line for each tenth otherwise."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Self

from specdrift.classify.check_names import CERTIFICATE
from specdrift.cli.terminal.streams import Terminal
from specdrift.events import ContractLoaded, Event, PhaseStarted, Planned, ProbeFinished, Warned
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Phase, Probe
from specdrift.model.plural import plural
from specdrift.redaction.known import without_secrets
from specdrift.result.printable import printable

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live
    from rich.progress import Progress, TaskID

_PHASES = {
    Phase.PREFLIGHT: "probing the listener",
    Phase.BEFORE: "controls, before",
    Phase.MAIN: "probing",
    Phase.AFTER: "controls, after",
    Phase.CONFIRM: "confirming",
}
_SUCCESS = range(200, 300)
_TENTHS_FROM = 50
"""A phase with fewer probes gets one line, not ten."""


class Meter(Protocol):
    """Shows the progress of a phase."""

    def start(self, label: str, total: int) -> None:
        """Start a phase of ``total`` probes."""
        ...

    def advance(self, probe: Probe, suspects: int) -> None:
        """Count one finished probe. ``suspects`` are the operations so far that look open."""
        ...

    def stop(self) -> None:
        """Remove the display."""
        ...


class Suspects:
    """Operations that answered an anonymous client with success although the document requires a certificate.

    They are no findings: only the comparison with the controls decides, when everything was sent.
    """

    def __init__(self) -> None:
        self._guarded: set[OperationKey] = set()
        self._found: set[OperationKey] = set()

    def expect(self, event: ContractLoaded) -> None:
        """Take the requirements of the document."""
        self._guarded = {
            each.key for each in event.contract.operations if each.requirement.demand.excludes_anonymous
        }

    def see(self, event: ProbeFinished) -> int:
        """Take an answer; return the number of suspects so far."""
        key, http = event.probe.operation, event.observation.http
        anonymous = event.probe.identity == ANONYMOUS.name and event.probe.check == CERTIFICATE
        if key in self._guarded and anonymous and http and http.status in _SUCCESS:
            self._found.add(key)
        return len(self._found)


class ProgressPrinter:
    """Shows events as progress, warnings and, with ``-v``, a line for each probe."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._suspects = Suspects()
        self._meter: Meter = (
            ProgressBar(coloured=terminal.err_coloured)
            if terminal.shows_bar
            else ProgressLines(terminal.note)
        )

    def __call__(self, event: Event) -> None:
        match event:
            case ContractLoaded(contract=contract):
                self._suspects.expect(event)
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
                self._meter.advance(event.probe, self._suspects.see(event))
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

    def advance(self, probe: Probe, suspects: int) -> None:  # noqa: ARG002 - a log is short
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
    """Two lines that redraw themselves: phase, bar, rate and time left; operation and suspects."""

    def __init__(self, *, coloured: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._coloured = coloured
        self._clock = clock
        self._live: Live | None = None
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._done, self._began = 0, 0.0
        self._now = ""

    def start(self, label: str, total: int) -> None:
        """Start a phase, on the same lines."""
        self._done, self._began = 0, self._clock()
        if self._progress is None:
            self._progress = _rich_progress()
            self._task = self._progress.add_task(label, total=total, rate="")
            self._live = _live(self._shown, coloured=self._coloured)
            self._live.start()
        elif self._task is not None:
            self._progress.reset(self._task, total=total, description=label, rate="")

    def advance(self, probe: Probe, suspects: int) -> None:
        """Count one finished probe."""
        self._done += 1
        self._now = _second_line(probe, suspects)
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, advance=1, rate=_rate(self._done, self._clock() - self._began))

    def _shown(self) -> "RenderableType":
        from rich.console import Group
        from rich.text import Text

        assert self._progress is not None  # noqa: S101 - it is shown after the start only
        return Group(self._progress, Text(self._now, no_wrap=True, overflow="ellipsis", style="dim"))

    def text(self, *, width: int) -> str:
        """Return what is shown, without colours."""
        from io import StringIO

        from rich.console import Console

        console = Console(file=StringIO(), width=width, no_color=True)
        with console.capture() as shown:
            console.print(self._shown())
        return shown.get()

    def stop(self) -> None:
        """Remove the display."""
        if self._live is not None:
            self._live.stop()
            self._live = self._progress = None


def _second_line(probe: Probe, suspects: int) -> str:
    """Return who is sending what, after what looks open so far."""
    what = str(probe.operation) if probe.operation else "paths outside the document"
    found = f"{suspects:,} suspected open, to be confirmed · " if suspects else ""
    return without_secrets(printable(f"  {found}{what} as {probe.identity}", limit=200))


def _rate(done: int, seconds: float) -> str:
    return f"{done / seconds:.0f}/s" if seconds > 0 else ""


def _rich_progress() -> "Progress":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description:20}"),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("left"),
    )


def _live(shown: "Callable[[], RenderableType]", *, coloured: bool) -> "Live":
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True, no_color=not coloured, markup=False, highlight=False, emoji=False)
    return Live(get_renderable=shown, console=console, transient=True, refresh_per_second=5)
