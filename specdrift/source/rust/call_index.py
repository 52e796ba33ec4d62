"""Who calls what, by name: the calls of each file are found at once, and looked up with the functions they stand in."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from specdrift.source.rust.items import CrateIndex, RustItem
from specdrift.source.rust.syntax import SourceFile, only_names

GENERIC = re.compile(rb"([A-Za-z_]\w*)\s*::<")
OWNER = re.compile(rb"[A-Za-z_]\w*::\Z")
LONGEST = 80
"""Bytes of a name."""

CallSite = tuple[SourceFile, int]
"""A byte in a file."""


@dataclass(slots=True, eq=False)
class FunctionSpans:
    """The functions of a file, those in others too, by where they stand."""

    items: list[RustItem]
    starts: list[int] = field(default_factory=list)
    around: list[int] = field(default_factory=list)
    """The place of the function around each; -1 for none."""

    def __post_init__(self) -> None:
        self.items.sort(key=lambda item: (item.node.start_byte, -item.node.end_byte))
        open_ones: list[int] = []
        for number, item in enumerate(self.items):
            start, end = item.node.start_byte, item.node.end_byte
            while open_ones and self.items[open_ones[-1]].node.end_byte < end:
                open_ones.pop()
            self.starts.append(start)
            self.around.append(open_ones[-1] if open_ones else -1)
            open_ones.append(number)

    def at(self, place: int) -> Iterator[RustItem]:
        """The functions in which a byte is, the innermost first."""
        number = bisect_right(self.starts, place) - 1
        while number >= 0:
            if place < self.items[number].node.end_byte:
                yield self.items[number]
            number = self.around[number]


@dataclass(slots=True, eq=False)
class CallIndex:
    """The calls of all functions with a body."""

    index: CrateIndex
    _functions: dict[str, FunctionSpans] = field(default_factory=dict)
    _places: dict[bytes, list[CallSite]] = field(default_factory=lambda: defaultdict(list))
    _by_name: dict[str, dict[str, list[CallSite]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        by_file: dict[str, list[RustItem]] = defaultdict(list)
        for item in self.index.functions:
            if item.body is not None:
                by_file[item.file.name].append(item)
        self._functions = {name: FunctionSpans(items) for name, items in by_file.items()}
        wanted = {item.name.encode() for item in self.index.functions}
        for file in self.index.files.values():
            for name, place in called_in(file.content, wanted):
                self._places[name].append((file, place))

    def functions_at(self, file: SourceFile, places: Iterable[int]) -> Iterator[RustItem]:
        """The functions in which some bytes of a file are."""
        functions = self._functions.get(file.name)
        if functions is not None:
            for place in places:
                yield from functions.at(place)

    def of(self, before: str, name: str) -> Iterator[RustItem]:
        """Yield the callers of a function name with ``before`` before it."""
        if name not in self._by_name:
            places = self._by_name[name] = defaultdict(list)
            for file, place in self._places.get(name.encode(), ()):
                places[_before(file.content, place)].append((file, place))
        for file, place in self._by_name[name].get(before, ()):
            yield from self.functions_at(file, [place])


def called_in(content: bytes, wanted: Container[bytes]) -> Iterator[tuple[bytes, int]]:
    """The names before opening brackets that are wanted, and where they stand; generic arguments may be between."""
    at = 0
    for part, names in zip(content.split(b"("), only_names(content, b"(").split(b"("), strict=True):
        end = at + len(part)
        # Nearly all that stands before a bracket is a name: the rest is looked at more closely.
        if part.endswith((b" ", b"\n", b">")):
            yield from _apart(part, at, wanted)
        elif (name := names[-LONGEST:].rpartition(b" ")[2]) in wanted and end < len(content):
            yield name, end - len(name)
        at = end + 1


def _apart(part: bytes, at: int, wanted: Container[bytes]) -> Iterator[tuple[bytes, int]]:
    """The names before ``part``'s end, with generic arguments or a space after them."""
    tail = part.rstrip()
    if tail.endswith(b">"):
        for found in GENERIC.finditer(part, part.rfind(b")") + 1):
            if found[1] in wanted:
                yield found[1], at + found.start()
    elif (name := only_names(tail[-LONGEST:]).rpartition(b" ")[2]) in wanted:
        yield name, at + len(tail) - len(name)


def _before(content: bytes, place: int) -> str:
    """What stands before a name: a dot, a module or type with ``::``, or nothing."""
    if content[place - 1 : place] == b".":
        return "."
    found = OWNER.search(content, max(0, place - LONGEST), place)
    return found[0].decode("utf-8", "replace") if found else ""
