"""Lays a result out for a terminal with rich. Untrusted text enters only as ``Text``, never as markup."""

import sys
from collections.abc import Iterable, Iterator
from io import StringIO
from textwrap import shorten

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from specdrift.model.plural import plural
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.result import Counts, Result
from specdrift.reports.content import headline, sentences, summary
from specdrift.reports.report_format import RenderOptions
from specdrift.reports.terminal import comparison as comparison_tables
from specdrift.reports.terminal import source as source_tables
from specdrift.reports.terminal.drifts import drifts
from specdrift.reports.terminal.matrix import matrices
from specdrift.reports.terminal.requirements import promises
from specdrift.reports.terminal.styles import STYLES
from specdrift.reports.terminal.table import LONGEST_CELL, table, texts
from specdrift.reports.terminal.traceability import requirements
from specdrift.reports.terminal.two_targets import two_targets
from specdrift.reports.terminal.undecided import undecided
from specdrift.result.printable import printable, without_commands

NARROWEST, WIDEST = 80, 160
REASON = 240
"""Characters of why something was skipped, unless the user asks for all."""
NAMES = 3
"""So many names stand beside the words that they share."""


def write(result: Result, options: RenderOptions) -> str:
    """The whole text, with ANSI colours only where the options ask for them."""
    console = _console(options)
    parts = _changes if options.changes else _everything
    parts(console, result, options)
    # A trailing blank is of no use to anybody and a nuisance to whoever compares two reports.
    lines = (line.rstrip() for line in console.file.getvalue().split("\n"))  # type: ignore[attr-defined]
    return without_commands("\n".join(lines))


def _everything(console: Console, result: Result, options: RenderOptions) -> None:
    _verdict(console, result)
    for compared in two_targets(result, verbose=options.verbose):
        console.print(compared)
    _print(console, drifts(result, verbose=options.verbose))
    for part in matrices(result, width=console.width, verbose=options.verbose):
        console.print(part)
    for promised in promises(result, verbose=options.verbose):
        console.print(promised)
    for traced in requirements(result, verbose=options.verbose):
        console.print(traced)
    _left_out(console, result, options)
    for piece in source_tables.source(result, verbose=options.verbose):
        console.print(piece)
    for part in (
        *comparison_tables.baseline(result, verbose=options.verbose),
        *comparison_tables.since(result),
    ):
        console.print(part)
    _totals(console, result)


def _changes(console: Console, result: Result, _: RenderOptions) -> None:
    _verdict(console, result)
    for part in (*comparison_tables.since(result), *comparison_tables.new(result)):
        console.print(part)


def _console(options: RenderOptions) -> Console:
    return Console(
        file=StringIO(),
        width=min(max(options.width, NARROWEST), WIDEST),
        force_terminal=options.color,
        color_system="standard" if options.color else None,
        no_color=not options.color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        # The environment of a run must not change what a result looks like.
        _environ={},
    )


def _verdict(console: Console, result: Result) -> None:
    first = headline.headline(result)
    line = Text(
        f"{first.symbol} {first.standing.value.upper()}",
        style=f"bold {STYLES[first.tone]}",
    )
    line.append(f"  {printable(first.sentence)}", style="not bold default")
    console.print(line)
    document, target = result.document, result.target
    source = printable(document.source)
    title = f"{printable(document.title)} ({source})" if document.title else source
    asked = f" at {printable(target.base_url)}" if target.base_url else ""
    console.print(Text(f"  {title}{asked}", style="dim"))
    if target.insecure:
        console.print(Text("  ! INSECURE: the server certificate was not verified", style="bold red"))


def _left_out(console: Console, result: Result, options: RenderOptions) -> None:
    if result.undocumented:
        rows = table("Undocumented endpoints", "", "path", "kind", "status", "admitted", "source")
        for item in result.undocumented:
            admitted = ", ".join(map(printable, item.admitted))
            rows.add_row(*texts(item.method, item.path, item.kind, str(item.status), admitted, item.source))
        console.print(rows)
    _print(console, undecided(result, verbose=options.verbose))
    _print(console, _skipped(result, options))


def _skipped(result: Result, options: RenderOptions) -> Iterator[Text | Padding]:
    """Yield the heading; each reason, and below it what has it."""
    if not result.skipped:
        return
    yield Text(f"\n\N{EN DASH} Skipped ({len(result.skipped):,})", style="bold")
    limit = 4000 if options.verbose else REASON
    most = sys.maxsize if options.verbose else NAMES
    for reason, names in sentences.skipped_by_reason(result.skipped, names=most).items():
        words = shorten(printable(reason, limit=4000), limit, placeholder=" … (-v)", break_on_hyphens=False)
        yield Padding(Text(words), (0, 0, 0, 2))
        yield Padding(Text(printable(names, limit=LONGEST_CELL), style="dim"), (0, 0, 0, 4))


def _print(console: Console, pieces: Iterable[Text | Padding]) -> None:
    """Print pieces; a text with ``no_wrap`` stays in one line, however long."""
    for piece in pieces:
        console.print(piece, soft_wrap=isinstance(piece, Text) and bool(piece.no_wrap))


def _totals(console: Console, result: Result) -> None:
    counts = result.counts
    severities = summary.with_severity(summary.active(result))
    found = ", ".join(plural(number, severity.value) for severity, number in severities.items())
    suppressed = sum(drift.status is DriftStatus.SUPPRESSED for drift in result.drifts)
    accepted = f", {suppressed} accepted by the baseline" if suppressed else ""
    if result.nothing_sent:
        console.print(Text(f"\n{found}{accepted}"))
        return
    seconds = (result.finished_at - result.started_at).total_seconds()
    console.print(Text(f"\n{found}{accepted}; {counts.undecided} undecided, {counts.skipped} skipped"))
    console.print(Text("\n".join(_effort(counts, seconds)), style="dim"))


def _effort(counts: Counts, seconds: float) -> Iterator[str]:
    """What was sent; probed and inferred answers are never added up."""
    inferred = f", {counts.by_listener:,} inferred from the listener" if counts.by_listener else ""
    yield f"{plural(counts.operations, 'operation')}; {plural(counts.probed, 'answer')} probed{inferred}"
    spared = f", {counts.spared:,} of them unnecessary" if counts.spared else ""
    follow_ups = f", {plural(counts.follow_ups, 'follow-up probe')}" if counts.follow_ups else ""
    yield f"{plural(counts.planned, 'probe')} planned{spared}{follow_ups}"
    yield f"{plural(counts.requests, 'request')} on {plural(counts.connections, 'connection')} in {seconds:.1f} s"
