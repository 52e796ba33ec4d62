"""JSON with places, at the speed of the C scanner.

Only the members that say what is called and who may call it are read key by key; everything else (schemas,
examples, responses) goes to the C scanner whole, and is read again with places when a finding needs one.
"""

import json
import re

from specdrift.loader.pointer import Tokens
from specdrift.loader.tree import Mark, Members, Repeat, Tree, Value
from specdrift.loader.unreadable import Unreadable

_WHOLE = frozenset(
    {
        *("callbacks", "content", "contact", "default", "definitions", "description", "example", "examples"),
        *("externalDocs", "headers", "info", "license", "links", "parameters", "produces", "consumes"),
        *("requestBodies", "requestBody", "responses", "schema", "schemas", "servers", "summary", "tags"),
        *("webhooks", "x-webhooks"),
    }
)
"""Keys whose values go to the C scanner: the bulk of every description, and nothing that decides security."""

_NOTHING: frozenset[str] = frozenset()
_SPACE = re.compile(r"[ \t\n\r]*")
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_KEY = re.compile(r'"([^"\\\x00-\x1f]*)"[ \t\n\r]*:[ \t\n\r]*')
_NEXT = re.compile(r"[ \t\n\r]*([,}\]])[ \t\n\r]*")
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_MAX_DEPTH = 500
_LARGE = 4_000_000
"""In larger texts only keys that decide something are held against repetition: all take half as long."""


def read(text: str) -> Tree:
    """The value of a JSON text. Raises :class:`Unreadable` where it is none, or nests too deeply."""
    reader = _Reader(text, whole=_WHOLE)
    try:
        reader.document()
    except json.JSONDecodeError as error:
        raise Unreadable(f"not valid JSON: {error.msg}.", offset=min(error.pos, len(text) - 1)) from error
    except RecursionError:
        raise Unreadable(
            f"more than {_MAX_DEPTH} levels of nesting.", rule="nesting-too-deep", offset=_too_deep(text)
        ) from None
    return reader.tree


def read_member(text: str, key: Mark) -> Value:
    """The value of the member whose key stands at ``key``, with every place in it."""
    reader = _Reader(text, whole=_NOTHING)
    return reader.value(reader.skip(reader.skip(key[1]) + 1), ())[0]


def _too_deep(text: str) -> int | None:
    depth = 0
    for match in _BRACKETS.finditer(text):
        bracket = match[0]
        depth += (bracket in "[{") - (bracket in "]}")
        if depth > _MAX_DEPTH:
            return match.start()
    return None


class _Reader:
    def __init__(self, text: str, *, whole: frozenset[str]) -> None:
        self.tree = Tree()
        self._text = text
        self._whole = whole
        self._repeated = False
        hook = self._pairs if len(text) <= _LARGE else None
        self._decode = json.JSONDecoder(object_pairs_hook=hook).raw_decode

    def document(self) -> None:
        """Reads the text as one value, and nothing behind it."""
        self.tree.root, end = self.value(self.skip(0), ())
        end = self.skip(end)
        if end < len(self._text):
            raise json.JSONDecodeError("Extra data", self._text, end)

    def skip(self, at: int) -> int:
        return _SPACE.match(self._text, at).end()  # type: ignore[union-attr] # it matches everywhere

    def value(self, at: int, tokens: Tokens) -> tuple[Value, int]:
        opening = self._text[at : at + 1]
        if opening == "{":
            return self._object(at, tokens)
        if opening == "[":
            return self._array(at, tokens)
        return self._scan(at)

    def _object(self, at: int, tokens: Tokens) -> tuple[Members, int]:
        text, members, sign, end = self._text, Members(), ",", at
        at = self.skip(at + 1)
        if text[at : at + 1] == "}":
            return members, at + 1
        while sign == ",":
            key, mark, at = self._key(at)
            if key in members:
                self.tree.repeat(members, Repeat(key, members.marks[key], mark, (*tokens, key)))
            members.marks[key] = mark
            members[key], at = self._member(key, at, tokens)
            sign, at, end = self._next(at, "}")
        return members, end

    def _array(self, at: int, tokens: Tokens) -> tuple[list[Value], int]:
        text, items, sign = self._text, list[Value](), ","
        at = self.skip(at + 1)
        if text[at : at + 1] == "]":
            return items, at + 1
        end = at
        while sign == ",":
            item, at = self.value(at, (*tokens, str(len(items))))
            items.append(item)
            sign, at, end = self._next(at, "]")
        return items, end

    def _key(self, at: int) -> tuple[str, Mark, int]:
        """A key, where it stands, and where its value begins."""
        if match := _KEY.match(self._text, at):
            return match[1], (at, match.end(1) + 1), match.end()
        return self._key_with_escapes(at)

    def _key_with_escapes(self, at: int) -> tuple[str, Mark, int]:
        if self._text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", self._text, at)
        key, end = self._decode(self._text, at)
        if match := _COLON.match(self._text, end):
            return key, (at, end), match.end()
        raise json.JSONDecodeError("Expecting ':' delimiter", self._text, self.skip(end))

    def _next(self, at: int, closing: str) -> tuple[str, int, int]:
        """The comma or closing bracket behind a value, where the text goes on, and where the bracket ends."""
        match = _NEXT.match(self._text, at)
        if match is None or (match[1] != "," and match[1] != closing):
            raise json.JSONDecodeError("Expecting ',' delimiter", self._text, self.skip(at))
        return match[1], match.end(), match.end(1)

    def _member(self, key: str, at: int, tokens: Tokens) -> tuple[Value, int]:
        if key not in self._whole:
            return self.value(at, (*tokens, key))
        value, end = self._scan(at)
        if self._repeated:  # rare: read it again, slowly, to know where
            self._repeated = False
            deep = _Reader(self._text, whole=_NOTHING)
            value, end = deep.value(at, (*tokens, key))
            self.tree.repeats.update(deep.tree.repeats)
        return value, end

    def _scan(self, at: int) -> tuple[Value, int]:
        try:
            return self._decode(self._text, at)
        except json.JSONDecodeError:
            raise
        except ValueError:  # an integer of more digits than Python converts
            return json.JSONDecoder(object_pairs_hook=self._pairs, parse_int=float).raw_decode(self._text, at)

    def _pairs(self, pairs: list[tuple[str, Value]]) -> dict[str, Value]:
        value = dict(pairs)
        if len(value) != len(pairs):
            self._repeated = True
        return value
