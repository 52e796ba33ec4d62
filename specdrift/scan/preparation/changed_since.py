"""Asks only what an older document described otherwise (``--changed-since``), and what it had and the new one lacks.

The listener is asked in any case: an unchanged operation stands for it where no changed one can. Pure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from specdrift.checks.core.base import PlannedOperation
from specdrift.checks.undocumented.undocumented import CHECK
from specdrift.differ.contract_changes import Aspect, Since
from specdrift.model.contract.operation import OperationKey
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.scan.preparation.selection import Selection

SHOWN = 5
AT_LARGE = Skipped(
    kind=SkipReason.FILTERED,
    check=CHECK.name,
    reason="only removed operations and what is fed in are looked for, no well-known paths (--changed-since)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What is left to be asked. ``leads`` are the operations that were removed; ``notes`` say what was chosen."""

    selection: Selection
    leads: tuple[Candidate, ...] = ()
    notes: tuple[str, ...] = ()


def narrowed(
    selection: Selection, since: Since, *, source: str, removed: Sequence[PlannedOperation]
) -> Narrowed:
    """The selection without what is described as before. ``source`` names the older document; ``removed`` are those of
    its operations that the newer one lacks and that may be asked.
    """
    changed = [subject for subject in selection.subjects if subject.key in since.changed]
    others = [subject for subject in selection.subjects if subject.key not in since.changed]
    witness = _witness(changed, others)
    kept = [subject for subject in selection.subjects if subject in changed or subject is witness]
    reason = f"its contract is the same as in {source} (--changed-since)"
    left_out = (
        *(
            Skipped(operation=s.key, kind=SkipReason.FILTERED, reason=reason)
            for s in others
            if s is not witness
        ),
        AT_LARGE,
    )
    return Narrowed(
        selection=replace(selection, subjects=tuple(kept), skipped=(*selection.skipped, *left_out)),
        leads=tuple(_lead(subject) for subject in removed),
        notes=tuple(_notes(changed, since.changed, witness, source=source, removed=removed)),
    )


def _witness(
    changed: Sequence[PlannedOperation], others: Sequence[PlannedOperation]
) -> PlannedOperation | None:
    """The unchanged operation that stands for the listener: one that may be sent, and that asks for something."""
    tests: tuple[Callable[[PlannedOperation], bool], ...] = (_guarded, _sent, lambda _: True)
    for test in tests:
        if any(test(subject) for subject in changed):
            return None
        found = next((subject for subject in others if test(subject)), None)
        if found is not None:
            return found
    return None


def _sent(subject: PlannedOperation) -> bool:
    return subject.mode is UnsafeMethods.SEND


def _guarded(subject: PlannedOperation) -> bool:
    return _sent(subject) and subject.demands_something


def _lead(subject: PlannedOperation) -> Candidate:
    place = subject.operation.declared_at
    target = subject.request.target.partition("?")[0]
    below = subject.operation.target.partition("?")[0]
    return Candidate(
        method=subject.key.method,
        path=target.removesuffix(below) + subject.key.path,
        target=target,
        file=place.file,
        line=place.line,
        unsafe_allowed=subject.unsafe_allowed,
    )


def _notes(
    changed: Sequence[PlannedOperation],
    aspects: Mapping[OperationKey, tuple[Aspect, ...]],
    witness: PlannedOperation | None,
    *,
    source: str,
    removed: Sequence[PlannedOperation],
) -> list[str]:
    told = [f"{subject.key} ({', '.join(aspects[subject.key])})" for subject in changed]
    notes = [f"changed since {source}: {_listed(told) or 'no operation'}"]
    if removed:
        notes.append(f"removed since {source}: {_listed([str(subject.key) for subject in removed])}")
    if witness is not None:
        notes.append(f"{witness.key} is asked for the listener's sake, though its contract is the same")
    return notes


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
