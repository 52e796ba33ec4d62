"""Dataclasses that cost little to define: the start of a command defines more than four hundred.

The standard library compiles up to six functions for each of them. Here one method serves all classes, and the
constructor is compiled when the first instance is made.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from operator import attrgetter
from reprlib import recursive_repr
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "field", "replace"]
Members = Sequence[dataclasses.Field[Any]]
Method = Callable[..., Any]


def _dataclass(
    cls: type | None = None,
    /,
    *,
    frozen: bool = False,
    slots: bool = False,
    kw_only: bool = False,
    eq: bool = True,
    repr: bool = True,  # noqa: A002 - named as in the standard library
) -> type | Callable[[type], type]:
    """Make what ``dataclasses.dataclass`` makes with these options. ``fields``, ``replace`` and the others take it."""

    def decorate(written: type) -> type:
        own = {name: each for name, each in vars(written).items() if (name, each) != ("__hash__", None)}
        made: type = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(
            written
        )
        members = dataclasses.fields(made)
        methods = _construction(made, members, frozen=frozen)
        if repr:
            methods["__repr__"] = _shown
        if eq:
            methods |= _comparison(members, frozen=frozen)
        if frozen:
            methods |= _immutability(made, members)
        if frozen and slots:
            methods |= {"__getstate__": _state, "__setstate__": _restored}
        for name in methods.keys() - own.keys():
            setattr(made, name, methods[name])
        return made

    return decorate if cls is None else decorate(cls)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass


def _construction(cls: type, members: Members, *, frozen: bool) -> dict[str, Method | None]:
    """Return a constructor that is replaced by the compiled one when it is called."""

    def construct(self: object, *args: object, **named: object) -> None:
        compiled = _compiled(cls, members, frozen=frozen)
        type.__setattr__(cls, "__init__", compiled)
        compiled(self, *args, **named)

    return {"__init__": construct}


def _compiled(cls: type, members: Members, *, frozen: bool) -> Method:
    """Compile the constructor."""
    names: dict[str, Any] = {"_ABSENT": dataclasses.MISSING, "_set": object.__setattr__}
    by_place, by_name, lines = ["self"], list[str](), list[str]()
    for each in members:
        parameter, given = _parameter(each, names)
        if each.init:
            (by_name if each.kw_only else by_place).append(parameter)
        if given:
            lines.append(
                _assignment(cls, each.name, given, names) if frozen else f"self.{each.name} = {given}"
            )
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    parameters = ", ".join([*by_place, *(["*", *by_name] if by_name else [])])
    body = "\n ".join(lines or ["pass"])
    exec(f"def __init__({parameters}):\n {body}", names)  # noqa: S102 - of the names of members alone
    constructor: Method = names["__init__"]
    constructor.__qualname__ = f"{cls.__qualname__}.__init__"
    return constructor


def _parameter(member: dataclasses.Field[Any], names: dict[str, Any]) -> tuple[str, str]:
    """Return the parameter of a member, and the expression of its value; none if ``__post_init__`` sets it."""
    name = member.name
    if member.default_factory is not dataclasses.MISSING:
        names[f"_make_{name}"] = member.default_factory
        made = f"_make_{name}()"
        return f"{name}=_ABSENT", f"{made} if {name} is _ABSENT else {name}" if member.init else made
    if member.default is not dataclasses.MISSING:
        names[f"_default_{name}"] = member.default
        return f"{name}=_default_{name}", name if member.init else f"_default_{name}"
    return name, name if member.init else ""


def _assignment(cls: type, name: str, given: str, names: dict[str, Any]) -> str:
    """Return the statement that sets a member past ``__setattr__``: by its slot, which is faster, if it has one."""
    defined = next((vars(each)[name] for each in cls.__mro__ if name in vars(each)), None)
    if not isinstance(defined, MemberDescriptorType):
        return f"_set(self, {name!r}, {given})"
    names[f"_set_{name}"] = defined.__set__
    return f"_set_{name}(self, {given})"


@recursive_repr()
def _shown(self: Any) -> str:  # noqa: ANN401 - any dataclass
    shown = ", ".join(
        f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr
    )
    return f"{type(self).__qualname__}({shown})"


def _comparison(members: Members, *, frozen: bool) -> dict[str, Method | None]:
    compared = _values_of([each.name for each in members if each.compare])

    def equal(self: object, other: object) -> bool:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(compared(self))

    return {"__eq__": equal, "__hash__": hashed if frozen else None}


def _values_of(names: Sequence[str]) -> Callable[[object], tuple[object, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _: ()
    only = attrgetter(names[0])
    return lambda each: (only(each),)


def _immutability(cls: type, members: Members) -> dict[str, Method | None]:
    names = frozenset(each.name for each in members)

    def set_member(self: object, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        object.__setattr__(self, name, value)

    def delete_member(self: object, name: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        object.__delattr__(self, name)

    return {"__setattr__": set_member, "__delattr__": delete_member}


def _state(self: Any) -> list[object]:  # noqa: ANN401 - any dataclass
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _restored(self: Any, state: Sequence[object]) -> None:  # noqa: ANN401 - any dataclass
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)
