"""The requirements of a standard, with what the run says about each."""

from collections.abc import Iterable, Mapping

from specdrift.model.result.result import Result
from specdrift.model.result.traceability import TracedRequirement, TraceStatus
from specdrift.reports.content import sentences
from specdrift.reports.content.badges import TRACE
from specdrift.reports.html.view.findings.cause_types import CauseView
from specdrift.reports.html.view.page_types import TraceRow, TraceRule, TraceView
from specdrift.result.printable import printable

WITHOUT_ID = "no verified id"


def view(result: Result, causes: Iterable[CauseView]) -> TraceView | None:
    """The table, or nothing where no standard is named. ``causes`` are what a violation links to."""
    trace = result.traceability
    if trace is None:
        return None
    links = {cause.rule: cause.id for cause in reversed(tuple(causes))}
    return TraceView(
        profile=printable(trace.profile, limit=100),
        title=printable(f"{trace.title}, {trace.edition}", limit=400),
        sentence=printable(sentences.standard(trace)),
        note=printable(trace.note, limit=1000),
        rows=tuple(_row(one, links) for one in trace.requirements),
        fields=tuple(
            (
                printable(field.identity, limit=80),
                printable(field.field, limit=100),
                printable(", ".join(field.values), limit=400) or "not in the certificate",
            )
            for field in trace.fields
        ),
    )


def _row(one: TracedRequirement, links: Mapping[str, str]) -> TraceRow:
    return TraceRow(
        id=printable(one.id, limit=100) or WITHOUT_ID,
        text=printable(one.text, limit=600),
        coverage=printable(f"{one.coverage}: {one.how}", limit=600),
        badge=TRACE[one.status],
        rules=tuple(
            TraceRule(
                rule=printable(rule.rule, limit=100),
                badge=TRACE[rule.status],
                reason=printable(rule.reason, limit=600),
                link=links.get(rule.rule, "") if rule.status is TraceStatus.VIOLATED else "",
            )
            for rule in one.rules
        ),
    )
