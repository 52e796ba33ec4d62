"""Which code a binary may run: what its ``main`` names, what that names, and so on, by names alone.

More may seem to be reached than is: two methods of one name on types that are both in use are both taken. What is not
reached is named nowhere.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tree_sitter import Node

from specdrift.source.rust.items import CrateIndex, RustItem, RustModule
from specdrift.source.rust.syntax import only_names

TYPES = frozenset({"struct", "enum"})
MOST_ATTRIBUTES = 12
LONGEST = 600
"""Bytes of an attribute that is looked at."""
IMPLIED = {
    b"into": (b"from",),
    b"parse": (b"from_str",),
    b"try_into": (b"try_from",),
    b"to_string": (b"fmt",),
}
"""Methods that are called by way of another one's name."""
DEFINED = re.compile(rb"\b(?:static|ref|fn|const|struct|enum|type)\s+(?:ref\s+|mut\s+)?([A-Za-z_]\w*)")
"""What a macro defines that is called between items: ``lazy_static! { static ref NAME: … }``."""


class ReachableCode(NamedTuple):
    """Something with a name, in the module ``home``; ``owner`` is the type of which a method is."""

    node: Node
    home: RustModule
    crate: int
    owner: bytes = b""


@dataclass(slots=True, eq=False)
class Reachability:
    """The code that each binary reaches, computed when needed."""

    index: CrateIndex
    _named: dict[bytes, list[ReachableCode]] = field(default_factory=lambda: defaultdict(list))
    """Everything by its own name, methods of traits by the name of their type too."""
    _others: dict[bytes, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    """What ``use x as y`` calls by another name."""
    _words: dict[int, frozenset[bytes]] = field(default_factory=dict)
    _reached: dict[str, frozenset[int]] = field(default_factory=dict)

    def binaries_of(self, item: RustItem) -> tuple[str, ...]:
        """The binaries that may run it, in the order of the packages."""
        crate = item.module.crate
        able = (name for name in self.index.binaries if crate in self._crates(name))
        return tuple(name for name in able if item.node.id in self.of(name))

    def runs(self, item: RustItem) -> bool:
        """Whether any binary may run it; where there is none, others run it."""
        return not self.index.binaries or bool(self.binaries_of(item))

    def of(self, binary: str) -> frozenset[int]:
        """The ids of the items that a binary may run; of one whose ``main`` is not there, all that it could use."""
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
        items = list(self.index.functions)
        for module in self.index.modules():
            own = [item for item in module.items.values() if item.kind != "fn"]
            items += own
            types.update(item.name for item in own if item.kind in TYPES)
            for node in module.loose:
                for name in DEFINED.findall(node.text or b""):
                    self._named[name].append(ReachableCode(node, module, id(module.crate)))
            for alias, path in module.uses.items():
                if alias != path[-1]:
                    self._others[alias.encode()].append(path[-1].encode())
        for item in items:
            owner = item.owner.encode() if item.owner in types else b""
            code = ReachableCode(item.node, item.module, id(item.module.crate), owner)
            self._named[item.name.encode()].append(code)
            if item.trait:
                self._named[item.owner.encode()].append(code)

    def _walk(self, root: RustModule, crates: list[RustModule]) -> set[int]:
        main, inside = root.items.get("main"), set(map(id, crates))
        if main is None:
            return {code.node.id for every in self._named.values() for code in every if code.crate in inside}
        found, seen = {main.node.id}, set[bytes]()
        waiting: dict[bytes, list[ReachableCode]] = defaultdict(list)
        modules: set[int] = set()
        stack = [ReachableCode(main.node, main.module, id(root))]
        while stack:
            node, home, crate, _ = stack.pop()
            if id(home) not in modules:  # what macros make between its items may run as soon as it is used
                modules.add(id(home))
                stack.extend(ReachableCode(loose, home, crate) for loose in home.loose)
            new = self._names(node, home) - seen
            seen |= new
            for name in new:
                for code in (*self._named.get(name, ()), *waiting.pop(name, ())):
                    if code.node.id in found or code.crate not in inside:
                        continue
                    if code.owner and code.owner not in seen:
                        waiting[code.owner].append(code)  # a method of a type that nobody has named yet
                    else:
                        found.add(code.node.id)
                        stack.append(code)
        return found

    def _names(self, node: Node, home: RustModule) -> frozenset[bytes]:
        """The names in a piece of code that something here has, those in its attributes, comments and texts too."""
        if node.id not in self._words:
            content = home.file.content
            own = frozenset(only_names(content[_begin(content, node.start_byte) : node.end_byte]).split())
            self._words[node.id] = (own | frozenset(self._implied(own))) & self._named.keys()
        return self._words[node.id]

    def _implied(self, own: frozenset[bytes]) -> Iterator[bytes]:
        for word in own & IMPLIED.keys():
            yield from IMPLIED[word]
        for word in own & self._others.keys():
            yield from self._others[word]


def _begin(content: bytes, at: int) -> int:
    """Where the attributes begin that stand before an item: they may name what runs for it."""
    for _ in range(MOST_ATTRIBUTES):
        before = content[max(0, at - LONGEST) : at].rstrip()
        start = before.rfind(b"#[") if before.endswith(b"]") else -1
        if start < 0:
            break
        at = max(0, at - LONGEST) + start
    return at
