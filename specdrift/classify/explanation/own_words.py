"""Which words an operation's own answers have. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from specdrift.body.values import echo_of
from specdrift.classify.explanation.refused import Word
from specdrift.classify.resource import LEAK, NOTHING, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.values import Strength, data_of, weight


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWords:
    """The values of one operation's answers to valid certificates: of each of them, also those that change."""

    members: Values = NOTHING
    """Those that are no control."""
    texts: Values = NOTHING
    """The same without the layout of pages that operations share."""
    alone: Values = NOTHING
    """Those that stay the same and no other operation's answers have, whatever refusals have."""
    changing: Values = NOTHING
    """Those of all operations that only some answers of an operation have. No refusal has them by chance."""

    def have(self, text: str, place: str) -> bool:
        """Return whether a word that stands at a place of a refusal is one of them."""
        return bool(self._shared(text, place))

    def have_alone(self, text: str, place: str) -> bool:
        """Return whether a word is all of a value, and not one of a sentence."""
        return weight(self._shared(text, place)) >= Strength.MEDIUM

    def have_changing(self, text: str) -> bool:
        """Return whether a word comes and goes in the answers of some operation."""
        return bool(self.changing & echo_of((text,)))

    def _shared(self, text: str, place: str) -> Values:
        is_of_a_page = not place or place.startswith("<")
        return (self.texts if is_of_a_page else self.members) & echo_of((text,))

    def are_given_away_by(self, word: Word) -> bool:
        """Return whether a word is specific data of this operation alone."""
        return weight(data_of(self.alone & echo_of((word.text,)))) >= LEAK


def own_words_of(
    answers: Mapping[OperationKey, Sequence[Values]], *, members: Values, texts: Values, anyones: Values
) -> Mapping[OperationKey, OwnWords]:
    """Return the words of each operation.

    ``answers`` are those to valid certificates. ``members`` are the controls without the layout of pages, ``texts`` all
    controls, ``anyones`` those of callers and of layers. Of a single operation nothing shows what it alone has.
    """
    times = Counter(number for each in answers.values() for number in NOTHING.union(*each))
    changing = NOTHING.union(
        *(NOTHING.union(*each) - frozenset.intersection(*each) for each in answers.values())
    )
    found: dict[OperationKey, OwnWords] = {}
    for operation, each in answers.items():
        stable = frozenset.intersection(*each) - anyones if len(answers) > 1 else NOTHING
        own = NOTHING.union(*each) - members
        alone = frozenset(number for number in stable if times[number] == 1)
        found[operation] = OwnWords(members=own, texts=own - texts, alone=alone, changing=changing)
    return found
