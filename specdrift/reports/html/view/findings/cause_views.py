"""The drifts by their root causes: how far each reaches, which layer it is, what to change, and its cards."""

from collections.abc import Iterator

from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import ProbeRecord, Result
from specdrift.reports.content import badges
from specdrift.reports.content.root_causes import CauseScope, RootCause, causes
from specdrift.reports.html.view.anchors import Anchors
from specdrift.reports.html.view.findings import stack_detection
from specdrift.reports.html.view.findings.cards import CardBuilder
from specdrift.reports.html.view.findings.cause_types import CauseView, StackFix
from specdrift.reports.html.view.findings.request_path import request_path
from specdrift.reports.html.view.findings.suspected_layer import LayerEvidence
from specdrift.reports.html.view.inline import inline
from specdrift.reports.html.view.references import link
from specdrift.result.printable import printable
from specdrift.rules import RULES
from specdrift.rules.explanation import Fix
from specdrift.rules.page_reader import explanations

ROOM = 150
"""So many drifts get a card with its evidence; the others a line, and their evidence on a click."""
SHOWN = 1
"""Cards of a cause that are not folded away."""
NAMES = 4
ON_PAPER = 40
"""So many drifts without a card are named on paper."""


class CauseViews:
    """Builds the view of every cause of one result."""

    def __init__(self, result: Result, anchors: Anchors, cards: CardBuilder) -> None:
        self._cards, self._anchors = cards, anchors
        self._layers = LayerEvidence(result)
        self._records = {record.probe.id: record for record in result.probes}
        self._stack = stack_detection.of_source(result.source) or stack_detection.detect(result.probes)
        self._causes = causes(result)

    def views(self) -> tuple[CauseView, ...]:
        """Every cause; each has at least one card while there is room."""
        return tuple(self._views())

    def _views(self) -> Iterator[CauseView]:
        spare = ROOM - len(self._causes)
        for place, cause in enumerate(self._causes):
            number = (1 if place < ROOM else 0) + min(max(spare, 0), len(cause.drifts) - 1)
            spare -= number - 1
            yield self._view(cause, number)

    def _view(self, cause: RootCause, number: int) -> CauseView:
        first, rule = cause.drifts[0], RULES.get(cause.rule)
        identifier = self._anchors.of_cause(cause.rule, cause.name or self._cards.subjects.of(first))
        observed = self._layers.shown(cause)
        stack = self._stack_of(cause)
        fixes = explanations()[cause.rule].fixes if cause.rule in explanations() else {}
        cards = tuple(self._cards.card(drift) for drift in cause.drifts[:number])
        return CauseView(
            id=identifier,
            rule=printable(cause.rule),
            title=printable(first.title),
            severity=badges.SEVERITY[first.severity],
            count=plural(len(cause.drifts), "drift"),
            extent=self._extent(cause),
            where=self._where(cause),
            callers=_callers(cause),
            suspected_layer=self._layers.suspected(cause),
            request_path=request_path(cause, self._layers, self._control(first, observed), name=identifier),
            remedy=_fix(fixes[stack.stack], stack.detected_from) if stack and stack.stack in fixes else None,
            remedies=() if stack or not self._first_of_rule(cause) else tuple(map(_fix, fixes.values())),
            why=inline(rule.why if rule else ""),
            fix=inline(first.remediation),
            references=tuple(map(link, rule.references)) if rule else (),
            place=cards[0].place if cards else "",
            cards=cards[:SHOWN],
            folded=cards[SHOWN:],
            folded_label=plural(len(cards) - SHOWN, "more drift") + " of this cause, each with its evidence",
            rows=tuple(self._cards.row(drift) for drift in cause.drifts[number:]),
            rows_label=plural(len(cause.drifts) - number, "more drift") + " of this cause, in a line each",
            on_paper=self._on_paper(cause.drifts[SHOWN:]),
        )

    def _control(self, drift: Drift, observed: ProbeRecord | None) -> ProbeRecord | None:
        return self._cards.control(drift, observed) if observed else None

    def _stack_of(self, cause: RootCause) -> stack_detection.DetectedStack | None:
        """Which server answered here; else what the source is written for, or what showed itself elsewhere."""
        if not any(drift.probes for drift in cause.drifts):
            return None
        own = (self._records[p] for drift in cause.drifts for p in drift.probes if p in self._records)
        return stack_detection.detect(own) or self._stack

    def _first_of_rule(self, cause: RootCause) -> bool:
        return next(other for other in self._causes if other.rule == cause.rule) is cause

    def _extent(self, cause: RootCause) -> str:
        """Where it is: ``3 operations share this: everything under /admin``."""
        subjects = self._subjects(cause)
        if len(subjects) == 1:
            return self._where(cause)
        noun = "operation" if cause.operations else "place"
        return f"{plural(len(subjects), noun)} share this: {self._where(cause)}"

    def _where(self, cause: RootCause) -> str:
        """The scope of a cause, or its first operations."""
        subjects = self._subjects(cause)
        more = f" and {len(subjects) - NAMES:,} more" if len(subjects) > NAMES else ""
        listed = ", ".join(subjects[:NAMES]) + more
        scope = badges.EXTENT.get(cause.extent, "") if len(subjects) > 1 else ""
        return printable(scope.format(name=cause.name) if scope else listed, limit=600)

    def _on_paper(self, others: tuple[Drift, ...]) -> str:
        """Count and name the drifts whose cards would fill pages with one exchange after another."""
        if not others:
            return ""
        names = list(
            dict.fromkeys(
                f"{self._cards.subjects.of(drift)}{f' as {drift.identity}' if drift.identity else ''}"
                for drift in others
            )
        )
        more = f" and {len(names) - ON_PAPER:,} more" if len(names) > ON_PAPER else ""
        count = plural(len(others), "more drift")
        return printable(
            f"{count} of this cause in the file: {', '.join(names[:ON_PAPER])}{more}", limit=4000
        )

    def _subjects(self, cause: RootCause) -> list[str]:
        return list(dict.fromkeys(self._cards.subjects.of(drift) for drift in cause.drifts))


def _fix(fix: Fix, detected_from: str = "") -> StackFix:
    return StackFix(
        stack=fix.stack.value,
        detected_from=printable(detected_from, limit=100),
        text=inline(fix.text),
        snippet=fix.snippet,
    )


def _callers(cause: RootCause) -> str:
    if cause.extent is CauseScope.ELSEWHERE or not cause.callers:
        return ""
    if len(cause.callers) == 1:
        return printable(f"as {cause.callers[0]}", limit=100)
    more = f" and {len(cause.callers) - NAMES:,} more" if len(cause.callers) > NAMES else ""
    return printable(f"as {', '.join(cause.callers[:NAMES])}{more}", limit=600)
