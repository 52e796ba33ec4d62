"""Finds the code that a binary may run, by name only: from ``main`` to everything it names, transitively.

It overestimates: of two methods with one name on types in use, both count as reached. Code that is not reached is named
nowhere.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.item_code import ItemCode
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import only_names

TYPES = frozenset({"struct", "enum"})
MOST_ATTRIBUTES = 12
LONGEST = 600
"""Maximum length of an attribute, in bytes."""
IMPLIED = {
    b"into": (b"from",),
    b"parse": (b"from_str",),
    b"try_into": (b"try_from",),
    b"to_string": (b"fmt",),
}
"""Methods that are called through a method of another name."""
DEFINED = re.compile(rb"\b(?:static|ref|fn|const|struct|enum|type)\s+(?:ref\s+|mut\s+)?([A-Za-z_]\w*)")
"""Items defined by a macro call between items: ``lazy_static! { static ref NAME: … }``."""


class ReachableCode(NamedTuple):
    """A named piece of code."""

    start: int
    end: int
    home: RustModule
    """Its module."""
    crate: int
    owner: bytes = b""
    """The type of a method."""
    id: int = 0
    """Of the item, if it is found by a name."""


@dataclass(slots=True, eq=False)
class Reachability:
    """The code that each binary reaches, computed when needed."""

    index: CrateIndex
    _named: dict[bytes, list[ReachableCode]] = field(default_factory=lambda: defaultdict(list))
    """Code by its name; trait methods also by the name of their type."""
    _others: dict[bytes, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    """Names by their alias in ``use x as y``."""
    _words: dict[tuple[int, int, int], frozenset[bytes]] = field(default_factory=dict)
    _reached: dict[str, frozenset[int]] = field(default_factory=dict)

    def binaries_of(self, item: RustItem) -> tuple[str, ...]:
        """Return the binaries that may run an item, in the order of the packages."""
        crate = item.module.crate
        able = (name for name in self.index.binaries if crate in self._crates(name))
        return tuple(name for name in able if item.id in self.of(name))

    def runs(self, item: RustItem) -> bool:
        """Return whether a binary may run an item; True without binaries, since others use the library."""
        return not self.index.binaries or bool(self.binaries_of(item))

    def of(self, binary: str) -> frozenset[int]:
        """Return the ids of the items that a binary may run; all that it could use if its ``main`` is missing."""
        if binary not in self._reached:
            if not self._named:
                self._prepare()
            self._reached[binary] = frozenset(self._walk(self.index.binaries[binary], self._crates(binary)))
        return self._reached[binary]

    def _crates(self, binary: str) -> list[RustModule]:
        libraries = self.index.crates.keys() & self.index.uses.get(binary, frozenset())
        return [self.index.binaries[binary], *(self.index.crates[name] for name in sorted(libraries))]

    def _prepare(self) -> None:
        types: set[str] = set()
        items = self.index.functions()
        for module in self.index.modules():
            own = [item for item in module.items.values() if item.kind != "fn"]
            items += own
            types.update(item.name for item in own if item.kind in TYPES)
            for code in module.loose:
                for name in DEFINED.findall(code.content):
                    self._named[name].append(_reachable(code, module))
            for alias, path in module.uses.items():
                if alias != path[-1]:
                    self._others[alias.encode()].append(path[-1].encode())
        for item in items:
            owner = item.owner.encode() if item.owner in types else b""
            named = _reachable(item.code, item.module, owner)
            self._named[item.name.encode()].append(named)
            if item.trait:
                self._named[item.owner.encode()].append(named)

    def _walk(self, root: RustModule, crates: list[RustModule]) -> set[int]:
        main = root.items.get("main")
        if main is None:
            inside = set(map(id, crates))
            return {code.id for every in self._named.values() for code in every if code.crate in inside}
        return self._follow([_reachable(main.code, main.module)], crates) | {main.id}

    def named_by(self, code: Sequence[ReachableCode], binary: str) -> set[int]:
        """Return the ids of the items that some code of a binary names, transitively."""
        if not self._named:
            self._prepare()
        return self._follow([*code], self._crates(binary), loose=False)

    def _follow(
        self, stack: list[ReachableCode], crates: Sequence[RustModule], *, loose: bool = True
    ) -> set[int]:
        found, seen, inside = set[int](), set[bytes](), set(map(id, crates))
        waiting: dict[bytes, list[ReachableCode]] = defaultdict(list)
        modules: set[int] = set()
        while stack:
            start, end, home, *_ = stack.pop()
            if (
                loose and id(home) not in modules
            ):  # what macros make between its items may run as soon as it is used
                modules.add(id(home))
                stack.extend(_reachable(one, home) for one in home.loose)
            new = self._names(start, end, home) - seen
            seen |= new
            for name in new:
                for code in chain(self._named[name], waiting.pop(name, ())):
                    if code.id in found or code.crate not in inside:
                        continue
                    if code.owner and code.owner not in seen:
                        waiting[code.owner].append(code)  # a method of a type that nobody has named yet
                    else:
                        found.add(code.id)
                        stack.append(code)
        return found

    def _names(self, start: int, end: int, home: RustModule) -> frozenset[bytes]:
        """Return the known names in a piece of code, including its attributes, comments and string literals."""
        key = home.file.number, start, end
        if key not in self._words:
            content = home.file.content
            own = frozenset(only_names(content[_begin(content, start) : end]).split())
            self._words[key] = (own | frozenset(self._implied(own))) & self._named.keys()
        return self._words[key]

    def _implied(self, own: frozenset[bytes]) -> Iterator[bytes]:
        for word in own & IMPLIED.keys():
            yield from IMPLIED[word]
        for word in own & self._others.keys():
            yield from self._others[word]


def _reachable(code: ItemCode, home: RustModule, owner: bytes = b"") -> ReachableCode:
    return ReachableCode(code.start, code.end, home, id(home.crate), owner, code.id)


def _begin(content: bytes, at: int) -> int:
    """Return the start of the attributes before an item: they may name code that runs for it."""
    for _ in range(MOST_ATTRIBUTES):
        before = content[max(0, at - LONGEST) : at].rstrip()
        start = before.rfind(b"#[") if before.endswith(b"]") else -1
        if start < 0:
            break
        at = max(0, at - LONGEST) + start
    return at
