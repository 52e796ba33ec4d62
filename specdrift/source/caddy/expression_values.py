"""Evaluates conditions in the Common Expression Language."""

from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt

from msgspec import Struct

from specdrift.source.caddy.caddy_expressions import Condition, NotUnderstood
from specdrift.source.caddy.caddy_request import RequestInCaddy
from specdrift.source.caddy.expression_matchers import called
from specdrift.source.caddy.placeholders import CERTIFICATE, PlaceholderValue, UnreadValue, value_of
from specdrift.source.gateway.open_facts import Answer, OpenFact, any_holds
from specdrift.source.gateway.patterns import compiled
from specdrift.source.gateway.yaml_nodes import YamlNode

TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": lambda own, other: other in own,
    "matches": lambda own, other: compiled(other).search(own) is not None,
}


STATUS = "http.error.status_code"
"""The placeholder that is a number."""
NAMES = frozenset({f"{CERTIFICATE}subject", f"{CERTIFICATE}issuer"})
NUMBERS = frozenset({STATUS, f"{CERTIFICATE}serial"})
ORDERS: Mapping[str, Callable[[int, int], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
Matched = Callable[[str, YamlNode, RequestInCaddy], Answer]
"""Evaluates a matcher by its name."""


class NullOperand(Exception):
    """A value that is absent, where the language needs one: the condition ends with an error."""


def holds_in(condition: Condition, request: RequestInCaddy, node: YamlNode, matched: Matched) -> Answer:
    """Return whether a condition holds. Raises NotUnderstood, NullOperand, UnsupportedPattern."""
    return _Evaluation(request, node, matched).holds(condition)


class _Evaluation(Struct, frozen=True):
    request: RequestInCaddy
    node: YamlNode
    matched: Matched

    def holds(self, one: Condition) -> Answer:
        self.request.spend()
        operators: Mapping[str, Callable[[Condition], Answer]] = {
            "&&": self._all_or_any,
            "||": self._all_or_any,
            "!": self._not,
            "==": self._equal,
            "!=": self._equal,
            **dict.fromkeys(ORDERS, self._ordered),
            "in": self._in,
            "constant": lambda _: one.name == "true",
            "method": self._text,
            "call": lambda call: self.matched(
                call.name, called(call, self.node, self._written), self.request
            ),
        }
        if one.kind not in operators or (one.kind, one.name) == ("constant", "null"):
            raise NotUnderstood(one.kind)
        return operators[one.kind](one)

    def _all_or_any(self, one: Condition) -> Answer:
        """Evaluate all operands: one that decides does so in spite of errors in others."""
        decisive = one.kind == "||"
        opened: OpenFact | None = None
        failed: NullOperand | NotUnderstood | None = None
        for inner in one.inner:
            try:
                found = self.holds(inner)
            except (NullOperand, NotUnderstood) as error:
                failed = error if failed is None or isinstance(error, NotUnderstood) else failed
                continue
            if found is decisive:
                return decisive
            opened = found if opened is None and isinstance(found, OpenFact) else opened
        if failed is None:
            return opened or not decisive
        raise failed if opened is None else NotUnderstood(one.kind)

    def _not(self, one: Condition) -> Answer:
        found = self.holds(one.inner[0])
        return found if isinstance(found, OpenFact) else not found

    def _in(self, one: Condition) -> Answer:
        if one.inner[1].kind != "list":
            raise NotUnderstood(one.inner[1].kind)
        return any_holds(self._same(one.inner[0], value) for value in one.inner[1].inner)

    def _equal(self, one: Condition) -> Answer:
        found = self._same(one.inner[0], one.inner[1])
        return found if isinstance(found, OpenFact) else found is (one.kind == "==")

    def _ordered(self, one: Condition) -> Answer:
        left, right = map(self._number, one.inner)
        if left is None or right is None:
            if all(each.kind == "number" or each.name == STATUS for each in one.inner):
                raise NullOperand(one.kind)
            raise NotUnderstood(one.kind)
        return ORDERS[one.kind](left, right)

    def _number(self, one: Condition) -> int | None:
        """Return a number; ``None`` if it is none."""
        if one.kind == "number":
            return int(one.name)
        return self.request.failed or None if (one.kind, one.name) == ("placeholder", STATUS) else None

    def _same(self, left: Condition, right: Condition) -> Answer:
        if any(one.kind == "number" or one.name == STATUS for one in (left, right)):
            # Values of different types are not equal.
            numbers = self._number(left), self._number(right)
            return None not in numbers and numbers[0] == numbers[1]
        own, other = self._value(left), self._value(right)
        if _is_name(right) and own is not None and other is not None:
            if _is_name(left):
                raise NotUnderstood(left.name)
            return False  # the text on the left compares itself with texts alone
        return self._same_values(own, other, left.name)

    def _same_values(self, own: PlaceholderValue, right: PlaceholderValue, name: str) -> Answer:
        if isinstance(own, UnreadValue) and isinstance(right, str) and right:
            return self._open(own, right)
        if isinstance(right, UnreadValue) and isinstance(own, str) and own:
            return self._open(right, own)
        if isinstance(own, UnreadValue) or isinstance(right, UnreadValue):
            if own is None or right is None or "" in (own, right):
                return self._empty(own if isinstance(own, UnreadValue) else right)
            raise NotUnderstood(name)
        return own == right

    def _empty(self, own: PlaceholderValue) -> Answer:
        """Return whether a value that is not known is empty."""
        assert isinstance(own, UnreadValue)  # noqa: S101 - narrows the type
        return self._open(own, "without a value") if own.may_be_empty else False

    def _text(self, one: Condition) -> Answer:
        if one.name not in TEXTS or len(one.inner) != 2:
            raise NotUnderstood(one.name)
        own, other = self._value(one.inner[0]), self._value(one.inner[1])
        if own is None or other is None or _is_name(one.inner[0]):
            raise NullOperand(one.name)
        if not isinstance(other, str):
            raise NotUnderstood(one.name)
        if isinstance(own, UnreadValue):
            return self._open(own, f"{one.name} {other}")
        return TEXTS[one.name](own, other)

    def _open(self, value: UnreadValue, wanted: str) -> Answer:
        fact = OpenFact(f"{value.name} {wanted}", value.name, value.chosen, self.node.place)
        return self.request.assumed.get(fact.what, fact)

    def _value(self, one: Condition) -> PlaceholderValue:
        if one.kind == "placeholder" and one.name not in NUMBERS:
            return value_of(one.name, self.request)
        if one.kind == "text":
            return one.name
        if one.kind == "constant" and one.name == "null":
            return None
        if one.kind == "+":
            return "".join(map(self._written, one.inner))
        if one.kind == "method" and one.name in CASES and len(one.inner) == 1:
            return CASES[one.name](self._written(one.inner[0]))
        raise NotUnderstood(one.kind)

    def _written(self, one: Condition) -> str:
        """Return a text that is known."""
        found = self._value(one)
        if found is None:
            raise NullOperand(one.kind)
        if not isinstance(found, str) or _is_name(one):
            raise NotUnderstood(one.kind)
        return found


def _is_name(one: Condition) -> bool:
    """Return whether a value is a name of the certificate, which is no text: it can only be compared with one."""
    return one.kind == "placeholder" and one.name in NAMES


def _in_lower_case(text: str) -> str:
    return "".join(one.lower() if one.isascii() else one for one in text)


def _in_upper_case(text: str) -> str:
    return "".join(one.upper() if one.isascii() else one for one in text)


CASES: Mapping[str, Callable[[str], str]] = {"lowerAscii": _in_lower_case, "upperAscii": _in_upper_case}
