"""Where refusals have another number each time: durations, running numbers, what is left of a limit. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from specdrift.classify.explanation.refused import Group, RefusedAnswer, Token, Word
from specdrift.classify.explanation.repeated import Place
from specdrift.model.contract.operation import OperationKey

LEAST_OPERATIONS = 2
"""Operations whose refusals show that numbers of a place are the server's own."""


@dataclass(frozen=True)
class VaryingNumbers:
    """The numbers that repetitions of refused requests change, learned from all operations.

    A number may come twice in a few repetitions, and a caller may send one request alone. So it is the place that
    counts, not the number.
    """

    denials: tuple[RefusedAnswer, ...]
    elsewhere: frozenset[Token]
    """Tokens of answers that belong to no operation."""

    def is_one(self, word: Word, answer: RefusedAnswer) -> bool:
        """Return whether a word of a refusal is a number at such a place."""
        place = answer.http.status, answer.http.shape.kind, word.piece.name
        return _is_a_number(word) and place in self._places

    @cached_property
    def _places(self) -> frozenset[Place]:
        operations: dict[Place, set[OperationKey]] = defaultdict(set)
        for (group, name), numbers in self._numbers.items():
            operation, _, status, kind, _ = group
            if len(numbers) > 1:
                operations[status, kind, name].add(operation)
        return frozenset(place for place, found in operations.items() if self._is_of_the_server(place, found))

    @cached_property
    def _numbers(self) -> Mapping[tuple[Group, str], set[tuple[str, ...]]]:
        """The numbers of each repetition of a request, by where they stand: a list has several in one answer."""
        found: dict[tuple[Group, str], set[tuple[str, ...]]] = defaultdict(set)
        for each in self.denials:
            here: dict[str, list[str]] = defaultdict(list)
            for word in each.words:
                if _is_a_number(word):
                    here[word.piece.name].append(word.text)
            for name, numbers in here.items():
                found[each.group, name].add(tuple(numbers))
        return found

    def _is_of_the_server(self, place: Place, operations: set[OperationKey]) -> bool:
        """Whether several operations show it, or one does and unknown paths have numbers there too."""
        return len(operations) >= LEAST_OPERATIONS or place[2] in self._numbered_elsewhere

    @cached_property
    def _numbered_elsewhere(self) -> frozenset[str]:
        return frozenset(each.place for each in self.elsewhere if each.place and each.word.isdigit())


def _is_a_number(word: Word) -> bool:
    """Whether it is all of a JSON member outside of lists, and has digits alone. Numbers of a list may spell a text."""
    name = word.piece.name
    return name.startswith("/") and "/*" not in name and len(word.piece.words) == 1 and word.form[1]
