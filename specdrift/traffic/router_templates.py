"""Converts path templates of routers to OpenAPI: ``/photos/:id(.:format)`` becomes ``/photos/{id}``. Pure.

Reads templates of OpenAPI, axum, matchit, Go, Spring and ASP.NET (braces), Express and Rails (colons, stars,
parentheses) and Flask (angle brackets). Drops optional parts, except a parameter that is a whole segment.
"""

import re
from typing import NamedTuple

BRACES = re.compile(r"\*{0,2}([^\s:=?{}*]*?)(?:\.\.\.|\?|[:=].*)?", re.DOTALL)
"""Content of braces: a name, then optionally a constraint, a default, ``?`` or ``...``."""
COLON = re.compile(r":([A-Za-z_]\w*)")
STAR = re.compile(r"\*([A-Za-z_]\w*|)")
ANGLE = re.compile(r"<(?:[^<>/]*:)?(\w+)>")
OPTIONAL = re.compile(r"[./-]|[./-]?[:*][A-Za-z_]")
"""Start of an optional part: a separator and a word, or a parameter."""
OPERATORS = re.compile(r"[.*+?\\|\[\]^]")
"""Characters of a regular expression that no optional part contains."""
NAMED = {":": COLON, "*": STAR, "<": ANGLE}
CLOSING = {"(": ")", "{": "}"}


class _Token(NamedTuple):
    """A piece of the OpenAPI template (may be empty) and the offset of the next one."""

    piece: str
    end: int
    parameter: bool = False


def openapi_template(path: str) -> str | None:
    """Return the path in OpenAPI syntax; ``None`` for an unknown template syntax."""
    pieces: list[str] = []
    at, after_parameter = 0, False
    while at < len(path):
        token = _next(path, at, after_parameter=after_parameter)
        if token is None:
            return None
        pieces.append(token.piece)
        at, after_parameter = token.end, token.parameter
    whole = "".join(pieces) or "/"
    # `/(:locale)/books` without its optional part.
    return whole if "//" in path else whole.replace("//", "/")


def _next(path: str, at: int, *, after_parameter: bool) -> _Token | None:
    letter = path[at]
    if letter in CLOSING:
        return _bracket(path, at, after_parameter=after_parameter)
    if after_parameter and letter in "?+*":
        return _Token("", at + 1)  # a repetition
    if found := _named(path, at):
        return _parameter(found[1] or "rest", found.end())
    # The rest are regular expressions, and optional letters of Express.
    return None if letter in ")]}[<>\\^|?*" else _Token(letter, at + 1)


def _named(path: str, at: int) -> re.Match[str] | None:
    """Match a parameter at an offset; a colon or star inside a word starts none."""
    expression = NAMED.get(path[at])
    alone = path[at] == "<" or path[max(at - 1, 0) : at] in ("", "/", "-", ".")
    return expression.match(path, at) if expression and alone else None


def _parameter(name: str, end: int) -> _Token:
    return _Token(f"{{{name}}}", end, parameter=True)


def _bracket(path: str, at: int, *, after_parameter: bool) -> _Token | None:
    """Read parentheses or braces up to the closing one."""
    end = _closed(path, at)
    if end is None:
        return None
    inner = path[at + 1 : end - 1]
    if path[at] == "{":
        return _braces(inner, end)
    if after_parameter and not _is_optional(inner):
        return _Token("", end, parameter=True)  # a constraint of its values
    return _parentheses(path, at, end)


def _braces(inner: str, end: int) -> _Token | None:
    if inner.startswith(("/", ".", "-")) or inner == "$":
        return _Token("", end)  # Express 5: an optional part; Go: the end of the path
    found = BRACES.fullmatch(inner)
    return _parameter(found[1] or "rest", end) if found else None


def _parentheses(path: str, at: int, end: int) -> _Token | None:
    inner, behind = path[at + 1 : end - 1], path[end : end + 1]
    if _is_optional(inner):
        return _Token("", end)
    if OPERATORS.search(inner):
        whole = path[at - 1] == "/" and behind in ("", "/")
        return _parameter("rest", end) if whole else None
    return None if behind in tuple("?*+") else _Token(path[at:end], end)


def _is_optional(inner: str) -> bool:
    """Return whether parentheses hold an optional part (Rails) and not a regular expression."""
    return bool(OPTIONAL.match(inner)) and not OPERATORS.search(re.sub(r"[*:][A-Za-z_]\w*", "", inner[1:]))


def _closed(path: str, at: int) -> int | None:
    """Return the offset after the closing bracket; ``None`` if there is none."""
    opening, depth, escaped = path[at], 0, False
    for index in range(at, len(path)):
        letter = path[index]
        if escaped or letter == "\\":
            escaped = not escaped
        elif letter in (opening, CLOSING[opening]):
            depth += 1 if letter == opening else -1
            if not depth:
                return index + 1
    return None
