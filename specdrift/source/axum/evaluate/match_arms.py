"""Selects the arms of a ``match`` for known booleans, strings and enum variants."""

from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import BoolValue, EnumVariant, TextValue, UnknownValue, Value
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import guard_of
from specdrift.source.rust.syntax import path_of, plain, string_value, text

DEEPEST = 20
"""Maximum depth of nested patterns."""


def fits(evaluator: Evaluator, frame: Frame, arm: Node, subject: Value) -> bool | None:
    """Return whether an arm matches if no earlier one does; ``None`` if that depends on the run."""
    pattern = syntax.field(arm, "pattern")
    guard = guard_of(arm)
    matching = pattern_fits(pattern, subject) if pattern is not None else None
    if guard is None or matching is False:
        return matching
    known = evaluator.value(frame, guard)
    if not isinstance(known, BoolValue):
        return None
    anything = pattern is not None and text(pattern).startswith("_")
    return None if known.value and not anything and not matching else known.value


def pattern_fits(pattern: Node, subject: Value, depth: int = 0) -> bool | None:  # noqa: PLR0911 - a table of cases
    """Return whether a pattern matches a value; ``None`` if unknown."""
    inner = plain(pattern)
    match pattern.type:
        case "match_pattern" if not inner:
            return None if isinstance(subject, UnknownValue) else True  # _
        case "match_pattern" | "reference_pattern" | "ref_pattern" if inner and depth < DEEPEST:
            return pattern_fits(
                inner[-1] if pattern.type != "match_pattern" else inner[0], subject, depth + 1
            )
        case "or_pattern" if depth < DEEPEST:
            every = [pattern_fits(child, subject, depth + 1) for child in inner]
            return True if True in every else None if None in every else False
    match subject:
        case BoolValue():
            return subject.value == (text(pattern) == "true") if text(pattern) in {"true", "false"} else None
        case TextValue():
            literal = string_value(pattern)
            return literal == subject.value if literal is not None else None
        case EnumVariant():
            return _is_variant(pattern, subject)
    return None


def _is_variant(pattern: Node, subject: EnumVariant) -> bool | None:
    match pattern.type:
        case "identifier" if text(pattern)[:1].islower():
            return True  # a name for whatever it is
        case "identifier" | "scoped_identifier":
            return (path_of(pattern) or ("",))[-1] == subject.name
        case "tuple_struct_pattern" | "struct_pattern":
            if (path_of(syntax.field(pattern, "type")) or ("",))[-1] != subject.name:
                return False
            named = (child.type in {"identifier", "remaining_field_pattern"} for child in plain(pattern)[1:])
            return True if all(named) else None
    return None
