"""Arbitrary results, drawn from the types themselves: a new field is drawn as well."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import fields, replace

from specdrift.model.contract.operation import Operation, OwnValues, ParameterValue
from specdrift.model.contract.requirement import SecurityScheme
from specdrift.model.exchange.observation import Observation
from specdrift.model.result.result import ProbeRecord, Result
from specdrift.model.result.verdict import IdentityOutcome

Drawn = st.SearchStrategy[Any]

NAME = st.text(min_size=1, max_size=8)
TEXT = st.text(max_size=8) | st.sampled_from(["\udcff", "\x1b[31m", "\u202e", "</script>", "a=b; c=d"])
SIMPLE: dict[Any, Drawn] = {
    str: TEXT,
    int: st.integers(min_value=0, max_value=2**31),
    bool: st.booleans(),
    float: st.floats(min_value=0, max_value=1e9, allow_nan=False),
    bytes: st.binary(max_size=8),
    date: st.dates(),
    datetime: st.datetimes(
        min_value=datetime(1950, 1, 1),  # noqa: DTZ001
        max_value=datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    type(None): st.none(),
    object: st.recursive(
        TEXT | st.booleans() | st.integers(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAME, inner, max_size=2),
        max_leaves=3,
    ),
}


@cache
def drawn(kind: Any) -> Drawn:  # noqa: ANN401
    """Values of a type of the model."""
    if kind in SIMPLE:
        return SIMPLE[kind]
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _object(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if isinstance(kind, type) and issubclass(kind, tuple):
        return st.builds(kind, **{name: drawn(hint) for name, hint in get_type_hints(kind).items()})
    return _container(get_origin(kind), get_args(kind))


def _container(origin: Any, inner: tuple[Any, ...]) -> Drawn:  # noqa: ANN401
    if origin is UnionType:
        return st.one_of(*map(drawn, inner))
    if origin is frozenset:
        return st.frozensets(drawn(inner[0]), max_size=2)
    if origin is Mapping:
        return st.dictionaries(drawn(inner[0]), drawn(inner[1]), max_size=2)
    assert origin is tuple
    if inner[-1] is Ellipsis:
        return st.lists(drawn(inner[0]), max_size=2).map(tuple)
    return st.tuples(*map(drawn, inner))


def _object(kind: Any) -> Drawn:  # noqa: ANN401
    hints = get_type_hints(kind)
    parts = {item.name: drawn(hints[item.name]) for item in fields(kind)}
    return st.builds(kind, **{**parts, **LAWFUL.get(kind, {})}).map(_settled)


def _settled(value: object) -> object:
    """What the model promises beyond its types."""
    match value:
        case ProbeRecord(probe=probe, observation=Observation() as seen):
            return replace(value, observation=replace(seen, probe=probe.id))
        case _:
            return value


PARAMETERS = st.lists(
    st.deferred(lambda: drawn(ParameterValue)), max_size=3, unique_by=lambda v: (v.name, v.location)
).map(tuple)
"""Unique by name and place, as OpenAPI demands."""
LAWFUL: dict[Any, dict[str, Drawn]] = {
    OwnValues: {"parameters": PARAMETERS, "taken_for": st.none()},
    Operation: {
        "parameters": PARAMETERS,
        # What only the document is asked about stays out of a result: it tells what was sent and judged.
        "inputs": st.just(()),
        "taken_for": st.none(),
        "media_types": st.just(()),
        "servers_at": st.none(),
        "forbidden_headers": st.just(()),
    },
    SecurityScheme: {"issuers": st.just(())},
    # Ids of probes are never empty.
    IdentityOutcome: {"probes": st.lists(NAME, max_size=2).map(tuple)},
}

RESULTS: st.SearchStrategy[Result] = drawn(Result)
"""Whole results, as far from sensible ones as the types allow."""
