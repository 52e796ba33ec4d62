"""Finds the callers of a function by its name. The calls of each file are indexed once."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator

from msgspec import Struct, field

from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import SourceFile, only_names
from specdrift.source.rust.unparsed.skipped_tests import outside

GENERIC = re.compile(rb"(?<!\w)([A-Za-z_]\w*)\s*::<")
OWNER = re.compile(rb"(?<!\w)[A-Za-z_]\w*::\Z")
ARGUMENTS = re.compile(rb"\(\s*(\S)")
"""The beginning of the arguments of a call."""
ON_ITSELF = re.compile(rb"(?:(?<![\w.])self|(?<![\w>!])\(\*self\))\.\Z")
LENGTH_OF_SELF = 10
UNCERTAIN = frozenset({b"/", b"$"})
"""A comment, or a metavariable of a macro."""
LONGEST = 80
"""Maximum length of a name, in bytes."""
BETWEEN = b" \n>"
"""What may end the text between a name and the bracket of its call."""

ITSELF = "self."
"""Stands before the name of a method that a function calls on the value that it is a method of."""
DEFINED = "fn "
"""Stands before the name of a function that is defined: no call of another one."""

CallSite = tuple[SourceFile, int]
"""A file and a byte offset in it."""


class FunctionSpans(Struct, eq=False):
    """The functions of a file, nested ones included, by position."""

    items: list[RustItem]
    starts: list[int] = field(default_factory=list)
    around: list[int] = field(default_factory=list)
    """Index of the enclosing function; -1 for none."""

    def __post_init__(self) -> None:
        self.items.sort(key=lambda item: (item.code.start, -item.code.end))
        enclosing: list[int] = []
        for number, item in enumerate(self.items):
            start, end = item.code.start, item.code.end
            while enclosing and self.items[enclosing[-1]].code.end < end:
                enclosing.pop()
            self.starts.append(start)
            self.around.append(enclosing[-1] if enclosing else -1)
            enclosing.append(number)

    def at(self, place: int) -> Iterator[RustItem]:
        """Yield the functions that contain a byte offset, innermost first."""
        number = bisect_right(self.starts, place) - 1
        while number >= 0:
            if place < self.items[number].code.end:
                yield self.items[number]
            number = self.around[number]


class CallIndex(Struct, eq=False):
    """The calls of functions with a body, in the crates that may use one that was named."""

    index: CrateIndex
    _functions: dict[str, FunctionSpans] = field(default_factory=dict)
    _crates: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The crates that have each file."""
    _known: frozenset[bytes] = frozenset()
    _read: set[str] = field(default_factory=set)
    """The files whose calls are indexed."""
    _places: dict[bytes, list[CallSite]] = field(default_factory=lambda: defaultdict(list))
    _by_name: dict[str, dict[str, list[CallSite]]] = field(default_factory=dict)
    _callers: dict[tuple[str, str], list[tuple[RustItem, set[bool]]]] = field(default_factory=dict)
    """The callers of each name with the text before it, and whether their calls may have arguments."""

    def __post_init__(self) -> None:
        for module in self.index.modules():
            self._crates[module.file.name].add(module.path[0])
        for file in self.index.expansions:
            self._crates[file.name].update(one.module.path[0] for one in self.index.functions_in([file.name]))
        self._known = frozenset(self.index.function_names())

    def include(self, crates: Collection[str]) -> None:
        """Index the calls in all crates that may use one of these: no other calls their functions."""
        using = {own for own in self.index.uses if any(self.index.may_use(own, one) for one in crates)}
        for file in self.index.sources():
            if file.name not in self._read and self._crates[file.name] & using:
                self._read.add(file.name)
                self._by_name.clear()
                self._callers.clear()
                for start, end in outside(file.content):
                    for name, place in called_in(file.content[start:end], self._known):
                        self._places[name].append((file, start + place))

    def functions_at(self, file: SourceFile, places: Iterable[int]) -> Iterator[RustItem]:
        """Yield the functions that contain the byte offsets of a file."""
        every = tuple(places)
        if every and file.name not in self._functions:
            with_body = [item for item in self.index.functions_in([file.name]) if item.has_body]
            self._functions[file.name] = FunctionSpans(with_body)
        for place in every:
            yield from self._functions[file.name].at(place)

    def of(self, before: str, name: str, *, given: bool | None = None) -> Iterator[RustItem]:
        """Yield the callers of a function name with ``before`` before it.

        ``given``: only those that may pass arguments, or that may pass none.
        """
        key = before, name
        if key not in self._callers:
            self._callers[key] = self._calling(before, name)
        for caller, may_give in self._callers[key]:
            if given is None or given in may_give:
                yield caller

    def _calling(self, before: str, name: str) -> list[tuple[RustItem, set[bool]]]:
        if name not in self._by_name:
            places = self._by_name[name] = defaultdict(list)
            for file, place in self._places.get(name.encode(), ()):
                places[_before(file.content, place)].append((file, place))
        found: dict[int, tuple[RustItem, set[bool]]] = {}
        length = len(name.encode())
        for file, place in self._by_name[name].get(before, ()):
            given = _given(file.content, place + length)
            for caller in self.functions_at(file, [place]):
                found.setdefault(id(caller), (caller, set()))[1].update(given)
        return list(found.values())


def called_in(content: bytes, known: Container[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield the known names before opening brackets and their offsets; generic arguments may stand between."""
    at, last = 0, len(content)
    for names in only_names(content, b"(").split(b"("):
        end = at + len(names)
        # Nearly all that stands before a bracket is a name: the rest is looked at more closely.
        if name := names[-LONGEST:].rpartition(b" ")[2]:
            if name in known and end < last:
                yield name, end - len(name)
        elif names and content[end - 1] in BETWEEN:
            yield from _with_generics(content[at:end], at, known)
        at = end + 1


def _given(content: bytes, at: int) -> tuple[bool, ...]:
    """Return whether a call whose name ends at a place has arguments: both where it is not certain."""
    found = ARGUMENTS.match(content, at)
    return (True, False) if found is None or found[1] in UNCERTAIN else (found[1] != b")",)


def _with_generics(part: bytes, at: int, known: Container[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield the names before the end of ``part`` that are followed by generic arguments or a space."""
    tail = part.rstrip()
    if tail.endswith(b">"):
        for found in GENERIC.finditer(part, part.rfind(b")") + 1):
            if found[1] in known:
                yield found[1], at + found.start()
    elif (name := only_names(tail[-LONGEST:]).rpartition(b" ")[2]) in known:
        yield name, at + len(tail) - len(name)


def _before(content: bytes, place: int) -> str:
    """Return the text before a name: a dot, ``self.``, a module or type with ``::``, ``fn``, or nothing."""
    last = content[place - 1 : place]
    if last == b".":
        return ITSELF if ON_ITSELF.search(content[max(0, place - LENGTH_OF_SELF) : place]) else "."
    before = content[max(0, place - LONGEST) : place] if last == b":" or last.isspace() else b""
    if last != b":":
        return DEFINED if before.split()[-1:] == [b"fn"] else ""
    found = OWNER.search(before)
    return found[0].decode("utf-8", "replace") if found else ""
