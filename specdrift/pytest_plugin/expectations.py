"""What a test expects of an operation, and whether a result shows it. Pure."""

from collections.abc import Iterable
from enum import Enum, StrEnum, auto

from msgspec import Struct

from specdrift.errors import ExitStatus
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS, IdentityKind
from specdrift.model.policy import Expect
from specdrift.model.result.drift import Drift, DriftStatus, Severity
from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.verdict import IdentityOutcome, Outcome, Verdict
from specdrift.reports.content import sentences
from specdrift.reports.content.headline import headline
from specdrift.result.status import counts, fail_on_of, incomplete_allowed, not_deployed, not_deployed_allowed
from specdrift.rules import rule_of


class Expectation(StrEnum):
    """What is expected. The values are parts of the tests' names."""

    REFUSES_ANONYMOUS = "is refused without a certificate"
    ADMITS_ANONYMOUS = "is open without a certificate"
    ADMITS_VALID = "admits valid certificates"
    REFUSES_INVALID = "refuses invalid certificates"
    NOTHING_ELSE = "differs in nothing else"
    """No bypass, and no other finding about the operation."""
    DOCUMENT = "the document has no findings"
    LISTENER = "the listener and other endpoints have no findings"
    COMPLETE = "the run is complete"


class ExpectedCase(Struct, frozen=True, kw_only=True):
    """One test: an operation (None: the whole run) and what is expected."""

    operation: OperationKey | None
    expectation: Expectation
    siblings: frozenset[Expectation] = frozenset()
    """All expectations of this operation."""
    operations: frozenset[OperationKey] = frozenset()
    """The operations that have tests of their own; for the whole run."""

    def __str__(self) -> str:
        return f"{self.operation} {self.expectation.value}" if self.operation else self.expectation.value


class Holds(Enum):
    """Whether an expectation holds."""

    YES = auto()
    NO = auto()
    """Also where the run could not establish it."""
    ACCEPTED = auto()
    """It does not, and the baseline accepts that."""
    NOT_JUDGED = auto()
    """It was left out by the settings, or they accept that it is undecided."""


class Judgement(Struct, frozen=True, kw_only=True):
    """Whether an expectation holds, and why not."""

    holds: Holds
    reason: str = ""
    drifts: tuple[Drift, ...] = ()


def expectations_of(operation: Operation) -> frozenset[Expectation]:
    """Return what the document lets a test expect."""
    requirement = operation.requirement
    if requirement.demand.excludes_anonymous:
        return frozenset(
            {
                Expectation.REFUSES_ANONYMOUS,
                Expectation.ADMITS_VALID,
                Expectation.REFUSES_INVALID,
                Expectation.NOTHING_ELSE,
            }
        )
    if requirement.anonymous_allowed and requirement.demand is not Demand.UNKNOWN:
        return frozenset({Expectation.ADMITS_ANONYMOUS, Expectation.NOTHING_ELSE})
    return frozenset({Expectation.NOTHING_ELSE})


def subjects_of(operations: Iterable[Operation]) -> tuple[ExpectedCase, ...]:
    """Return every test of a document, in the order of its operations; those of the whole run last."""
    listed = tuple(operations)
    of_operations = (
        ExpectedCase(operation=each.key, expectation=expectation, siblings=siblings)
        for each in listed
        for siblings in [expectations_of(each)]
        for expectation in Expectation
        if expectation in siblings
    )
    keys = frozenset(each.key for each in listed)
    whole = (Expectation.DOCUMENT, Expectation.LISTENER, Expectation.COMPLETE)
    return (
        *of_operations,
        *(ExpectedCase(operation=None, expectation=each, operations=keys) for each in whole),
    )


def judge(subject: ExpectedCase, result: Result) -> Judgement:
    """Return whether the expectation of a test holds. What the result does not establish does not hold."""
    if subject.operation is None:
        return _of_the_run(subject, result)
    own = tuple(d for d in result.drifts if d.operation == subject.operation)
    found = _by_drifts([d for d in own if _part(d, subject, result) is subject.expectation], result)
    if found is not None:
        return found
    operation = next((o for o in result.operations if o.operation.key == subject.operation), None)
    if operation is None:
        reason = next((item.reason for item in result.skipped if item.operation == subject.operation), "")
        return Judgement(holds=Holds.NOT_JUDGED, reason=reason or "not part of the run")
    return _of_the_operation(subject, operation, result)


def _of_the_operation(subject: ExpectedCase, operation: OperationResult, result: Result) -> Judgement:
    """Judge an expectation that no finding contradicts."""
    if operation.verdict is Verdict.UNDECIDED:
        return _undecided(operation.operation.key, result)
    if operation.verdict is Verdict.DRIFT and not _established(subject.expectation, operation, result):
        return Judgement(
            holds=Holds.NO, reason="the run does not establish it; another finding is in the way"
        )
    if subject.expectation is Expectation.REFUSES_INVALID and not _outcomes(operation, _invalid(result)):
        return Judgement(holds=Holds.NOT_JUDGED, reason="no invalid certificate was presented")
    return Judgement(holds=Holds.YES)


