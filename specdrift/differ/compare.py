"""Compares a result with an earlier one: new, known, fixed and unjudged drifts. Pure."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from specdrift.differ.baseline import entry_of
from specdrift.differ.contract_changes.change import Direction
from specdrift.differ.contract_changes.change_drifts import change_drift
from specdrift.differ.contract_changes.changes import changes, comparable
from specdrift.differ.diff import ordered
from specdrift.differ.judged import Judge
from specdrift.differ.not_established import Lacking
from specdrift.differ.subjects import differences, named
from specdrift.errors import UsageError
from specdrift.model.contract.contract import Contract
from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift, DriftStatus
from specdrift.model.result.result import PreviousComparison, Result

WEAKER_OR_OTHER = frozenset({Direction.WEAKER, Direction.OTHER})
MOST_RUNS = 30
"""Earlier runs that a result keeps."""


def since(result: Result, earlier: Result, *, source: str) -> Result:
    """Return the result with drifts marked new or known, and with the comparison.

    ``source`` is the file of the earlier result. Suppressed drifts stay suppressed. A drift is fixed only if this run
    checked for it again.
    """
    before = {drift.fingerprint: drift for drift in earlier.drifts}
    now = {drift.fingerprint for drift in result.drifts}
    checked_for = Judge(result).checked_for
    gone = [(drift, checked_for(entry_of(drift))) for drift in earlier.drifts if drift.fingerprint not in now]
    known_undecided = {item.operation for item in earlier.undecided}
    return replace(
        result,
        drifts=tuple(_marked(drift, before.get(drift.fingerprint)) for drift in result.drifts),
        previous=PreviousComparison(
            source=source,
            run_id=earlier.run_id,
            started_at=earlier.started_at,
            fixed=tuple(_quoted(drift) for drift, fixed in gone if fixed),
            unjudged=tuple(_quoted(drift) for drift, fixed in gone if not fixed),
            undecided=tuple(item for item in result.undecided if item.operation not in known_undecided),
            differences=(*differences(result, earlier), *_no_longer_accepted(result, before)),
            runs=(*(earlier.previous.runs if earlier.previous else ()), earlier.numbers)[-MOST_RUNS:],
        ),
    )


def compared(result: Result, earlier: Result, *, source: str) -> Result:
    """Return the result beside an earlier one, as ``since`` does, with what a later run may not lose.

    Requirements that admit more callers than the earlier run's are drifts, as they are between two documents.
    What the earlier run established and this one did not is undecided. Raises UsageError for results of two APIs.
    """
    if result.operations and earlier.operations and not comparable(_contract(earlier), _contract(result)):
        raise UsageError(
            f"{source} is of {named(earlier.document)}, and the second result of {named(result.document)}: "
            "they have no operation in common. Name two results of one API."
        )
    weaker = _weaker(earlier, result, source)
    found = since(replace(result, drifts=ordered((*result.drifts, *weaker))), earlier, source=source)
    lacking = tuple(Lacking(earlier=earlier, later=result).items())
    assert found.previous is not None  # noqa: S101 - ``since`` sets it
    return replace(
        found,
        undecided=(*found.undecided, *lacking),
        counts=replace(found.counts, undecided=found.counts.undecided + len(lacking)),
        previous=replace(found.previous, undecided=(*found.previous.undecided, *lacking)),
    )


def _weaker(earlier: Result, result: Result, source: str) -> tuple[Drift, ...]:
    """Return the drifts of requirements that are weaker than before, without those that the result has."""
    found = {drift.fingerprint for drift in result.drifts}
    left_out = {item.operation for item in earlier.skipped if item.operation}
    weaker = (
        change_drift(change, older=source)
        for change in changes(_contract(earlier), _contract(result))
        if change.direction in WEAKER_OR_OTHER and change.operation not in left_out
    )
    return tuple(drift for drift in weaker if drift.fingerprint not in found)


def _contract(result: Result) -> Contract:
    """Return what a result holds of its document."""
    operations = tuple(one.operation for one in result.operations)
    uses = {
        use.scheme
        for operation in operations
        for alternative in operation.requirement.alternatives
        for use in alternative
    }
    return Contract(
        document=result.document,
        operations=operations,
        schemes=tuple(sorted(uses, key=lambda scheme: scheme.name)),
    )


def _marked(drift: Drift, before: Drift | None) -> Drift:
    """Return the drift as known if the earlier result has it, of the same rule and place, and as severe.

    One that was accepted then counts now for the first time.
    """
    if drift.status is DriftStatus.SUPPRESSED:
        return drift
    known = (
        before is not None
        and before.status is not DriftStatus.SUPPRESSED
        and (before.rule, before.operation) == (drift.rule, drift.operation)
        and before.severity.rank >= drift.severity.rank
    )
    return replace(drift, status=DriftStatus.KNOWN if known else DriftStatus.NEW)


def _no_longer_accepted(result: Result, before: Mapping[str, Drift]) -> Iterator[str]:
    """Yield a clause if drifts count that the baseline of the earlier run accepted."""
    accepted = {name for name, drift in before.items() if drift.status is DriftStatus.SUPPRESSED}
    counting = [one for one in result.drifts if one.status is not DriftStatus.SUPPRESSED]
    number = sum(one.fingerprint in accepted for one in counting)
    if number:
        yield f"its baseline accepted {plural(number, 'drift')} that the baseline of this one does not accept"


def _quoted(drift: Drift) -> Drift:
    """Return a drift of another result without its probes, which this result does not have."""
    return replace(drift, probes=(), reproduce="")
