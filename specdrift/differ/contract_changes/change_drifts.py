"""Makes drifts from security changes."""

from collections.abc import Mapping

from specdrift.differ.contract_changes.change import SEVERITY, Change, ChangeKind, Direction
from specdrift.differ.contract_changes.moved import PerhapsMoved
from specdrift.differ.contract_changes.spelling import spelled
from specdrift.differ.fingerprint import fingerprint
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Confidence
from specdrift.rules import RULES
from specdrift.rules.ids import OPERATION_REMOVED, SECURITY_DOWNGRADE, SECURITY_UPGRADE

RULE_OF: Mapping[Direction, str] = {
    Direction.WEAKER: SECURITY_DOWNGRADE,
    Direction.OTHER: SECURITY_DOWNGRADE,
    Direction.STRONGER: SECURITY_UPGRADE,
    Direction.SAME: SECURITY_UPGRADE,
    Direction.GONE: OPERATION_REMOVED,
    Direction.HIDDEN: OPERATION_REMOVED,
}
SENTENCES: Mapping[ChangeKind, str] = {
    ChangeKind.REQUIREMENT_REMOVED: "no longer requires credentials; it required {before}",
    ChangeKind.EMPTIED: 'sets "security: []", which allows anonymous access; the root required {before}',
    ChangeKind.ANONYMOUS_ADDED: 'allows anonymous access by "{{}}"; it required {before}',
    ChangeKind.ALTERNATIVE_ADDED: "accepts a further alternative: {after}; it required {before}",
    ChangeKind.ROLE_DROPPED: "no longer requires a role or scope: it requires {after}; it required {before}",
    ChangeKind.MEMBER_DROPPED: "accepts a part of an AND requirement: {after}; it required {before}",
    ChangeKind.SCHEME_CHANGED: "requires another scheme: {after}; it required {before}",
    ChangeKind.SCHEME_LOST: "has a requirement that can no longer be read: {after}; it required {before}",
    ChangeKind.OPEN_OPERATION_ADDED: "is new and requires {after}; other operations require credentials",
    ChangeKind.REPLACEMENT_ADDED: "is new and requires {after}; every removed operation that it may replace "
    "requires more, such as {before}",
    ChangeKind.TEMPLATE_REACHED: "now matches requests to {was}, which was removed: it requires {after}; that required "
    "{before}",
    ChangeKind.TEMPLATE_SHADOWED: "takes requests that {was} matched: it requires {after}; that required {before}",
    ChangeKind.OPERATION_REMOVED: "no longer has {was}, which required {before}: no check requests it any more",
    ChangeKind.OPERATION_SET_ASIDE: "no longer has {was}, which required {before}, and keeps it in an extension, which "
    "no tool reads: no check requests it any more. Restore the operation, or delete it if the server has no such route",
    ChangeKind.SERVER_ADDED: "adds a server: {after}{plain}; it had {before}",
    ChangeKind.SERVER_RELATIVE: "sends requests to the host that serves the document: {after}; it had {before}",
    ChangeKind.OFFER_CHANGED: "allows anonymous access as before, with other alternatives: {after}; they were {before}",
    ChangeKind.OFFER_ADDED: "allows anonymous access as before, and offers alternatives to it: {after}",
    ChangeKind.STRENGTHENED: "requires more than before: {after}; it required {before}",
    ChangeKind.SERVER_REMOVED: "removes the server {before}; it has {after}",
}
"""Predicates of an operation or the document, of the kinds that are findings."""

UNDECIDED: Mapping[ChangeKind, str] = {
    ChangeKind.OLDER_UNREADABLE: "its older requirement cannot be read: {before}",
    ChangeKind.OLDER_SERVERS_UNREADABLE: "its older servers cannot be read",
}
"""Why a change cannot be judged."""

_TITLES_OF_KINDS: Mapping[ChangeKind, str] = {
    ChangeKind.SERVER_ADDED: "The document allows another server",
    ChangeKind.SERVER_RELATIVE: "The document no longer names the host of its server",
    ChangeKind.TEMPLATE_REACHED: "Requests of a removed path may mean an operation that requires less",
    ChangeKind.TEMPLATE_SHADOWED: "A new path may take requests of an operation that requires more",
}
"""Of warnings."""
_TITLES: Mapping[Direction, str] = {
    Direction.OTHER: "An operation requires other credentials than before",
    Direction.HIDDEN: "An operation that required credentials moved into an extension",
    Direction.SAME: "An operation offers other credentials beside anonymous access",
}
_PLAIN = " (without TLS)"


def change_drift(change: Change, *, older: str) -> Drift:
    """Return the drift of a change. ``older`` names the older document."""
    rule = RULES[RULE_OF[change.direction]]
    severity = SEVERITY[change.direction]
    return Drift(
        rule=rule.id,
        severity=rule.severity if severity is Severity.ERROR else severity,
        confidence=Confidence.HIGH,
        title=_title(change, rule.title),
        message=_message(change, older),
        remediation=rule.remedy,
        location=change.location,
        related=_related(change),
        operation=change.operation,
        subject=f"{change.kind.value}: {change.after or change.was}",
        fingerprint=fingerprint(rule.id, *_meaning(change)),
    )


def undecided_change(change: Change, *, older: str) -> UndecidedOperation:
    """Return why a change cannot be judged."""
    return UndecidedOperation(
        operation=change.operation,
        reason=f"{UNDECIDED[change.kind].format(before=change.before)} ({change.was_at or older})",
        how_to_decide="Correct the older document, or compare with one that can be read.",
        kind=UndecidedReason.UNREADABLE_REQUIREMENT,
        remedy=Remedy.DOCUMENT,
    )


def undecided_move(moved: PerhapsMoved, *, older: str) -> UndecidedOperation:
    """Return why a removed operation cannot be judged."""
    return UndecidedOperation(
        operation=moved.before.key,
        reason=f"it left the document, where it required {spelled(moved.before.requirement)} "
        f"({moved.before.location}); {moved.document} has it and requires {spelled(moved.after.requirement)} "
        f"({moved.after.location}). What that document required before is unknown: {older} is in no git revision",
        how_to_decide="Compare with a git revision, which has the other documents too: --against REV:PATH.",
        kind=UndecidedReason.OTHER,
        remedy=Remedy.OTHER,
    )


def _title(change: Change, usual: str) -> str:
    """Return a title that says no more than a warning or a note does."""
    title = _TITLES.get(change.direction, usual)
    return _TITLES_OF_KINDS.get(change.kind, title) if change.direction is Direction.OTHER else title


def _meaning(change: Change) -> tuple[OperationKey | None, str, str]:
    """Return what tells a change from others; an operation may take the requests of several others."""
    after = f"{change.was}: {change.after}" if change.operation and change.was else change.after
    return change.operation or change.was, change.kind.value, after


def _message(change: Change, older: str) -> str:
    plain = _PLAIN if change.after.lower().startswith("http:") else ""
    sentence = SENTENCES[change.kind].format(
        after=change.after, before=change.before, plain=plain, was=change.was
    )
    subject = change.operation or "The document"
    shared = f" {plural(change.others + 1, 'operation')} share this." if change.others else ""
    return f"{subject} {sentence} (see {change.was_at or older}).{shared}"


def _related(change: Change) -> tuple[SourceLocation, ...]:
    """Return the older location, then the operation itself if another line decides."""
    places = (change.was_at, change.declared_at)
    return tuple(dict.fromkeys(p for p in places if p is not None and p != change.location))
