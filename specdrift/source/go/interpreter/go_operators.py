"""Operators: comparisons, conditions and arithmetic."""

from collections.abc import Callable, Mapping
from operator import add, floordiv, mod, mul, sub

from specdrift.source.go.values import go_texts
from specdrift.source.go.values.go_values import (
    NIL,
    Closure,
    DeclaredFunction,
    GoChoice,
    GoNil,
    GoNumber,
    GoText,
    GoTruth,
    GoUnknown,
    GoValue,
    Items,
    LibraryCode,
    LibraryObject,
    Pointer,
    Record,
    Table,
    alternatives,
    choice,
    origins_of,
    plain,
)
from specdrift.source.go.values.nil_values import Boxed

PRESENT = Boxed, Record, Pointer, LibraryObject, Closure, DeclaredFunction, Table, GoText, GoNumber, GoTruth
"""Values that are not ``nil``."""
ARITHMETIC: Mapping[str, Callable[[int, int], int]] = {"+": add, "-": sub, "*": mul, "%": mod, "/": floordiv}
ORDERS: Mapping[str, Callable[[int, int], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
BITS: Mapping[str, Callable[[int, int], int]] = {
    "<<": lambda one, other: one << min(other, 64),
    ">>": lambda one, other: one >> min(other, 64),
    "&": lambda one, other: one & other,
    "|": lambda one, other: one | other,
}


def truth(value: GoValue) -> bool | None:
    """Return the outcome of a condition; ``None`` if it is not known."""
    outcomes = {
        inner.value if isinstance(inner := plain(one), GoTruth) else None for one in alternatives(value)
    }
    return outcomes.pop() if len(outcomes) == 1 else None


def equal(one: GoValue, other: GoValue) -> bool | None:
    """Return whether two values are equal; ``None`` if that is not known."""
    outcomes = {_equal(plain(a), plain(b)) for a in alternatives(one) for b in alternatives(other)}
    return outcomes.pop() if len(outcomes) == 1 else None


def _equal(one: GoValue, other: GoValue) -> bool | None:
    if isinstance(one, GoNil) or isinstance(other, GoNil):
        value, empty = (other, one) if isinstance(one, GoNil) else (one, other)
        is_same = isinstance(value, Boxed) and value.value == empty and value.value != NIL
        return None if is_same else _is_nil(value)
    match one, other:
        case GoText(), GoText():
            return go_texts.same(one, other)
        case (GoNumber(), GoNumber()) | (GoTruth(), GoTruth()):
            return one == other
        case (LibraryObject(), LibraryObject()) | (LibraryCode(receiver=None), LibraryCode(receiver=None)):
            return one == other
        case Pointer(target=target), Pointer(target=same):
            return target is same
    return None


def _is_nil(value: GoValue) -> bool | None:
    match value:
        case GoNil():
            return True
        case Items(values=values, is_complete=is_complete):
            return None if is_complete and not values else False
        case GoNumber(value=number):
            return number == 0  # a field of a struct of another module, which has no value
        case LibraryCode(receiver=receiver):
            return False if receiver is None else None
    return False if isinstance(value, PRESENT) else None


def binary(operator: str, one: GoValue, other: GoValue) -> GoValue:
    """Return the value of an operator, but for those that evaluate their right side by need."""
    if operator in {"==", "!="}:
        outcome = equal(one, other)
        if outcome is None:
            return GoUnknown(origins=origins_of(one, other))
        return GoTruth(outcome is (operator == "=="))
    if isinstance(one, GoChoice) or isinstance(other, GoChoice):
        return choice(binary(operator, a, b) for a in alternatives(one) for b in alternatives(other))
    left, right = plain(one), plain(other)
    if operator == "+" and (isinstance(left, GoText) or isinstance(right, GoText)):
        return go_texts.joined([left, right])
    left, right = _number(left), _number(right)
    if isinstance(left, GoNumber) and isinstance(right, GoNumber):
        return _of_numbers(operator, left.value, right.value)
    return GoUnknown(origins=origins_of(one, other))


def _number(value: GoValue) -> GoValue:
    return GoNumber(0) if isinstance(value, GoNil) else value


def _of_numbers(operator: str, one: int, other: int) -> GoValue:
    if operator in ORDERS:
        return GoTruth(ORDERS[operator](one, other))
    if operator in BITS and abs(one) < 1 << 64:
        return GoNumber(BITS[operator](one, other))
    if operator in ARITHMETIC and (other or operator not in "/%") and abs(one) + abs(other) < 1 << 64:
        return GoNumber(ARITHMETIC[operator](one, other))
    return GoUnknown()


def negated(value: GoValue) -> GoValue:
    """Return the opposite of a condition."""
    outcome = truth(value)
    return GoUnknown(origins=origins_of(value)) if outcome is None else GoTruth(not outcome)
