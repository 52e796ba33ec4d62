"""Members of a result that cannot both be true: an edited or incomplete file. Pure."""

from collections.abc import Iterator

from specdrift.errors import ExitStatus
from specdrift.model.contract.requirement import Demand, Requirement, SchemeType
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.result import Result
from specdrift.model.result.verdict import Verdict
from specdrift.result.status import counts, fail_on_of

_PERHAPS_CERTIFICATE = frozenset({SchemeType.MUTUAL_TLS, SchemeType.UNKNOWN})
_NO_CREDENTIALS = frozenset({Demand.NOT_REQUIRED, Demand.UNDECLARED})
_NAMING_CERTIFICATE = frozenset({Demand.REQUIRED, Demand.ONE_OF_SEVERAL, Demand.OPTIONAL})


def contradictions(result: Result) -> Iterator[str]:
    """Yield what contradicts itself, as clauses."""
    if len({one.operation.key for one in result.operations}) != len(result.operations):
        yield "an operation has two verdicts"
    yield from _drifts(result)
    for one in result.operations:
        if not _agrees(one.operation.requirement):
            yield f"the demand of {one.operation.key} is not that of its alternatives"


def _drifts(result: Result) -> Iterator[str]:
    about = {drift.operation for drift in result.drifts}
    if None not in about:
        for one in result.operations:
            if one.verdict is Verdict.DRIFT and one.operation.key not in about:
                yield f"the verdict of {one.operation.key} is drift, and drifts has none of it"
    if result.exit_status == ExitStatus.OK and any(
        counts(drift, fail_on_of(result)) for drift in result.drifts
    ):
        yield "exit_status is 0, and drifts has one that counts"
    # A result that was compared has the exit status of the comparison.
    if result.exit_status == ExitStatus.DRIFT and result.previous is None and not result.drifts:
        yield "exit_status is 1, and drifts is empty"
    accepted = {entry.fingerprint for entry in result.suppressed}
    for drift in result.drifts:
        if drift.status is DriftStatus.SUPPRESSED and drift.fingerprint not in accepted:
            yield f"{drift.fingerprint} is suppressed, and suppressed has no entry for it"


def _agrees(requirement: Requirement) -> bool:
    """Return whether the demand can be that of the alternatives."""
    types = {use.scheme.type for alternative in requirement.alternatives for use in alternative}
    anonymous = () in requirement.alternatives
    if requirement.demand in _NO_CREDENTIALS:
        return not types
    if requirement.demand in _NAMING_CERTIFICATE:
        return bool(types & _PERHAPS_CERTIFICATE) and anonymous is (requirement.demand is Demand.OPTIONAL)
    return True