def _of_the_run(subject: ExpectedCase, result: Result) -> Judgement:
    if subject.expectation is Expectation.COMPLETE:
        first = headline(result)
        # The tests of the operations, the document and the listener report drift.
        complete = not result.problem and result.exit_status in (ExitStatus.OK, ExitStatus.DRIFT)
        allowed = result.exit_status == ExitStatus.OK
        reason = "" if complete else first.sentence
        return Judgement(holds=Holds.YES if complete or allowed else Holds.NO, reason=reason)
    sent = subject.expectation is Expectation.LISTENER
    others = [d for d in result.drifts if d.operation not in subject.operations and bool(d.probes) is sent]
    found = _by_drifts(others, result)
    if found is None and sent and not (result.counts.requests or result.counts.connections):
        holds = Holds.NOT_JUDGED if incomplete_allowed(result) else Holds.NO
        return Judgement(holds=holds, reason=headline(result).sentence)
    return found or Judgement(holds=Holds.YES)


def _by_drifts(drifts: Iterable[Drift], result: Result) -> Judgement | None:
    """Judge by findings: those that count first. None without any that is more than a note."""
    listed = [d for d in drifts if rule_of(d.rule).is_drift]
    fail_on = fail_on_of(result)
    failing = tuple(d for d in listed if counts(d, fail_on))
    if failing:
        return Judgement(holds=Holds.NO, drifts=failing)
    accepted = tuple(d for d in listed if d.status is DriftStatus.SUPPRESSED)
    if accepted:
        reasons = {item.fingerprint: item.reason for item in result.suppressed}
        reason = f"accepted by the baseline: {reasons.get(accepted[0].fingerprint, '')}"
        return Judgement(holds=Holds.ACCEPTED, reason=reason, drifts=accepted)
    below = tuple(d for d in listed if d.severity is not Severity.NOTE)
    if below:
        reason = f"{below[0].rule} does not reach --fail-on {fail_on}: {below[0].message}"
        return Judgement(holds=Holds.NOT_JUDGED, reason=reason, drifts=below)
    return None


def _part(drift: Drift, subject: ExpectedCase, result: Result) -> Expectation:
    """Return the expectation of the operation that a drift contradicts."""
    found = Expectation.NOTHING_ELSE
    if not rule_of(drift.rule).bypass and drift.probes:
        if drift.identity == ANONYMOUS.name:
            found = next(
                (
                    e
                    for e in (Expectation.REFUSES_ANONYMOUS, Expectation.ADMITS_ANONYMOUS)
                    if e in subject.siblings
                ),
                found,
            )
        elif drift.identity in _invalid(result):
            found = Expectation.REFUSES_INVALID
        elif drift.identity in _valid(result):
            found = Expectation.ADMITS_VALID
    return found if found in subject.siblings else Expectation.NOTHING_ELSE


def _valid(result: Result) -> frozenset[str]:
    return frozenset(identity.name for identity in result.identities if identity.is_control)


def _invalid(result: Result) -> frozenset[str]:
    return frozenset(
        identity.name
        for identity in result.identities
        if identity.expect is Expect.REFUSED and identity.kind is not IdentityKind.ANONYMOUS
    )


def _outcomes(operation: OperationResult, names: frozenset[str]) -> list[IdentityOutcome]:
    return [outcome for outcome in operation.outcomes if outcome.identity in names]


def _established(expectation: Expectation, operation: OperationResult, result: Result) -> bool:
    """Return whether the outcomes show what is expected, although the operation has another drift."""
    anonymous = _outcomes(operation, frozenset({ANONYMOUS.name}))
    match expectation:
        case Expectation.REFUSES_ANONYMOUS:
            return bool(anonymous) and all(each.outcome.refused for each in anonymous)
        case Expectation.ADMITS_ANONYMOUS:
            return any(each.outcome is Outcome.ADMITTED for each in anonymous)
        case Expectation.ADMITS_VALID:
            return any(each.outcome is Outcome.ADMITTED for each in _outcomes(operation, _valid(result)))
        case Expectation.REFUSES_INVALID:
            refused = _outcomes(operation, _invalid(result))
            return all(each.outcome.refused for each in refused)
        case _:
            return True


def _undecided(key: OperationKey, result: Result) -> Judgement:
    """An undecided operation shows nothing; the settings may accept that."""
    reasons = [sentences.undecided(item) for item in sentences.unexplained(result) if item.operation == key]
    accepted = incomplete_allowed(result) or (not_deployed_allowed(result) and key in not_deployed(result))
    holds = Holds.NOT_JUDGED if accepted else Holds.NO
    return Judgement(holds=holds, reason=reasons[0] if reasons else "no answer decided it")
