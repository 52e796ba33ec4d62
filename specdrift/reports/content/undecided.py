"""Groups undecided operations by reason, each with the configuration lines or the command that would decide them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from specdrift.model.contract.operation import Operation, OperationKey, ValueSource
from specdrift.model.result.reasons import Remedy
from specdrift.model.result.result import Result
from specdrift.reports.content import sentences

_MOST_ENTRIES = 20
"""Operations with ``[[operations]]`` entries of their own in one group."""
_GENERATED = frozenset({ValueSource.TYPE, ValueSource.GENERATED})
PLACEHOLDER = "?"
"""Stands for a value that only the user knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndecidedGroup:
    """Undecided operations with one reason."""

    reason: str
    how_to_decide: str
    remedy: Remedy
    operations: tuple[OperationKey, ...]
    """Empty for the run as a whole."""
    toml: tuple[str, ...] = ()
    """Lines for ``specdrift.toml``; with ``?`` for a value that only the user knows."""


def groups(result: Result) -> tuple[UndecidedGroup, ...]:
    """Return the groups, the largest first."""
    found: dict[tuple[str, str, Remedy], list[OperationKey]] = {}
    for item in sentences.unexplained(result):
        same = found.setdefault((item.reason, item.how_to_decide, item.remedy), [])
        same += [item.operation] if item.operation else []
    operations = {each.operation.key: each.operation for each in result.operations}
    made = (
        UndecidedGroup(
            reason=reason,
            how_to_decide=how,
            remedy=remedy,
            operations=tuple(sorted(keys)),
            toml=lines(remedy, [operations[key] for key in sorted(keys) if key in operations]),
        )
        for (reason, how, remedy), keys in found.items()
    )
    return tuple(sorted(made, key=lambda group: -len(group.operations)))


def lines(kind: Remedy, operations: Sequence[Operation]) -> tuple[str, ...]:
    """Return the configuration lines for a group of operations; none where no configuration helps."""
    match kind:
        case Remedy.STATE:
            return ("[contract]", 'require = "mutualTLS"')
        case Remedy.VALUES:
            return tuple(_values(operations))
        case Remedy.SEND:
            return tuple(_entry(operations, 'unsafe-methods = "send"'))
        case Remedy.LEAVE_OUT | Remedy.LOGOUT:
            return tuple(_entry(operations, "enabled = false", f"reason = {_toml(PLACEHOLDER)}"))
        case Remedy.PACE:
            return ("[network]", 'rate-limit = "5/s"')
        case _:
            return ()


def _entry(operations: Sequence[Operation], *members: str) -> Iterator[str]:
    """Yield ``[[operations]]`` entries that select the operations: one for all paths with the same methods."""
    methods: dict[str, list[str]] = {}
    for operation in operations:
        methods.setdefault(operation.key.path, []).append(operation.key.method)
    paths: dict[tuple[str, ...], list[str]] = {}
    for path, own in methods.items():
        paths.setdefault(tuple(sorted(own)), []).append(path)
    for own_methods, own_paths in paths.items():
        yield "[[operations]]"
        yield f"include-path = {_list(own_paths)}"
        yield f"include-method = {_list(own_methods)}"
        yield from members


def _values(operations: Sequence[Operation]) -> Iterator[str]:
    """Yield an ``[[operations]]`` entry for each path whose values were generated or are missing."""
    by_path: dict[str, dict[str, str]] = {}
    for operation in operations:
        by_path.setdefault(operation.key.path, {}).update(_parameters(operation))
    for path, names in list(by_path.items())[:_MOST_ENTRIES]:
        if names:
            values = ", ".join(f"{_name(name)} = {_toml(PLACEHOLDER)}" for name in names)
            tried = ", ".join(f"{name} {value}" for name, value in names.items() if value)
            yield "[[operations]]"
            yield f"include-path = {_toml(path)}"
            yield f"parameters = {{ {values} }}" + (f"  # tried: {tried}" if tried else "")


def _parameters(operation: Operation) -> Mapping[str, str]:
    """Return the parameters that may need another value, each with the value that was sent."""
    sent = {p.name: p.value for p in operation.parameters if p.location == "path" or p.source in _GENERATED}
    return {**sent, **dict.fromkeys(operation.missing, "")}


def _list(values: Iterable[str]) -> str:
    items = list(dict.fromkeys(values))
    return _toml(items[0]) if len(items) == 1 else f"[{', '.join(map(_toml, items))}]"


def _name(name: str) -> str:
    return name if name.isascii() and name.replace("-", "").replace("_", "").isalnum() else _toml(name)


def _toml(text: str) -> str:
    # A JSON string is a TOML basic string, except that TOML has no surrogate pairs and requires U+007F escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
