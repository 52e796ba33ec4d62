"""Values for requests that may change something: of the right format, and of nothing that exists.

A short value such as ``1`` may name a resource, or be the prefix of an identifier that the server completes. Pure.
"""

import re
from collections.abc import Iterator, Mapping

TEXT = "specdrift-made-up-7f3a9c2e5b8d"
INTEGER = 907_315_248
"""An identifier that fits into 32 bits."""
QUANTITY = 90_731
"""An integer outside the path, where a number is as often an amount."""
FORMATS: Mapping[str, str] = {
    "uuid": "e7c4a1f0-93b6-4d58-a2ce-6f0b7d3915c8",
    "date": "1971-03-17",
    "date-time": "1971-03-17T05:23:41Z",
    "email": "specdrift-made-up-7f3a9c2e@example.com",
    "idn-email": "specdrift-made-up-7f3a9c2e@example.com",
    "hostname": "specdrift-made-up-7f3a9c2e.example.com",
    "idn-hostname": "specdrift-made-up-7f3a9c2e.example.com",
    "uri": "https://specdrift-made-up.example.com/7f3a9c2e",
    "url": "https://specdrift-made-up.example.com/7f3a9c2e",
    "iri": "https://specdrift-made-up.example.com/7f3a9c2e",
    "uri-reference": "/specdrift-made-up-7f3a9c2e",
    "json-pointer": "/specdrift-made-up-7f3a9c2e",
    "byte": "c3BlY2RyaWZ0LW1hZGUtdXA=",
}
"""Beside the formats of which every value is improbable."""

_USUAL = 12
"""Repetitions where a pattern leaves the number open."""
_MOST = 256
_SAMPLE = "7q3x9c2e5b8d4f6a1k0z"
_OTHERS = "QXKZWVJP_-.:/@ +~=,;!#$%&*()[]{}<>?'\"|^`"
Atom = tuple[str, int, int]
"""A character or class, and how often it may stand there."""
_PART = re.compile(
    r"(?P<open>\((?:\?:|\?P?<[A-Za-z_]\w{0,40}>)?)|(?P<or>\|)"
    r"|(?:(?P<close>\))|(?P<atom>\[\^?\]?(?:\\.|[^\]\\])*\]|\\[dwDWsS]|\\[^A-Za-z0-9]|\.|[^\\^$.|?*+(){}\[\]]))"
    r"(?P<count>\{\d{1,4}(?:,\d{0,4})?\}|[+*?])?"
)
_COUNTS = {"": (1, 1), "+": (1, _MOST), "*": (0, _MOST), "?": (0, 1)}


def of_length(shortest: int, longest: int | None) -> str:
    """Return a text within the bounds of its length."""
    text = TEXT + "-" + (_SAMPLE * (shortest // len(_SAMPLE) + 1))[: shortest - len(TEXT) - 1]
    text = text if shortest > len(TEXT) else TEXT
    if longest is None or len(text) <= longest:
        return text
    return (_SAMPLE * (longest // len(_SAMPLE) + 1))[:longest]


def matching(pattern: str, shortest: int = 0, longest: int | None = None) -> str:
    """Return a text for a pattern; ``TEXT``, which may not match, if none is found."""
    most = _MOST if longest is None else longest
    try:
        if shortest <= len(TEXT) <= most and _ONE_CLASS.fullmatch(pattern) and re.search(pattern, TEXT):
            return TEXT
        built = _built(pattern, shortest, most)
        if built is not None and len(built) <= most:
            return built
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return TEXT
    return next((text for text in _SHORT if len(text) <= most and compiled.search(text)), TEXT)


_SHORT = (
    *("sdx7f3a9c2", "sdx-7f3a9c", "sdxqzkvjwp", "SDX7F3A9C2", "9073152486", "7f3a9c2e5b"),
    *("sdx7f3", "9073", "qx", "QX", "7"),
)
"""For other patterns, which may take exponential time on longer texts."""
_ONE_CLASS = re.compile(r"\^?\[(?:\\.|[^\]\\])*\][+*]\$?")
"""A single class that is repeated: matching takes linear time."""


def _built(pattern: str, shortest: int, longest: int) -> str | None:
    """Return a text for characters, classes, groups and counts in a row; ``None`` for any other pattern."""
    rest = pattern.removeprefix("^")
    atoms = _atoms(rest.removesuffix("$") if not rest.endswith("\\$") else rest)
    if atoms is None:
        return None
    usual = min(longest, max(_USUAL, shortest)) if len(atoms) == 1 else _USUAL
    parts, number = [], iter(_numbers())
    for atom, least, most in atoms:
        allowed = _allowed(atom)
        wanted = max(least, min(most, usual))
        if wanted and not allowed:
            return None
        parts.append("".join(allowed[next(number) % len(allowed)] for _ in range(wanted)))
    return "".join(parts)


def _atoms(pattern: str) -> list[Atom] | None:
    """Return the atoms of an expression, of groups those of the first alternative, once if it may be left out."""
    open_groups: list[list[Atom]] = [[]]
    further: list[bool] = [False]
    """Whether each open group is at an alternative after its first."""
    at = 0
    while at < len(pattern):
        found = _PART.match(pattern, at)
        if found is None or (found["close"] and len(open_groups) == 1):
            return None
        at = found.end()
        atoms: list[Atom] = []
        if found["open"]:
            open_groups.append([])
            further.append(False)
        elif found["or"]:
            further[-1] = True
        elif found["close"]:
            further.pop()
            atoms = open_groups.pop() * max(1, _bounds(found["count"] or "")[0])
        else:
            atoms = [(found["atom"], *_bounds(found["count"] or ""))]
        if not further[-1]:
            open_groups[-1] += atoms[:_MOST]
    return open_groups[0] if len(open_groups) == 1 else None


def _bounds(count: str) -> tuple[int, int]:
    if count in _COUNTS:
        return _COUNTS[count]
    least, comma, most = count.strip("{}").partition(",")
    top = int(most) if most else _MOST if comma else int(least)
    return min(int(least), _MOST), min(top, _MOST)


def _allowed(atom: str) -> str:
    """Return the characters of the sample that an atom matches, or the first other one."""
    compiled = re.compile(atom)
    own = "".join(c for c in _SAMPLE if compiled.fullmatch(c))
    if own:
        return own
    upper = "".join(c for c in _SAMPLE.upper() if compiled.fullmatch(c))
    return upper or next(
        (c for c in (*_OTHERS, *map(chr, range(33, 127)), atom[-1]) if compiled.fullmatch(c)), ""
    )


def _numbers() -> Iterator[int]:
    """Yield numbers that repeat late, the same in every run."""
    state = 7
    while True:
        state = (state * 1_103_515_245 + 12_345) % 2**31
        yield state >> 8
