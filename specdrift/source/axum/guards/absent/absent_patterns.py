"""Patterns, and which of the values of a client without a certificate they match."""

import re
from collections.abc import Mapping

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_requests import matches_method
from specdrift.source.axum.guards.absent.absent_shapes import PathForm
from specdrift.source.axum.guards.absent.absent_texts import LITERALS, literal, number_of
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    FALSE,
    FORWARDED,
    NOTHING,
    OPAQUE,
    REJECTION,
    TRUE,
    UNKNOWN,
    Atom,
    Holding,
    Number,
    Present,
    Text,
    Value,
    equal,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import descendants, path_of, plain, text

AROUND_PATTERNS = frozenset(
    {"mut_pattern", "ref_pattern", "reference_pattern", "match_pattern", "captured_pattern", "parameter"}
)
COMPOSED = frozenset({"tuple_struct_pattern", "struct_pattern"})
WRITTEN: Mapping[Atom, re.Pattern[str]] = {
    TRUE: re.compile("true"),
    FALSE: re.compile("false"),
}
"""Values of which a literal is the same or another."""
RANGE = re.compile(r"(-?\w*)\s*\.\.(=?)\s*(-?\w*)")
"""The ends of a range of numbers."""
Match = tuple[bool, bool, dict[str, Value]]


def match(pattern: Node, value: Value) -> tuple[bool, Value, dict[str, Value]]:
    """Return whether a pattern can match, the values that may not, and its variables."""
    matches, rest, names = False, set[Atom](), dict[str, Value]()
    for one in value:
        can, misses, bound = _match(pattern, one)
        matches = matches or can
        rest |= {one} if misses else set()
        for name, held in bound.items() if can else ():
            names[name] = names.get(name, NOTHING) | held
    return matches, rest, names


def _match(pattern: Node, one: Atom) -> Match:
    """Match one value: whether it can match, whether it can fail to, and the variables."""
    inner, kind = plain(pattern), pattern.type
    if isinstance(one, Holding) and one.member and _names_variant(pattern):
        return _match_variant(pattern, one)
    if kind in {"identifier", "shorthand_field_identifier", "_"} and text(pattern) != "None":
        variable = not text(pattern)[:1].isupper() and kind != "_"
        constant = text(pattern)[:1].isupper()
        return True, constant, {text(pattern): {one}} if variable else {}
    if kind in AROUND_PATTERNS:
        found = syntax.field(pattern, "pattern")
        last = found or next((child for child in inner if child.type != "mutable_specifier"), None)
        return _match(last, one) if last is not None else (True, text(pattern) != "_", {})
    if kind == "or_pattern":
        parts = [_match(child, one) for child in inner]
        names: dict[str, Value] = {}
        for can, _, bound in parts:
            names |= bound if can else {}
        return any(part[0] for part in parts), all(part[1] for part in parts), names
    if (same := _compared(pattern, one)) is not None:
        can, misses = same
        return can, misses, {}
    return (True, True, _names(pattern, {one})) if one is FORWARDED else _match_parts(pattern, one)


def _compared(pattern: Node, one: Atom) -> tuple[bool, bool] | None:
    """Return whether a value can match a literal or a constant, and whether it can fail to; ``None`` for others."""
    if (written := WRITTEN.get(one)) is not None:
        matches = written.fullmatch(text(pattern)) is not None
        return (matches, not matches) if pattern.type.endswith("_literal") else None
    if isinstance(one, Number):
        return _of_number(text(pattern), one.value)
    if not isinstance(one, Text | PathForm) and one is not ABSENT:
        return None
    if pattern.type in LITERALS:
        same = equal({one}, literal(pattern))
        return same is not False, same is not True
    known = matches_method(pattern, one) if isinstance(one, Text) else None
    return None if known is None else (known, not known)


def _of_number(written: str, number: int) -> tuple[bool, bool] | None:
    """Return whether a number can match a literal or a range, and whether it can fail to; ``None`` for others."""
    found = RANGE.fullmatch(written)
    if found is None:
        known = number_of(written)
        return None if known is None else (number == known, number != known)
    first, last = (number_of(one) if one else number for one in (found[1], found[3]))
    if first is None or last is None:
        return None
    within = first <= number and (number <= last if found[2] or not found[3] else number < last)
    return within, not within


