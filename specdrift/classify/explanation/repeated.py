"""What the refusals of an operation have each time, and where they have something else each time. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from specdrift.body.pieces import is_row
from specdrift.classify.explanation.message import may_be_of_a_language
from specdrift.classify.explanation.own_words import OwnWords
from specdrift.classify.explanation.refused import Group, RefusedAnswer, Token, Word
from specdrift.model.contract.operation import OperationKey

LEAST_REPEATED = 3
"""Refusals of one request that show what stays in them."""
Place = tuple[int, str, str]
"""Status, kind of body, and place."""


class Repeated(Struct, frozen=True, dict=True):
    """What repetitions of refusals show."""

    denials: tuple[RefusedAnswer, ...]
    shared: frozenset[Token]
    """Tokens that belong to no single operation."""

    @cached_property
    def groups(self) -> Mapping[Group, tuple[Counter[Token], int]]:
        """How many answers of each group have a token, and how many there are."""
        counts: dict[Group, Counter[Token]] = defaultdict(Counter)
        sizes = Counter(each.group for each in self.denials)
        for each in self.denials:
            counts[each.group].update(each.tokens)
        return {group: (count, sizes[group]) for group, count in counts.items()}

    def differs(self, word: Word, answer: RefusedAnswer) -> bool:
        """Return whether a repetition of the same request lacks a word."""
        count, size = self.groups.get(answer.group, (Counter[Token](), 0))
        return count[word.token] < size

    @cached_property
    def _of_other_resources(self) -> Mapping[Group, frozenset[Token]]:
        """The tokens of an operation's refusals of each other resource, where there are such refusals."""
        by_resource: dict[tuple[object, ...], list[Group]] = defaultdict(list)
        for group in {each.group for each in self.denials if not each.follows}:
            by_resource[group[:-1]].append(group)
        return {
            group: frozenset().union(*(self.groups[other][0] for other in groups if other != group))
            for groups in by_resource.values()
            if len(groups) > 1
            for group in groups
        }

    def has_other_resources(self, answer: RefusedAnswer) -> bool:
        """Return whether other resources of the operation were refused likewise."""
        return answer.group in self._of_other_resources

    def is_of_the_resource(self, word: Word, answer: RefusedAnswer) -> bool:
        """Return whether each repetition has a word, and no refusal of another resource of the operation."""
        others = self._of_other_resources.get(answer.group)
        if others is None or word.token in others:
            return False
        count, size = self.groups[answer.group]
        return size >= LEAST_REPEATED and count[word.token] == size

    def frame(self, answer: RefusedAnswer) -> frozenset[Token]:
        """What an answer has each time, and other operations' refusals have too, without single words."""
        count, size = self.groups.get(answer.group, (Counter[Token](), 0))
        single = {word.token for words in answer.content.single.values() for word in words}
        rest = (each for each in (answer.tokens & self.shared) - single if not is_row(each.word))
        return frozenset(each for each in rest if count[each] == size)

    @cached_property
    def _varying(self) -> Mapping[Place, frozenset[tuple[OperationKey, frozenset[Token]]]]:
        """Where refusals have other words each time: the operations that show it, each with the rest."""
        found: dict[Place, set[tuple[OperationKey, frozenset[Token]]]] = defaultdict(set)
        for each in self.denials:
            count, size = self.groups[each.group]
            places = {
                word.piece.name
                for word in (each.words if size > 1 else ())
                if count[word.token] < size and not word.is_distinctive and not word.is_structural
            }
            for place in places:
                found[each.http.status, each.http.shape.kind, place].add((each.operation, self.frame(each)))
        return {place: frozenset(each) for place, each in found.items()}

    def stands_where_others_vary(self, word: Word, answer: RefusedAnswer, own_words: OwnWords) -> bool:
        """Whether it is a plain word where another operation's refusal, otherwise the same, has others each time.

        A text of the day may come twice in a few repetitions.
        """
        here = answer.http.status, answer.http.shape.kind, word.piece.name
        return may_be_of_a_language(word, own_words) and any(
            operation != answer.operation and frame and frame <= answer.tokens
            for operation, frame in self._varying.get(here, ())
        )
