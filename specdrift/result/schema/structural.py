"""Codecs made from the types of a struct: a new field is written and read without another line.

For recordings and checkpoints. The published result names its members one by one.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import UnionType
from typing import Any, get_args, get_origin

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from specdrift.model.contract.operation import OperationKey
from specdrift.result.schema.codec import (
    Codec,
    Member,
    array,
    choice,
    mapping,
    member,
    misfit,
    nullable,
    record,
)
from specdrift.result.schema.places import OPERATION_KEY
from specdrift.result.schema.scalars import BYTES, COUNT, FLAG, JSON, NUMBER, TEXT, TIME

_SCALARS: Mapping[Any, Codec[Any]] = {
    str: TEXT,
    bool: FLAG,
    int: COUNT,
    float: NUMBER,
    bytes: BYTES,
    datetime: TIME,
    object: JSON,
    OperationKey: OPERATION_KEY,
}


def structural(kind: type[Struct], *, omit: Collection[str] = ()) -> Codec[Any]:
    """Return the codec of a struct. It reads a value of it, or with ``omit`` the other arguments of it as a dict."""
    return record(kind.__name__, "", _members(kind, omit), dict if omit else kind)


def _members(kind: type[Struct], omit: Collection[str]) -> list[Member[Any]]:
    return [_member(item, _codec(item.type)) for item in fields(kind) if item.name not in omit]


def _member(item: FieldInfo, codec: Codec[Any]) -> Member[Any]:
    """Older files lack a member that was added with a default."""
    if item.default is not NODEFAULT:
        return member(item.name, codec, default=codec.dump(item.default))
    if item.default_factory is not NODEFAULT:
        return member(item.name, codec, default=codec.dump(item.default_factory()))
    return member(item.name, codec)


def _codec(kind: Any) -> Codec[Any]:  # noqa: ANN401
    if kind in _SCALARS:
        return _SCALARS[kind]
    if isinstance(kind, type) and issubclass(kind, Struct):
        return structural(kind)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return choice(kind)
    return _container(get_origin(kind), get_args(kind))


def _container(origin: Any, inner: tuple[Any, ...]) -> Codec[Any]:  # noqa: ANN401
    if origin is UnionType and len(inner) == 2 and inner[1] is type(None):
        return nullable(_codec(inner[0]))
    if origin is Mapping:
        return mapping(_codec(inner[1]))
    if origin is frozenset:
        return _set(_codec(inner[0]))
    if origin in (Sequence, Collection) or (origin is tuple and inner[-1] is Ellipsis):
        return array(_codec(inner[0]))
    if origin is tuple:
        return _tuple([_codec(each) for each in inner])
    raise TypeError(f"there is no codec for {origin or inner}")


def _set(codec: Codec[Any]) -> Codec[Any]:
    items = array(codec)
    return Codec(
        items.schema, lambda values: items.dump(tuple(sorted(values))), lambda raw: frozenset(items.load(raw))
    )


def _tuple(codecs: Sequence[Codec[Any]]) -> Codec[Any]:
    def load(raw: object) -> tuple[Any, ...]:
        if not isinstance(raw, list) or len(raw) != len(codecs):
            misfit(f"a list of {len(codecs)}", raw)
        return tuple(codec.load(item) for codec, item in zip(codecs, raw, strict=True))

    def dump(values: tuple[Any, ...]) -> list[Any]:
        return [codec.dump(value) for codec, value in zip(codecs, values, strict=True)]

    return Codec({"type": "array", "prefixItems": [codec.schema for codec in codecs]}, dump, load)
