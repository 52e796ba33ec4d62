"""JSON with places, at the speed of the C scanner.

Only the members that say what is called and who may call it are read key by key; everything else (schemas,
examples, responses) goes to the C scanner whole, and is read again with places when a finding needs one.

A text is taken as its UTF-8 bytes, a character for each (:func:`~specdrift.loader.parse.text.view`). JSON's signs are
all ASCII, so that it is found in them as it stands; only the few parts that are not ASCII are decoded, which
for a large document takes half the time and a quarter of the memory.
"""

import json
import re
from collections.abc import Callable, Container

from specdrift.loader.parse.pointer import Tokens
from specdrift.loader.parse.text import decoded
from specdrift.loader.parse.tree import DocumentTree, Mark, MarkedMapping, RepeatedKey, Value
from specdrift.loader.parse.unreadable import Unreadable


class _Everything:
    def __contains__(self, _: object) -> bool:
        return True


_WHOLE = frozenset(
    {
        *("callbacks", "content", "contact", "default", "description", "example", "externalDocs", "headers"),
        *("info", "license", "links", "parameters", "produces", "consumes", "requestBodies", "requestBody"),
        *("responses", "schema", "servers", "summary", "tags", "webhooks", "x-webhooks"),
    }
)
"""Keys whose values go to the C scanner: the bulk of every description, and nothing that decides security."""
_ONE_BY_ONE = frozenset({"schemas", "examples", "definitions"})
"""Keys of large maps whose members go to the C scanner one by one, since few of them are not ASCII."""
_ALL = _Everything()
_NONE: Container[str] = frozenset()

_SPACE = re.compile(r"[ \t\n\r]*")
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_KEY = re.compile(r'"([^"\\\x00-\x1f\x80-\xff]*)"[ \t\n\r]*:[ \t\n\r]*')
_NEXT = re.compile(r"[ \t\n\r]*([,}\]])[ \t\n\r]*")
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_MAX_DEPTH = 500
_LARGE = 4_000_000
"""In larger texts only keys that decide something are held against repetition: all take half as long."""


def read(view: str, *, marked: bool = False) -> DocumentTree:
    """The value of a JSON text, ``marked`` with every place. Raises :class:`Unreadable` if it is none or too deep."""
    reader = _Reader(view)
    try:
        reader.document(_NONE if marked else _WHOLE)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not valid JSON: {error.msg}.", offset=min(error.pos, len(view) - 1)) from error
    except RecursionError:
        raise Unreadable(
            f"more than {_MAX_DEPTH} levels of nesting.", rule="nesting-too-deep", offset=_too_deep(view)
        ) from None
    return reader.tree


def read_member(view: str, key: Mark) -> Value:
    """The value of the member whose key stands at ``key``, with every place in it."""
    reader = _Reader(view)
    return reader.value(reader.skip(reader.skip(key[1]) + 1), (), _NONE)[0]


def _too_deep(view: str) -> int | None:
    depth = 0
    for match in _BRACKETS.finditer(view):
        bracket = match[0]
        depth += (bracket in "[{") - (bracket in "]}")
        if depth > _MAX_DEPTH:
            return match.start()
    return None


