"""The values of the evaluator: known, known in part, or one of several."""

from __future__ import annotations

from enum import Enum, auto
from itertools import count
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tree_sitter import Node

    from specdrift.model.contract.location import SourceLocation
    from specdrift.source.go.language.go_files import GoFile
    from specdrift.source.go.language.go_packages import GoFunction, GoPackage


class ValueOrigin(Enum):
    """What an unknown value was made of."""

    CERTIFICATE = auto()
    HEADER = auto()
    """A header, a cookie or a parameter of the request."""
    REQUEST = auto()
    """Code of another module that got the whole request."""
    PATH = auto()
    """The path of the request; a part of it that is not known is not empty."""
    CONTEXT = auto()
    """The context of a request, in which code that was not read may have put values."""
    FILLED = auto()
    """A part of a header that a gateway fills in; it is not empty."""


class TypeName(NamedTuple):
    """A named type."""

    package: str
    """The import path of its package."""
    name: str

    def __str__(self) -> str:
        return f"{self.package}.{self.name}"


class GoValue:
    """A value."""

    __slots__ = ()


class GoUnknown(GoValue, Struct, frozen=True):
    """A value that is not known."""

    kind: TypeName | None = None
    origins: frozenset[ValueOrigin] = frozenset()
    holds: tuple[GoValue, ...] = ()
    """Functions, handlers and routers that the code which made it was given."""
    made_by: str = ""
    """The function of another module that returned it."""
    place: SourceLocation | None = None
    """The call that returned it."""


class GoText(GoValue, Struct, frozen=True):
    """A string; ``None`` stands for a part that is not known."""

    pieces: tuple[str | None, ...]
    origins: frozenset[ValueOrigin] = frozenset()

    @property
    def known(self) -> str | None:
        """The string, if all of it is known."""
        return None if None in self.pieces else "".join(one for one in self.pieces if one is not None)


class GoNumber(GoValue, Struct, frozen=True):
    """An integer."""

    value: int


class GoTruth(GoValue, Struct, frozen=True):
    """A boolean."""

    value: bool


class GoNil(GoValue, Struct, frozen=True):
    """``nil``."""

    of: str = ""
    """The type of what has this value, if that is no interface; pointers begin with ``*``."""


class Items(GoValue, Struct, frozen=True):
    """A slice or an array."""

    values: tuple[GoValue, ...]
    is_complete: bool = True
    """Whether it has no other elements."""


class OneByOne(GoValue, Struct, frozen=True):
    """A sequence that ``range`` takes one value of in each round."""

    values: tuple[GoValue, ...]


class Results(GoValue, Struct, frozen=True):
    """The results of a call that has several."""

    values: tuple[GoValue, ...]


class GoChoice(GoValue, Struct, frozen=True):
    """One of several values; a condition that is not known decides."""

    values: tuple[GoValue, ...]


class NamedValue(GoValue, Struct, frozen=True):
    """A value of a type of the modules that is no struct."""

    kind: TypeName
    value: GoValue


NUMBERS = count()


class Made(Struct, eq=False, kw_only=True):
    """An object, numbered in the order in which objects are made."""

    number: int = field(default_factory=NUMBERS.__next__)


class Fields(GoValue, Made, eq=False):
    """Values by name, which can be replaced."""

    fields: dict[str, GoValue] = field(default_factory=dict)


class GoCell(Fields, eq=False):
    """A variable."""

    declared: tuple[Node, GoFile, GoPackage] | None = None
    """Its type, or the literal that it is defined with, and where that is written."""

    @property
    def value(self) -> GoValue:
        return self.fields[""]


class Record(Fields, eq=False):
    """A struct. It is copied when it is stored; what stores a pointer to it stores ``Pointer``."""

    kind: TypeName | None = None
    is_complete: bool = True
    """Whether fields without a value have the zero value."""
    place: SourceLocation | None = None
    watch: Callable[[str], None] | None = None
    """Called with the name of each field that is read."""
    places: dict[str, SourceLocation] = field(default_factory=dict)
    """Where fields got their values."""


class Table(Fields, eq=False):
    """A map with texts as keys."""

    is_complete: bool = True


class LibraryObject(Fields, eq=False):
    """An object of a library that the evaluator has code for, such as a router. It is never copied."""

    NOT_FOLLOWED: ClassVar[frozenset[str]] = frozenset()
    """Fields that decide what it does, and that no code should set."""

    @property
    def kind(self) -> TypeName:
        raise NotImplementedError


class HandlerValue(GoValue):
    """A handler that a library made, or what stands for one."""

    __slots__ = ()


