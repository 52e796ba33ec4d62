"""The baseline of accepted drifts; each entry has a reason and an expiry date. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date

from msgspec import Struct
from msgspec.structs import replace

from specdrift.differ.judged import Judge
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Drift, DriftStatus
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import BaselineReview, Result, Suppression
from specdrift.model.result.verdict import Verdict
from specdrift.rules.ids import DATA_ELSEWHERE

_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters that show nothing (Unicode, Default_Ignorable_Code_Point)."""


class Baseline(Struct, frozen=True, kw_only=True):
    """The entries of a baseline file."""

    source: str
    """The file, for reports."""
    entries: tuple[Suppression, ...] = ()
    """Each fingerprint once."""


def entry_of(drift: Drift) -> Suppression:
    """Return the entry for a drift, without a reason."""
    first = next(iter(drift.probes), "")
    return Suppression(
        fingerprint=drift.fingerprint,
        reason="",
        rule=drift.rule,
        operation=drift.operation,
        identity=drift.identity or "",
        subject=drift.subject,
        check=first.partition("/")[0],
    )


def is_reason(text: str) -> bool:
    """Return whether a text has a letter or digit that is seen."""
    return any(one.isalnum() and one not in _FILLERS for one in text)


def names_another(entry: Suppression, drift: Drift) -> bool:
    """Return whether an entry names a rule, operation or identity that the drift of its fingerprint does not have."""
    own = (entry.rule, entry.operation, entry.identity)
    return any(
        said and said != is_
        for said, is_ in zip(own, (drift.rule, drift.operation, drift.identity or ""), strict=True)
    )


def accept(result: Result, baseline: Baseline) -> Result:
    """Return the result with accepted drifts suppressed and the other entries reviewed.

    The run's start date (UTC) decides what is expired. An entry without a reason, or that names another drift than its
    fingerprint, accepts nothing. The exit status stays.
    """
    today = result.started_at.astimezone(UTC).date()
    found = {drift.fingerprint: drift for drift in result.drifts}
    named = [entry for entry in baseline.entries if entry.fingerprint in found]
    misnamed = [entry for entry in named if names_another(entry, found[entry.fingerprint])]
    present = [_described(entry, found[entry.fingerprint]) for entry in named if entry not in misnamed]
    active = [entry for entry in present if is_reason(entry.reason) and not _expired(entry, today)]
    accepted = {entry.fingerprint for entry in active}
    gone = [entry for entry in baseline.entries if entry.fingerprint not in found]
    fixed, unjudged = _divided(gone, Judge(result).checked_for)
    drifts = tuple(_suppressed(drift) if drift.fingerprint in accepted else drift for drift in result.drifts)
    return replace(
        _with_accepted_data(result, drifts),
        drifts=drifts,
        suppressed=tuple(active),
        baseline=BaselineReview(
            source=baseline.source,
            expired=tuple(entry for entry in present if _expired(entry, today)),
            fixed=fixed,
            unjudged=unjudged,
            misnamed=tuple(misnamed),
        ),
    )


def _with_accepted_data(result: Result, drifts: Iterable[Drift]) -> Result:
    """Return the result without the undecided operations whose data are accepted: each drift about them is."""
    kept = tuple(each for each in result.undecided if each.kind is not UndecidedReason.DATA_OF_ANOTHER)
    left = [
        each for each in drifts if each.rule == DATA_ELSEWHERE and each.status is not DriftStatus.SUPPRESSED
    ]
    if left or len(kept) == len(result.undecided):
        return result
    settled = {each.operation for each in result.undecided} - {each.operation for each in kept}
    return replace(
        result,
        undecided=kept,
        counts=replace(result.counts, undecided=len(kept)),
        operations=tuple(
            replace(each, verdict=Verdict.CONSISTENT)
            if each.operation.key in settled and each.verdict is Verdict.UNDECIDED
            else each
            for each in result.operations
        ),
    )


def updated(baseline: Baseline, result: Result) -> Baseline:
    """Return the baseline with an entry for every present drift, without the fixed ones.

    Reasons, owners and dates stay, expired ones too. Entries that the run could not check stay.
    """
    found = {drift.fingerprint: drift for drift in result.drifts}
    checked_for = Judge(result).checked_for
    kept = {
        entry.fingerprint: _described(entry, found[entry.fingerprint])
        if entry.fingerprint in found
        else entry
        for entry in baseline.entries
        if entry.fingerprint in found or not checked_for(entry)
    }
    added: Mapping[str, Suppression] = {
        name: entry_of(drift) for name, drift in found.items() if name not in kept
    }
    return replace(baseline, entries=tuple(sorted((*kept.values(), *added.values()), key=_order)))


def _suppressed(drift: Drift) -> Drift:
    return replace(drift, status=DriftStatus.SUPPRESSED)


def _expired(entry: Suppression, today: date) -> bool:
    return entry.expires is not None and entry.expires < today


def _described(entry: Suppression, drift: Drift) -> Suppression:
    """Return the entry with the drift's rule, operation, identity and subject; a new one if it names another."""
    if names_another(entry, drift):
        return entry_of(drift)
    return replace(entry_of(drift), reason=entry.reason, owner=entry.owner, expires=entry.expires)


def _divided(
    entries: Iterable[Suppression], test: Callable[[Suppression], bool]
) -> tuple[tuple[Suppression, ...], tuple[Suppression, ...]]:
    """Return the entries that pass, and those that do not."""
    marked = [(entry, test(entry)) for entry in entries]
    return tuple(e for e, passed in marked if passed), tuple(e for e, passed in marked if not passed)


def _order(entry: Suppression) -> tuple[str, OperationKey, str, str, str]:
    """Order by rule and operation; the fingerprint only breaks ties."""
    key = entry.operation or OperationKey(path="", method="")
    return (entry.rule, key, entry.identity, entry.subject, entry.fingerprint)
