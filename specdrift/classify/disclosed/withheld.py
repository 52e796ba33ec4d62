"""What a refusal has of the answers of other operations that refuse the same caller. Pure.

No words beside it explain a name of several words, or an identifier, that only such answers have.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from specdrift.body.values import echo_of
from specdrift.classify.explanation.own_words import OwnWords
from specdrift.classify.explanation.refused import RefusedAnswer, Word
from specdrift.classify.resource import LEAK, NOTHING, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.values import Strength, data_of, weight

ROWS = (2, 3)
"""Words in a row that are compared: two are a whole value, three may be part of a text."""


class Withheld(Struct, frozen=True):
    """The values that only operations have which must refuse a caller."""

    members: Values = NOTHING
    texts: Values = NOTHING
    """The same without the layout of pages."""

    def in_answer(self, answer: RefusedAnswer) -> Iterator[tuple[Word, ...]]:
        """Yield the words of a refusal that are such a value: some in a row, or one that is specific by itself."""
        if self.members.isdisjoint(answer.content.values):
            return  # as nearly always
        words, requested = answer.words, echo_of((answer.request.target,))  # a cookie may have it encoded
        for at, word in enumerate(words):
            own = self._shared(word, word.text) - requested
            if weight(data_of(own)) >= LEAK:
                yield (word,)
            elif own:
                yield from (row for row in rows_at(words, at) if self._has(row))

    def _has(self, row: tuple[Word, ...]) -> bool:
        """Whether the words are a value together, and not only each."""
        texts = [word.text for word in row]
        return weight(self._shared(row[0], " ".join(texts)) - echo_of(texts)) >= Strength.MEDIUM

    def _shared(self, word: Word, text: str) -> Values:
        is_of_a_page = not word.piece.name or word.piece.name.startswith("<")
        return (self.texts if is_of_a_page else self.members) & echo_of((text,))


NONE_WITHHELD = Withheld()
"""Of a caller from whom nothing is kept."""


def rows_at(words: tuple[Word, ...], at: int) -> Iterator[tuple[Word, ...]]:
    """Yield the rows of words of one text that have a word of an answer in them."""
    for length in ROWS:
        for start in range(max(0, at - length + 1), at + 1):
            row = words[start : start + length]
            if len(row) == length and all(word.piece is row[0].piece for word in row):
                yield row


def withheld_from(
    forbidden: Mapping[str, frozenset[OperationKey]], own_words: Mapping[OperationKey, OwnWords]
) -> Mapping[str, Withheld]:
    """Return what is withheld from each identity. ``forbidden``: the operations that must refuse it."""
    each = {operations: _without(operations, own_words) for operations in set(forbidden.values())}
    return {name: each[operations] for name, operations in forbidden.items()}


def _without(forbidden: frozenset[OperationKey], own_words: Mapping[OperationKey, OwnWords]) -> Withheld:
    """Return the values that stay the same; those that change may be times and numbers of answers."""
    kept = [own for operation, own in own_words.items() if operation in forbidden]
    given = [own for operation, own in own_words.items() if operation not in forbidden]
    changing = NOTHING.union(*(own.changing for own in kept))
    return Withheld(
        members=NOTHING.union(*(own.members for own in kept)).difference(
            changing, *(own.members for own in given)
        ),
        texts=NOTHING.union(*(own.texts for own in kept)).difference(changing, *(own.texts for own in given)),
    )
