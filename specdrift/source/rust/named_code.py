"""Finds code by the names that it has, and by those that it names. Modules are read as far as they may have it."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from msgspec import Struct, field

from specdrift.source.rust.crate_index import KINDS_OF_KEYWORDS, CrateIndex
from specdrift.source.rust.item_code import ItemCode, id_of
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import NAMES, ExpandedFile, SourceFile, only_names
from specdrift.source.rust.unparsed.item_headers import implementation_names
from specdrift.source.rust.unparsed.outline import OutlineItem

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
DEFINED = re.compile(rb"\b(?:static|fn|const|struct|enum|type)\s+(?:ref\s+|mut\s+)?([A-Za-z_]\w*)")
"""Items defined by a macro call between items: ``lazy_static! { static ref NAME: … }``."""
OTHERS = bytes(one for one in range(0x80) if one not in NAMES)
"""What belongs to no name."""


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
    name: bytes = b""
    of_trait: bool = False
    """A method that implements a trait: the name of its type is enough to find it."""
    loose: bool = False
    """A macro call between items: it runs with any code of its module."""


class NamedCode(Struct, eq=False):
    """The code of the crates, by name."""

    index: CrateIndex
    _named: dict[bytes, list[ReachableCode]] = field(default_factory=lambda: defaultdict(list))
    """Code of the modules that were read, by its name."""
    _by_owner: dict[bytes, list[ReachableCode]] = field(default_factory=lambda: defaultdict(list))
    """Methods by the name of their type."""
    _by_file: dict[str, list[ReachableCode]] = field(default_factory=lambda: defaultdict(list))
    _by_module: dict[int, list[ReachableCode]] = field(default_factory=lambda: defaultdict(list))
    _outlined: dict[int, list[ReachableCode]] = field(default_factory=dict)
    """The macro calls between the items of modules that were taken without reading them, by the modules' ids."""
    _written: dict[str, SourceFile] = field(default_factory=dict)
    """Expanded macro calls."""
    _taken: dict[int, RustItem] = field(default_factory=dict)
    _others: dict[bytes, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    """Names by their alias in ``use x as y``, and methods by those that call them."""
    _spellings: dict[bytes, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    """The same the other way round."""
    _able: dict[bytes, list[RustModule]] = field(default_factory=dict)
    """Modules that were not read when this began, by what they may define."""
    _every: frozenset[bytes] = frozenset()
    """All names."""
    _types: dict[bytes, bool] = field(default_factory=dict)
    _words: dict[tuple[int, int, int], frozenset[bytes]] = field(default_factory=dict)
    _naming: dict[bytes, list[ReachableCode]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unread = self.index.unread
        self._able = unread.naming()
        aliases = [(one, other) for other, one in self.index.unread.aliases]
        for module in self.index.modules():
            if not module.contents.unread:
                self._add_items(module)
                # Those of other modules are known already.
                uses = module.uses if module.contents.members is None else module.contents.uses
                aliases += ((new.encode(), path[-1].encode()) for new, path in uses.items())
        self._add(self.index.functions_read((), lambda _: True))
        self.index.when_read.append(self._add_module)
        calling = ((one, other) for one, every in IMPLIED.items() for other in every)
        for one, other in (*calling, *aliases):
            if one != other:
                self._others[one].append(other)
                self._spellings[other].append(one)
        for module, owner, functions in unread.methods:
            if not self.is_type(
                owner
            ):  # others are methods of a type, whose name is enough to read them in time
                for name in functions:
                    self._able.setdefault(name, []).append(module)
        self._every = frozenset((*self._able, *unread.functions, *self._named, *self._by_owner))

    def _add_module(self, module: RustModule) -> None:
        if id(module) not in self._outlined:
            self._add_items(module)
        functions = self.index.functions_in([module.file.name])
        self._add(item for item in functions if id(item.module) not in self._outlined)

    def _add_items(self, module: RustModule) -> None:
        for code in module.loose:
            self._put_loose(code_of(code, module))
        self._add(item for item in module.items.values() if item.kind != "fn")

    def _put_loose(self, code: ReachableCode) -> None:
        for name in DEFINED.findall(code.home.file.content, code.start, code.end) or [b""]:
            self._put(code._replace(name=name, loose=True))

    def _take(self, modules: Iterable[RustModule]) -> None:
        """Add the code of modules. Names and places are known of most without reading them."""
        for module in modules:
            if module.contents.unread and id(module) not in self._outlined:
                self._add_outlined(module)

    def _add_outlined(self, module: RustModule) -> None:
        built = [one for one in module.file.outline or () if self.index.is_built(one, module)]
        impls = [(one, implementation_names(one.header)) for one in built if one.kind == "impl"]
        if any(names is None for _, names in impls):
            module.contents.read()
            return
        self._outlined[id(module)] = [_outlined(one, module) for one in built if one.kind == "call"]
        for code in self._outlined[id(module)]:
            self._put_loose(code)
        named: dict[str, OutlineItem] = {}
        for one in built:
            if one.kind == "trait" or one.kind in KINDS_OF_KEYWORDS:
                named[one.name] = one
        for one in built:
            if one.kind == "fn" or named.get(one.name) is one:
                self._put(_outlined(one, module))
        owned = [(one, one.name, False) for one in built if one.kind == "trait"]
        owned += ((one, names.owner, bool(names.trait)) for one, names in impls if names is not None)
        for one, owner, of_trait in owned:
            for member in one.members:
                if member.kind == "fn" and member.brace >= 0 and self.index.is_built(member, module):
                    code = _outlined(member, module)
                    self._put(code._replace(owner=owner.encode(), of_trait=of_trait))

    def loose_in(self, module: RustModule) -> list[ReachableCode]:
        """Return the macro calls between the items of a module."""
        if id(module) in self._outlined:
            return self._outlined[id(module)]
        return [code_of(each, module) for each in module.loose]

    def _add(self, items: Iterable[RustItem]) -> None:
        for item in items:
            if id(item) not in self._taken:
                self._taken[id(item)] = item
                self._put(code_of_item(item))

    def _put(self, code: ReachableCode) -> None:
        file = code.home.file
        self._by_file[file.name].append(code)
        self._by_module[id(code.home)].append(code)
        if isinstance(file, ExpandedFile):
            self._written[file.name] = file
        if code.name:
            self._named[code.name].append(code)
        if code.owner:
            self._by_owner[code.owner].append(code)

    def named(self, name: bytes) -> list[ReachableCode]:
        """Return the code of a name, but for methods of types that were not asked for."""
        self._read(name)
        return self._named[name]

    def methods_of(self, name: bytes) -> list[ReachableCode]:
        """Return the methods of a type."""
        self._read(name)
        return self._by_owner[name]

    def _read(self, name: bytes) -> None:
        self._take(self._able.pop(name, ()))

    def is_type(self, owner: bytes) -> bool:
        """Return whether a struct or an enum of the crates has a name."""
        if owner not in self._types:
            built = owner in self.index.unread.built
            self._types[owner] = built or bool(owner and self.index.types(owner.decode("utf-8", "replace")))
        return self._types[owner]

    def words(self, start: int, end: int, home: RustModule) -> frozenset[bytes]:
        """Return the known names in a piece of code, including its attributes, comments and string literals."""
        key = home.file.number, start, end
        if key not in self._words:
            content = home.file.content
            own = frozenset(only_names(content[_begin(content, start) : end]).split())
            others = (other for one in own & self._others.keys() for other in self._others[one])
            self._words[key] = self._every.intersection(own.union(others))
        return self._words[key]

    def leading_to(self, item: ReachableCode, crates: frozenset[int]) -> Iterator[tuple[set[int], bool]]:
        """Yield the ids of code that may lead to an item, more each time; and whether it took a search of the files.

        Code runs only if other code names it. Of a method, the name of its type is looked for, which few have; of all
        names, the long ones first.
        """
        found, seen = {item.id}, {*self._needed(item)}
        names = [(-len(name), name) for name in seen]
        heapify(names)
        while names:
            _, name = heappop(names)
            searched = name not in self._naming
            for code in self._with_its_module(self.naming(name)):
                if code.crate in crates and code.id not in found:
                    found.add(code.id)
                    new = {*self._needed(code)} - seen
                    seen |= new
                    for one in new:
                        heappush(names, (-len(one), one))
            yield found, searched

    def _needed(self, code: ReachableCode) -> Iterator[bytes]:
        """Yield the names of which some code must have one for a piece of code to run."""
        of_type = self.is_type(code.owner)
        for name in (code.owner,) if of_type else (code.name, code.owner) if code.of_trait else (code.name,):
            yield name
            yield from self._spellings.get(name, ())

    def _with_its_module(self, every: Iterable[ReachableCode]) -> Iterator[ReachableCode]:
        for code in every:
            yield code
            if code.loose:
                yield from self._by_module[id(code.home)]

    def naming(self, name: bytes) -> Sequence[ReachableCode]:
        """Return the code that has a name in it."""
        if name not in self._naming:
            files = [*self.index.files.values(), *self._written.values()]
            holding = [file for file in files if name in file.code]
            by_file = self.index.unread.by_file
            self._take(module for file in holding for module in by_file.get(file.name, ()))
            self._naming[name] = [code for file in holding for code in self._around(file, name)]
        return self._naming[name]

    def _around(self, file: SourceFile, name: bytes) -> Iterator[ReachableCode]:
        """Yield the code of a file that has a name in it."""
        content, length = file.content, len(name)
        found = (one.start() for one in re.finditer(re.escape(name), content))
        places = [
            at
            for at in found
            if not (content[at + length : at + length + 1] + content[at - 1 : at]).translate(None, OTHERS)
        ]
        for code in self._by_file[file.name] if places else ():
            after = bisect_left(places, code.start)
            within = after < len(places) and places[after] < code.end
            if within or (after and places[after - 1] >= _begin(content, code.start)):
                yield code


def code_of(code: ItemCode, home: RustModule) -> ReachableCode:
    """Return the code of what has no name."""
    return ReachableCode(code.start, code.end, home, id(home.crate), id=code.id)


def _outlined(one: OutlineItem, home: RustModule) -> ReachableCode:
    number = id_of(home.file, one.start)
    return ReachableCode(one.start, one.end, home, id(home.crate), id=number, name=one.name.encode())


def code_of_item(item: RustItem) -> ReachableCode:
    """Return the code of an item."""
    code, home, owner, name = item.code, item.module, item.owner.encode(), item.name.encode()
    return ReachableCode(code.start, code.end, home, id(home.crate), owner, code.id, name, bool(item.trait))


def _begin(content: bytes, at: int) -> int:
    """Return the start of the attributes before an item: they may name code that runs for it."""
    for _ in range(MOST_ATTRIBUTES):
        before = content[max(0, at - LONGEST) : at].rstrip()
        start = before.rfind(b"#[") if before.endswith(b"]") else -1
        if start < 0:
            break
        at = max(0, at - LONGEST) + start
    return at
