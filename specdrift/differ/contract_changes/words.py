"""A change as a drift: with its sentence, both places and a fingerprint that survives moved lines."""

from collections.abc import Mapping

from specdrift.differ.contract_changes.change import SEVERITY, Change, ChangeKind, Direction
from specdrift.differ.fingerprint import fingerprint
from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.verdict import Confidence
from specdrift.rules import RULES

RULE = "security-downgrade"

SENTENCES: Mapping[ChangeKind, str] = {
    ChangeKind.REQUIREMENT_REMOVED: "no longer asks callers for anything; it asked for {before}",
    ChangeKind.EMPTIED: 'sets "security: []" over the root requirement and admits anybody; it asked for {before}',
    ChangeKind.ANONYMOUS_ADDED: 'lets anybody in by "{{}}"; it asked for {before}',
    ChangeKind.ALTERNATIVE_ADDED: "is content with more than before: {after}; it asked for {before}",
    ChangeKind.ROLE_DROPPED: "no longer requires a role or scope: it asks for {after}; it asked for {before}",
    ChangeKind.MEMBER_DROPPED: "is content with part of what had to be shown together: {after}; it asked for {before}",
    ChangeKind.SCHEME_CHANGED: "asks for another scheme: {after}; it asked for {before}",
    ChangeKind.SCHEME_LOST: "asks for what can no longer be read: {after}; it asked for {before}",
    ChangeKind.OPEN_OPERATION_ADDED: "is new and asks for {after}, where other operations ask for something",
    ChangeKind.SERVER_ADDED: "sends clients to another server: {after}{plain}; it named {before}",
    ChangeKind.OFFER_CHANGED: "lets anybody in as before, but offers {after}; it offered {before}",
    ChangeKind.STRENGTHENED: "asks for more than before: {after}; it asked for {before}",
    ChangeKind.SERVER_REMOVED: "no longer sends clients to {before}; it names {after}",
}
"""What happened to its subject, an operation or the document."""

_TITLES: Mapping[Direction, str] = {
    Direction.OTHER: "An operation asks for something else than before",
    Direction.STRONGER: "An operation asks for more than before",
}
_PLAIN = " (without TLS)"


def change_drift(change: Change, *, older: str) -> Drift:
    """The drift that a change is. ``older`` names the older document. A strengthening is a note."""
    rule = RULES[RULE]
    severity = SEVERITY[change.direction]
    return Drift(
        rule=rule.id,
        severity=rule.severity if severity is Severity.ERROR else severity,
        confidence=Confidence.HIGH,
        title=_TITLES.get(change.direction, rule.title),
        message=_message(change, older),
        remediation=rule.remedy if change.direction is not Direction.STRONGER else "",
        location=change.location,
        related=_related(change),
        operation=change.operation,
        subject=f"{change.kind.value}: {change.after}",
        fingerprint=fingerprint(rule.id, change.operation, change.kind.value, change.after),
    )


def _message(change: Change, older: str) -> str:
    plain = _PLAIN if change.after.lower().startswith("http:") else ""
    sentence = SENTENCES[change.kind].format(after=change.after, before=change.before, plain=plain)
    subject = change.operation or "The document"
    shared = f" {change.others + 1:,} operations share this." if change.others else ""
    return f"{subject} {sentence} (see {change.was_at or older}).{shared}"


def _related(change: Change) -> tuple[SourceLocation, ...]:
    """The older line first, then the operation itself where another line decides."""
    places = (change.was_at, change.declared_at)
    return tuple(dict.fromkeys(p for p in places if p is not None and p != change.location))
