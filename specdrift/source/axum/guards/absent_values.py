"""What an expression may be where the client has no certificate."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum, auto


class Known(Enum):
    """A value without parts."""

    UNKNOWN = auto()
    ABSENT = auto()
    """``None``, ``Err(…)``, or an empty collection or text."""
    TRUE = auto()
    FALSE = auto()
    ZERO = auto()
    REJECTION = auto()
    """A response or status that rejects the caller."""


UNKNOWN, ABSENT, TRUE, FALSE = Known.UNKNOWN, Known.ABSENT, Known.TRUE, Known.FALSE
ZERO, REJECTION = Known.ZERO, Known.REJECTION


@dataclass(frozen=True, slots=True)
class Present:
    """``Some(…)`` or ``Ok(…)``."""

    inner: frozenset["Atom"]


@dataclass(frozen=True, slots=True)
class Holding:
    """A tuple or a struct with its known fields."""

    type: str
    fields: tuple[tuple[str, frozenset["Atom"]], ...]


Atom = Known | Present | Holding
Value = AbstractSet[Atom]
"""All that an expression may be; empty if it is never evaluated."""
NOTHING: Value = frozenset()


def some(inner: Value) -> Atom:
    """``Some(inner)``, ``Ok(inner)``."""
    return Present(frozenset(inner))


def holding(name: str, fields: Mapping[str, Value]) -> Atom:
    """A struct, or a tuple, which has no name."""
    return Holding(name, tuple((key, frozenset(value)) for key, value in fields.items()))


def negated(value: Value) -> Value:
    """``!value``."""
    opposite = {TRUE: FALSE, FALSE: TRUE}
    return {opposite.get(one, UNKNOWN) if isinstance(one, Known) else UNKNOWN for one in value}