class Pointer(GoValue, Struct, frozen=True):
    """A pointer to a struct or to a variable."""

    target: Record | GoCell


class GoScope(Struct, eq=False):
    """The variables of a block, and those around it."""

    names: dict[str, GoCell] = field(default_factory=dict)
    around: GoScope | None = None

    def find(self, name: str) -> GoCell | None:
        scope: GoScope | None = self
        while scope is not None:
            if (cell := scope.names.get(name)) is not None:
                return cell
            scope = scope.around
        return None

    def visible(self) -> Iterator[GoCell]:
        """Yield all variables."""
        scope: GoScope | None = self
        while scope is not None:
            yield from scope.names.values()
            scope = scope.around


class Closure(GoValue, Struct, frozen=True, eq=False):
    """A function literal with the variables around it."""

    node: Node
    file: GoFile
    package: GoPackage
    scope: GoScope
    name: str
    """The function that it is written in."""
    called_at: SourceLocation | None
    """The call of that function."""


class DeclaredFunction(GoValue, Struct, frozen=True):
    """A function of the modules, or a method with its receiver."""

    function: GoFunction
    receiver: GoValue | None = None


class LibraryCode(GoValue, Struct, frozen=True):
    """A function of another module, or a method with its receiver."""

    name: str
    """``package.Function`` or ``package.Type.Method``."""
    receiver: GoValue | None = None


class LoopBody(GoValue, Struct, frozen=True, eq=False):
    """What an iterator calls for each value: a round of the loop over it."""

    run: Callable[[Sequence[GoValue]], GoValue]


NIL = GoNil()
UNKNOWN = GoUnknown()
ABSENT = GoUnknown(made_by="nothing")
"""Stands for an entry of a map that a condition adds, where it is not there."""
MOST_CHOICES = 24


def text_of(value: str) -> GoText:
    """Return a known string."""
    return GoText((value,))


def alternatives(value: GoValue) -> Iterator[GoValue]:
    """Yield each value that a value may be."""
    yield from value.values if isinstance(value, GoChoice) else (value,)


def choice(values: Iterable[GoValue]) -> GoValue:
    """Return the value that is one of several."""
    found: list[GoValue] = []
    for value in values:
        for one in alternatives(value):
            if one not in found:
                found.append(one)
    if len(found) > MOST_CHOICES:
        return GoUnknown(origins=origins_of(*found), holds=tuple(found))
    return found[0] if len(found) == 1 else GoChoice(tuple(found)) if found else UNKNOWN


def plain(value: GoValue) -> GoValue:
    """Return the value without the type that it has a name of."""
    while isinstance(value, NamedValue):
        value = value.value
    return value


def record_of(value: GoValue) -> Record | None:
    """Return the struct that a value is or points to."""
    if isinstance(value, Pointer):
        target = value.target
        return record_of(target.value) if isinstance(target, GoCell) else target
    return value if isinstance(value, Record) else None


def copied(value: GoValue) -> GoValue:
    """Return what a variable holds that a value is stored in: structs are copied."""
    if not isinstance(value, Record):
        return value
    fields = {name: copied(one) for name, one in value.fields.items()}
    return Record(fields, value.kind, value.is_complete, value.place, value.watch, dict(value.places))


def origins_of(*values: GoValue | None) -> frozenset[ValueOrigin]:
    """Return what some values were made of."""
    found: set[ValueOrigin] = set()
    for value in values:
        match value:
            case GoUnknown(origins=origins) | GoText(origins=origins):
                found |= origins
            case (
                GoChoice(values=several)
                | Items(values=several)
                | Results(values=several)
                | OneByOne(values=several)
            ):
                found |= origins_of(*several)
            case NamedValue(value=inner):
                found |= origins_of(inner)
    return frozenset(found)


def is_callable(value: GoValue) -> bool:
    """Return whether a value is a function."""
    return isinstance(plain(value), Closure | DeclaredFunction | LibraryCode)


HOLDING = Closure, DeclaredFunction, LibraryObject, Pointer, Record, NamedValue, HandlerValue


def held(values: Iterable[GoValue]) -> tuple[GoValue, ...]:
    """Return the functions, structs and objects of libraries among values, and those within unknown ones."""
    found: list[GoValue] = []
    for value in values:
        found += [value] if isinstance(value, HOLDING) else []
        match value:
            case GoUnknown(holds=holds):
                found += holds
            case GoChoice(values=several) | Items(values=several) | Results(values=several):
                found += held(several)
    return tuple(dict.fromkeys(found))
