"""Numbers, and values of enums in their derived order, in a function that is evaluated without a certificate."""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from specdrift.source.axum.guards.absent.absent_texts import number_of
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    FALSE,
    TRUE,
    UNKNOWN,
    Atom,
    Holding,
    Number,
    Value,
    of_flags,
    truths,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import plain, text

if TYPE_CHECKING:
    from tree_sitter import Node

    from specdrift.source.axum.guards.absent.absent_case import AbsentCase
    from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame

ORDERS: Mapping[str, Callable[[int, int], bool]] = {"<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge}
CALCULATIONS: Mapping[str, Callable[[int, int], int]] = {
    "+": op.add,
    "-": op.sub,
    "*": op.mul,
    "&": op.and_,
    "|": op.or_,
    "^": op.xor,
}
GREATEST = 127
"""Greatest number that each type has: a greater one may not fit."""
IMPLEMENTED = frozenset({"PartialOrd", "Ord"})
LOOPS = frozenset({"for_expression", "while_expression", "loop_expression"})


def in_order(case: AbsentCase, operator: str, left: Value, right: Value) -> Value:
    """Evaluate a comparison of an order."""
    found = {atom for one in left for other in right for atom in _in_order(case, operator, one, other)}
    return found or {UNKNOWN}


def _in_order(case: AbsentCase, operator: str, one: Atom, other: Atom) -> Value:
    kind, first = _rank(case, one, other)
    other_kind, second = _rank(case, other, one)
    if first is None or second is None or kind != other_kind:
        return {UNKNOWN}
    parts = isinstance(one, Holding) and one.fields != () and first == second
    return {UNKNOWN} if parts else truths(ORDERS[operator](first, second))


def _rank(case: AbsentCase, one: Atom, other: Atom) -> tuple[str, int | None]:
    """Return a type, and the place of a value in the order of the type; ``None`` if it is not known."""
    if isinstance(one, Number):
        return "", one.value
    if one is ABSENT:  # what is absent may have become the default
        return "", 0 if isinstance(other, Number) else None
    if not isinstance(one, Holding) or not one.member:
        return "", None
    name = one.type.rpartition("::")[2]
    implemented = any(each.trait in IMPLEMENTED for each in case.profiles.index.impls(name))
    return one.type, None if implemented else dict(_variants(case, one.type)).get(one.member)


def _variants(case: AbsentCase, name: str) -> Iterator[tuple[str, int]]:
    """Yield the variants of an enum with their numbers, up to the first that is not known."""
    found = case.profiles.types.definition(name)
    number = -1
    for one in plain(found.body) if found is not None and found.body is not None else ():
        if one.type == "enum_variant":
            written = syntax.field(one, "value")
            known = number_of(text(written)) if written is not None else number + 1
            if known is None:
                return
            number = known
            yield text(syntax.field(one, "name")), number


def integer(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate the literal of a number."""
    del case, frame
    known = number_of(text(node))
    return {UNKNOWN if known is None else Number(known)}


def cast(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``value as u32``, of a number or of a variant of an enum."""
    return {_as_number(case, one) for one in case.value(frame, plain(node)[0])}


def _as_number(case: AbsentCase, one: Atom) -> Atom:
    if one in {TRUE, FALSE}:
        return Number(int(one is TRUE))
    if not isinstance(one, Holding) or not one.member or one.fields:
        return one if isinstance(one, Number) and 0 <= one.value <= GREATEST else UNKNOWN
    known = dict(_variants(case, one.type)).get(one.member)
    return UNKNOWN if known is None else Number(known)


def calculated(operator: str, left: Value, right: Value, node: Node) -> Value:
    """Evaluate a calculation with numbers or truth values; a loop calculates more often than it is evaluated."""
    first, second = ([one.value for one in value if isinstance(one, Number)] for value in (left, right))
    calculate = CALCULATIONS.get(operator)
    if calculate is None or (len(first), len(second)) != (len(left), len(right)):
        return of_flags(operator, left, right)
    found = {calculate(one, other) for one in first for other in second}
    fits = all(0 <= one <= GREATEST for one in found) and not _in_loop(node)
    return {Number(one) for one in found} if fits and found else {UNKNOWN}


def _in_loop(node: Node) -> bool:
    around: Node | None = node
    while around is not None and around.type != "function_item":
        if around.type in LOOPS:
            return True
        around = around.parent
    return False
