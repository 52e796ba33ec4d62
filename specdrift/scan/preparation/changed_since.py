"""Limits a run to operations that differ from an older document (``--changed-since``), and to removed ones. Pure.

The listener is probed in any case, with an unchanged operation if no changed one serves.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import PlannedOperation
from specdrift.checks.undocumented.undocumented import CHECK
from specdrift.differ.contract_changes import Aspect, Since
from specdrift.model.contract.operation import OperationKey
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped, UndecidedOperation
from specdrift.scan.preparation.selection import Selection

SHOWN = 5
ADDED = frozenset({Aspect.NEW, Aspect.PATH})
WELL_KNOWN_PATHS = Skipped(
    kind=SkipReason.FILTERED,
    check=CHECK.name,
    reason="only removed operations and imported traffic are probed, no well-known paths (--changed-since)",
)


class ChangedOperations(Struct, frozen=True, kw_only=True):
    """The operations to probe."""

    selection: Selection
    candidates: tuple[Candidate, ...] = ()
    """Removed operations, which may still answer."""
    added: frozenset[OperationKey] = frozenset()
    """Operations that the older document lacks, at least at this path: the server may not have them yet."""
    notes: tuple[str, ...] = ()
    """For the user: what changed."""
    undecided: tuple[UndecidedOperation, ...] = ()
    """What the run cannot establish that concerns no single operation."""
    sources: tuple[PlannedOperation, ...] = ()
    """All selected operations, changed or not."""


def changed_operations(
    selection: Selection, since: Since, *, source: str, removed: Sequence[PlannedOperation]
) -> ChangedOperations:
    """Keep the changed operations. ``source`` names the older document; ``removed`` are its operations that the newer
    one lacks.
    """
    changed = [planned for planned in selection.operations if planned.key in since.changed]
    others = [planned for planned in selection.operations if planned.key not in since.changed]
    added = frozenset(key for key, aspects in since.changed.items() if ADDED & set(aspects))
    control = _control([planned for planned in changed if planned.key not in added], others)
    kept = [planned for planned in selection.operations if planned in changed or planned is control]
    reason = f"unchanged since {source} (--changed-since)"
    skipped = (
        *(
            Skipped(operation=s.key, kind=SkipReason.FILTERED, reason=reason)
            for s in others
            if s is not control
        ),
        WELL_KNOWN_PATHS,
    )
    return ChangedOperations(
        selection=replace(selection, operations=tuple(kept), skipped=(*selection.skipped, *skipped)),
        candidates=tuple(_candidate(planned) for planned in removed),
        added=added,
        notes=tuple(_notes(changed, since.changed, control, source=source, removed=removed)),
    )


def _control(
    changed: Sequence[PlannedOperation], others: Sequence[PlannedOperation]
) -> PlannedOperation | None:
    """Return an unchanged operation that is sent and demands a certificate, if no changed one does.

    ``changed`` has no added ones: the server may lack these, and then they show nothing about the listener.
    """
    tests: tuple[Callable[[PlannedOperation], bool], ...] = (_guarded, _sent, lambda _: True)
    for test in tests:
        if any(test(planned) for planned in changed):
            return None
        found = next((planned for planned in others if test(planned)), None)
        if found is not None:
            return found
    return None


def _sent(planned: PlannedOperation) -> bool:
    return planned.mode is UnsafeMethods.SEND


def _guarded(planned: PlannedOperation) -> bool:
    return _sent(planned) and planned.is_guarded


def _candidate(planned: PlannedOperation) -> Candidate:
    place = planned.operation.declared_at
    target = planned.request.target.partition("?")[0]
    below = planned.operation.target.partition("?")[0]
    return Candidate(
        method=planned.key.method,
        path=target.removesuffix(below) + planned.key.path,
        target=target,
        file=place.file,
        line=place.line,
        unsafe_allowed=planned.unsafe_allowed,
    )


def _notes(
    changed: Sequence[PlannedOperation],
    aspects: Mapping[OperationKey, tuple[Aspect, ...]],
    control: PlannedOperation | None,
    *,
    source: str,
    removed: Sequence[PlannedOperation],
) -> list[str]:
    names = [f"{planned.key} ({', '.join(aspects[planned.key])})" for planned in changed]
    notes = [f"changed since {source}: {_listed(names) or 'no operation'}"]
    if removed:
        notes.append(f"removed since {source}: {_listed([str(planned.key) for planned in removed])}")
    if control is not None:
        notes.append(f"{control.key} is probed although it is unchanged, to test the listener")
    return notes


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
