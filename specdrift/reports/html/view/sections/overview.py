"""The top of the page: the verdict, what it means, the worst causes, and a picture of the operations by path."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

from msgspec.structs import replace

from specdrift.model.contract.requirement import Demand
from specdrift.model.plural import plural
from specdrift.model.result.result import Counts, Result
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content import badges, headline, sentences, summary
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.consequences import consequences
from specdrift.reports.content.path_groups import PathGroup, path_groups
from specdrift.reports.content.tone import Tone
from specdrift.reports.content.undecided import groups
from specdrift.reports.html.view.findings.cause_types import CauseView
from specdrift.reports.html.view.inline import first_sentence, inline
from specdrift.reports.html.view.page_types import (
    BarSegment,
    CountView,
    FirstFix,
    NotJudged,
    Overview,
    PathBar,
)
from specdrift.reports.html.view.sections.comparison import tallies
from specdrift.result.printable import printable

TOP = 3
NAMES = 3
PATHS = 9
"""Paths of the picture; the others are one bar."""
GLANCE = 150
"""Longer reasons are cut here; the sections below have them whole."""
BY_VERDICT = (Verdict.DRIFT, Verdict.UNDECIDED, Verdict.CONSISTENT)


def overview(
    result: Result,
    causes: tuple[CauseView, ...],
    left_out: tuple[NotJudged, ...],
    links: Mapping[str, str],
) -> Overview:
    """What a reader sees first. ``left_out`` is everything undecided, then everything skipped; ``links`` are the ids of
    the matrix's rows by path.
    """
    first = headline.headline(result)
    top = _spread(causes)
    shown = _gathered(left_out)
    bars = _paths(result, links)
    return Overview(
        badge=Badge(symbol=first.symbol, word=first.standing.value, tone=first.tone),
        sentence=printable(first.sentence),
        meaning=tuple(
            replace(each, places=printable(each.places, limit=400)) for each in consequences(result)
        ),
        tallies=tuple(_tallies(result)),
        changes=tuple(tallies(result)),
        paths=bars[:PATHS],
        paths_more=f"and {plural(len(bars) - PATHS, 'other path')} in the matrix"
        if len(bars) > PATHS
        else "",
        effort="" if result.nothing_sent else _effort(result.counts),
        top=(*map(_first, top), *_to_decide(result))[:TOP],
        more=f"and {plural(len(causes) - len(top), 'other cause')}" if len(causes) > len(top) else "",
        left_out=shown,
        left_out_label=_left_out_label(left_out, shown),
        warnings=tuple(_warnings(result)),
    )


def _first(cause: CauseView) -> FirstFix:
    return FirstFix(
        id=cause.id,
        severity=cause.severity,
        title=cause.title,
        where=cause.where,
        place=cause.place.rpartition("/")[2],
        fix=tuple(first_sentence(cause.fix)),
    )


def _to_decide(result: Result) -> Iterator[FirstFix]:
    """What is undecided, and what decides it: where there are fewer causes than room."""
    badge = badges.VERDICT[Verdict.UNDECIDED]
    for group in groups(result):
        names = tuple(map(str, group.operations))
        more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
        yield FirstFix(
            id="undecided" if result.undecided else "matrix",
            severity=badge,
            title=printable(group.reason, limit=GLANCE),
            where=printable(", ".join(names[:NAMES]) + more or "the whole run", limit=400),
            place="",
            fix=tuple(first_sentence(inline(group.how_to_decide))),
        )


def _left_out_label(left_out: tuple[NotJudged, ...], shown: tuple[NotJudged, ...]) -> str:
    """The one line of what was not judged: the first reason, and how many have it."""
    if not shown:
        return ""
    others = f", and {plural(len(shown) - 1, 'other reason')}" if len(shown) > 1 else ""
    alike = Counter(item.reason for item in left_out)[left_out[0].reason]
    subject = plural(alike, "operation") if alike > NAMES and left_out[0].link else shown[0].subject
    return f"{subject}: {shown[0].reason}{others}"


def _paths(result: Result, links: Mapping[str, str]) -> tuple[PathBar, ...]:
    """The operations of each path as a bar: the share of each verdict."""
    if result.nothing_sent:
        return ()
    return tuple(
        PathBar(
            name=printable(group.name, limit=60),
            link=links[group.name],
            segments=tuple(_segments(group)),
        )
        for group in path_groups(result)
    )


def _segments(group: PathGroup) -> Iterator[BarSegment]:
    """The parts of a bar: drift, undecided, consistent."""
    start = 0.0
    for verdict in BY_VERDICT:
        number = group.count(verdict)
        width = 100 * number / len(group.operations)
        if number:
            yield BarSegment(
                badge=badges.VERDICT[verdict],
                count=f"{number:,}",
                start=f"{start:.2f}",
                width=f"{width:.2f}",
            )
        start += width


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


def _tallies(result: Result) -> Iterator[CountView]:
    for severity, number in summary.with_severity(summary.active(result)).items():
        known = badges.SEVERITY[severity]
        tone = known.tone if number else Tone.QUIET
        badge = Badge(symbol=f"{number:,}", word=plural(number, known.word).split()[1], tone=tone)
        chosen = f"severity={severity.value}" if number else ""
        yield CountView(badge=badge, filter=chosen, link="drifts" if number else "")
    undecided = max(len(result.undecided), summary.with_verdict(result, Verdict.UNDECIDED))
    if not result.nothing_sent:
        tone = Tone.UNKNOWN if undecided else Tone.QUIET
        badge = Badge(symbol=f"{undecided:,}", word="undecided", tone=tone)
        yield CountView(badge=badge, filter="", link="undecided" if result.undecided else "")
    else:
        yield from _demands(result)
    skipped = Badge(symbol=f"{len(result.skipped):,}", word="skipped", tone=Tone.QUIET)
    yield CountView(badge=skipped, filter="", link="skipped" if result.skipped else "")


def _demands(result: Result) -> Iterator[CountView]:
    """What the document requires, where nothing else is known of the operations."""
    counted = Counter(item.operation.requirement.demand for item in result.operations)
    for demand in Demand:
        if number := counted[demand]:
            badge = Badge(symbol=f"{number:,}", word=demand.value, tone=Tone.QUIET)
            yield CountView(badge=badge, filter="", link="matrix")


def _warnings(result: Result) -> Iterator[str]:
    if result.traceability:
        yield sentences.standard(result.traceability)
    if result.target.insecure:
        yield headline.INSECURE
    if result.interrupted:
        yield headline.INTERRUPTED