class _Reader:
    def __init__(self, view: str) -> None:
        self.tree = DocumentTree()
        self._view = view
        self._repeated = False
        self._scan_once = _scanner(self._pairs if len(view) <= _LARGE else None)

    def document(self, whole: Container[str]) -> None:
        """Reads the text as one value, and nothing behind it."""
        self.tree.root, end = self.value(self.skip(0), (), whole)
        end = self.skip(end)
        if end < len(self._view):
            raise json.JSONDecodeError("Extra data", self._view, end)

    def skip(self, at: int) -> int:
        return _SPACE.match(self._view, at).end()  # type: ignore[union-attr] # it matches everywhere

    def value(self, at: int, tokens: Tokens, whole: Container[str]) -> tuple[Value, int]:
        opening = self._view[at : at + 1]
        if opening == "{":
            return self._object(at, tokens, whole)
        if opening == "[":
            return self._array(at, tokens, whole)
        return self._scan(at)

    def _object(self, at: int, tokens: Tokens, whole: Container[str]) -> tuple[MarkedMapping, int]:
        view, members, sign, end = self._view, MarkedMapping(), ",", at
        at = self.skip(at + 1)
        if view[at : at + 1] == "}":
            return members, at + 1
        extensions_whole = whole is _WHOLE and len(tokens) > 2  # inside of operations
        while sign == ",":
            # Written out, not called: a large document has tens of thousands of these keys.
            if match := _KEY.match(view, at):
                key, mark, at = match[1], (at, match.end(1) + 1), match.end()
            else:
                key, mark, at = self._odd_key(at)
            if key in members:
                self.tree.repeat(members, RepeatedKey(key, members.marks[key], mark, (*tokens, key)))
            members.marks[key] = mark
            if key in whole or (extensions_whole and key.startswith("x-")):
                members[key], at = self._scan(at)
                if self._repeated:
                    members[key], at = self._read_again(mark, (*tokens, key))
            else:
                inside = _ALL if key in _ONE_BY_ONE and whole is _WHOLE else whole
                members[key], at = self.value(at, (*tokens, key), inside)
            sign, at, end = self._next(at, "}")
        return members, end

    def _array(self, at: int, tokens: Tokens, whole: Container[str]) -> tuple[list[Value], int]:
        view, items, sign, end = self._view, list[Value](), ",", at
        at = self.skip(at + 1)
        if view[at : at + 1] == "]":
            return items, at + 1
        while sign == ",":
            item, at = self.value(at, (*tokens, str(len(items))), whole)
            items.append(item)
            sign, at, end = self._next(at, "]")
        return items, end

    def _odd_key(self, at: int) -> tuple[str, Mark, int]:
        """A key with escapes, or with more than ASCII in it."""
        if self._view[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", self._view, at)
        key, end = self._scan(at)
        if match := _COLON.match(self._view, end):
            return key, (at, end), match.end()
        raise json.JSONDecodeError("Expecting ':' delimiter", self._view, self.skip(end))

    def _next(self, at: int, closing: str) -> tuple[str, int, int]:
        """The comma or closing bracket behind a value, where the text goes on, and where the bracket ends."""
        match = _NEXT.match(self._view, at)
        if match is None or (match[1] != "," and match[1] != closing):
            raise json.JSONDecodeError("Expecting ',' delimiter", self._view, self.skip(at))
        return match[1], match.end(), match.end(1)

    def _read_again(self, key: Mark, tokens: Tokens) -> tuple[Value, int]:
        """A member with a repeated key somewhere in it: rare, so that it may be slow."""
        self._repeated = False
        deep = _Reader(self._view)
        found = deep.value(self.skip(self.skip(key[1]) + 1), tokens, _NONE)
        self.tree.repeats.update(deep.tree.repeats)
        return found

    def _scan(self, at: int) -> tuple[Value, int]:
        try:
            value, end = self._scan_once(self._view, at)
        except StopIteration as error:
            raise json.JSONDecodeError("Expecting value", self._view, error.value) from None
        except json.JSONDecodeError:
            raise
        except ValueError:
            value, end = self._scan_long_numbers(self._view, at)
        part = self._view[at:end]
        return (value if part.isascii() else self._scan_decoded(part, at)), end

    def _scan_decoded(self, part: str, at: int) -> Value:
        text = decoded(part, at)
        try:
            return self._scan_once(text, 0)[0]
        except ValueError:
            return self._scan_long_numbers(text, 0)[0]

    def _scan_long_numbers(self, text: str, at: int) -> tuple[Value, int]:
        """For integers of more digits than Python converts."""
        return json.JSONDecoder(object_pairs_hook=self._pairs, parse_int=float).raw_decode(text, at)

    def _pairs(self, pairs: list[tuple[str, Value]]) -> dict[str, Value]:
        value = dict(pairs)
        if len(value) != len(pairs):
            self._repeated = True
        return value


_Pairs = Callable[[list[tuple[str, Value]]], dict[str, Value]]


def _scanner(pairs: _Pairs | None) -> Callable[[str, int], tuple[Value, int]]:
    decoder = json.JSONDecoder(object_pairs_hook=pairs)
    scan: Callable[[str, int], tuple[Value, int]] = decoder.scan_once  # type: ignore[attr-defined] # no stub
    return scan
