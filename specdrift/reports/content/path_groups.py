"""Groups operations by the first part of their paths, the worst group first. Pure."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content import summary


class PathGroup(Struct, frozen=True, kw_only=True):
    """Operations whose paths begin alike."""

    name: str
    """``/v1/accounts``."""
    operations: tuple[OperationResult, ...]
    """Those with drift first, then undecided ones."""

    def count(self, verdict: Verdict) -> int:
        """Return the number of operations with a verdict."""
        return sum(item.verdict is verdict for item in self.operations)


def path_groups(result: Result) -> tuple[PathGroup, ...]:
    """Return the groups: those with drift first, then those with undecided operations, each by name.

    A group that has most of the operations, such as ``/v1``, is split by the next part of the paths.
    """
    ordered = summary.operations_in_order(result)
    found = _split(ordered, 1)
    depth = 1
    while (large := _large(found, len(ordered))) is not None:
        depth += 1
        found = {**_split(found.pop(large), depth), **found}
    groups = (PathGroup(name=name, operations=tuple(items)) for name, items in found.items())
    return tuple(sorted(groups, key=_rank))


def _split(items: Sequence[OperationResult], depth: int) -> dict[str, list[OperationResult]]:
    """Group operations by the first ``depth`` parts of their paths."""
    groups: dict[str, list[OperationResult]] = {}
    for item in items:
        groups.setdefault("/" + "/".join(_parts(item)[:depth]), []).append(item)
    return groups


def _large(groups: Mapping[str, Sequence[OperationResult]], total: int) -> str | None:
    """Return the name of a group with most of the operations that can be split."""
    return next(
        (
            name
            for name, items in groups.items()
            if len(items) > total / 2
            and len(items) > 1
            and all(len(_parts(item)) > len(name.strip("/").split("/")) for item in items)
        ),
        None,
    )


def _rank(group: PathGroup) -> tuple[bool, bool, str]:
    return (not group.count(Verdict.DRIFT), not group.count(Verdict.UNDECIDED), group.name)


def _parts(item: OperationResult) -> list[str]:
    return item.operation.key.path.strip("/").split("/")
