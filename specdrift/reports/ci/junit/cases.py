"""Converts a result to test cases. Drift is a failure; undecided and unprobed operations are skipped, with the
reason.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from specdrift.errors import ExitStatus
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.policy import FailOn
from specdrift.model.promise import Promise
from specdrift.model.result.drift import Drift, DriftStatus, Severity
from specdrift.model.result.result import Result
from specdrift.reports.content import headline, sentences, summary
from specdrift.reports.content.matrix import Agreement, Cell, Matrix
from specdrift.result.status import counts, fail_on_of

RUN = "the run"
NO_REASON = "no answer decided it"
SKIPS: Mapping[Agreement, str] = {
    Agreement.NOT_PROBED: "not probed",
    Agreement.INCONCLUSIVE: "inconclusive: the control of this refusal is not admitted either",
    Agreement.NO_PROMISE: "no verdict: the document makes no promise to this caller",
}


class CaseOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


class ReportedCase(Struct, frozen=True, kw_only=True):
    """A test case."""

    suite: str
    name: str
    outcome: CaseOutcome
    reason: str = ""
    """Why it was skipped, or the error."""
    drifts: tuple[Drift, ...] = ()
    """The failures."""
    summary: str = ""
    """Promise and outcome."""
    seconds: float = 0.0
    """Duration of its probes."""


def cases(result: Result) -> dict[str, list[ReportedCase]]:
    """Return the cases by suite: the run first, then operations in the order of every report."""
    suites: dict[str, list[ReportedCase]] = defaultdict(list)
    for case in _with_unique_names((*_run(result), *_Cells(result).cases(), *_others(result))):
        suites[case.suite].append(case)
    return suites


def _with_unique_names(found: Iterable[ReportedCase]) -> Iterator[ReportedCase]:
    """Number cases with equal names: readers compare runs by name."""
    taken: Counter[tuple[str, str]] = Counter()
    for case in found:
        taken[case.suite, case.name] += 1
        number = taken[case.suite, case.name]
        yield case if number == 1 else replace(case, name=f"{case.name} ({number})")


def _run(result: Result) -> Iterator[ReportedCase]:
    """The run itself: there is always a case, and it cannot pass when the run did not do its job. Then the checks
    that were left out; operations that were tell it in their own cases.
    """
    outcome, reason = _completion(result)
    yield ReportedCase(suite=RUN, name="the run completed", outcome=outcome, reason=reason)
    for item in result.skipped:
        if item.operation is None or item.check:
            yield ReportedCase(
                suite=RUN, name=sentences.left_out(item), outcome=CaseOutcome.SKIPPED, reason=item.reason
            )


def _completion(result: Result) -> tuple[CaseOutcome, str]:
    """An error where the exit status says that the run did not do its job: so no reader takes the file for a pass."""
    first = headline.headline(result)
    problem = result.problem.text if result.problem else ""
    whole = " ".join(sentences.undecided(item) for item in result.undecided if item.operation is None)
    match first.exit_status:
        case ExitStatus.OK:
            reason = problem or whole
            return (CaseOutcome.SKIPPED if reason else CaseOutcome.PASSED), reason
        case ExitStatus.DRIFT if not problem:
            return (CaseOutcome.SKIPPED if whole else CaseOutcome.PASSED), whole
        case ExitStatus.INTERRUPTED:
            return CaseOutcome.ERROR, problem or headline.INTERRUPTED
        case _:
            return CaseOutcome.ERROR, problem or first.sentence


class _Cells:
    """The cells of the matrix as cases."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._elapsed = {record.probe.id: record.observation.elapsed_ms for record in result.probes}
        self._reasons = {item.operation: sentences.undecided(item) for item in result.undecided}
        self._skipped_reasons = {item.operation: item.reason for item in result.skipped if not item.check}
        self._accepted = {item.fingerprint: item.reason for item in result.suppressed}
        self._drifts = _by_cell(result)
        self._fail_on = fail_on_of(result)

    def cases(self) -> Iterator[ReportedCase]:
        if self._result.nothing_sent:
            return
        matrix = Matrix(self._result)
        for item in summary.operations_in_order(self._result):
            key = item.operation.key
            probes = {seen.identity: seen.probes for seen in item.outcomes}
            for identity, cell in zip(self._result.identities, matrix.rows[key], strict=True):
                yield self._case(key, identity, cell, probes.get(identity.name, ()))

    def _case(
        self, key: OperationKey, identity: ClientIdentity, cell: Cell, probes: tuple[str, ...]
    ) -> ReportedCase:
        own = self._drifts.get((key, identity.name), [])
        outcome, reason, drifts = self._outcome(key, cell, own)
        return ReportedCase(
            suite=str(key),
            name=f"{key} as {identity.name}",
            outcome=outcome,
            reason=reason,
            drifts=drifts,
            summary=_summary(cell, own),
            seconds=sum(self._elapsed.get(probe, 0.0) for probe in probes) / 1000,
        )

    def _outcome(
        self, key: OperationKey, cell: Cell, own: list[Drift]
    ) -> tuple[CaseOutcome, str, tuple[Drift, ...]]:
        covering = [cell.drift] if cell.drift and cell.drift not in own else []
        claims = (*own, *covering)
        failures = tuple(drift for drift in claims if counts(drift, self._fail_on))
        if failures:
            return CaseOutcome.FAILED, "", failures
        if not_counted := self._not_counted(claims):
            return CaseOutcome.SKIPPED, not_counted, ()
        if cell.agreement is Agreement.UNDECIDED:
            return CaseOutcome.SKIPPED, self._reasons.get(key) or cell.reason or NO_REASON, ()
        if cell.agreement is Agreement.NOT_PROBED and key in self._skipped_reasons:
            return CaseOutcome.SKIPPED, f"{SKIPS[cell.agreement]}: {self._skipped_reasons[key]}", ()
        if cell.agreement in SKIPS:
            return CaseOutcome.SKIPPED, SKIPS[cell.agreement], ()
        return CaseOutcome.PASSED, "", ()

    def _not_counted(self, claims: Iterable[Drift]) -> str:
        """Why the exit status does not count the first drift here that is no note."""
        for drift in claims:
            if drift.status is DriftStatus.SUPPRESSED:
                return self._acceptance(drift)
            if drift.severity is not Severity.NOTE:
                return _below(drift, self._fail_on)
        return ""

    def _acceptance(self, drift: Drift) -> str:
        return f"{drift.rule}, accepted by the baseline: {self._accepted.get(drift.fingerprint, '')}".rstrip(
            ": "
        )


