"""YAML with places: libyaml's events, made into plain values.

Keys are strings as written and scalars follow YAML 1.2, so that ``200:``, ``on:`` and ``2024-01-01`` are what
their author sees. Composing here, and not with ``yaml.compose``, bounds what a hostile text can cost: 100,000
nested brackets end that function's process, and aliases multiply.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml

from specdrift.loader.parse import line_breaks
from specdrift.loader.parse.tree import DocumentTree, Mark, MarkedMapping, RepeatedKey, Value
from specdrift.loader.parse.unreadable import Unreadable

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Event = Any
"""One of yaml's events; its stubs give them no members."""

_MAX_DEPTH = 500
_MAX_ALIASED = 1_000_000
"""How much aliases and merges may add, in values (a long text counts once for each 64 characters)."""

_NUMBER_STARTS = frozenset("-+.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]{1,400}")
_RADIX = re.compile(r"0o[0-7]{1,400}|0x[0-9a-fA-F]{1,400}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def read(text: str) -> DocumentTree:
    """The value of a YAML text. Raises :class:`Unreadable` where it is none, or a bomb."""
    try:
        tree = _Composer(text).compose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = None if mark is None else min(mark.index, len(text) - 1)
        raise _refusal(error, text, offset) from error
    except yaml.reader.ReaderError as error:
        raise Unreadable(f"not valid YAML: {error.reason}.", offset=_unreadable_at(text, error)) from error
    line_breaks.check(text, _LOADER)
    return tree


def _refusal(error: yaml.MarkedYAMLError, text: str, offset: int | None) -> Unreadable:
    if "nesting" in (error.problem or ""):  # newer libyaml has a limit of its own
        return _too_deep(offset)
    if offset is not None and text[offset] == "\t":
        return Unreadable("a tab cannot indent YAML.", offset=offset)
    context = f" {error.context}" if error.context else ""
    return Unreadable(f"not valid YAML{context}: {error.problem}.", offset=offset)


def _too_deep(offset: int | None) -> Unreadable:
    message = f"more than {_MAX_DEPTH} levels of nesting."
    return Unreadable(message, rule="nesting-too-deep", offset=offset)


def _unreadable_at(text: str, error: yaml.reader.ReaderError) -> int | None:
    # libyaml counts bytes of UTF-8 here, and characters everywhere else.
    if not isinstance(error.position, int):
        return None
    return min(len(text.encode()[: error.position].decode(errors="ignore")), len(text) - 1)


def scalar(text: str) -> Value:
    """The value of a plain scalar in the core schema of YAML 1.2 (§10.3.2)."""
    if text[:1] in _NUMBER_STARTS:
        return _number(text)
    return _WORDS.get(text, text)


def _number(text: str) -> Value:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _RADIX.fullmatch(text):
        return int(text, 0)
    if special := _SPECIAL.fullmatch(text):
        return float("nan") if special[1] is None else float(f"{special[1]}inf")
    return text


class _Frame(NamedTuple):
    """A container that waits while one inside it is composed, and what is known of that inner one."""

    members: MarkedMapping | None
    items: list[Value] | None
    key: str | None
    mark: Mark
    merges: list[Value] | None
    anchor: str | None
    start: int
    size: int


class _Composer:
    """Builds one value from events. Exactly one of ``_members`` and ``_items`` is being filled."""

    def __init__(self, text: str) -> None:
        self.tree = DocumentTree()
        self._text = text
        self._items: list[Value] | None = []
        self._members: MarkedMapping | None = None
        self._key: str | None = None
        self._mark: Mark = (0, 0)
        self._merges: list[Value] | None = None
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._size = 0
        self._aliased = 0
        self._documents = 0
        self._actions: dict[type, Callable[[Event], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start_mapping,
            yaml.SequenceStartEvent: self._start_sequence,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._start_document,
        }

    def compose(self) -> DocumentTree:
        actions, ignored = self._actions, lambda _: None
        loader = _LOADER(self._text)
        try:
            for event in iter(loader.get_event, None):
                actions.get(type(event), ignored)(event)
        finally:
            loader.dispose()
        self.tree.root = self._items[0] if self._items else None
        return self.tree

    def _start_document(self, event: Event) -> None:
        self._documents += 1
        if self._documents > 1:
            raise Unreadable("more than one YAML document; keep one.", offset=event.start_mark.index)

    def _scalar(self, event: Event) -> None:
        text: str = event.value
        self._size += 1 + (len(text) >> 6)
        if event.anchor:
            value = scalar(text) if event.implicit[0] else text
            self._anchors[event.anchor] = (value, 1 + (len(text) >> 6))
        if self._members is not None and self._key is None:
            self._key = text
            self._mark = (event.start_mark.index, event.end_mark.index)
            if text == "<<" and event.implicit[0] and self._merges is None:
                self._merges = []
        else:
            self._put(scalar(text) if event.implicit[0] else text)

    def _put(self, value: Value) -> None:
        members, key = self._members, self._key
        if members is None:
            self._items.append(value)  # type: ignore[union-attr] # one of the two is being filled
            return
        self._key = None
        assert key is not None  # noqa: S101 # narrows the type: a value never comes before its key
        if key == "<<" and self._merges is not None:
            if not _can_merge(value):
                raise Unreadable('"<<" merges maps, and this is none.', offset=self._mark[0])
            if "<<" in members.marks:
                self._repeat(members, key)
            members.marks["<<"] = self._mark
            self._merges.extend(value if isinstance(value, list) else [value])
            return
        if key in members:
            self._repeat(members, key)
        members[key] = value
        members.marks[key] = self._mark

    def _repeat(self, members: MarkedMapping, key: str) -> None:
        tokens = (*(frame.key or str(len(frame.items or ())) for frame in self._stack[1:]), key)
        self.tree.repeat(members, RepeatedKey(key, members.marks[key], self._mark, tokens))

    def _start_mapping(self, event: Event) -> None:
        self._start(event)
        self._members, self._items = MarkedMapping(), None

    def _start_sequence(self, event: Event) -> None:
        self._start(event)
        self._members, self._items = None, []

    def _start(self, event: Event) -> None:
        start = event.start_mark.index
        if len(self._stack) >= _MAX_DEPTH:
            raise _too_deep(start)
        self._stack.append(
            _Frame(
                self._members,
                self._items,
                self._key,
                self._mark,
                self._merges,
                event.anchor,
                start,
                self._size,
            )
        )
        self._key, self._merges = None, None
        self._size += 1

    def _end(self, event: Event) -> None:
        value: Value = self._items if self._members is None else self._members
        if self._merges:
            self._merge(value, self._merges, event)
        self._members, self._items, self._key, self._mark, self._merges, anchor, start, size = (
            self._stack.pop()
        )
        if anchor:
            self._anchors[anchor] = (value, self._size - size)
        self._emit(value, start, event.end_mark.index)

    def _alias(self, event: Event) -> None:
        start = event.start_mark.index
        value, size = self._anchors.get(event.anchor, (self, 0))
        if value is self:
            inside = any(frame.anchor == event.anchor for frame in self._stack)
            why = "stands for a value that contains it" if inside else "stands for nothing before it"
            raise Unreadable(f'alias "*{event.anchor}" {why}.', offset=start)
        self._multiply(size, start)
        self._emit(value, start, event.end_mark.index)

    def _emit(self, value: Value, start: int, end: int) -> None:
        if self._members is not None and self._key is None:  # a key that is no plain text: keep its source
            self._key, self._mark = value if isinstance(value, str) else self._text[start:end], (start, end)
        else:
            self._put(value)

    def _merge(self, members: MarkedMapping, merges: list[MarkedMapping], event: Event) -> None:
        for merged in merges:
            self._multiply(len(merged), event.start_mark.index)
            for key, value in merged.items():
                if key not in members:
                    members[key] = value
                    members.marks[key] = merged.marks[key]

    def _multiply(self, size: int, offset: int) -> None:
        self._size += size
        self._aliased += size
        if self._aliased > _MAX_ALIASED:
            raise Unreadable(
                "its YAML aliases multiply to more than a million values.",
                rule="yaml-alias-bomb",
                offset=offset,
            )


def _can_merge(value: Value) -> bool:
    merged = value if isinstance(value, list) else [value]
    return all(isinstance(one, MarkedMapping) for one in merged)
