"""The fixed parts of a path template, and where a collection of its values may be. Pure."""

from collections.abc import Sequence
from typing import Self

from msgspec import Struct

from specdrift.learning.similar_names import singulars
from specdrift.model.contract.templates import EXPRESSION, without_names

_OPENING = "/('\"=:;"
"""What may stand between a collection and the key of an item: ``/items/{id}``, ``/Items('{key}')``."""


class PathShape(Struct, frozen=True, kw_only=True):
    """A path template, taken apart."""

    literals: tuple[str, ...]
    """One more than names."""
    names: tuple[str, ...]

    @classmethod
    def of(cls, path: str) -> Self:
        """Take a template apart."""
        return cls(
            literals=tuple(EXPRESSION.split(path)),
            names=tuple(found[1:-1] for found in EXPRESSION.findall(path)),
        )

    def head(self, count: int) -> str:
        """Return the template up to its expression number ``count``, that one included, without names."""
        return "{}".join((*self.literals[:count], ""))

    def collection(self, number: int) -> str:
        """Return where the values of an expression may be listed: what is in front of it, without names."""
        return collection_of(self.head(number) + self.literals[number])

    def word(self, number: int) -> str:
        """Return the last fixed segment in front of an expression."""
        return last_word(self.literals[: number + 1])


def collection_of(path: str) -> str:
    """Return a path without names and without what ends it."""
    return without_names(path).rstrip(_OPENING)


def last_word(literals: Sequence[str]) -> str:
    """Return the last segment that is not empty of some fixed parts."""
    segments = [word for part in literals for word in part.strip(_OPENING).split("/") if word]
    return segments[-1] if segments else ""


def parent(path: str) -> str:
    """Return the path of the folder that a path is in."""
    return path.rpartition("/")[0]


def is_plural_of(path: str, other: str) -> bool:
    """Return whether two paths differ only in the number of their last word: ``/labels``, ``/label``."""
    (folder, _, word), (other_folder, _, other_word) = path.rpartition("/"), other.rpartition("/")
    return folder == other_folder and word != other_word and other_word in singulars(word)
