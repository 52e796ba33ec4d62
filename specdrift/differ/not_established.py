"""What an earlier run established and a later one did not. Pure."""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from itertools import chain

from msgspec import Struct

from specdrift.differ.contract_changes.pairing import pair
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.contract.shards import owns, shard_in
from specdrift.model.exchange.identity import ANONYMOUS
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
        before = _own(self.earlier)
        after = _own(self.later)
        listed = {item.operation for item in self.later.undecided}
        undecided = {item.operation for item in self.earlier.undecided}
        pairs = pair(*([one.operation for one in run.values()] for run in (before, after)))
        found = {old.key: new.key for old, new in pairs.both}
        decided, still = _deciding(self.earlier), _deciding(self.later)
        for key, old in before.items():
            level = _established(old, undecided=key in undecided)
            new = after[found[key]] if key in found else None
            if new is None and level:
                yield _lacking(key, self._absent(key))
            elif new is not None and new.operation.key not in listed:
                without = ANONYMOUS.name in decided[key] - still[new.operation.key]
                if without or _established(new) < level:
                    yield _lacking(new.operation.key, self._less(new))

    def _absent(self, key: OperationKey) -> str:
        """Return why the later run does not have the operation."""
        shard = self.later.setting("shard")
        if shard is not None and any(one.operation.key == key for one in self.later.operations):
            return f"the earlier run judged it, and it does not belong to shard {shard} (specdrift merge)"
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


def _own(result: Result) -> Mapping[OperationKey, OperationResult]:
    """Return the operations that a result judges: those of a shard are its own, without those it probed as controls."""
    shard = shard_in(str(result.setting("shard", "")))
    return {
        one.operation.key: one for one in result.operations if shard is None or owns(shard, one.operation.key)
    }


def _established(one: OperationResult, *, undecided: bool = False) -> Established:
    if undecided or one.operation.requirement.demand is Demand.UNKNOWN:
        return Established.NOTHING
    return Established.REQUIREMENT if one.verdict is Verdict.UNDECIDED else Established.ENFORCEMENT


def _decided_callers(result: Result) -> frozenset[str]:
    """Return the names of the callers that an operation admits or refuses."""
    return frozenset(chain.from_iterable(_deciding(result).values()))


def _deciding(result: Result) -> Mapping[OperationKey, frozenset[str]]:
    """Return by operation the callers that it admits or refuses, as identities and probes of the result show."""
    callers = {identity.name for identity in result.identities}
    probes = {record.probe.id for record in result.probes}
    return {
        one.operation.key: frozenset(
            outcome.identity
            for outcome in one.outcomes
            if (outcome.outcome.refused or outcome.outcome is Outcome.ADMITTED)
            and outcome.identity in callers
            and (not outcome.probes or not probes.isdisjoint(outcome.probes))
        )
        for one in result.operations
    }


def _lacking(operation: OperationKey | None, reason: str) -> UndecidedOperation:
    return UndecidedOperation(
        operation=operation,
        reason=reason,
        how_to_decide="Repeat the run with the document, options and identities of the earlier one.",
        kind=UndecidedReason.NOT_JUDGED_AGAIN,
        remedy=Remedy.REPEAT,
    )
