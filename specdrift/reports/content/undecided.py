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
_IN_ONE_LINE = 3
_PATTERN_SIGNS = frozenset("*?[")
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
        case Remedy.SEND | Remedy.DESTRUCTIVE:
            sending = kind is Remedy.SEND
            return tuple(
                _entry(operations, 'unsafe-methods = "send"' if sending else "allow-destructive = true")
            )
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
        yield from _member("include-path", own_paths)
        yield from _member("include-method", own_methods)
        yield from members


def _values(operations: Sequence[Operation]) -> Iterator[str]:
    """Yield an ``[[operations]]`` entry for each resource whose values were generated or are missing.

    Paths that begin with the same parameters share their values.
    """
    resources: dict[tuple[str, tuple[str, ...]], tuple[dict[str, str], list[str]]] = {}
    for operation in operations:
        names = _parameters(operation)
        if names:
            path = operation.key.path
            shared = path[: path.rfind("}") + 1] or path
            values, paths = resources.setdefault((shared, tuple(names)), ({}, []))
            values.update(names)
            paths.append(path)
    for (shared, _), (values, paths) in list(resources.items())[:_MOST_ENTRIES]:
        written = ", ".join(f"{_name(name)} = {_toml(PLACEHOLDER)}" for name in values)
        tried = ", ".join(f"{name} {value}" for name, value in values.items() if value)
        yield "[[operations]]"
        yield from _member("include-path", _pattern(shared, paths))
        yield f"parameters = {{ {written} }}" + (f"  # tried: {tried}" if tried else "")


def _pattern(shared: str, paths: Sequence[str]) -> Sequence[str]:
    """Return one pattern for several paths below a parameter, unless a path has signs of patterns itself."""
    several = len(set(paths)) > 1
    return [f"{shared}*"] if several and not _PATTERN_SIGNS & set(shared) else paths


def _parameters(operation: Operation) -> Mapping[str, str]:
    """Return the parameters that may need another value, each with the value that was sent."""
    sent = {p.name: p.value for p in operation.parameters if p.location == "path" or p.source in _GENERATED}
    return {**sent, **dict.fromkeys(operation.missing, "")}


def _member(name: str, values: Iterable[str]) -> Iterator[str]:
    """Yield a member with one value, or with a list; a long list has a line for each value."""
    items = [_toml(value) for value in dict.fromkeys(values)]
    if len(items) == 1:
        yield f"{name} = {items[0]}"
    elif len(items) <= _IN_ONE_LINE:
        yield f"{name} = [{', '.join(items)}]"
    else:
        yield f"{name} = ["
        yield from (f"  {item}," for item in items)
        yield "]"


def _name(name: str) -> str:
    return name if name.isascii() and name.replace("-", "").replace("_", "").isalnum() else _toml(name)


def _toml(text: str) -> str:
    # A JSON string is a TOML basic string, except that TOML has no surrogate pairs and requires U+007F escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
