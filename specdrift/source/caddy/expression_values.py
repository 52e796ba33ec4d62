"""Evaluates conditions in the Common Expression Language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from specdrift.model.contract.location import SourceLocation
from specdrift.source.caddy.caddy_expressions import Condition, NotUnderstood
from specdrift.source.caddy.caddy_request import RequestInCaddy
from specdrift.source.caddy.placeholders import PlaceholderValue, UnreadValue, value_of
from specdrift.source.gateway.open_facts import Answer, OpenFact, all_hold, any_holds
from specdrift.source.gateway.patterns import compiled

TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": lambda own, other: other in own,
    "matches": lambda own, other: compiled(other).search(own) is not None,
}


def holds_in(condition: Condition, request: RequestInCaddy, at: SourceLocation) -> Answer:
    """Return whether a condition holds. Raises NotUnderstood, UnsupportedPattern."""
    return _Evaluation(request, at).holds(condition)


@dataclass(frozen=True, slots=True)
class _Evaluation:
    request: RequestInCaddy
    at: SourceLocation

    def holds(self, one: Condition) -> Answer:
        self.request.spend()
        operators: Mapping[str, Callable[[Condition], Answer]] = {
            "&&": lambda both: all_hold(map(self.holds, both.inner)),
            "||": lambda either: any_holds(map(self.holds, either.inner)),
            "!": self._not,
            "==": self._equal,
            "!=": self._equal,
            "in": self._in,
            "constant": lambda _: one.name == "true",
            "method": self._text,
        }
        if one.kind not in operators or (one.kind, one.name) == ("constant", "null"):
            raise NotUnderstood(one.kind)
        return operators[one.kind](one)

    def _not(self, one: Condition) -> Answer:
        found = self.holds(one.inner[0])
        return found if isinstance(found, OpenFact) else not found

    def _in(self, one: Condition) -> Answer:
        return any_holds(self._same(one.inner[0], value) for value in self._list(one.inner[1]))

    def _equal(self, one: Condition) -> Answer:
        found = self._same(one.inner[0], self._value(one.inner[1]))
        return found if isinstance(found, OpenFact) else found is (one.kind == "==")

    def _same(self, left: Condition, right: PlaceholderValue) -> Answer:
        own = self._value(left)
        if isinstance(own, UnreadValue) and isinstance(right, str) and right:
            return self._open(own, right)
        if isinstance(right, UnreadValue) and isinstance(own, str) and own:
            return self._open(right, own)
        if isinstance(own, UnreadValue) or isinstance(right, UnreadValue):
            if own is None or right is None or "" in (own, right):
                return False  # it is not empty
            raise NotUnderstood(left.name)
        return own == right

    def _text(self, one: Condition) -> Answer:
        if one.name not in TEXTS or len(one.inner) != 2:
            raise NotUnderstood(one.name)
        own, other = self._value(one.inner[0]), self._value(one.inner[1])
        if not isinstance(other, str) or own is None:
            raise NotUnderstood(one.name)
        if isinstance(own, UnreadValue):
            return self._open(own, f"{one.name} {other}")
        return TEXTS[one.name](own, other)

    def _open(self, value: UnreadValue, wanted: str) -> Answer:
        fact = OpenFact(f"{value.name} {wanted}", value.name, value.chosen, self.at)
        return self.request.assumed.get(fact.what, fact)

    def _value(self, one: Condition) -> PlaceholderValue:
        if one.kind == "placeholder":
            return value_of(one.name, self.request)
        if one.kind == "text":
            return one.name
        if one.kind == "constant" and one.name == "null":
            return None
        raise NotUnderstood(one.kind)

    def _list(self, one: Condition) -> tuple[PlaceholderValue, ...]:
        if one.kind != "list":
            raise NotUnderstood(one.kind)
        return tuple(map(self._value, one.inner))
