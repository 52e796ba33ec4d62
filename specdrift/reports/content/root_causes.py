"""Groups drifts by root cause: "everything under /admin" instead of 42 findings. Pure.

A cause is a rule, the callers concerned, and an extent: the largest part of the API in which every operation that could
drift this way does. Other drifts are causes of their own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content import summary
from specdrift.rules import rule_of

Callers = tuple[str, ...]


class CauseScope(StrEnum):
    """The extent of a cause."""

    EVERYTHING = "everything"
    PREFIX = "prefix"
    TAG = "tag"
    METHOD = "method"
    SEVERAL = "several"
    """Operations with nothing else in common."""
    SINGLE = "single"
    ELSEWHERE = "elsewhere"
    """No operation of the document: a listener, an endpoint, or the document itself."""


class RootCause(Struct, frozen=True, kw_only=True):
    """A root cause and its drifts."""

    rule: str
    extent: CauseScope
    name: str
    """Prefix, tag or method of the extent; empty for others."""
    callers: Callers
    """Names of the identities."""
    drifts: tuple[Drift, ...]
    operations: tuple[OperationKey, ...]


def causes(result: Result) -> tuple[RootCause, ...]:
    """Group the drifts that no baseline accepts, each in one cause; worst first, then the widest."""
    comparable = _Comparable(result)
    found = [
        cause
        for rule, drifts in summary.by_rule(summary.active(result)).items()
        for cause in _of_rule(rule, drifts, comparable)
    ]
    order = {id(drift): place for place, drift in enumerate(summary.active(result))}
    return tuple(
        sorted(
            found,
            key=lambda c: (-c.drifts[0].severity.rank, _place(c), -len(c.operations), order[id(c.drifts[0])]),
        )
    )


def _place(cause: RootCause) -> int:
    return summary.place_of(cause.rule)


def _of_rule(rule: str, drifts: Sequence[Drift], comparable: "_Comparable") -> Iterable[RootCause]:
    """Group the operations of a rule that drift with the same callers, within an extent."""
    by_operation: dict[OperationKey, list[Drift]] = defaultdict(list)
    elsewhere: dict[Callers, list[Drift]] = defaultdict(list)
    for drift in drifts:
        if drift.operation:
            by_operation[drift.operation].append(drift)
        else:
            elsewhere[_callers([drift])].append(drift)
    by_callers: dict[Callers, list[OperationKey]] = defaultdict(list)
    for key, own in by_operation.items():
        by_callers[_callers(own)].append(key)
    for callers, keys in by_callers.items():
        for extent, name, members in _extents(keys, comparable.to(keys)):
            own = [drift for key in members for drift in by_operation[key]]
            yield _cause(rule, extent, name, callers, own)
    for callers, own in elsewhere.items():
        yield _cause(rule, CauseScope.ELSEWHERE, "", callers, own)


def _cause(rule: str, extent: CauseScope, name: str, callers: Callers, drifts: list[Drift]) -> RootCause:
    ordered = summary.ordered(drifts)
    keys = dict.fromkeys(drift.operation for drift in ordered if drift.operation)
    return RootCause(
        rule=rule, extent=extent, name=name, callers=callers, drifts=ordered, operations=tuple(keys)
    )


def _callers(drifts: Iterable[Drift]) -> Callers:
    return tuple(sorted({drift.identity for drift in drifts if drift.identity}))


class _Comparable:
    """The operations that could have drifted the same way: judged, with the same demand, and without a more severe
    drift that hides it.
    """

    def __init__(self, result: Result) -> None:
        self._demand = {item.operation.key: item.operation.requirement.demand for item in result.operations}
        hidden = {drift.operation for drift in result.drifts if rule_of(drift.rule).hides_others}
        self._judged: dict[Demand, list[OperationResult]] = defaultdict(list)
        for item in result.operations:
            if item.verdict is not Verdict.UNDECIDED and item.operation.key not in hidden:
                self._judged[item.operation.requirement.demand].append(item)

    def to(self, keys: Iterable[OperationKey]) -> Mapping[OperationKey, frozenset[str]]:
        """Return the comparable operations and the given ones, each with its tags."""
        demands = {self._demand[key] for key in keys if key in self._demand}
        others = {
            item.operation.key: frozenset(item.operation.tags)
            for demand in demands
            for item in self._judged[demand]
        }
        return {key: frozenset() for key in keys} | others


Found = tuple[CauseScope, str, list[OperationKey]]


def _extents(
    keys: Sequence[OperationKey], comparable: Mapping[OperationKey, frozenset[str]]
) -> Iterable[Found]:
    """Partition operations into the largest extents that contain no other."""
    drifting = set(keys)
    if len(keys) > 1 and drifting >= comparable.keys():
        yield CauseScope.EVERYTHING, "", list(keys)
        return
    left = list(keys)
    for find in (_prefixes, _tags):
        for extent, name, members in find(left, drifting, comparable):
            yield extent, name, members
            left = [key for key in left if key not in set(members)]
    methods = {key.method for key in left}
    same = {key for key in comparable if key.method in methods}
    if len(left) > 1 and len(methods) == 1 and same <= drifting:
        yield CauseScope.METHOD, methods.pop(), left
    elif left:
        yield (CauseScope.SINGLE if len(left) == 1 else CauseScope.SEVERAL), "", left


def _prefixes(
    keys: Sequence[OperationKey],
    drifting: set[OperationKey],
    comparable: Mapping[OperationKey, frozenset[str]],
) -> list[Found]:
    """Return the shortest path prefixes, of two operations at least, below which all comparable operations drift."""
    below: dict[str, list[OperationKey]] = defaultdict(list)
    for key in comparable:
        for prefix in _above(key.path):
            below[prefix].append(key)
    closed = {
        prefix for prefix, members in below.items() if len(members) > 1 and drifting.issuperset(members)
    }
    found: dict[str, list[OperationKey]] = defaultdict(list)
    for key in keys:
        top = next((prefix for prefix in _above(key.path) if prefix in closed), None)
        if top is not None:
            found[top].append(key)
    return [(CauseScope.PREFIX, prefix, members) for prefix, members in found.items()]


def _above(path: str) -> list[str]:
    """Return the prefixes of a path: ``/admin``, ``/admin/users`` and itself for ``/admin/users/{id}``."""
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _tags(
    keys: Sequence[OperationKey],
    drifting: set[OperationKey],
    comparable: Mapping[OperationKey, frozenset[str]],
) -> list[Found]:
    """Return tags, of two operations at least outside the prefixes, whose comparable operations all drift."""
    tagged: dict[str, set[OperationKey]] = defaultdict(set)
    for key, tags in comparable.items():
        for tag in tags:
            tagged[tag].add(key)
    found, left = [], list(keys)
    for tag in sorted(tagged):
        members = [key for key in left if key in tagged[tag]]
        if len(members) > 1 and tagged[tag] <= drifting:
            found.append((CauseScope.TAG, tag, members))
            left = [key for key in left if key not in tagged[tag]]
    return found
