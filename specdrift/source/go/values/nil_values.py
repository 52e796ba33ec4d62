"""``nil`` of a type, and what an interface is that holds one: no ``nil`` (Go specification, comparison operators)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from specdrift.source.go.values.go_values import (
    NIL,
    GoNil,
    GoValue,
    Items,
    TypeName,
    alternatives,
    choice,
    plain,
)

MAYBE = "?"
"""The type of a ``nil`` of which it is not known whether it has one."""


class Boxed(GoValue, Struct, frozen=True):
    """An interface that holds the ``nil`` of a type, or a list that may be one."""

    value: GoValue

    @property
    def kind(self) -> TypeName | None:
        """The named type whose methods it has."""
        return pointed_to(self.value)


def pointed_to(value: GoValue) -> TypeName | None:
    """Return the named type that a ``nil`` pointer has; ``None`` if it has no type, or one without a name."""
    if not isinstance(value, GoNil) or not value.of.startswith("*"):
        return None
    package, dot, name = value.of[1:].rpartition(".")
    return TypeName(package, name) if dot else None


def may_be_nil(value: GoValue) -> bool:
    """Return whether a value, or one of several, is ``nil`` or an empty list."""
    return any(_is_empty(one) for one in alternatives(value))


def _is_empty(value: GoValue) -> bool:
    inner = plain(value)
    return isinstance(inner, GoNil) or (isinstance(inner, Items) and inner.is_complete and not inner.values)


def as_interface(value: GoValue) -> GoValue:
    """Return a value that an interface holds."""
    return choice(each for one in alternatives(value) for each in _held(one)) if may_be_nil(value) else value


def _held(value: GoValue) -> Iterator[GoValue]:
    is_untyped = isinstance(value, GoNil) and value.of in {"", MAYBE}
    if is_untyped:
        yield NIL
    if not _is_empty(value):
        yield value
    elif not is_untyped or value != NIL:
        yield Boxed(value)


def as_some_type(value: GoValue) -> GoValue:
    """Return a value that something holds of which it is not known whether it is an interface."""
    if not any(isinstance(one, GoNil) and one.of for one in alternatives(value)):
        return value
    return choice([value, as_interface(value)])


def as_concrete(value: GoValue, kind: str) -> GoValue:
    """Return a value that something holds whose type is no interface."""
    if not any(isinstance(one, GoNil) for one in alternatives(value)):
        return value
    return choice(GoNil(kind) if isinstance(one, GoNil) else one for one in alternatives(value))


def unboxed(value: GoValue) -> GoValue:
    """Return what interfaces hold."""
    if not any(isinstance(one, Boxed) for one in alternatives(value)):
        return value
    return choice(one.value if isinstance(one, Boxed) else one for one in alternatives(value))


def holds_type(value: GoValue, kind: str) -> bool | None:
    """Return whether an interface holds the ``nil`` of a type; ``None`` if that is not known."""
    inner = value.value if isinstance(value, Boxed) else value
    if not isinstance(value, Boxed) or not isinstance(inner, GoNil) or inner.of == MAYBE:
        return None
    # Types without a name may be written in several ways.
    return True if inner.of == kind else False if inner.of.startswith("*") and kind.startswith("*") else None
