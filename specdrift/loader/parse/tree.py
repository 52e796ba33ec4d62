"""What a reader makes of a file: plain values, and mappings that know where their keys stand."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from specdrift.loader.parse.pointer import Tokens

Value = Any
"""A value of JSON's types, as a reader made it: whatever the author of the document wrote."""

Mark = tuple[int, int]
"""Offsets of a key in its text: the first character, and one past the last."""


class MarkedMapping(dict[str, Value]):
    """A mapping whose ``marks`` hold the place of each key, in the text where the key was written.

    A member that came through a YAML merge (``<<``) or alias keeps the mark of the anchor's text.
    """

    __slots__ = ("marks",)

    def __init__(self) -> None:
        self.marks: dict[str, Mark] = {}


class RepeatedKey(NamedTuple):
    """A key that stands in its mapping a second time."""

    key: str
    first: Mark
    second: Mark
    tokens: Tokens


_MOST_REPEATS = 1000


@dataclass(slots=True)
class DocumentTree:
    """The value of a text. ``repeats`` holds the repeated keys of a mapping under its ``id``."""

    root: Value = None
    repeated: int = 0
    repeats: dict[int, list[RepeatedKey]] = field(default_factory=dict)

    def repeat(self, owner: MarkedMapping, repeat: RepeatedKey) -> None:
        """Remembers a repeated key, up to a number that nobody reads to the end."""
        self.repeated += 1
        if self.repeated > _MOST_REPEATS:
            return
        self.repeats.setdefault(id(owner), []).append(repeat)
