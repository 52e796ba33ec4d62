"""The baseline: drifts that their owners accept, each for a reason and until a day. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date

from specdrift.differ.judged import Judge
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Drift, DriftStatus
from specdrift.model.result.result import BaselineReview, Result, Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """``source`` is the file as reports name it; a fingerprint occurs once in ``entries``."""

    source: str
    entries: tuple[Suppression, ...] = ()


def entry_of(drift: Drift) -> Suppression:
    """The entry for a drift, still without a reason."""
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


def accept(result: Result, baseline: Baseline) -> Result:
    """The result with its accepted drifts suppressed, and what became of the other entries.

    Entries are held against the day on which the run started (UTC). One without a reason accepts nothing. The exit
    status is not touched: that is for who knows the settings.
    """
    today = result.started_at.astimezone(UTC).date()
    found = {drift.fingerprint: drift for drift in result.drifts}
    present = [
        _described(entry, found[entry.fingerprint])
        for entry in baseline.entries
        if entry.fingerprint in found
    ]
    active = [entry for entry in present if entry.reason and not _expired(entry, today)]
    accepted = {entry.fingerprint for entry in active}
    gone = [entry for entry in baseline.entries if entry.fingerprint not in found]
    fixed, unjudged = _divided(gone, Judge(result).looked_for)
    return replace(
        result,
        drifts=tuple(
            _suppressed(drift) if drift.fingerprint in accepted else drift for drift in result.drifts
        ),
        suppressed=tuple(active),
        baseline=BaselineReview(
            source=baseline.source,
            expired=tuple(entry for entry in present if _expired(entry, today)),
            fixed=fixed,
            unjudged=unjudged,
        ),
    )


def updated(baseline: Baseline, result: Result) -> Baseline:
    """The baseline with an entry for every drift that is there, and without what is fixed.

    Reasons, owners and dates stay as they are, those of the past too: only their owner prolongs them. What this run
    could not look for stays.
    """
    found = {drift.fingerprint: drift for drift in result.drifts}
    looked_for = Judge(result).looked_for
    kept = {
        entry.fingerprint: _described(entry, found[entry.fingerprint])
        if entry.fingerprint in found
        else entry
        for entry in baseline.entries
        if entry.fingerprint in found or not looked_for(entry)
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
    """The owner's words, and what the drift says of itself now."""
    return replace(entry_of(drift), reason=entry.reason, owner=entry.owner, expires=entry.expires)


def _divided(
    entries: Iterable[Suppression], test: Callable[[Suppression], bool]
) -> tuple[tuple[Suppression, ...], tuple[Suppression, ...]]:
    """Those that pass, and those that do not."""
    marked = [(entry, test(entry)) for entry in entries]
    return tuple(e for e, passed in marked if passed), tuple(e for e, passed in marked if not passed)


def _order(entry: Suppression) -> tuple[str, OperationKey, str, str, str]:
    """By what people look for; the fingerprint only where nothing else tells two apart."""
    key = entry.operation or OperationKey(path="", method="")
    return (entry.rule, key, entry.identity, entry.subject, entry.fingerprint)
