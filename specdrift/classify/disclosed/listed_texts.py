"""The texts in the lists of answers, with their places. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from specdrift.body.pieces import Piece, is_row
from specdrift.body.records import records_of
from specdrift.classify.explanation.refused import words_in
from specdrift.model.exchange.observation import HttpFacts


@lru_cache(maxsize=512)
def placed_in(http: HttpFacts) -> tuple[Piece, ...]:
    """Return the texts of an answer with their places, in any format."""
    return records_of(http.body_excerpt) or tuple(dict.fromkeys(word.piece for word in words_in(http)))


def sizes_in(answers: Sequence[HttpFacts]) -> Mapping[str, set[str]]:
    """Return the sizes of the lists of answers by their places."""
    sizes: dict[str, set[str]] = defaultdict(set)
    for piece in (piece for http in answers for piece in placed_in(http)):
        if piece.value.startswith("["):
            sizes[piece.name.rstrip("/")].add(piece.value)
    return sizes


def is_of_several(piece: Piece) -> bool:
    """Return whether it is the size of a list, or a row of values."""
    return piece.value.startswith("[") or any(map(is_row, piece.words))


def list_of(place: str) -> str:
    """Return the place of the innermost list around a place."""
    return place.rpartition("/*")[0]


def member_of(place: str) -> str:
    """Return the name of the innermost member."""
    return place.removesuffix("/*").rpartition("/")[2]


def text_of(piece: Piece) -> str:
    """Return the words of a text in lower case."""
    return " ".join(piece.words).casefold()
