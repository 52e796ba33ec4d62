"""Splits a whole answer into pieces: each text with the name under which it stands. Pure, linear and bounded.

``specdrift.body.values`` looks for data and leaves out what seldom is any. Here nothing is left out: names of members,
booleans, single letters, how many elements a list has, the values of all header fields but those about the message
itself.
"""

import html
import json
import re
from collections.abc import Iterator
from itertools import chain, groupby, islice
from typing import NamedTuple

from specdrift.body.content import Headers
from specdrift.body.cut_json import completed
from specdrift.body.fields import is_of_no_resource, paths_of_cookie, with_target_read
from specdrift.body.json_text import read_json
from specdrift.body.markup import COMMENT, without_syntax
from specdrift.body.spellings import MAILBOX, composed, unquoted
from specdrift.model.exchange.websocket import ACCEPT

MOST_PIECES = 2000
"""Pieces of an answer that are kept."""
MOST_WORDS = 1000
"""Words of a piece that are kept."""
LONGEST_WORD = 2000
LEAST_ROW, SHORT = 2, 3
"""Words in a row of numbers or letters, and characters of each."""
LITERALS = frozenset({"true", "false", "null"})
NOTHING_THERE = frozenset({"null", "[0]", "{}"})
"""Values of a member that is there and has no content."""
TAG = re.compile(r"<[/!]?\s*([\w:.-]*)([^<>]*)>")
ATTRIBUTE = re.compile(r"(?<![\w:.-])([\w:.-]+)\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))")
PARAMETER = re.compile(r"[/?#&](?:[\w.-]+=)?")
"""What separates the words of a URL: with the name of a parameter that has a value."""
WORD = re.compile(r"[^\s\"'<>(){}\[\],;|=&\\]+")
TRIM = ".:!?*-_/"
DOCUMENT = re.compile(r"\s*<(?:\?|!doctype|html)", re.IGNORECASE)
"""The begin of a document in XML or HTML, and not of a part of one."""
AFTER = ":surplus:"
"""Name of what follows a document, inside of a body or behind it."""


class Piece(NamedTuple):
    """A text of an answer."""

    name: str
    """Path of the JSON member, tag and attribute, or ``name:`` of the header field; empty for running text."""
    words: tuple[str, ...]
    """In their order, without punctuation at their ends; upper and lower case are kept."""
    value: str = ""
    """The JSON value of a boolean, a number or null, or the size of a list; empty for texts."""


def pieces_of(text: str, headers: Headers) -> tuple[Piece, ...]:
    """Return the pieces of a body's text and of the header fields. ``headers`` are lower-case."""
    body = _body(with_target_read(text, headers))
    found = tuple(islice((p for p in (*body, *_fields(headers)) if p.words), MOST_PIECES))
    return (*dict.fromkeys(found), *_spelled_out(found))


def _body(text: str) -> Iterator[Piece]:
    if text.lstrip()[:1] in ("{", "["):
        tree = _json(text)
        if tree is not None:
            yield from _members(tree)
            return
    text = MAILBOX.sub(r" \1 ", text) if "@" in text else text
    if "<" in text and TAG.search(text):
        yield from _markup(text)
        return
    for line in text.splitlines():
        is_literal = line.strip() in LITERALS  # a line of its own, as in a sequence of JSON texts
        yield _valued("/", line.strip()) if is_literal else Piece("", _words(line))


def _json(text: str) -> object:
    for whole in (text, completed(text)):
        try:
            return read_json(whole)
        except (ValueError, RecursionError):
            continue
    return None


def _members(tree: object) -> Iterator[Piece]:
    """Yield the leaves of a JSON value with their paths, and each name of a member, without recursion."""
    waiting: list[tuple[str, object]] = [("", tree)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, dict):
            yield from (Piece("*name", (name,)) for name in node if name)
            waiting.extend((f"{path}/{name}", member) for name, member in reversed(node.items()))
        elif isinstance(node, list):
            waiting.extend((f"{path}/*", element) for element in reversed(node))
        elif isinstance(node, str):
            yield Piece(path or "/", _words(node))
        else:
            yield _valued(path or "/", json.dumps(node))
        if isinstance(node, list):
            yield _valued(path or "/", f"[{len(node)}]")
        elif node == {}:
            yield _valued(path or "/", "{}")


def _valued(name: str, written: str) -> Piece:
    return Piece(name, (written,), written)


def _markup(text: str) -> Iterator[Piece]:
    """Yield the attribute values of tags, the texts between them, and comments."""
    is_document = bool(DOCUMENT.match(text))
    text, end, root, last = COMMENT.sub("<comment>", without_syntax(text)), 0, "", ""
    for tag in TAG.finditer(text):
        root, last = root or ("" if tag[0].startswith("<!") else tag[1]), tag[0]
        yield Piece("", _words(html.unescape(text[end : tag.start()])))
        end = tag.end()
        for name, *values in ATTRIBUTE.findall(tag[2] or ""):
            written = next(filter(None, values), "")
            yield Piece(f"<{tag[1]} {name}>".lower(), _words(html.unescape(written)))
    # What follows the root of a document is no text of it.
    is_outside = is_document and bool(root) and last.startswith(f"</{root}")
    yield Piece(AFTER if is_outside else "", _words(html.unescape(text[end:])))


def _fields(headers: Headers) -> Iterator[Piece]:
    for name, content in headers:
        if name == "set-cookie":
            yield Piece("set-cookie:", _words(content.partition(";")[0]))
            for path in paths_of_cookie(content):
                yield Piece("set-cookie:", _words(PARAMETER.sub(" ", path)))
        elif name == "location":
            yield Piece("location:", _words(PARAMETER.sub(" ", unquoted(content))))
        elif not is_of_no_resource(name, content) and (name, content) != ACCEPT:
            yield Piece(f"{name}:", _words(content))


def _spelled_out(pieces: tuple[Piece, ...]) -> Iterator[Piece]:
    """Yield each row of numbers, or of single letters, as one word: its order may spell a text."""
    for name, group in groupby(pieces, lambda piece: piece.name):
        words = chain.from_iterable(piece.words for piece in group)
        for is_short, row in groupby(words, _is_part_of_a_row):
            if is_short and len(one := tuple(row)) >= LEAST_ROW:
                yield Piece(name, (f"{len(one)}: {' '.join(one)}"[:LONGEST_WORD],))


def is_row(word: str) -> bool:
    """Return whether it is a row of words that were spelled out; no other word has a space."""
    return " " in word


def _is_part_of_a_row(word: str) -> bool:
    return len(word) == 1 or (len(word) <= SHORT and any(map(str.isdigit, word)))


def _words(text: str) -> tuple[str, ...]:
    words = (word.strip(TRIM)[:LONGEST_WORD] for word in WORD.findall(composed(text))[:MOST_WORDS])
    return tuple(word for word in words if word)
