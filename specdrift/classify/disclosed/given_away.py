"""Data of operations that several refusals have: these give it away, and do not explain each other. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from specdrift.classify.explanation.own_words import NO_OWN_WORDS, OwnWords
from specdrift.classify.explanation.refused import RefusedAnswer, Token, Word
from specdrift.model.contract.operation import OperationKey


class GivenAway(Struct, frozen=True, dict=True):
    """The data of operations in the refusals of a run."""

    refused: tuple[RefusedAnswer, ...]
    elsewhere: frozenset[Token]
    """Tokens of answers that belong to no operation."""
    own_words: Mapping[OperationKey, OwnWords]

    def words_of(self, answer: RefusedAnswer) -> Iterator[Word]:
        """Yield the words of a refusal that are data of its operation.

        Answers to unknown paths may be refusals of the same guard, for all that is below a prefix.
        """
        own_words = self.own_words.get(answer.operation, NO_OWN_WORDS)
        if own_words.alone.isdisjoint(answer.content.values) and self.of_few.isdisjoint(answer.tokens):
            return  # as nearly always
        for word in answer.words:
            is_alone = self._by_token.get(word.token) == frozenset({answer.operation})
            if (
                own_words.are_given_away_by(word)
                or self._is_own_of_all(word, answer)
                or (is_alone and own_words.name_its_own(word))
            ):
                yield word

    @cached_property
    def of_few(self) -> frozenset[Token]:
        """The tokens of the refusals of several operations, but not of most."""
        most = len({each.operation for each in self.refused}) / 2
        several = (token for token, own in self._by_token.items() if 1 < len(own) <= most)
        return frozenset(several) - self.elsewhere

    def _is_own_of_all(self, word: Word, answer: RefusedAnswer) -> bool:
        """Whether few operations have a word in their refusals, and all of them in their own answers."""
        if word.token not in self.of_few:
            return False
        operations = self._by_token[word.token]
        return answer.operation in operations and all(
            self.own_words.get(one, NO_OWN_WORDS).have(word.text, word.piece.name) for one in operations
        )

    @cached_property
    def _by_token(self) -> Mapping[Token, frozenset[OperationKey]]:
        """The operations whose refusals have a token."""
        found: dict[Token, set[OperationKey]] = defaultdict(set)
        for operation, tokens in {(each.operation, each.tokens) for each in self.refused}:
            for token in tokens:
                found[token].add(operation)
        return {token: frozenset(operations) for token, operations in found.items()}
