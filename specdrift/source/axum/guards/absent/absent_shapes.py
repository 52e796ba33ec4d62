"""The paths of the requests that a route gets, as far as its template decides comparisons with them. Pure.

A parameter is one character or more of a segment, a wildcard one or more of any kind, both as the request has them:
axum matches paths without decoding them.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

PARAMETER = re.compile(r"\{\*?[^/{}]+\}|(?<=/):[^/]+|(?<=/)\*[^/]+$")
"""A parameter or a wildcard, as axum 0.8 or its predecessors write them."""
LONGEST = 500


class PathForm(Struct, frozen=True):
    """Texts of a common form."""

    parts: tuple[str, ...]
    """Literal texts, ``SEGMENT`` and ``REST``."""


SEGMENT, REST = "\0", "\0\0"
"""One character or more without a slash, and with slashes."""
State = tuple[int, int]
"""The number of a part, and how many of its characters were read."""


def shape_of(path: str) -> PathForm | None:
    """Return the form of the paths that a route gets; ``None`` if the template is too long, or escapes braces."""
    if len(path) > LONGEST or "{{" in path or "}}" in path:
        return None
    parts, end = list[str](), 0
    for found in PARAMETER.finditer(path):
        parts += [path[end : found.start()], REST if "*" in found[0][:2] else SEGMENT]
        end = found.end()
    return PathForm(tuple(part for part in (*parts, path[end:]) if part))


def compared(shape: PathForm, how: str, text: str) -> bool | None:
    """Return the outcome of a comparison of each such text; ``None`` if it is not the same for all."""
    return COMPARISONS[how](shape, text) if how in COMPARISONS else None


def _equal(shape: PathForm, text: str) -> bool | None:
    if not _wild(shape):
        return "".join(shape.parts) == text
    return None if _ends(_read(shape, text, [(0, 0)]), shape) else False


def _starts(shape: PathForm, text: str) -> bool | None:
    first = shape.parts[0] if shape.parts and shape.parts[0] not in (SEGMENT, REST) else ""
    if first.startswith(text):
        return True
    return None if _wild(shape) and _read(shape, text, [(0, 0)]) else False


def _stops(shape: PathForm, text: str) -> bool | None:
    reverse = PathForm(tuple(part[::-1] for part in reversed(shape.parts)))
    return _starts(reverse, text[::-1])


def _contains(shape: PathForm, text: str) -> bool | None:
    literal = [part for part in shape.parts if part not in (SEGMENT, REST)]
    if any(text in part for part in literal):
        return True
    every = [(number, at) for number, part in enumerate(shape.parts) for at in range(max(1, len(part)))]
    return None if _wild(shape) and _read(shape, text, every) else False


def _folded(shape: PathForm, text: str) -> bool | None:
    return _equal(lowered(shape), text.lower())


COMPARISONS: Mapping[str, Callable[[PathForm, str], bool | None]] = {
    "eq": _equal,
    "starts_with": _starts,
    "ends_with": _stops,
    "contains": _contains,
    "eq_ignore_ascii_case": _folded,
}


def lowered(shape: PathForm) -> PathForm:
    """Return the form of the texts in lower case."""
    return PathForm(tuple(part.lower() for part in shape.parts))


def without_prefix(shape: PathForm, text: str) -> PathForm | bool:
    """Return the rest of each text without a prefix; whether some may have it, if not all do."""
    if (found := _starts(shape, text)) is not True:
        return found is None
    return PathForm(tuple(part for part in (shape.parts[0][len(text) :], *shape.parts[1:]) if part))


def written(shape: PathForm) -> str:
    """Return the only text of a form; empty if there are several."""
    return "" if _wild(shape) else "".join(shape.parts)


def ends_in_slash(shape: PathForm) -> bool:
    """Return whether some of the texts may end with a slash."""
    return shape.parts[-1:] == (REST,) or shape.parts[-1:] == () or shape.parts[-1].endswith("/")


def _wild(shape: PathForm) -> bool:
    return SEGMENT in shape.parts or REST in shape.parts


def _read(shape: PathForm, text: str, states: Iterable[State]) -> set[State]:
    """Return where in the form a text may have been read to, if it is read from these states on."""
    current = set(states)
    for character in text:
        current = {one for state in current for one in _after(shape, state, character)}
        if not current:
            break
    return current


def _after(shape: PathForm, state: State, character: str) -> Iterable[State]:
    """Yield the states after a character; a parameter goes on after its first one, or ends."""
    number, at = state
    if number >= len(shape.parts):
        return
    part = shape.parts[number]
    if part in (SEGMENT, REST):
        if part == REST or character != "/":
            yield number, 1
        if at:
            yield from _after(shape, (number + 1, 0), character)
    elif part[at] == character:
        yield (number, at + 1) if at + 1 < len(part) else (number + 1, 0)


def _ends(states: Iterable[State], shape: PathForm) -> bool:
    last = len(shape.parts)
    return any(
        number == last or (number == last - 1 and at and shape.parts[number] in (SEGMENT, REST))
        for number, at in states
    )
