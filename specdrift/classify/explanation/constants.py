"""What the refusals of each operation have each time. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from specdrift.classify.explanation.refused import Group, RefusedAnswer, Token
from specdrift.classify.explanation.repeated import Repeated
from specdrift.classify.explanation.vocabulary import repeats
from specdrift.classify.resource import Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.values import Strength, data_of, weight


class Constants(Struct, frozen=True, dict=True):
    """What repetitions do not change."""

    refused: tuple[RefusedAnswer, ...]
    denials: tuple[RefusedAnswer, ...]
    """Those without data of their operation's answers."""
    repeated: Repeated

    @cached_property
    def _constants(self) -> Mapping[tuple[int, str], frozenset[tuple[OperationKey, frozenset[Token]]]]:
        """What each operation's refusals have each time, by status and kind of body."""
        requests = {each.group: each.request for each in self.refused}
        found: dict[tuple[int, str], set[tuple[OperationKey, frozenset[Token]]]] = defaultdict(set)
        for group, (count, size) in self.repeated.groups.items():
            operation, _, status, kind, *_ = group
            constant = (each for each, times in count.items() if times == size)
            own = frozenset(t for t in constant if not repeats(t.word, requests[group], operation))
            # Without a word it is a part of every other one; with words that its request says, or that differ, of none.
            if own or not count:
                found[status, kind].add((operation, own))
        return {key: frozenset(each) for key, each in found.items()}

    def exceed_another(self, answer: RefusedAnswer) -> bool:
        """Whether it has all that the refusals of another operation have each time: the rest is its own."""
        constants = self._constants.get((answer.http.status, answer.http.shape.kind), frozenset())
        return any(other != answer.operation and each <= answer.tokens for other, each in constants)

    @cached_property
    def _constant_values(self) -> Mapping[Group, Values]:
        found: dict[Group, Values] = {}
        for each in self.denials:
            found[each.group] = found.get(each.group, each.values) & each.values
        return found

    def has_own_values(self, answer: RefusedAnswer, shared: Values) -> bool:
        """Whether it has data each time that no other operation's refusals have."""
        constant = answer.values & self._constant_values.get(answer.group, answer.values)
        return weight(data_of(constant) - shared) >= Strength.MEDIUM
