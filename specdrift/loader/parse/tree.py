"""Parsed values, and mappings that record where their keys are."""

from typing import TYPE_CHECKING, Any, NamedTuple, Self

from msgspec import Struct, field

from specdrift.loader.parse.pointer import Tokens

if TYPE_CHECKING:
    from specdrift.loader.parse.document import Document

Value = Any
"""A value of a JSON type, as written in the document."""

Mark = tuple[int, int]
"""Offsets of a key in its text: the first character, and one past the last."""


class OverlayMark(tuple[int, int]):  # noqa: SLOT001 - a subclass of tuple cannot have slots
    """Offsets of a key in the text of an overlay, which wrote the member into this document."""

    document: "Document"
    """The overlay."""
    tokens: Tokens
    """The member in the overlay."""
    detailed: bool
    """Whether members below it have marks of their own; ``copy`` writes them all at one place."""

    def __new__(cls, mark: Mark, document: "Document", tokens: Tokens, *, detailed: bool = True) -> Self:
        made = super().__new__(cls, mark)
        made.document, made.tokens, made.detailed = document, tokens, detailed
        return made

    def member(self, key: str, mark: Mark | None) -> "OverlayMark":
        """Return the mark of a member below; the same offsets if the member has none."""
        if not self.detailed:
            return self
        return OverlayMark(mark or self, self.document, (*self.tokens, key))

    def without_members(self) -> "OverlayMark":
        """Return the mark for a value from elsewhere."""
        return OverlayMark(self, self.document, self.tokens, detailed=False)


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


class DocumentTree(Struct):
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
