"""Changes of a baseline that judge a change of the document or the service. Pure."""

from collections.abc import Iterator
from datetime import date

from specdrift.differ.baseline import Baseline
from specdrift.model.contract.location import SourceLocation
from specdrift.model.gate import GateChange
from specdrift.model.result.result import Suppression


def baseline_changes(
    older: Baseline, newer: Baseline, *, location: SourceLocation | None
) -> tuple[GateChange, ...]:
    """Return the entries that are added, removed, or accepted for another time.

    An entry without a reason accepts nothing.
    """
    before, after = _by_fingerprint(older), _by_fingerprint(newer)
    return tuple(_changes(before, after, location))


def _by_fingerprint(baseline: Baseline) -> dict[str, Suppression]:
    return {entry.fingerprint: entry for entry in baseline.entries if entry.reason}


def _changes(
    before: dict[str, Suppression], after: dict[str, Suppression], location: SourceLocation | None
) -> Iterator[GateChange]:
    for fingerprint in dict.fromkeys((*after, *before)):
        old, new = before.get(fingerprint), after.get(fingerprint)
        if old is not None and new is not None and old.expires == new.expires:
            continue
        entry = new or old
        if entry is not None:
            yield GateChange(
                subject=f"baseline entry {_about(entry)}",
                before=_accepted(old),
                after=_accepted(new),
                weaker=new is not None and (old is None or _last_day(new) > _last_day(old)),
                location=location,
            )


def _about(entry: Suppression) -> str:
    about = " on ".join(part for part in (entry.rule, str(entry.operation or "")) if part)
    return f"{about} ({entry.fingerprint})" if about else entry.fingerprint


def _accepted(entry: Suppression | None) -> str:
    if entry is None:
        return ""
    return f"accepted until {entry.expires}" if entry.expires else "accepted without an expiry date"


def _last_day(entry: Suppression) -> date:
    return entry.expires or date.max
