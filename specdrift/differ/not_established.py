"""What an earlier run established and a later one did not. Pure."""

from collections.abc import Iterator, Mapping
from enum import IntEnum

from msgspec import Struct

from specdrift.differ.contract_changes.pairing import pair
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import OperationResult, Result, UndecidedOperation
from specdrift.model.result.setting import AGAINST
from specdrift.model.result.verdict import Outcome, Verdict
from specdrift.rules import RULES

MOST_NAMED = 8
"""Names in one sentence."""


class Established(IntEnum):
    """How much a run established about an operation."""

    NOTHING = 0
    REQUIREMENT = 1
    """What the document requires."""
    ENFORCEMENT = 2
    """Also whether the server enforces it."""


class Lacking(Struct, frozen=True, kw_only=True):
    """What the later run lacks of the earlier one."""

    earlier: Result
    later: Result

    def items(self) -> Iterator[UndecidedOperation]:
        """Yield one entry for each operation, and for the run: callers, rules and the comparison of documents."""
        yield from self._operations()
        if not self.later.nothing_sent:
            yield from self._of_run("identity", _decided_callers(self.earlier), _decided_callers(self.later))
            yield from self._of_run("rule", self.earlier.rules, self.later.rules)
        if self.earlier.setting(AGAINST) is not None and self.later.setting(AGAINST) is None:
            yield _lacking(
                None, "the earlier run compared the document with an older one, and this one did not"
            )

    def _operations(self) -> Iterator[UndecidedOperation]:
        before = _by_key(self.earlier)
        after = _by_key(self.later)
        listed = {item.operation for item in self.later.undecided}
        undecided = {item.operation for item in self.earlier.undecided}
        pairs = pair(*([one.operation for one in run.operations] for run in (self.earlier, self.later)))
        found = {old.key: new.key for old, new in pairs.both}
        for key, old in before.items():
            level = _established(old, undecided=key in undecided)
            new = after[found[key]] if key in found else None
            if new is None and level:
                yield _lacking(key, self._absent(key))
            elif new is not None and new.operation.key not in listed and _established(new) < level:
                yield _lacking(new.operation.key, self._less(new))

    def _absent(self, key: OperationKey) -> str:
        """Return why the later run does not have the operation."""
        skipped = next((item.reason for item in self.later.skipped if item.operation == key), "")
        reason = f": {skipped}" if skipped else f" ({self.later.document.source} does not have it)"
        return f"the earlier run judged it, and this one did not{reason}"

    def _less(self, new: OperationResult) -> str:
        if new.operation.requirement.demand is Demand.UNKNOWN:
            return "its requirement was known, and cannot be read now"
        sent = "sent nothing" if self.later.nothing_sent else "did not decide it"
        return f"the earlier run compared the server with the document, and this one {sent}"

    def _of_run(
        self, what: str, before: frozenset[str] | tuple[str, ...], after: frozenset[str] | tuple[str, ...]
    ) -> Iterator[UndecidedOperation]:
        gone = sorted(set(before) - set(after))
        if gone:
            more = f" and {len(gone) - MOST_NAMED:,} more" if len(gone) > MOST_NAMED else ""
            names = ", ".join(gone[:MOST_NAMED]) + more
            yield _lacking(None, f"{plural(len(gone), what)} of the earlier run without an outcome: {names}")


def is_lacking(drift: Drift) -> bool:
    """Return whether a drift that was not checked for again leaves something open.

    A change between two documents is found again only beside the same older one.
    """
    return not (drift.rule in RULES and RULES[drift.rule].needs_older_document)


def _by_key(result: Result) -> Mapping[OperationKey, OperationResult]:
    return {one.operation.key: one for one in result.operations}


def _established(one: OperationResult, *, undecided: bool = False) -> Established:
    if undecided or one.operation.requirement.demand is Demand.UNKNOWN:
        return Established.NOTHING
    return Established.REQUIREMENT if one.verdict is Verdict.UNDECIDED else Established.ENFORCEMENT


def _decided_callers(result: Result) -> frozenset[str]:
    """Return the names of the callers that an operation admits or refuses."""
    return frozenset(
        outcome.identity
        for one in result.operations
        for outcome in one.outcomes
        if outcome.outcome.refused or outcome.outcome is Outcome.ADMITTED
    )


def _lacking(operation: OperationKey | None, reason: str) -> UndecidedOperation:
    return UndecidedOperation(
        operation=operation,
        reason=reason,
        how_to_decide="Repeat the run with the document, options and identities of the earlier one.",
        kind=UndecidedReason.NOT_JUDGED_AGAIN,
        remedy=Remedy.REPEAT,
    )