def _below(drift: Drift, fail_on: FailOn) -> str:
    """Why a drift does not fail: the exit status does not count it either."""
    return f"{drift.rule} does not reach --fail-on {fail_on}: {drift.message}"


def _by_cell(result: Result) -> dict[tuple[OperationKey, str], list[Drift]]:
    """Return the drifts of each cell of the matrix; empty if nothing was sent."""
    found: dict[tuple[OperationKey, str], list[Drift]] = defaultdict(list)
    if result.nothing_sent:
        return found
    rows = {item.operation.key for item in result.operations}
    columns = {identity.name for identity in result.identities}
    for drift in summary.ordered(result.drifts):
        key, caller = drift.operation, drift.identity
        if key is not None and caller is not None and key in rows and caller in columns:
            found[key, caller].append(drift)
    return found


def _summary(cell: Cell, own: list[Drift]) -> str:
    promise = "" if cell.promise is Promise.NONE else f"required: {cell.promise.value}; "
    word = f"observed: {cell.word} {cell.detail}".rstrip() if cell.word else ""
    notes = [f"{drift.rule}: {drift.message}" for drift in own if drift.severity is Severity.NOTE]
    return "\n".join(filter(None, (f"{promise}{word}" if word else "", *notes)))


def _others(result: Result) -> Iterator[ReportedCase]:
    """Return the drifts outside the matrix: about the document, the listener, other endpoints."""
    within = {id(drift) for drifts in _by_cell(result).values() for drift in drifts}
    subjects = summary.Subjects(result)
    reasons = {item.fingerprint: item.reason for item in result.suppressed}
    fail_on = fail_on_of(result)
    for drift in summary.ordered(result.drifts):
        if id(drift) in within:
            continue
        subject = subjects.of(drift)
        caller = f" as {drift.identity}" if drift.identity else ""
        case = ReportedCase(
            suite=subject, name=f"{drift.rule}: {subject}{caller}", outcome=CaseOutcome.PASSED
        )
        if drift.status is DriftStatus.SUPPRESSED:
            reason = f"accepted by the baseline: {reasons.get(drift.fingerprint, '')}".rstrip(": ")
            yield replace(case, outcome=CaseOutcome.SKIPPED, reason=reason)
        elif counts(drift, fail_on):
            yield replace(case, outcome=CaseOutcome.FAILED, drifts=(drift,))
        elif drift.severity is not Severity.NOTE:
            yield replace(case, outcome=CaseOutcome.SKIPPED, reason=_below(drift, fail_on))
        else:
            yield replace(case, summary=drift.message)
