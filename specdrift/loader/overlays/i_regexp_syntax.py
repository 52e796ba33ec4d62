"""Reads an I-Regexp (RFC 9485, section 3). Pure."""

import unicodedata
from collections.abc import Callable, Mapping
from enum import Enum, auto

from msgspec import Struct

LONGEST = 1_000
MOST_NESTED = 50
MOST_REPETITIONS = 1_000

Test = Callable[[str], bool]
"""Whether a character is one of a class."""


class PatternError(ValueError):
    """It is no I-Regexp, or one that is not evaluated. The message is a part of a sentence."""


class Character(Struct, frozen=True):
    """One character."""

    test: Test


class Anchor(Enum):
    """A place in the text."""

    START = auto()
    END = auto()


class Sequence(Struct, frozen=True):
    """Parts that follow each other."""

    parts: tuple["Tree", ...]


class Alternatives(Struct, frozen=True):
    """Parts of which one matches."""

    parts: tuple["Tree", ...]


class Repetition(Struct, frozen=True):
    """A part that is repeated."""

    part: "Tree"
    least: int
    most: int | None
    """None: without a limit."""


Tree = Character | Anchor | Sequence | Alternatives | Repetition

_ANCHORS = {"^": Anchor.START, "$": Anchor.END}
_QUANTIFIERS: Mapping[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_NOT_NORMAL = frozenset("()*+.?[]{}|\\")
_ESCAPED = {**{one: one for one in "()*+-.?[\\]^{|}$/"}, "n": "\n", "r": "\r", "t": "\t"}
_CATEGORIES = {
    "L": "ulmto",
    "M": "nce",
    "N": "dlo",
    "P": "cdseifo",
    "Z": "lps",
    "S": "mcko",
    "C": "cfno",
}


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


_CLASSES: Mapping[str, Test] = {"d": str.isdecimal, "w": _is_word, "s": str.isspace}


def parsed(pattern: str) -> Tree:
    """Return the parts of an expression. Raises PatternError."""
    if len(pattern) > LONGEST:
        raise PatternError(f"it has more than {LONGEST:,} characters")
    reader = _Reader(pattern)
    tree = reader.alternatives(0)
    if reader.rest:
        raise PatternError(f"{reader.rest[0]!r} has no meaning at character {reader.at + 1}")
    return tree


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.at = 0

    @property
    def rest(self) -> str:
        return self._pattern[self.at :]

    @property
    def _here(self) -> str:
        return self._pattern[self.at : self.at + 1]

    def _take(self) -> str:
        taken = self._here
        if not taken:
            raise PatternError("it ends too early")
        self.at += 1
        return taken

    def _takes(self, text: str) -> bool:
        found = self._pattern.startswith(text, self.at)
        self.at += len(text) if found else 0
        return found

    def alternatives(self, depth: int) -> Tree:
        if depth > MOST_NESTED:
            raise PatternError(f"it has more than {MOST_NESTED} levels of nesting")
        branches = [self._branch(depth)]
        while self._takes("|"):
            branches.append(self._branch(depth))
        return branches[0] if len(branches) == 1 else Alternatives(tuple(branches))

    def _branch(self, depth: int) -> Tree:
        pieces: list[Tree] = []
        while self._here not in ("", "|", ")"):
            pieces.append(self._quantified(self._atom(depth)))
        return Sequence(tuple(pieces))

    def _atom(self, depth: int) -> Tree:
        one = self._take()
        if one == "(":
            self._takes("?:")
            inner = self.alternatives(depth + 1)
            if not self._takes(")"):
                raise PatternError('a ")" is missing')
            return inner
        if one in _ANCHORS:
            return _ANCHORS[one]
        if one == ".":
            return Character(lambda character: character not in "\n\r")
        if one == "[":
            return Character(self._set())
        if one == "\\":
            return Character(self._escape())
        if one in _NOT_NORMAL:
            raise PatternError(f"{one!r} has no meaning at character {self.at}")
        return Character(one.__eq__)

    def _quantified(self, part: Tree) -> Tree:
        if self._here in _QUANTIFIERS:
            return Repetition(part, *_QUANTIFIERS[self._take()])
        if not self._takes("{"):
            return part
        least = self._number()
        most: int | None = least
        if self._takes(","):
            most = None if self._here == "}" else self._number()
        if not self._takes("}") or (most is not None and most < least):
            raise PatternError("a quantifier is malformed")
        return Repetition(part, least, most)

    def _number(self) -> int:
        digits = ""
        while self._here.isascii() and self._here.isdigit():
            digits += self._take()
        if not digits or len(digits) > len(str(MOST_REPETITIONS)) or int(digits) > MOST_REPETITIONS:
            raise PatternError(f"a quantifier is malformed, or more than {MOST_REPETITIONS:,}")
        return int(digits)

    def _escape(self) -> Test:
        """Read what follows a backslash."""
        one = self._take()
        if one in _ESCAPED:
            return _ESCAPED[one].__eq__
        if one in ("p", "P"):
            return _negated(self._category(), when=one == "P")
        if one.lower() in _CLASSES:
            return _negated(_CLASSES[one.lower()], when=one.isupper())
        raise PatternError(f"\\{one} is not part of RFC 9485")

    def _category(self) -> Test:
        name, end, _ = self.rest.removeprefix("{").partition("}")
        known = name[:1] in _CATEGORIES and (
            name[1:] == "" or (len(name) == 2 and name[1] in _CATEGORIES[name[0]])
        )
        if not self._takes("{") or not end or not known:
            raise PatternError(f"\\p{{{name[:10]}}} is no category of Unicode")
        self.at += len(name) + 1
        return lambda character: unicodedata.category(character).startswith(name)

    def _set(self) -> Test:
        """Read a class of characters, after its opening bracket."""
        negated = self._takes("^")
        tests = [self._member()]
        while not self._takes("]"):
            tests.append(self._member())
        found = tuple(tests)
        return _negated(lambda character: any(test(character) for test in found), when=negated)

    def _member(self) -> Test:
        """Read a character of a class, a range, or an escape."""
        one = self._take()
        if one == "\\" and self._here not in _ESCAPED:
            return self._escape()
        if one in "[]":
            raise PatternError(f"{one!r} needs a backslash in a class")
        first = _ESCAPED[self._take()] if one == "\\" else one
        if one == "-" or self.rest.startswith("-]") or not self._takes("-"):
            return first.__eq__
        one = self._take()
        last = _ESCAPED.get(self._take(), "") if one == "\\" else one
        if not first <= last:
            raise PatternError(f"the range {first}-{last} is malformed")
        return lambda character: first <= character <= last


def _negated(test: Test, *, when: bool) -> Test:
    return (lambda character: not test(character)) if when else test
