"""Counts what Rust files register with routers by their words alone, without the reader of specdrift."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

WORDS = re.compile(
    r"""(?P<comment>//[^\n]*|/\*(?s:.*?)\*/)
    |(?P<raw>\b[bc]?r(?P<hashes>\#*)"(?s:.*?)"(?P=hashes))
    |(?P<string>\b[bc]?"(?:[^"\\]|\\(?s:.))*"|"(?:[^"\\]|\\(?s:.))*")
    |(?P<character>b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^\\'])')
    |(?P<word>[A-Za-z_]\w*)
    |(?P<mark>::|[^\s\w])""",
    re.VERBOSE,
)
VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "trace", "connect", "any")
METHODS = {
    f"{verb}{ending}": "*" if verb == "any" else verb.upper()
    for verb in VERBS
    for ending in ("", "_service", "_with")
}
CALLS = frozenset({"route", "route_service", "nest_service", "api_route", "api_route_with"})
TYPED = {f"typed_{verb}": "*" if verb == "any" else verb.upper() for verb in VERBS}
APART = frozenset({"tests", "benches", "examples", "target"})
"""Folders of code that is no part of a service."""
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")


class Word(Struct, frozen=True):
    """A word, a string or a mark of a file."""

    text: str
    line: int
    is_string: bool = False


class Registration(Struct, frozen=True):
    """One method of one call that adds a route."""

    file: Path
    line: int
    end_line: int
    call: str
    path: str
    """As written; empty if it is no string."""
    method: str
    """``*`` for all; empty if the call does not show it."""
    handler: str = ""
    """Of ``routes!``: what it lists."""

    def __str__(self) -> str:
        what = self.handler or f"{self.method or '?'} {self.path or '?'}"
        return f"{self.file}:{self.line}: {self.call} {what}"


def registrations(folder: Path) -> Iterator[Registration]:
    """Yield what the files of a folder register, without tests."""
    files = {file: _words(file) for file in _files(folder)}
    apart = {name for file, words in files.items() for name in _test_modules(file, words)}
    for file, words in files.items():
        if not any(
            part == name or name in part.parents for name in apart for part in (file, file.with_suffix(""))
        ):
            yield from _calls(file, _without_tests(words))


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*.rs")):
        if not APART & set(file.relative_to(folder).parts[:-1]):
            yield file


def _words(file: Path) -> list[Word]:
    content, found, line, last = file.read_text(encoding="utf-8", errors="replace"), [], 1, 0
    for match in WORDS.finditer(content):
        line += content.count("\n", last, match.start())
        last = match.start()
        if match["comment"] is None:
            string = match["raw"] is not None or match["string"] is not None
            found.append(Word(match[0], line, string))
    return found


def _end(words: Sequence[Word], start: int) -> int:
    """Return the place behind the bracket that closes the one at a place."""
    depth = 0
    for place in range(start, len(words)):
        if not words[place].is_string:
            depth += (words[place].text in OPENING) - (words[place].text in CLOSING)
        if not depth:
            return place + 1
    return len(words)


def _is_of_tests(attribute: str) -> bool:
    """Return whether an attribute, written without blanks, is of what is compiled for tests alone."""
    return bool(re.match(r"(?:\w+::)*test\b|rstest\b|cfg\((?:all\((?:.*,)?)?test\b", attribute))


def _items_of_tests(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield where items of tests begin and end."""
    place = 0
    while place < len(words) - 1:
        if words[place].text != "#" or words[place + 1].text not in "[!":
            place += 1
            continue
        inner = words[place + 1].text == "!"
        start, end = place, _end(words, place + 1 + inner)
        written = "".join(word.text for word in words[place + 2 + inner : end - 1])
        place = end
        if _is_of_tests(written):
            place = len(words) if inner else _item_end(words, end)
            yield start, place


def _item_end(words: Sequence[Word], place: int) -> int:
    """Return the end of the item at a place: behind its ``;`` or its block."""
    while place < len(words):
        if words[place].text in OPENING and not words[place].is_string:
            is_block, place = words[place].text == "{", _end(words, place)
            if is_block:
                return place
        elif words[place].text in ";,":
            return place + 1
        else:
            place += 1
    return place


def _test_modules(file: Path, words: Sequence[Word]) -> Iterator[Path]:
    """Yield the files, without their ending, of modules that are declared for tests."""
    beside = file.parent if file.stem in ("mod", "lib", "main") else file.with_suffix("")
    for start, end in _items_of_tests(words):
        texts = [word.text for word in words[start:end]]
        if texts[-3:-2] == ["mod"] and texts[-1] == ";":
            yield beside / texts[-2]


def _without_tests(words: list[Word]) -> list[Word]:
    for start, end in reversed(list(_items_of_tests(words))):
        del words[start:end]
    return words


def _calls(file: Path, words: Sequence[Word]) -> Iterator[Registration]:
    for place in range(1, len(words) - 2):
        name, before, after = words[place].text, words[place - 1].text, words[place + 1].text
        if name == "routes" and after == "!":
            yield from _listed(file, words, place)
        elif after != "(" or before not in (".", "::"):
            continue
        elif name in TYPED:
            end = words[_end(words, place + 1) - 1].line
            yield Registration(file, words[place].line, end, name, "", TYPED[name])
        elif name in CALLS:
            yield from _added(file, words, place, is_method=before == ".")


def _arguments(words: Sequence[Word], start: int) -> list[Sequence[Word]]:
    """Return the arguments in the brackets at a place."""
    end, found, begin, place = _end(words, start) - 1, [], start + 1, start + 1
    while place < end:
        if words[place].text in OPENING and not words[place].is_string:
            place = _end(words, place)
            continue
        if words[place].text == ",":
            found.append(words[begin:place])
            begin = place + 1
        place += 1
    return [argument for argument in (*found, words[begin:end]) if argument]


def _listed(file: Path, words: Sequence[Word], place: int) -> Iterator[Registration]:
    end = words[_end(words, place + 2) - 1].line
    for argument in _arguments(words, place + 2):
        handler = "".join(word.text for word in argument)
        yield Registration(file, words[place].line, end, "routes!", "", "", handler)


def _added(file: Path, words: Sequence[Word], place: int, *, is_method: bool) -> Iterator[Registration]:
    given = _arguments(words, place + 1)[0 if is_method else 1 :]
    if len(given) < 2:
        return
    name, line, end = words[place].text, words[place].line, words[_end(words, place + 1) - 1].line
    path = given[0][0].text.strip('"') if len(given[0]) == 1 and given[0][0].is_string else ""
    is_service = name.endswith("_service")
    for method in ["*"] if is_service else list(_methods(given[1])) or [""]:
        yield Registration(file, line, end, name, path, method)


def _methods(argument: Sequence[Word]) -> Iterator[str]:
    """Yield the methods of a chain such as ``get(list).post(make)``."""
    place = 0
    while place < len(argument):
        if argument[place].text in OPENING and not argument[place].is_string:
            name = argument[place - 1].text if place and argument[place].text == "(" else ""
            if name in METHODS:
                yield METHODS[name]
            place = _end(argument, place)
        else:
            place += 1