def _named(pattern: Node) -> str:
    """Return the last segment of the path of a pattern."""
    typed = syntax.field(pattern, "type") if pattern.type in COMPOSED else pattern
    return (path_of(typed) or ("",))[-1]


def _names_variant(pattern: Node) -> bool:
    return pattern.type in COMPOSED | {"identifier", "scoped_identifier"} and _named(pattern)[:1].isupper()


def _match_variant(pattern: Node, one: Holding) -> Match:
    if _named(pattern) != one.member:
        return False, True, {}
    return _fields(pattern, dict(one.fields)) if pattern.type in COMPOSED else (True, False, {})


def _match_parts(pattern: Node, one: Atom) -> Match:
    """Match one value with a variant, a struct, a tuple or a slice."""
    inner, kind = plain(pattern), pattern.type
    whole = kind == "tuple_struct_pattern"
    name = (path_of(syntax.field(pattern, "type") if whole else pattern) or ("",))[-1]
    if name in {"None", "Err"} or (kind == "slice_pattern" and not inner):
        refutable = whole and any(_refutable(child) for child in inner[1:])
        error: Value = {REJECTION if one is ABSENT else UNKNOWN}
        return (
            one in {*OPAQUE, ABSENT},
            one is not ABSENT or refutable,
            _names(pattern, error) if whole else {},
        )
    if name in {"Some", "Ok"} and whole:
        if not isinstance(one, Present):
            return one in OPAQUE, True, _names(pattern, {_part(one)})
        can, rest, bound = match(inner[1], one.inner) if len(inner) > 1 else (True, NOTHING, {})
        return can, bool(rest), bound
    if kind == "slice_pattern" and one is ABSENT:
        return False, True, {}
    composed = kind in {"tuple_pattern", "tuple_struct_pattern", "struct_pattern"}
    if isinstance(one, Holding) and composed:
        return _fields(pattern, dict(one.fields))
    return True, not composed or _refutable(pattern), _names(pattern, {_part(one)})


def _part(one: Atom) -> Atom:
    """Return a part of a value without known parts; of the default of a type, that of the part."""
    return one if one in {*OPAQUE, ABSENT} else UNKNOWN


def positions(node: Node) -> list[Node]:
    """Return the parts of a pattern or the parameters of a closure, with ``_``, which has no named node."""
    named = plain(node)
    return [one for one in node.children if one in named or (one.type == "_" and not one.is_named)]


def _fields(pattern: Node, held: dict[str, Value]) -> Match:
    parts = positions(pattern)
    if pattern.type != "tuple_pattern":
        parts = parts[1:]
    matches, misses, names = True, False, dict[str, Value]()
    left_out = False
    for number, part in enumerate(parts):
        if part.type == "remaining_field_pattern":
            left_out = True
            continue
        # How many fields are left out is not known.
        name, inner = "" if left_out else str(number), part
        if part.type == "field_pattern":
            name = text(syntax.field(part, "name"))
            inner = syntax.field(part, "pattern") or syntax.field(part, "name") or part
        can, rest, bound = match(inner, held.get(name, {UNKNOWN}))
        matches, misses = matches and can, misses or bool(rest)
        names |= bound
    return matches, misses, names


def _refutable(pattern: Node) -> bool:
    """Return whether a pattern names a variant or a constant."""
    if pattern.type in {"identifier", "_", "remaining_field_pattern"}:
        return text(pattern)[:1].isupper()
    return any(
        n.type in {"scoped_identifier", "slice_pattern"}
        or n.type.endswith("literal")
        or (n.type == "identifier" and text(n)[:1].isupper())
        for child in plain(pattern)[pattern.type.startswith(("tuple_struct", "struct")) :]
        for n in descendants(child)
    )


def _names(pattern: Node, value: Value) -> dict[str, Value]:
    kinds = {"identifier", "shorthand_field_identifier"}
    return {text(n): value for n in descendants(pattern) if n.type in kinds and not text(n)[:1].isupper()}
