"""Keys of calls, by which their results are kept."""

from collections.abc import Hashable

from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    BoolValue,
    Bound,
    EnumVariant,
    FunctionValue,
    NumberValue,
    SequenceValue,
    StructValue,
    TextValue,
    TransportValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust.items import RustItem


def key_of(item: RustItem, arguments: list[Value], receiver: Value | None, bound: Bound) -> Hashable | None:
    """Return the cache key of a call; ``None`` if it depends on closures or routers."""
    parts = [_comparable(value) for value in (*arguments, UNKNOWN if receiver is None else receiver)]
    return None if None in parts else (item.node.id, bound, *parts)


def _comparable(value: Value) -> Hashable | None:  # noqa: PLR0911 - a table of cases
    """Return the value as a cache key, one for all unknown values; ``None`` if it holds a closure or a router."""
    match value:
        case UnknownValue():
            return UNKNOWN
        case TextValue() | BoolValue() | NumberValue() | TransportValue():
            return value
        case FunctionValue():
            return value if value.closure is None else None
        case StructValue():
            parts = tuple((name, _comparable(part)) for name, part in value.fields)
            return None if any(part is None for _, part in parts) else (value.type, parts)
        case SequenceValue():
            items = tuple(map(_comparable, value.items))
            return None if None in items else items
        case EnumVariant():
            held = tuple(map(_comparable, value.fields))
            return None if None in held else (value.type, value.name, held)
    return None
