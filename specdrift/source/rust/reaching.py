"""Which code a binary may run: what its ``main`` names, what that names, and so on, by names alone.

More may seem to be reached than is: two methods of one name on types that are both in use are both taken. What is not
reached is named nowhere.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from specdrift.source.rust.items import Index, Item, Module

_OF_NAMES = b"_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SPACES = bytes(byte if byte in _OF_NAMES or byte >= 0x80 else 0x20 for byte in range(256))
TYPES = frozenset({"struct", "enum"})
IMPLIED = {
    b"into": (b"from",),
    b"parse": (b"from_str",),
    b"try_into": (b"try_from",),
    b"to_string": (b"fmt",),
}
"""Methods that are called by way of another one's name."""


def words_of(node: Node, module: Module) -> frozenset[bytes]:
    """Every name in a piece of code, those in its comments and texts too."""
    return frozenset(module.file.content[node.start_byte : node.end_byte].translate(_SPACES).split())


@dataclass(slots=True, eq=False)
class Reach:
    """What each binary reaches, found when somebody asks."""

    index: Index
    _named: dict[bytes, list[Item]] = field(default_factory=lambda: defaultdict(list))
    """Everything by its own name, methods of traits by the name of their type too."""
    _types: set[bytes] = field(default_factory=set)
    _others: dict[bytes, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    """What ``use x as y`` calls by another name."""
    _words: dict[int, frozenset[bytes]] = field(default_factory=dict)
    _reached: dict[str, frozenset[int]] = field(default_factory=dict)

    def binaries_of(self, item: Item) -> tuple[str, ...]:
        """The binaries that may run it, in the order of the packages."""
        return tuple(name for name in self.index.binaries if item.node.id in self.of(name))

    def runs(self, item: Item) -> bool:
        """Whether any binary may run it; where there is none, others run it."""
        return not self.index.binaries or bool(self.binaries_of(item))

    def of(self, binary: str) -> frozenset[int]:
        """The ids of the items that a binary may run; of one whose ``main`` is not there, all that it could use."""
        if binary not in self._reached:
            self._prepare()
            root = self.index.binaries[binary]
            libraries = self.index.crates.keys() & self.index.uses.get(binary, frozenset())
            crates = [root, *(self.index.crates[name] for name in sorted(libraries))]
            self._reached[binary] = frozenset(self._walk(root, crates))
        return self._reached[binary]

    def _prepare(self) -> None:
        if self._named:
            return
        for item in self.index.functions:
            self._named[item.name.encode()].append(item)
            if item.trait:
                self._named[item.owner.encode()].append(item)
        for module in self.index.modules():
            for item in module.items.values():
                if item.kind != "fn":
                    self._named[item.name.encode()].append(item)
                if item.kind in TYPES:
                    self._types.add(item.name.encode())
            for alias, path in module.uses.items():
                if alias != path[-1]:
                    self._others[alias.encode()].append(path[-1].encode())

    def _walk(self, root: Module, crates: list[Module]) -> set[int]:
        main, inside = root.items.get("main"), set(map(id, crates))
        if main is None:
            return {
                i.node.id for every in self._named.values() for i in every if id(i.module.crate) in inside
            }
        found, seen = {main.node.id}, set[bytes]()
        waiting: dict[bytes, list[Item]] = defaultdict(list)
        names = [*self._names(main.node, main.module), *self._of_loose(crates)]
        while names:
            name = names.pop()
            if name in seen:
                continue
            seen.add(name)
            for item in (*self._named.get(name, ()), *waiting.pop(name, ())):
                if item.node.id in found or id(item.module.crate) not in inside:
                    continue
                if (owner := item.owner.encode()) in self._types and owner not in seen:
                    waiting[owner].append(item)  # a method of a type that nobody has named yet
                    continue
                found.add(item.node.id)
                names.extend(self._names(item.node, item.module))
        return found

    def _of_loose(self, crates: list[Module]) -> Iterator[bytes]:
        waiting = list(crates)
        while waiting:
            module = waiting.pop()
            waiting.extend(module.modules.values())
            for node in module.loose:
                yield from self._names(node, module)

    def _names(self, node: Node, module: Module) -> Iterator[bytes]:
        if node.id not in self._words:
            own = words_of(node, module)
            more = {other for word in own & IMPLIED.keys() for other in IMPLIED[word]}
            more |= {other for word in own & self._others.keys() for other in self._others[word]}
            self._words[node.id] = own | more
        return iter(self._words[node.id])
