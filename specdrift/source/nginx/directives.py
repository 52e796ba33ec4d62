"""A configuration of nginx as a tree of statements."""

from functools import cached_property

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation

INCLUDE = "include"
"""Stays among the statements of a block for each file that was not read."""
LONGEST_NUMBER = 6
"""Digits of a port or a status."""


def number(text: str) -> int | None:
    """Return a port or a status; ``None`` if a text is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


class Directive(Struct, frozen=True, eq=False, dict=True):
    """A statement with its arguments, and its block if it has one."""

    name: str
    args: tuple[str, ...]
    location: SourceLocation
    block: "tuple[Directive, ...]" = ()

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Where in the block the statements of each name are."""
        places: dict[str, list[int]] = {}
        for number, one in enumerate(self.block):
            places.setdefault(one.name, []).append(number)
        return places

    @property
    def first(self) -> str:
        """The first argument, or an empty text."""
        return self.args[0] if self.args else ""

    @property
    def number(self) -> int | None:
        """The first argument as a number."""
        return number(self.first)

    def all(self, *names: str) -> "tuple[Directive, ...]":
        """Return the statements of the block with one of these names, in their order."""
        if len(names) == 1:
            return tuple(self.block[number] for number in self._places.get(names[0], ()))
        places = sorted(number for name in names for number in self._places.get(name, ()))
        return tuple(self.block[number] for number in places)

    def last(self, name: str) -> "Directive | None":
        """Return the last statement of that name; nginx allows one only for most."""
        places = self._places.get(name)
        return self.block[places[-1]] if places else None
