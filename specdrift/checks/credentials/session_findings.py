"""The conclusions about what was handed out and sent back by a caller that is refused without it. Pure."""

from collections.abc import Mapping

from msgspec import Struct

from specdrift.checks.core.base import PlannedOperation
from specdrift.checks.core.confirm import as_control, probe_ids, role_phrase
from specdrift.checks.core.undecided import REPEAT, Undecided
from specdrift.checks.credentials.presented import COOKIE_WAYS, WORDS
from specdrift.classify.combined import NOT_PROBED, CombinedClassification
from specdrift.classify.exchange_log import Classifier
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Control, ProbeTag
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Outcome
from specdrift.rules.ids import SESSION_REPLACES_CERTIFICATE

ANYONES = "given to anyone"
"""The form of attempts with what an answer to the anonymous client has."""
GIVEN_TO = {"": "a valid certificate", ANYONES: "a client without a certificate"}
UNDECLARED = "undeclared-input"
"""The check that sends cookies of usual names."""


class IssuedAttempt(Struct, frozen=True):
    """What identities were given, on one operation, sent by a caller that must be refused."""

    planned: PlannedOperation
    tag: ProbeTag
    caller: ClientIdentity = ANONYMOUS
    requires: str = ""


class JudgedValue(Struct, frozen=True):
    """The conclusion of one operation; an operation with neither refuses every value."""

    attempt: IssuedAttempt
    finding: Finding | None = None
    undecided: UndecidedOperation | None = None


ByTag = Mapping[ProbeTag, CombinedClassification]


def judged_value(
    planned: PlannedOperation, caller: ClientIdentity, got: ByTag, classifier: Classifier
) -> JudgedValue | None:
    """Return the first finding; where none is certain, why a value that was admitted decides nothing."""
    unclear = None
    for tag, own in got.items():
        if tag.control is not None or own.outcome is not Outcome.ADMITTED:
            continue
        invented = got.get(as_control(tag, Control.NEGATIVE), NOT_PROBED)
        attempt = IssuedAttempt(planned, tag, caller)
        if own.others:
            unclear = unclear or JudgedValue(attempt, undecided=_changing(attempt, own))
        elif invented.outcome.refused:
            return JudgedValue(attempt, _finding(attempt, own, invented))
        elif not _is_always_admitted(invented):
            unclear = unclear or JudgedValue(attempt, undecided=_changing(attempt, invented))
        elif tag.name not in COOKIE_WAYS or not _is_any_cookie_admitted(attempt, classifier):
            return JudgedValue(attempt, _finding_of_names(attempt, invented, own))
    return unclear


def _changing(attempt: IssuedAttempt, got: CombinedClassification) -> UndecidedOperation:
    return Undecided(
        kind=UndecidedReason.INCONCLUSIVE,
        reason=f"{_who(attempt.caller)} is admitted with {given_words(attempt)}, and not each time, "
        f"or made-up ones are not refused clearly ({got.classification.reason})",
        advice=REPEAT,
    ).of(attempt.planned.key)


def _who(caller: ClientIdentity) -> str:
    if caller.name == ANONYMOUS.name:
        return "a client without a certificate"
    return f'"{caller.name}" ({role_phrase(caller.roles)})' if caller.is_control else f'"{caller.name}"'


def _words(tag: ProbeTag) -> str:
    """Return what was sent, with the names of fields and parameters."""
    words = WORDS.get(tag.name, "values")
    return words if tag.name in COOKIE_WAYS or not tag.subject else f"{words} ({tag.subject})"


def given_words(attempt: IssuedAttempt) -> str:
    """Return what was sent, and who was given it."""
    holder = GIVEN_TO[attempt.tag.form]
    if attempt.caller.is_control:
        holder = "another valid certificate"
    return f"{_words(attempt.tag)} that {holder} was given"


def _is_always_admitted(got: CombinedClassification) -> bool:
    return got.outcome is Outcome.ADMITTED and not got.others


def _is_any_cookie_admitted(attempt: IssuedAttempt, classifier: Classifier) -> bool:
    """Return whether cookies of usual names are admitted too, which the check of undeclared inputs reports."""
    return any(
        any(name == "Cookie" for name, _ in each.probe.request.headers)
        and classifier.compared(each).outcome is Outcome.ADMITTED
        for each in classifier.log.of(UNDECLARED, attempt.planned.key, attempt.caller.name)
        if each.probe.request
    )


def _finding(
    attempt: IssuedAttempt, own: CombinedClassification, invented: CombinedClassification
) -> Finding:
    reason = own.classification.reason
    return Finding(
        rule=SESSION_REPLACES_CERTIFICATE,
        operation=attempt.planned.key,
        identity=attempt.caller.name,
        message=f"{_begin(attempt)} is admitted with {given_words(attempt)} before ({reason}), "
        f"{_contradiction(attempt)}. Made-up ones are refused.",
        confidence=own.classification.confidence,
        probes=probe_ids(own.probes, invented.probes),
    )


def _begin(attempt: IssuedAttempt) -> str:
    who = _who(attempt.caller)
    return who[0].upper() + who[1:]


def _contradiction(attempt: IssuedAttempt) -> str:
    if not attempt.caller.is_control:
        return "which the document does not declare"
    return f"although the operation is for {role_phrase(attempt.planned.operation.roles)}"


def _finding_of_names(
    attempt: IssuedAttempt, invented: CombinedClassification, own: CombinedClassification
) -> Finding:
    tag = attempt.tag
    what = (
        "the cookies that the server sets"
        if tag.name in COOKIE_WAYS
        else f"{_words(tag)} that the server gives"
    )
    return Finding(
        rule=SESSION_REPLACES_CERTIFICATE,
        operation=attempt.planned.key,
        identity=attempt.caller.name,
        message=f"{_begin(attempt)} is admitted with made-up values of {what} "
        f"({invented.classification.reason}): their names are enough.",
        confidence=invented.classification.confidence,
        probes=probe_ids(invented.probes, own.probes),
    )
