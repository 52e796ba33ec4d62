"""The top of the page: the verdict, the counts, the worst drifts, and what was not judged."""

from collections.abc import Iterator
from itertools import islice

from specdrift.model.plural import plural
from specdrift.model.result.result import Counts, Result
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content import badges, headline, summary
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.tone import Tone
from specdrift.reports.html.view.findings.cause_types import CauseView
from specdrift.reports.html.view.page_types import BarSegment, NotJudged, Overview
from specdrift.reports.html.view.sections.comparison import tallies
from specdrift.result.printable import printable

TOP = 5
NAMES = 3
GLANCE = 150
"""Longer reasons are cut here; the sections below have them whole."""


def overview(result: Result, causes: tuple[CauseView, ...], left_out: tuple[NotJudged, ...]) -> Overview:
    """What a reader sees first. ``left_out`` is everything undecided, then everything skipped."""
    first = headline.headline(result)
    top = _spread(causes)
    shown = _gathered(left_out)
    return Overview(
        badge=Badge(symbol=first.symbol, word=first.standing.value, tone=first.tone),
        sentence=printable(first.sentence),
        tallies=tuple(_tallies(result)),
        changes=tuple(tallies(result)),
        segments=tuple(_segments(result)),
        effort="" if result.nothing_sent else _effort(result.counts),
        top=top,
        more=f"and {plural(len(causes) - len(top), 'other cause')}" if len(causes) > len(top) else "",
        left_out=shown[:TOP],
        left_out_more=f"and {plural(len(shown) - TOP, 'other reason')}" if len(shown) > TOP else "",
        warnings=tuple(_warnings(result)),
    )


def _effort(counts: Counts) -> str:
    """How much stands behind the verdict; what was probed and what was inferred are never added up."""
    listener = f", {counts.by_listener:,} inferred from the listener" if counts.by_listener else ""
    return f"{plural(counts.probed, 'answer')} probed{listener}, {plural(counts.requests, 'request')} sent"


def _gathered(left_out: tuple[NotJudged, ...]) -> tuple[NotJudged, ...]:
    """One line for each reason; a link where a single operation has it."""
    names = summary.gathered(((item.reason, item.subject) for item in left_out), names=NAMES)
    single = {item.reason: item.link if names[item.reason] == item.subject else "" for item in left_out}
    return tuple(
        NotJudged(
            subject=subject, reason=printable(reason, limit=GLANCE), remedy="", link=single.get(reason, "")
        )
        for reason, subject in names.items()
    )


def _spread(causes: tuple[CauseView, ...]) -> tuple[CauseView, ...]:
    """The first cause of each rule, then the second ones, until there are enough: no rule hides another."""
    queues: dict[str, list[CauseView]] = {}
    for cause in causes:
        queues.setdefault(cause.rule, []).append(cause)
    turns = (queue[turn] for turn in range(TOP) for queue in queues.values() if turn < len(queue))
    return tuple(islice(turns, TOP))


def _tallies(result: Result) -> Iterator[Badge]:
    for severity, number in summary.with_severity(summary.active(result)).items():
        known = badges.SEVERITY[severity]
        tone = known.tone if number else Tone.QUIET
        yield Badge(symbol=f"{number:,}", word=plural(number, known.word).split()[1], tone=tone)
    undecided = max(len(result.undecided), summary.with_verdict(result, Verdict.UNDECIDED))
    if not result.nothing_sent:
        yield Badge(symbol=f"{undecided:,}", word="undecided", tone=Tone.UNKNOWN if undecided else Tone.QUIET)
    yield Badge(symbol=f"{len(result.skipped):,}", word="skipped", tone=Tone.QUIET)


def _segments(result: Result) -> Iterator[BarSegment]:
    """The operations as parts of one bar: consistent, drifting, undecided."""
    total = len(result.operations)
    if not total or result.nothing_sent:
        return
    start = 0.0
    for verdict in (Verdict.DRIFT, Verdict.UNDECIDED, Verdict.CONSISTENT):
        number = summary.with_verdict(result, verdict)
        width = 100 * number / total
        if number:
            yield BarSegment(
                badge=badges.VERDICT[verdict],
                count=f"{number:,}",
                start=f"{start:.2f}",
                width=f"{width:.2f}",
            )
        start += width


def _warnings(result: Result) -> Iterator[str]:
    if result.target.insecure:
        yield headline.INSECURE
    if result.interrupted:
        yield headline.INTERRUPTED
