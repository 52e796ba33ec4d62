"""Evaluates expressions (ap_expr) for a request."""

import re

from msgspec import Struct
from msgspec.structs import replace

from specdrift.source.apache.apache_values import ApacheRequest, ApacheValue, of_header, variable
from specdrift.source.apache.configuration.expression_syntax import (
    NUMBERS,
    WITH_WILDCARDS,
    Expression,
    ExpressionToken,
    ValueComparison,
    regular,
)
from specdrift.source.apache.configuration.wildcards import fnmatched
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.open_facts import Answer, OpenFact, all_hold, any_holds
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled

_IN_TEXT = re.compile(r"%\{([^{}:]+)(?::([^{}]*))?\}")
_OPPOSITE = {"!=": "==", "!~": "=~", "-z": "-n"}
"""The fact that a comparison and its opposite depend on."""
_OF_POSSIBLE = frozenset({"==", "!=", "=~", "!~", "in", "-n", "-z", *WITH_WILDCARDS})
"""Operators that are evaluated for each value that a variable may have."""
_HEADER_FUNCTIONS = frozenset({"req", "http", "req_novary"})


class ExpressionRun(Struct):
    """Evaluates expressions for one request."""

    request: ApacheRequest

    def holds(self, expression: Expression) -> Answer:
        """Return whether an expression holds. Raises Undetermined."""
        self.request.spend()
        if isinstance(expression, ValueComparison):
            return self._compared(expression)
        match expression.kind:
            case "and":
                return all_hold(map(self.holds, expression.parts))
            case "or":
                return any_holds(map(self.holds, expression.parts))
            case "not":
                found = self.holds(expression.parts[0])
                return found if isinstance(found, OpenFact) else not found
        return expression.kind == "true"

    def _compared(self, one: ValueComparison) -> Answer:
        left = self._text(one.left)
        if left.possible and one.operator in _OF_POSSIBLE:
            answers = {self._of_value(one, ApacheValue(value)) for value in left.possible}
            return answers.pop() if len(answers) == 1 else self._open(one, left)
        return self._of_value(one, left)

    def _of_value(self, one: ValueComparison, left: ApacheValue) -> Answer:
        match one.operator:
            case "-n" | "-z":
                known = bool(left.content) if left.exact else (True if left.present else None)
                return self._open(one, left) if known is None else known is (one.operator == "-n")
            case "-T":
                false = left.content.lower() in ("", "0", "off", "false", "no")
                return not false if left.exact else self._open(one, left)
            case "=~" | "!~":
                return self._matched(one, left)
            case "in":
                return any_holds(self._equal(one, left, self._text((word,))) for word in one.right)
        if one.operator in WITH_WILDCARDS:
            return self._fits(one, left, self._text(one.right))
        if one.operator.startswith("-") and one.operator not in NUMBERS:
            raise Undetermined(f"{one.operator} in an expression")
        return self._ordered(one, left, self._text(one.right))

    def _ordered(self, one: ValueComparison, left: ApacheValue, right: ApacheValue) -> Answer:
        if one.operator in ("==", "!="):
            found = self._equal(one, left, right)
            return found if isinstance(found, OpenFact) else found is (one.operator == "==")
        if not left.exact or not right.exact:
            return self._open(one, left, right)
        return _in_order(one.operator, left.content, right.content)

    def _equal(self, one: ValueComparison, left: ApacheValue, right: ApacheValue) -> Answer:
        if left.exact and right.exact:
            return left.content == right.content
        for value, other in ((left, right), (right, left)):
            if value.present and other.exact and not other.content:
                return False
        return self._open(one, left, right)

    def _fits(self, one: ValueComparison, left: ApacheValue, right: ApacheValue) -> Answer:
        if not left.exact or not right.exact:
            return self._open(one, left, right)
        slash, ignore_case = WITH_WILDCARDS[one.operator]
        return fnmatched(right.content, left.content, slash=slash, ignore_case=ignore_case)

    def _matched(self, one: ValueComparison, left: ApacheValue) -> Answer:
        pattern, ignore_case = regular(one.right[0].content)
        if not left.exact:
            return self._open(one, left)
        try:
            found = compiled(pattern, ignore_case=ignore_case).search(left.content)
        except UnsupportedPattern as error:
            raise Undetermined(str(error)) from None
        return (found is not None) is (one.operator == "=~")

    def _open(self, one: ValueComparison, *values: ApacheValue) -> Answer:
        unknown = [value for value in values if not value.exact]
        what = str(replace(one, operator=_OPPOSITE.get(one.operator, one.operator)))
        turned = one.operator in ("!~", "-z")
        known = self.request.assumed.get(what)
        if known is not None:
            return known is not turned
        reason = ", ".join(value.unknown for value in unknown)
        return OpenFact(what, reason, all(value.chosen for value in unknown), None)

    def _text(self, parts: tuple[ExpressionToken, ...]) -> ApacheValue:
        found = ApacheValue()
        for one in parts:
            found = found.then(self._token(one))
        return found

    def _token(self, one: ExpressionToken) -> ApacheValue:
        if one.kind == "number":
            return ApacheValue(one.content)
        if one.kind == "variable":
            return text_of(one.content, self.request)
        inner = one.content[1:-1]
        if "$" in inner:
            raise Undetermined("a text with a group of an expression")
        return text_of(re.sub(r"\\(.)", r"\1", inner), self.request)


def text_of(written: str, request: ApacheRequest) -> ApacheValue:
    """Return a text whose variables are replaced."""
    found, at = ApacheValue(), 0
    for one in _IN_TEXT.finditer(written):
        found = found.then(ApacheValue(written[at : one.start()])).then(_of_name(one[1], one[2], request))
        at = one.end()
    return found.then(ApacheValue(written[at:]))


def _of_name(name: str, argument: str | None, request: ApacheRequest) -> ApacheValue:
    if argument is None:
        return variable(name, request)
    kind = name.lower()
    if kind in _HEADER_FUNCTIONS:
        return of_header(argument, request)
    if kind == "ssl":
        return variable(argument, request)
    if kind in ("env", "reqenv"):
        return request.environment.get(argument, ApacheValue())
    if kind in ("tolower", "toupper"):
        return ApacheValue(argument.lower() if kind == "tolower" else argument.upper())
    return ApacheValue(unknown=f"{name}({argument})")


def header_of(token: ExpressionToken) -> str:
    """Return the header that a part of an expression reads; empty if it reads none."""
    found = _IN_TEXT.fullmatch(token.content)
    return (found[2] or "") if found and found[1].lower() in _HEADER_FUNCTIONS else ""


def _in_order(operator: str, left: str, right: str) -> bool:
    if operator in NUMBERS:
        if not (left.lstrip("-").isdecimal() and right.lstrip("-").isdecimal()):
            raise Undetermined("a comparison of numbers")
        one, other = int(left), int(right)
        return {
            "-eq": one == other,
            "-ne": one != other,
            "-lt": one < other,
            "-le": one <= other,
            "-gt": one > other,
            "-ge": one >= other,
        }[operator]
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]
