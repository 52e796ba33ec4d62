"""Evaluates strings, since paths are built of them: ``format!``, ``+``, slices and methods, as far as all parts are
known.
"""

import re
from collections.abc import Callable, Sequence
from itertools import takewhile

from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    BoolValue,
    EnumVariant,
    NumberValue,
    SequenceValue,
    TextValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust.syntax import plain, text

DIGITS = re.compile(r"(\d+)(?:[iu](?:8|16|32|64|128|size))?")
PIECE = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*|\d+)?(?::[^{}]*)?\}")

Get = Callable[[str], str | None]


def format_text(
    pattern: str, positional: Sequence[str | None], named: Get, source_text: str = ""
) -> TextValue | UnknownValue:
    """Return the result of ``format!``; if a part is unknown, an unknown value with the text before it.

    ``format_text("{}/{name}", ["/v1"], {"name": "x"}.get)`` is ``/v1/x``.
    """
    parts: list[str | None] = []
    at = following = 0
    for found in PIECE.finditer(pattern):
        parts.append(pattern[at : found.start()])
        at = found.end()
        if found[0] in ("{{", "}}"):
            parts.append(found[0][0])
            continue
        name = found[1]
        if name is None or name.isdecimal():
            place = int(name) if name else following
            following += name is None
            parts.append(positional[place] if place < len(positional) else None)
        else:
            parts.append(named(name))
    parts.append(pattern[at:])
    known = [*takewhile(lambda part: part is not None, parts)]
    first = "".join(part or "" for part in known)
    return TextValue(first) if len(known) == len(parts) else UnknownValue(source_text, known=f"{first}…")


def character(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate a character as a text; one with an escape is unknown."""
    del evaluator, frame
    source_text = text(node)
    return TextValue(source_text[1:-1]) if len(source_text) == len("'x'") else UNKNOWN


def number(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate ``12`` and ``1_000usize``."""
    del evaluator, frame
    found = DIGITS.fullmatch(text(node).replace("_", ""))
    return NumberValue(int(found[1])) if found else UNKNOWN


def index(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate ``text[4..]`` and ``list[0]``."""
    children = plain(node)
    value = evaluator.value(frame, children[0])
    if len(children) != 2:
        return UNKNOWN
    if children[1].type == "range_expression":
        return _part(evaluator, frame, children[1], value)
    at = evaluator.value(frame, children[1])
    if isinstance(value, SequenceValue) and isinstance(at, NumberValue) and at.value < len(value.items):
        return value.items[at.value]
    return UNKNOWN


def _part(evaluator: Evaluator, frame: Frame, node: Node, value: Value) -> Value:
    """Return a slice of a text; offsets are in bytes."""
    first, dots, last = _ends(node)
    start = evaluator.value(frame, first) if first is not None else NumberValue(0)
    if not isinstance(value, TextValue) or not isinstance(start, NumberValue) or dots != "..":
        return UNKNOWN
    whole = value.value.encode()
    stop = evaluator.value(frame, last) if last is not None else NumberValue(len(whole))
    if not isinstance(stop, NumberValue):
        return UNKNOWN
    return TextValue(whole[start.value : stop.value].decode("utf-8", "replace"))


def _ends(node: Node) -> tuple[Node | None, str, Node | None]:
    dots = next((child for child in node.children if not child.is_named), None)
    inner = plain(node)
    first = next((child for child in inner if dots and child.end_byte <= dots.start_byte), None)
    last = next((child for child in inner if dots and child.start_byte >= dots.end_byte), None)
    return first, text(dots), last


def binary(operator: str, left: Value, right: Value) -> Value | None:
    """Evaluate ``+`` of texts, and comparisons; ``None`` for anything else."""
    match left, right:
        case TextValue(), TextValue() if operator == "+":
            return TextValue(left.value + right.value)
        case (TextValue(), TextValue()) | (NumberValue(), NumberValue()) if operator in {"==", "!="}:
            return BoolValue((left == right) == (operator == "=="))
        case EnumVariant(), EnumVariant() if operator in {"==", "!="}:
            held = left.fields or right.fields
            same = (left.type, left.name) == (right.type, right.name)
            return None if same and held else BoolValue(same == (operator == "=="))
    return None


def method(receiver: TextValue, name: str, values: list[Value]) -> Value:
    """Evaluate a method of ``str`` or ``String``."""
    arguments = [value.value for value in values if isinstance(value, TextValue)]
    if len(arguments) < len(values):
        return UNKNOWN
    made = OF_TEXTS.get((name, len(arguments)))
    return made(receiver.value, *arguments) if made else UNKNOWN


def _without(value: str, *, start: str = "", end: str = "") -> TextValue:
    while start and value.startswith(start):
        value = value.removeprefix(start)
    while end and value.endswith(end):
        value = value.removesuffix(end)
    return TextValue(value)


OF_TEXTS: dict[tuple[str, int], Callable[..., Value]] = {
    ("parse", 0): lambda value: UnknownValue(known=value),
    ("len", 0): lambda value: NumberValue(len(value.encode())),
    ("is_empty", 0): lambda value: BoolValue(not value),
    ("to_lowercase", 0): lambda value: TextValue(value.lower()),
    ("to_uppercase", 0): lambda value: TextValue(value.upper()),
    ("trim", 0): lambda value: TextValue(value.strip()),
    ("starts_with", 1): lambda value, argument: BoolValue(value.startswith(argument)),
    ("ends_with", 1): lambda value, argument: BoolValue(value.endswith(argument)),
    ("replace", 2): lambda value, old, new: TextValue(value.replace(old, new)),
    ("trim_start_matches", 1): lambda value, argument: _without(value, start=argument),
    ("trim_end_matches", 1): lambda value, argument: _without(value, end=argument),
    ("trim_matches", 1): lambda value, argument: _without(value, start=argument, end=argument),
    ("strip_prefix", 1): lambda value, argument: (
        TextValue(value[len(argument) :]) if value.startswith(argument) else UNKNOWN
    ),
    ("strip_suffix", 1): lambda value, argument: (
        TextValue(value.removesuffix(argument)) if value.endswith(argument) else UNKNOWN
    ),
}
"""Methods of texts by name and number of text arguments. A character counts as a text."""


def grown(receiver: TextValue, values: list[Value]) -> Value:
    """Return a ``String`` after ``push_str`` or ``push``."""
    more = values[0] if len(values) == 1 else UNKNOWN
    return TextValue(receiver.value + more.value) if isinstance(more, TextValue) else UNKNOWN
