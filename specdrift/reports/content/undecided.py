"""Groups undecided operations by reason, each with the configuration lines or the command that would decide them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from specdrift.model.contract.operation import Operation, OperationKey, ValueSource
from specdrift.model.contract.requirement import SchemeType
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import Result, UndecidedOperation
from specdrift.reports.content import sentences

_MOST_ENTRIES = 20
"""Operations with ``[[operations]]`` entries of their own in one group."""
_IN_ONE_LINE = 3
_PATTERN_SIGNS = frozenset("*?[")
_GENERATED = frozenset({ValueSource.TYPE, ValueSource.GENERATED})
PLACEHOLDER = "?"
"""Stands for a value that only the user knows."""


class UndecidedGroup(Struct, frozen=True, kw_only=True):
    """Undecided operations with one reason."""

    reason: str
    how_to_decide: str
    remedy: Remedy
    operations: tuple[OperationKey, ...]
    """Empty for the run as a whole."""
    details: Mapping[OperationKey, str] = field(default_factory=dict)
    """What is particular to some of them, for people."""
    toml: tuple[str, ...] = ()
    """Lines for ``specdrift.toml``; with ``?`` for a value that only the user knows."""


def groups(result: Result) -> tuple[UndecidedGroup, ...]:
    """Return the groups, the largest first."""
    found: dict[tuple[str, str, UndecidedReason, Remedy], list[UndecidedOperation]] = {}
    for item in sentences.unexplained(result):
        found.setdefault((item.reason, item.how_to_decide, item.kind, item.remedy), []).append(item)
    operations = {each.operation.key: each.operation for each in result.operations}
    made = (_group(items, operations) for items in found.values())
    return tuple(sorted(made, key=lambda group: -len(group.operations)))


def _group(
    items: Sequence[UndecidedOperation], operations: Mapping[OperationKey, Operation]
) -> UndecidedGroup:
    """Return the group of some operations with one reason."""
    first = items[0]
    details = {item.operation: item.detail for item in items if item.operation}
    keys = sorted(details)
    own = [operations[key] for key in keys if key in operations]
    # Another role of an identity is a change of a table, which lines to append cannot make.
    appended = first.kind is not UndecidedReason.ROLE_NOT_CHECKED
    return UndecidedGroup(
        reason=first.reason,
        how_to_decide=first.how_to_decide,
        remedy=first.remedy,
        operations=tuple(keys),
        details={key: details[key] for key in keys if details[key]},
        toml=lines(first.remedy, own) if appended else (),
    )


def lines(kind: Remedy, operations: Sequence[Operation]) -> tuple[str, ...]:
    """Return the configuration lines for a group of operations; none where no configuration helps."""
    write = _LINES.get(kind)
    return tuple(write(operations)) if write else ()


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


def _credentials(operations: Sequence[Operation]) -> list[str]:
    """Return a ``[schemes]`` table for each credential that the operations require besides a certificate."""
    uses = (
        use for each in operations for alternative in each.requirement.alternatives for use in alternative
    )
    schemes = {use.scheme.name: use.scheme for use in uses if not use.is_mutual_tls}
    found = []
    for name, scheme in list(schemes.items())[:_MOST_ENTRIES]:
        variable = "".join(
            letter if letter.isascii() and letter.isalnum() else "_" for letter in name
        ).upper()
        is_value = scheme.type is SchemeType.API_KEY or scheme.http_scheme == "basic"
        found += [f"[schemes.{_name(name)}]", f'{"value" if is_value else "token"} = "${{{variable}}}"']
    return found


def _identity(operations: Sequence[Operation]) -> Iterator[str]:
    """Yield an ``[[identities]]`` entry, with the roles that the operations require."""
    roles = sorted({role for operation in operations for role in operation.roles})
    yield "[[identities]]"
    yield from (f"{key} = {_toml(PLACEHOLDER)}" for key in ("name", "cert-file", "key-file"))
    if roles:
        yield f"roles = [{', '.join(map(_toml, roles))}]"


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


_LEFT_OUT = ("enabled = false", f"reason = {_toml(PLACEHOLDER)}")
_LINES: Mapping[Remedy, Callable[[Sequence[Operation]], Iterable[str]]] = {
    Remedy.STATE: lambda _: ("[contract]", 'require = "mutualTLS"'),
    Remedy.VALUES: _values,
    Remedy.SEND: lambda operations: _entry(operations, 'unsafe-methods = "send"'),
    Remedy.DESTRUCTIVE: lambda operations: _entry(operations, "allow-destructive = true"),
    Remedy.LEAVE_OUT: lambda operations: _entry(operations, *_LEFT_OUT),
    Remedy.LOGOUT: lambda operations: _entry(operations, *_LEFT_OUT),
    Remedy.IDENTITY: lambda operations: _credentials(operations) or _identity(operations),
    Remedy.PACE: lambda _: ("[network]", 'rate-limit = "5/s"'),
}
"""Remedies that are lines of configuration."""
