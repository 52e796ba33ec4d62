"""Parsed values, and mappings that record where their keys are."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from specdrift.loader.parse.pointer import Tokens

Value = Any
"""A value of a JSON type, as written in the document."""

Mark = tuple[int, int]
"""Offsets of a key in its text: the first character, and one past the last."""


class MarkedMapping(dict[str, Value]):
    """A mapping; ``marks`` holds the offsets of each key in the text.

    A member that came through a YAML merge (``<<``) or alias keeps the mark of the anchor's text.
    """

    __slots__ = ("marks",)

    def __init__(self) -> None:
        self.marks: dict[str, Mark] = {}


class RepeatedKey(NamedTuple):
    """A duplicate key of a mapping."""

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
        """Record a duplicate key, up to a limit."""
        self.repeated += 1
        if self.repeated > _MOST_REPEATS:
            return
        self.repeats.setdefault(id(owner), []).append(repeat)
