"""Marks, states and codes of refusals: single words that differ between operations. Pure."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cached_property

from msgspec import Struct

from specdrift.classify.explanation.refused import RefusedAnswer, Token, Word
from specdrift.classify.explanation.repeated import LEAST_REPEATED, Place, Repeated
from specdrift.model.contract.operation import OperationKey

LEAST_ALIKE, MOST_ALIKE = 3, 2 / 3
"""Operations, and their share, with one value at a place of their refusals: it is the value of the server."""
Setting = tuple[int, str, str, frozenset[Token]]
"""Status, kind of body, place, and the rest of the refusal."""


class SingleWords(Struct, frozen=True, dict=True):
    """The single words of the refusals of a run."""

    denials: tuple[RefusedAnswer, ...]
    repeated: Repeated
    is_named: Callable[[Word, RefusedAnswer], bool]
    """Whether the request or the status says a word, or it names the operation."""

    def varying_by_operation(self, answer: RefusedAnswer) -> frozenset[str]:
        """Return where most other operations do not have its single words in the same refusal."""
        return frozenset(
            place
            for place, own in self._single(answer).items()
            if (answer.operation, answer.http.status, answer.http.shape.kind, place) not in self._changing
            and _is_own(own, self._settings.get(self._setting(place, answer), {}), answer.operation)
        )

    @cached_property
    def _telling(self) -> frozenset[Place]:
        """Where refusals do not all have the same single words."""
        found: dict[Place, set[tuple[Word, ...]]] = defaultdict(set)
        for status, kind, content in {(e.http.status, e.http.shape.kind, e.content) for e in self.denials}:
            for place, words in content.single.items():
                found[status, kind, place].add(words)
        return frozenset(place for place, words in found.items() if len(words) > 1)

    @cached_property
    def _changing(self) -> frozenset[tuple[OperationKey, int, str, str]]:
        """Where repetitions of one request change the single words of an operation's refusals: nothing stays there."""
        return frozenset(
            (each.operation, each.http.status, each.http.shape.kind, place)
            for each in self.denials
            for place, words in each.content.single.items()
            if self.repeated.groups[each.group][1] >= LEAST_REPEATED
            and any(self.repeated.differs(word, each) for word in words)
        )

    @cached_property
    def _settings(self) -> Mapping[Setting, Mapping[tuple[Token, ...], frozenset[OperationKey]]]:
        """Single words that no repetition changes on an operation, by where they stand, each with these operations."""
        found: dict[Setting, dict[tuple[Token, ...], frozenset[OperationKey]]] = defaultdict(dict)
        for each in self.denials:
            for place, words in self._single(each).items():
                if (each.operation, each.http.status, each.http.shape.kind, place) in self._changing:
                    continue
                count, size = self.repeated.groups[each.group]
                if all(count[one] == size for one in words):
                    values = found[self._setting(place, each)]
                    values[words] = values.get(words, frozenset()) | {each.operation}
        return found

    def _single(self, answer: RefusedAnswer) -> Mapping[str, tuple[Token, ...]]:
        """Return the single words that not all have, by place, without those that the request or the status says."""
        found: dict[str, tuple[Token, ...]] = {}
        for place, words in answer.content.single.items():
            if (answer.http.status, answer.http.shape.kind, place) in self._telling:
                own = tuple(word.token for word in words if not self.is_named(word, answer))
                found.update({place: own} if own else {})
        return found

    def _setting(self, place: str, answer: RefusedAnswer) -> Setting:
        return answer.http.status, answer.http.shape.kind, place, self.repeated.frame(answer)


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
