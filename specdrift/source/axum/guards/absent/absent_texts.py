"""Methods of texts and of header maps, in a function that is evaluated for a client without a certificate."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_requests import (
    in_list,
    of_method,
    of_path,
    of_target,
)
from specdrift.source.axum.guards.absent.absent_shapes import PathForm, written
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    HEADERS,
    SUCCESS,
    TEXT,
    UNKNOWN,
    Atom,
    KnownUri,
    Present,
    Text,
    Texts,
    Value,
    some,
    truths,
)
from specdrift.source.rust.syntax import path_of, text

_SAME = """
as_bytes as_ref as_str as_slice borrow clone cloned copied deref into into_owned into_string to_owned to_string to_vec
as_deref
"""
_CHANGED: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(_SAME.split(), str),
    **dict.fromkeys(("trim", "trim_ascii"), str.strip),
    "trim_start": str.lstrip,
    "trim_end": str.rstrip,
    **dict.fromkeys(("to_lowercase", "to_ascii_lowercase"), str.lower),
    **dict.fromkeys(("to_uppercase", "to_ascii_uppercase"), str.upper),
}
"""Methods whose result is a text."""
_COMPARED: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda one, other: one == other,
    "ne": lambda one, other: one != other,
    "eq_ignore_ascii_case": lambda one, other: one.lower() == other.lower(),
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "contains": str.__contains__,
}
"""Methods that compare with a text."""


def _without(one: str, rest: str) -> Atom:
    """Return the rest of a text without its start or end; ``None`` if it has no such part."""
    return ABSENT if one == rest else some({Text(rest)})


_DIVIDED: Mapping[str, Callable[[str, str], Atom]] = {
    "split": lambda one, other: Texts(tuple(one.split(other))),
    "rsplit": lambda one, other: Texts(tuple(reversed(one.split(other)))),
    **dict.fromkeys(("find", "rfind"), lambda one, other: some({UNKNOWN}) if other in one else ABSENT),
    "strip_prefix": lambda one, other: _without(one, one.removeprefix(other)),
    "strip_suffix": lambda one, other: _without(one, one.removesuffix(other)),
}
"""Methods that look for a text which is not empty."""
INTEGER = re.compile(r"(-?\d[\d_]*?)_?(?:[iu](?:8|16|32|64|128|size))?")
"""A decimal number."""
LITERALS = frozenset({"string_literal", "raw_string_literal", "char_literal", "byte_string_literal"})
READING = frozenset({"get", "get_all", "contains_key", "remove", "typed_get"})
"""Methods that read a map of headers."""


def literal(node: Node) -> Value:
    """Return the text of a literal."""
    written = text(node).removeprefix("b")
    if written.startswith("r"):
        return {Text(written[1:].strip("#")[1:-1])}
    if "\\" in written:
        try:
            return {Text(str(ast.literal_eval(written)))}
        except (ValueError, SyntaxError):
            return {UNKNOWN}
    return {Text(written[1:-1])}


def number_of(written: str) -> int | None:
    """Return the number that a literal is; ``None`` for any other text."""
    found = INTEGER.fullmatch(written)
    return int(found[1].replace("_", "").lstrip("0") or "0") if found else None


def made_by(function: Node, given: list[Value]) -> Value:
    """Return what a function of another crate that is an argument makes of a value: a variant, or another text."""
    path = path_of(function)
    if path[-1:] in {("Ok",), ("Some",)} and given:
        return {some(given[0])}
    found: set[Atom] = set()
    for one in given[0] if given and path else ():
        found |= of_text(one, path[-1], given[1:]) or {UNKNOWN}
    return found or {UNKNOWN}


def of_text(one: Atom, name: str, given: list[Value]) -> Value | None:  # noqa: PLR0911 - a table of cases
    """Evaluate a method of a text; ``None`` for another value, and for a method that is not known."""
    if one is not TEXT and not isinstance(one, Text):
        return None
    if name == "to_str":
        return {some({one})}
    if name == "is_empty":
        return truths(one == Text(""))
    if not isinstance(one, Text):
        return {TEXT} if name in _CHANGED else None
    if name in _CHANGED:
        return {Text(_CHANGED[name](one.content))}
    (other,) = given[0] if len(given) == 1 and len(given[0]) == 1 else (None,)
    if not isinstance(other, Text):
        return None
    if name in _COMPARED:
        return truths(_COMPARED[name](one.content, other.content))
    return {_DIVIDED[name](one.content, other.content)} if name in _DIVIDED and other.content else None


def of_empty(name: str, given: list[Value]) -> Value | None:
    """Evaluate a comparison of an empty text or list, which stands for a missing value."""
    (other,) = given[0] if len(given) == 1 and len(given[0]) == 1 else (None,)
    if name not in {"starts_with", "ends_with", "contains"} or not isinstance(other, Text):
        return None
    return truths(False if other.content else None if name == "contains" else True)


def of_headers(headers: Mapping[str, Value], name: str, given: list[Value]) -> Value:
    """Evaluate a method of a map of headers, of which some are known by their lower-case names."""
    keys = given[0] if given else set()
    if name not in READING or len(keys) != 1:
        return {UNKNOWN}
    (key,) = keys
    found = headers.get(key.content.lower()) if isinstance(key, Text) else None
    if found is None or name == "typed_get":
        return {UNKNOWN}
    if name != "contains_key":
        return found
    (one, *more) = found
    return truths(None if more or one is UNKNOWN else isinstance(one, Present))


def texts_in(one: Atom) -> Iterator[str]:
    """Yield the text of a value, or of what is in an option."""
    if isinstance(one, Text):
        yield one.content.lower()
    elif isinstance(one, Present):
        for inner in one.inner:
            yield from texts_in(inner)


def of_known(  # noqa: PLR0911 - a table of cases
    headers: Mapping[str, Value], one: Atom, name: str, values: list[Value]
) -> Value | None:
    """Evaluate a method of headers, of a text or of a part of the request; ``None`` for others."""
    match one:
        case Text() if (of_request := of_method(one, name)) is not None:
            return of_request
        case Text() if name == "into_response":
            return {SUCCESS}
        case Text():
            return of_text(one, name, values)
        case Texts():
            return in_list(one, name, values)
        case PathForm() if (whole := written(one)) and name in _DIVIDED:
            return of_text(Text(whole), name, values)
        case PathForm():
            return of_path(one, name, values)
        case KnownUri():
            return of_target(one, name)
    if one is HEADERS:
        return of_headers(headers, name, values)
    return of_text(one, name, values) if one is TEXT else None
