"""Selects, orders and counts the contents of a result, the same for every format."""

from collections.abc import Hashable, Iterable
from typing import TypeVar

from specdrift.model.contract.operation import OperationKey
from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift, DriftStatus, Severity
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.verdict import Verdict
from specdrift.rules import RULES, source
from specdrift.rules.ids import CONFIGURATION_CHANGED

W = TypeVar("W", bound=Hashable)


def active(result: Result) -> tuple[Drift, ...]:
    """Return the drifts that no baseline accepts, worst first, in an order that is stable between runs."""
    return ordered(drift for drift in result.drifts if drift.status is not DriftStatus.SUPPRESSED)


def any_operation_error(result: Result) -> bool:
    """Return whether an operation has an error: warnings may concern an operation that refuses whom it must."""
    return any(drift.operation and drift.severity is Severity.ERROR for drift in active(result))


def of_total(some: int, total: int) -> str:
    """Return ``1 of 12 operations``."""
    if some == total:
        return "The one operation" if total == 1 else f"All {plural(total, 'operation')}"
    return f"{some:,} of {plural(total, 'operation')}"


def left_out(result: Result) -> str:
    """Return the sentence on operations that the configuration left out, which no count of operations has."""
    filtered = (item for item in result.skipped if item.kind is SkipReason.FILTERED and not item.check)
    number = len({item.operation for item in filtered if item.operation})
    verb = "was" if number == 1 else "were"
    return f" {plural(number, 'operation')} {verb} left out by the configuration." if number else ""


def ordered(drifts: Iterable[Drift]) -> tuple[Drift, ...]:
    """Sort by severity, then by the catalogue's order of rules, operation and identity."""
    return tuple(sorted(drifts, key=_rank))


_CATALOGUE = {rule: place for place, rule in enumerate(RULES)}


def place_of(rule: str) -> int:
    """Return the position of a rule in the catalogue; an unknown one is last."""
    return _CATALOGUE.get(rule, len(_CATALOGUE))


def _rank(drift: Drift) -> tuple[int, int, str, OperationKey, str, str, str]:
    place = place_of(drift.rule)
    key = drift.operation or OperationKey(path="", method="")
    identity, profile = drift.identity or "", drift.profile or ""
    return (-drift.severity.rank, place, drift.rule, key, identity, profile, drift.fingerprint)


def gathered(items: Iterable[tuple[W, str]], *, names: int) -> dict[W, str]:
    """Group names by their shared words: ``{"may change things": "POST /a, POST /b and 7 more"}``."""
    groups: dict[W, list[str]] = {}
    for words, name in items:
        groups.setdefault(words, []).append(name)
    return {words: _listed(group, names) for words, group in groups.items()}


def _listed(names: list[str], most: int) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


_NOWHERE = {CONFIGURATION_CHANGED: "the configuration"}
"""Subjects of rules that are about neither document nor source."""


class Subjects:
    """Names the subject of a drift: an operation, an endpoint outside the document, or the document."""

    def __init__(self, result: Result) -> None:
        self._by_probe = {
            probe: f"{item.method} {item.path}" for item in result.undocumented for probe in item.probes
        }

    def of(self, drift: Drift) -> str:
        """Return ``GET /items``, or words if there is no operation."""
        if drift.operation:
            return str(drift.operation)
        found = (self._by_probe[probe] for probe in drift.probes if probe in self._by_probe)
        nowhere = "the source" if drift.rule in source.IDS else _NOWHERE.get(drift.rule, "the document")
        return next(found, "the listener" if drift.probes else nowhere)


def by_rule(drifts: tuple[Drift, ...]) -> dict[str, list[Drift]]:
    """Group drifts under their rule, in the order given."""
    groups: dict[str, list[Drift]] = {}
    for drift in drifts:
        groups.setdefault(drift.rule, []).append(drift)
    return groups


_ORDER = (Verdict.DRIFT, Verdict.UNDECIDED, Verdict.CONSISTENT)


def operations_in_order(result: Result) -> tuple[OperationResult, ...]:
    """Sort operations: drifting, undecided, consistent; each by path and method."""
    return tuple(sorted(result.operations, key=lambda o: (_ORDER.index(o.verdict), o.operation.key)))


def with_verdict(result: Result, verdict: Verdict) -> int:
    """Return the number of operations with a verdict."""
    return sum(operation.verdict is verdict for operation in result.operations)


def with_severity(drifts: tuple[Drift, ...]) -> dict[Severity, int]:
    """Return the number of drifts of each severity, worst first."""
    return {severity: sum(drift.severity is severity for drift in drifts) for severity in Severity}
