"""The drifts by their root causes: how far each reaches, which layer it is, what to change, and its cards."""

from collections.abc import Iterator

from specdrift.model.result.drift import Drift
from specdrift.model.result.result import ProbeRecord, Result
from specdrift.reports.content.causes import Cause, Extent, causes
from specdrift.reports.content.summary import plural
from specdrift.reports.html.view import words
from specdrift.reports.html.view.anchors import Anchors
from specdrift.reports.html.view.findings import stacks
from specdrift.reports.html.view.findings.cards import Dealer
from specdrift.reports.html.view.findings.cause_types import CauseView, StackFix
from specdrift.reports.html.view.findings.journey import picture
from specdrift.reports.html.view.findings.layers import Suspicion
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


class Causes:
    """Builds the view of every cause of one result."""

    def __init__(self, result: Result, anchors: Anchors, dealer: Dealer) -> None:
        self._dealer, self._anchors = dealer, anchors
        self._suspicion = Suspicion(result)
        self._records = {record.probe.id: record for record in result.probes}
        self._stack = stacks.of_source(result.source) or stacks.recognise(result.probes)
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

    def _view(self, cause: Cause, number: int) -> CauseView:
        first, rule = cause.drifts[0], RULES.get(cause.rule)
        identifier = self._anchors.of_cause(cause.rule, cause.name or self._dealer.subjects.of(first))
        seen = self._suspicion.shown(cause)
        stack = self._stack_of(cause)
        fixes = explanations()[cause.rule].fixes if cause.rule in explanations() else {}
        cards = tuple(self._dealer.card(drift) for drift in cause.drifts[:number])
        return CauseView(
            id=identifier,
            rule=printable(cause.rule),
            title=printable(first.title),
            severity=words.SEVERITY[first.severity],
            count=plural(len(cause.drifts), "drift"),
            reach=self._reach(cause),
            callers=_callers(cause),
            guess=self._suspicion.guess(cause),
            picture=picture(cause, self._suspicion, self._control(first, seen), name=identifier),
            remedy=_fix(fixes[stack.stack], stack.said) if stack and stack.stack in fixes else None,
            remedies=() if stack or not self._first_of_rule(cause) else tuple(map(_fix, fixes.values())),
            why=inline(rule.why if rule else ""),
            fix=inline(first.remediation),
            references=tuple(map(link, rule.references)) if rule else (),
            place=cards[0].place if cards else "",
            cards=cards[:SHOWN],
            folded=cards[SHOWN:],
            folded_label=plural(len(cards) - SHOWN, "more drift") + " of this cause, each with its evidence",
            rows=tuple(self._dealer.row(drift) for drift in cause.drifts[number:]),
            rows_label=plural(len(cause.drifts) - number, "more drift") + " of this cause, in a line each",
        )

    def _control(self, drift: Drift, seen: ProbeRecord | None) -> ProbeRecord | None:
        return self._dealer.control(drift, seen) if seen else None

    def _stack_of(self, cause: Cause) -> stacks.Recognised | None:
        """Which server answered here; else what the source is written for, or what showed itself elsewhere."""
        if not any(drift.probes for drift in cause.drifts):
            return None
        own = (self._records[p] for drift in cause.drifts for p in drift.probes if p in self._records)
        return stacks.recognise(own) or self._stack

    def _first_of_rule(self, cause: Cause) -> bool:
        return next(other for other in self._causes if other.rule == cause.rule) is cause

    def _reach(self, cause: Cause) -> str:
        """Where it is: ``3 operations share this: everything under /admin``."""
        subjects = list(dict.fromkeys(self._dealer.subjects.of(drift) for drift in cause.drifts))
        if len(subjects) == 1:
            return printable(subjects[0], limit=400)
        noun = "operation" if cause.operations else "place"
        more = f" and {len(subjects) - NAMES:,} more" if len(subjects) > NAMES else ""
        listed = ", ".join(subjects[:NAMES]) + more
        where = words.EXTENT[cause.extent].format(name=cause.name) if cause.extent in words.EXTENT else listed
        return f"{plural(len(subjects), noun)} share this: {printable(where, limit=600)}"


def _fix(fix: Fix, said: str = "") -> StackFix:
    return StackFix(
        stack=fix.stack.value, said=printable(said, limit=100), text=inline(fix.text), snippet=fix.snippet
    )


def _callers(cause: Cause) -> str:
    if cause.extent is Extent.ELSEWHERE or not cause.callers:
        return ""
    if len(cause.callers) == 1:
        return printable(f"as {cause.callers[0]}", limit=100)
    more = f" and {len(cause.callers) - NAMES:,} more" if len(cause.callers) > NAMES else ""
    return printable(f"as {', '.join(cause.callers[:NAMES])}{more}", limit=600)
