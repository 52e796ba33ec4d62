"""The drifts in a terminal: grouped by root cause, the first few of each cause in full."""

from collections.abc import Iterator

from rich.padding import Padding
from rich.text import Text

from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Result
from specdrift.reports.content import badges, comparison, summary
from specdrift.reports.content.evidence import rests_on
from specdrift.reports.content.root_causes import CauseScope, RootCause, causes
from specdrift.reports.terminal.styles import STYLES
from specdrift.result.printable import printable

SHOWN = 3
"""Drifts of one cause that are shown in full; the others are counted unless the user asks for all."""


def drifts(result: Result, *, verbose: bool) -> Iterator[Text | Padding]:
    """Yield heading and drifts of each cause; the hint at the end of each rule."""
    subjects, labels = summary.Subjects(result), comparison.labels(result)
    found = causes(result)
    for number, cause in enumerate(found):
        yield _heading(cause)
        shown = cause.drifts if verbose else cause.drifts[:SHOWN]
        for drift in shown:
            yield from _drift(drift, subjects.of(drift), labels.get(drift.fingerprint, ""))
        if left := len(cause.drifts) - len(shown):
            yield Text(f"  and {left:,} more (-v)", style="bold")
        following = found[number + 1].rule if number + 1 < len(found) else ""
        if following != cause.rule:
            yield Text(f"  explanation and fix: specdrift explain {printable(cause.rule)}", style="dim")


def _heading(cause: RootCause) -> Text:
    first = cause.drifts[0]
    worst = badges.SEVERITY[first.severity]
    head = Text(f"\n{worst.symbol} {worst.word} ", style=f"bold {STYLES[worst.tone]}")
    head.append(printable(cause.rule), style="bold default")
    head.append(
        f"  {printable(first.title)}{_extent(cause)} ({len(cause.drifts):,})", style="not bold default"
    )
    return head


def _extent(cause: RootCause) -> str:
    name = printable(cause.name)
    words = {
        CauseScope.EVERYTHING: f", on all {plural(len(cause.operations), 'operation')} that require the same",
        CauseScope.PREFIX: f", everywhere below {name}",
        CauseScope.TAG: f", on every operation with tag {name}",
        CauseScope.METHOD: f", on every {name}",
    }
    return words.get(cause.extent, "")


def _drift(drift: Drift, subject: str, label: str) -> Iterator[Text | Padding]:
    head = Text("  ")
    head.append(printable(subject), style="bold")
    if drift.identity:
        head.append(f"  as {printable(drift.identity)}")
    if drift.location:
        head.append(f"  {printable(str(drift.location))}", style="cyan")
    if label:
        head.append(f"  {printable(label)}", style="dim")
    if drift.confidence.value != "high":
        head.append(f"  {drift.confidence.value} confidence", style="dim")
    yield head
    yield Padding(Text(printable(drift.message)), (0, 0, 0, 4))
    if basis := rests_on(drift.evidence):
        yield Padding(Text(f"rests on {printable(basis)}", style="dim"), (0, 0, 0, 4))
    if drift.reproduce:
        # Not wrapped: a command that is broken over lines cannot be pasted.
        yield Text(f"    $ {printable(drift.reproduce, limit=4000)}", style="dim", no_wrap=True)
