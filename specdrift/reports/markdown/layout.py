"""Assembles the document, the most important parts first, within the size limit of a comment."""

from collections import Counter
from collections.abc import Iterator

from specdrift.model.plural import plural
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.result import Result
from specdrift.reports.content import comparison, headline, sentences, summary
from specdrift.reports.content.repository_locations import RepositoryLocations
from specdrift.reports.markdown import findings, sections
from specdrift.reports.markdown.commonmark import prose, span
from specdrift.reports.markdown.limited_text import LimitedText
from specdrift.reports.report_format import RenderOptions
from specdrift.result.printable import without_commands

MARKER = "<!-- specdrift -->"
"""Identifies the comment of an earlier job."""
NAMED_MARKER = "<!-- specdrift: {name} -->"
"""The same, of one of several jobs of a repository."""
LIMIT = 60_000
"""Maximum size in bytes. A comment on GitHub may have 65,536 characters."""
RESERVE = 2_500
"""Bytes for the parts that are never cut."""
WHOLE = "The JSON and HTML reports have everything."


def document(result: Result, options: RenderOptions) -> str:
    """Return the document, of at most ``LIMIT`` bytes."""
    places = RepositoryLocations(result, options.locate)
    head = "\n\n".join(_head(result, places))
    room = LIMIT - RESERVE - len(head.encode())
    # A quarter is kept for what was not judged; what it does not need goes to the drifts, and the other way round.
    kept, drifts = LimitedText(room // 4), LimitedText(room)
    sections.write(kept, result)
    drifts.room -= kept.used
    sections.two_targets(drifts, result)
    findings.write(drifts, result, places)
    others = LimitedText(room - drifts.used)
    sections.write(others, result)
    parts = (head, _cut(drifts.cut + others.cut), drifts.text(), others.text(), _foot(result))
    return without_commands("\n\n".join(filter(None, parts)) + "\n")


def _head(result: Result, places: RepositoryLocations) -> Iterator[str]:
    first = headline.headline(result)
    yield f"{MARKER}\n## {first.symbol} {first.standing.value}"
    yield f"**specdrift:** {prose(first.sentence, limit=600)}"
    target = f" at {span(result.target.base_url, limit=200)}" if result.target.base_url else ""
    title = f"{prose(result.document.title, limit=200)} " if result.document.title else ""
    source = span(places.of_operation(None).file, limit=200)
    yield f"Document: {title}({source}){target}"
    yield _counts(result)
    if result.traceability:
        yield prose(sentences.standard(result.traceability), limit=600)
    if result.previous:
        yield f"Compared: {prose(comparison.since(result), limit=600)}"
    if result.target.insecure:
        yield "**Insecure run:** the server certificate was not verified."
    if result.interrupted:
        yield "**Interrupted:** the operations that are missing here were not probed."


def _counts(result: Result) -> str:
    severities = summary.with_severity(summary.active(result))
    parts = [plural(number, severity.value) for severity, number in severities.items()]
    accepted = sum(drift.status is DriftStatus.SUPPRESSED for drift in result.drifts)
    parts += [f"{accepted:,} accepted by the baseline"] if accepted else []
    if not result.nothing_sent:
        parts += [f"{result.counts.undecided:,} undecided", f"{result.counts.skipped:,} skipped"]
    return f"**{parts[0]}**, {', '.join(parts[1:])}."


def _cut(left_out: Counter[str]) -> str:
    cut = ", ".join(plural(number, noun) for noun, number in left_out.items())
    return f"> **Cut to fit:** {cut} not shown here. {WHOLE}" if cut else ""


def _foot(result: Result) -> str:
    seconds = (result.finished_at - result.started_at).total_seconds()
    counts = result.counts
    asked = (
        ""
        if result.nothing_sent
        else (
            f"{plural(counts.requests, 'request')} on {plural(counts.connections, 'connection')} in {seconds:,.1f} s. "
        )
    )
    return f"<sub>specdrift {span(result.tool_version, limit=40)}. {asked}{WHOLE}</sub>"
