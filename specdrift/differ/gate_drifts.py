"""Makes drifts of changes of the gate. Pure."""

from collections.abc import Iterable

from specdrift.differ.fingerprint import fingerprint
from specdrift.model.gate import GateChange
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.verdict import Confidence
from specdrift.rules import RULES
from specdrift.rules.ids import CONFIGURATION_CHANGED

_ALLOWED = "; allowed for this run"


def gate_drifts(changes: Iterable[GateChange], *, allowed: bool) -> tuple[Drift, ...]:
    """Return a drift for each change: an error if a run may pass by it, a note if not, or if it is allowed."""
    return tuple(_drift(change, allowed=allowed) for change in changes)


def _drift(change: GateChange, *, allowed: bool) -> Drift:
    rule = RULES[CONFIGURATION_CHANGED]
    counted = change.weaker and not allowed
    return Drift(
        rule=rule.id,
        severity=Severity.ERROR if counted else Severity.NOTE,
        confidence=Confidence.HIGH,
        title=rule.title,
        message=f"{_message(change)}{_ALLOWED if allowed else ''}.",
        remediation=rule.remedy if counted else "",
        location=change.location,
        subject=change.subject,
        fingerprint=fingerprint(rule.id, None, change.subject, change.after),
    )


def _message(change: GateChange) -> str:
    if not change.before and not change.after:
        return f"The change also changes the gate: {change.subject}"
    before, after = change.before or "not set", change.after or "not set"
    return f"The change also changes the gate: {change.subject} was {before}, and is {after}"
