"""Compares the words of a refusal with those of the other refusals of a run. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from specdrift.body.content import Headers
from specdrift.body.pieces import NOTHING_THERE, is_row
from specdrift.classify.explanation.labels import Labels
from specdrift.classify.explanation.message import is_a_message, may_be_of_a_language
from specdrift.classify.explanation.noise import Noise
from specdrift.classify.explanation.refused import Group, RefusedAnswer, Token, Word
from specdrift.classify.explanation.vocabulary import (
    DIGESTS,
    is_a_digest_of,
    is_a_refusal_in_words,
    is_a_time_of,
    names_the_request,
    names_the_status,
    sent,
)
from specdrift.classify.resource import Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.values import Strength, data_of, weight

LEAST_ALIKE, MOST_ALIKE = 3, 2 / 3
"""Operations, and their share, with one value at a place of their refusals: it is the value of the server."""
LOCATION = "location:"
T = TypeVar("T", Token, int)
Place = tuple[int, str, str]
"""Status, kind of body, and place."""
Setting = tuple[int, str, str, frozenset[Token]]
"""Status, kind of body, place, and the rest of the refusal."""
Sent = tuple[Group, str, Headers, Request]
"""What an explanation depends on: group, digest of the body, header fields and request."""


@dataclass
class Explained:
    """What the refusals of a run have in common."""

    refused: tuple[RefusedAnswer, ...]
    denials: tuple[RefusedAnswer, ...]
    """Those without data of their operation's answers."""
    elsewhere: frozenset[Token]
    """Tokens of answers that belong to no operation: to paths that do not exist."""
    other_values: Values
    """Values of these answers, for bodies of which the text is not kept whole."""
    callers: frozenset[str]
    """Words of the callers' names."""
    routes: Mapping[OperationKey, frozenset[str]]
    """Words of the paths to which each operation redirects valid certificates too, in lower case."""
    _known: dict[Sent, bool] = field(default_factory=dict)

    @cached_property
    def _shared(self) -> frozenset[Token]:
        """Tokens that belong to no single operation: those of refusals of several, or of none."""
        operations: dict[frozenset[Token], set[OperationKey]] = defaultdict(set)
        for each in self.refused:
            operations[each.tokens].add(each.operation)
        shared = self.elsewhere.union(*(tokens for tokens, own in operations.items() if len(own) > 1))
        by_operation: dict[OperationKey, set[Token]] = defaultdict(set)
        for tokens, (operation, *others) in operations.items():
            if not others:
                by_operation[operation] |= tokens - shared
        return shared | _of_several(by_operation)

    @cached_property
    def _shared_values(self) -> Values:
        """The same for values."""
        by_operation: dict[OperationKey, set[int]] = defaultdict(set)
        for each in self.refused:
            by_operation[each.operation] |= each.values
        return self.other_values | _of_several(by_operation)

    @cached_property
    def _noise(self) -> Noise:
        return Noise({each: self._own_words(each) for each in self.refused})

    def _own_words(self, answer: RefusedAnswer) -> tuple[Word, ...]:
        """Return the words that are not shared."""
        own = answer.tokens - self._shared
        return tuple(word for word in answer.words if word.token in own) if own else ()

    def is_explained(
        self, answer: RefusedAnswer, is_resource: Callable[[str], bool], *, is_changing: bool
    ) -> bool:
        """Return whether a refusal is explained.

        ``is_resource``: whether a word is one of the operation's own answers. ``is_changing``: whether these answers
        differ so much each time that nothing shows whether a refusal has their data.
        """
        key = answer.group, answer.http.body_sha256, answer.http.headers, answer.request
        if key not in self._known:
            self._known[key] = self._explain(answer, is_resource, is_changing=is_changing)
        return self._known[key]

    def _explain(
        self, answer: RefusedAnswer, is_resource: Callable[[str], bool], *, is_changing: bool
    ) -> bool:
        if self._varies_by_operation(answer) or (not answer.is_kept_whole and self._has_own_values(answer)):
            return False
        if answer.tokens <= self._shared:
            return True
        open_words = [
            word
            for word in self._own_words(answer)
            if word.piece.value not in NOTHING_THERE
            and not is_a_refusal_in_words(*word.piece)
            and not self._is_said(word, answer)
            and not self._labels.is_label(word, answer, is_resource)
        ]
        noise = [word for word in open_words if self._noise.differs_each_time(word, answer)]
        if self._noise.may_be_data(noise, answer, is_changing=is_changing):
            return False
        own = [
            word
            for word in open_words
            if word not in noise and not self._stands_where_others_vary(word, answer, is_resource)
        ]
        if not own:
            return True
        rest = [word for word in answer.words if word not in own and not self._is_said(word, answer)]
        return not self._exceeds_another(answer) and is_a_message(own, rest, is_resource)

    def _is_said(self, word: Word, answer: RefusedAnswer) -> bool:
        """Whether the request, the status or the protocol says it."""
        text, plain = word.text, word.token.word
        if word.piece.name in DIGESTS:
            return is_a_digest_of(answer.http, text)
        if word.piece.name == LOCATION and plain in self.routes.get(answer.operation, frozenset()):
            return True
        return (
            plain in self.callers
            or names_the_status(plain, answer.http)
            or _repeats(plain, answer.request, answer.operation)
            or names_the_request(text, answer.request, str(answer.operation))
            or is_a_time_of(text, answer.http)
        )

    def _is_named(self, word: Word, answer: RefusedAnswer) -> bool:
        """Whether the request says it, or it stands where each operation has a label."""
        return self._is_said(word, answer) or self._labels.has_place(answer, word.piece.name)

    @cached_property
    def _labels(self) -> Labels:
        return Labels(self.denials)

    @cached_property
    def _groups(self) -> Mapping[Group, tuple[Counter[Token], int]]:
        """How many answers of each group have a token, and how many there are."""
        counts: dict[Group, Counter[Token]] = defaultdict(Counter)
        sizes = Counter(each.group for each in self.denials)
        for each in self.denials:
            counts[each.group].update(each.tokens)
        return {group: (count, sizes[group]) for group, count in counts.items()}

    @cached_property
    def _telling(self) -> frozenset[Place]:
        """Where refusals do not all have the same single words."""
        found: dict[Place, set[tuple[Word, ...]]] = defaultdict(set)
        for status, kind, content in {(e.http.status, e.http.shape.kind, e.content) for e in self.denials}:
            for place, words in content.single.items():
                found[status, kind, place].add(words)
        return frozenset(place for place, words in found.items() if len(words) > 1)

    @cached_property
    def _settings(self) -> Mapping[Setting, Mapping[tuple[Token, ...], frozenset[OperationKey]]]:
        """Single words that no repetition changes on an operation, by where they stand, each with these operations."""
        found: dict[Setting, dict[tuple[Token, ...], frozenset[OperationKey]]] = defaultdict(dict)
        for each in self.denials:
            for place, words in self._single(each).items():
                count, size = self._groups[each.group]
                if all(count[one] == size for one in words):
                    values = found[self._setting(place, each)]
                    values[words] = values.get(words, frozenset()) | {each.operation}
        return found

    def _single(self, answer: RefusedAnswer) -> Mapping[str, tuple[Token, ...]]:
        """Return the single words that not all have, by place, without those that the request or the status says."""
        found: dict[str, tuple[Token, ...]] = {}
        for place, words in answer.content.single.items():
            if (answer.http.status, answer.http.shape.kind, place) in self._telling:
                own = tuple(word.token for word in words if not self._is_named(word, answer))
                found.update({place: own} if own else {})
        return found

    def _setting(self, place: str, answer: RefusedAnswer) -> Setting:
        return answer.http.status, answer.http.shape.kind, place, self._frame(answer)

    def _frame(self, answer: RefusedAnswer) -> frozenset[Token]:
        """What an answer has each time, and other operations' refusals have too, without single words."""
        count, size = self._groups.get(answer.group, (Counter[Token](), 0))
        single = {word.token for words in answer.content.single.values() for word in words}
        rest = (each for each in (answer.tokens & self._shared) - single if not is_row(each.word))
        return frozenset(each for each in rest if count[each] == size)

    @cached_property
    def _varying(self) -> Mapping[Place, frozenset[tuple[OperationKey, frozenset[Token]]]]:
        """Where refusals have other words each time: the operations that show it, each with the rest."""
        found: dict[Place, set[tuple[OperationKey, frozenset[Token]]]] = defaultdict(set)
        for each in self.denials:
            count, size = self._groups[each.group]
            places = {
                word.piece.name
                for word in (each.words if size > 1 else ())
                if count[word.token] < size and not word.is_distinctive and not word.is_structural
            }
            for place in places:
                found[each.http.status, each.http.shape.kind, place].add((each.operation, self._frame(each)))
        return {place: frozenset(each) for place, each in found.items()}

    def _stands_where_others_vary(
        self, word: Word, answer: RefusedAnswer, is_resource: Callable[[str], bool]
    ) -> bool:
        """Whether it is a plain word where another operation's refusal, otherwise the same, has others each time.

        A text of the day may come twice in a few repetitions.
        """
        here = answer.http.status, answer.http.shape.kind, word.piece.name
        return may_be_of_a_language(word, is_resource) and any(
            operation != answer.operation and frame and frame <= answer.tokens
            for operation, frame in self._varying.get(here, ())
        )

    def _varies_by_operation(self, answer: RefusedAnswer) -> bool:
        """Whether most other operations do not have its single words somewhere in the same refusal."""
        return any(
            _is_own(own, self._settings.get(self._setting(place, answer), {}), answer.operation)
            for place, own in self._single(answer).items()
        )

    @cached_property
    def _constants(self) -> Mapping[tuple[int, str], frozenset[tuple[OperationKey, frozenset[Token]]]]:
        """What each operation's refusals have each time, by status and kind of body."""
        requests = {each.group: each.request for each in self.refused}
        found: dict[tuple[int, str], set[tuple[OperationKey, frozenset[Token]]]] = defaultdict(set)
        for group, (count, size) in self._groups.items():
            operation, _, status, kind = group
            constant = (each for each, times in count.items() if times == size)
            own = frozenset(t for t in constant if not _repeats(t.word, requests[group], operation))
            found[status, kind].add((operation, own))
        return {key: frozenset(each) for key, each in found.items()}

    def _exceeds_another(self, answer: RefusedAnswer) -> bool:
        """Whether it has all that the refusals of another operation have each time: the rest is its own."""
        constants = self._constants.get((answer.http.status, answer.http.shape.kind), frozenset())
        return any(other != answer.operation and each <= answer.tokens for other, each in constants)

    @cached_property
    def _constant_values(self) -> Mapping[Group, Values]:
        found: dict[Group, Values] = {}
        for each in self.denials:
            found[each.group] = found.get(each.group, each.values) & each.values
        return found

    def _has_own_values(self, answer: RefusedAnswer) -> bool:
        """Whether it has data each time that no other operation's refusals have."""
        constant = answer.values & self._constant_values.get(answer.group, answer.values)
        return weight(data_of(constant) - self._shared_values) >= Strength.MEDIUM


def _is_own(
    own: tuple[Token, ...],
    by_value: Mapping[tuple[Token, ...], frozenset[OperationKey]],
    operation: OperationKey,
) -> bool:
    """Whether another operation has another value, unless most have this one: those few deviate, and not this one.

    Where others have a value more, that one is theirs.
    """
    others = {other for value, having in by_value.items() if not _has_all(value, own) for other in having} - {
        operation
    }
    same = len(by_value.get(own, frozenset()) | {operation})
    return bool(others) and not (same >= LEAST_ALIKE and same >= MOST_ALIKE * (same + len(others)))


def _has_all(value: tuple[Token, ...], own: tuple[Token, ...]) -> bool:
    return value == own or (len(value) > len(own) and set(own) <= set(value))


def _of_several(by_operation: Mapping[OperationKey, set[T]]) -> frozenset[T]:
    times = Counter(one for own in by_operation.values() for one in own)
    return frozenset(one for one, count in times.items() if count > 1)


def _repeats(word: str, request: Request, operation: OperationKey) -> bool:
    return word in sent(request, str(operation))
