"""What tells the entries of a list apart, wherever and in which spelling an answer has it. Pure.

The constant texts of a server share words with its data by chance: a state, a role, a ward, a short number. They do not
share a name of several words of which nearly each entry has another one, nor numbers or words of several entries.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from specdrift.body.denial import says_no
from specdrift.body.pieces import Piece
from specdrift.classify.disclosed.listed_texts import (
    is_of_several,
    list_of,
    member_of,
    placed_in,
    sizes_in,
    text_of,
)
from specdrift.classify.disclosed.no_evidence import is_common
from specdrift.classify.explanation.formats import OF_A_REFUSAL
from specdrift.classify.explanation.parts import plain_runs_of
from specdrift.classify.explanation.refused import MEMBER, RefusalContent, Word
from specdrift.classify.explanation.vocabulary import PROTOCOL
from specdrift.model.exchange.observation import HttpFacts

FEWEST, MOST = 2, 4
"""Words of a name."""
LEAST_DIFFERENT = 0.5
"""Share of the entries that have a value of their own, where it is no choice of a few."""
LEAST_DIGITS = 4
"""Of a number that tells entries apart; those of the years are no such numbers."""
LEAST_LETTERS = 4
"""Of a word that tells entries apart."""
YEAR = re.compile(r"(?:19|20)\d\d")
LEAST_NUMBERS, LEAST_WORDS = 2, 3
"""Numbers and words of several entries that no other text has together by chance."""
OF_URLS = frozenset({"location:", "refresh:", "set-cookie:"})
"""Fields of which the words are parts of URLs and of cookies."""
SENTENCE = 4
"""Words of a sentence."""
Parts = tuple[str, ...]
Datum = tuple[str, str]
"""Place of a member in a list of an operation, and its text in lower case."""


class TextOfEntry(NamedTuple):
    """A text of an entry in an answer."""

    words: tuple[Word, ...]
    place: str
    text: str
    is_alone: bool
    """It is no part of a sentence or of a page, which have names of their own."""


def telling_of(given: Sequence[Sequence[HttpFacts]]) -> Iterator[Datum]:
    """Yield what tells the entries of a list apart."""
    different = {http.body_sha256: http for answers in given for http in answers}
    for http in different.values():
        sizes, pieces = sizes_in((http,)), defaultdict[str, list[Piece]](list)
        for piece in placed_in(http):
            if "/*" in piece.name and not is_of_several(piece):
                pieces[piece.name].append(piece)
        for place, values in pieces.items():
            size = max(map(_count, sizes.get(list_of(place), ())), default=0)
            if _is_distinguishing(values, size):
                yield from ((place, text_of(each)) for each in values if _tells(each))


def _tells(piece: Piece) -> bool:
    """Return whether a value is one of an entry, and no link, date or name of a service."""
    is_number = len(piece.words) == 1 and piece.words[0].isdecimal()
    return _tells_apart(piece) and not is_common(member_of(piece.name), "" if is_number else text_of(piece))


def _count(size: str) -> int:
    return int(size.strip("[]"))


def _is_distinguishing(values: Iterable[Piece], size: int) -> bool:
    """Return whether nearly each of so many entries of a list has another value."""
    different = len({piece.words for piece in values})
    return different > 1 and different > LEAST_DIFFERENT * size


def _tells_apart(piece: Piece) -> bool:
    """Return whether a value is a name of several words, a long number or a word, and not of refusals in general."""
    parts = plain_runs_of(" ".join(piece.words))
    if not parts or PROTOCOL.union(OF_A_REFUSAL).issuperset(parts) or says_no(" ".join(piece.words)):
        return False
    return _is_name(piece, parts) or (len(piece.words) == len(parts) == 1 and _is_one(parts[0]))


def _is_name(piece: Piece, parts: Parts) -> bool:
    words = piece.words
    capitals = all(map(_is_capital, (words[0], words[-1])))
    return FEWEST <= len(words) <= MOST and len(parts) >= len(words) and capitals


def _is_of_values(piece: Piece) -> bool:
    """Return whether it is a member or a field that is no sentence."""
    if piece.name in OF_URLS:
        return True
    is_sentence = len(piece.words) >= SENTENCE and any(word[:1].islower() for word in piece.words)
    return not is_sentence and (piece.name.startswith("/") or piece.name.endswith(":"))


def _are_capital(row: Iterable[Word]) -> bool:
    return all(_is_capital(word.text) for word in row)


def _is_capital(word: str) -> bool:
    """Return whether a word begins as names do; some scripts have no capitals."""
    return word[:1].isalpha() and not word[:1].islower()


def _is_one(part: str) -> bool:
    if part.isdecimal():
        return len(part) >= LEAST_DIGITS and not YEAR.fullmatch(part)
    return part.isalpha() and len(part) >= LEAST_LETTERS


class Distinguishing(Struct, frozen=True, dict=True):
    """The values that tell the entries of lists apart."""

    data: frozenset[Datum] = frozenset()

    @cached_property
    def _by_first(self) -> Mapping[str, Mapping[Parts, frozenset[Datum]]]:
        """The values by their parts, and these by the first; a name of two words is in both orders."""
        found: dict[str, dict[Parts, set[Datum]]] = defaultdict(lambda: defaultdict(set))
        for datum in self.data:
            parts = plain_runs_of(datum[1])
            for written in {parts, parts[::-1] if len(parts) == FEWEST else parts}:
                found[written[0]][written].add(datum)
        return {
            first: {parts: frozenset(data) for parts, data in each.items()} for first, each in found.items()
        }

    def without_those_in(self, contents: Iterable[RefusalContent]) -> "Distinguishing":
        """Return those that none of these answers has."""
        if not self.data:
            return self
        said = {(each.place, each.text) for content in contents for each in self.found_in(content)}
        return Distinguishing(self.data - said) if said else self

    def found_in(self, content: RefusalContent) -> Iterator[TextOfEntry]:
        """Yield the values in an answer."""
        if self._by_first.keys().isdisjoint(content.plain_runs):
            return  # as nearly always
        pieces: dict[Piece, list[Word]] = defaultdict(list)
        for word in content.words:
            if word.piece.name != MEMBER:
                pieces[word.piece].append(word)
        for piece, words in pieces.items():
            yield from self._found_in(piece, words)

    def _found_in(self, piece: Piece, words: Sequence[Word]) -> Iterator[TextOfEntry]:
        parts = [(part, word) for word in words for part in plain_runs_of(word.text)]
        texts = [part for part, _ in parts]
        is_alone = _is_of_values(piece)
        for at, first in enumerate(texts):
            for written, data in self._by_first.get(first, {}).items():
                row = tuple(word for _, word in parts[at : at + len(written)])
                if tuple(texts[at : at + len(written)]) == written and (is_alone or _are_capital(row)):
                    yield from (TextOfEntry(row, place, text, is_alone) for place, text in data)

    def telling(
        self, content: RefusalContent, is_said: Callable[[Word], bool] = lambda _: False
    ) -> Iterator[TextOfEntry]:
        """Yield the values that an answer cannot have by chance: each name, and numbers and words of several entries.

        ``is_said``: whether something else explains a word.
        """
        several: dict[tuple[str, bool], dict[str, TextOfEntry]] = defaultdict(dict)
        for each in self.found_in(content):
            if all(map(is_said, each.words)):
                continue
            if len(each.words) > 1:
                yield each
            elif each.is_alone:
                several[each.place, each.text.isdecimal()][each.text] = each
        for (_, is_number), found in several.items():
            if len(found) >= (LEAST_NUMBERS if is_number else LEAST_WORDS):
                yield from found.values()
