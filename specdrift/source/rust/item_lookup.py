"""Finds items by their names. A module that was not read and may have such an item is read first.

Lists of items have the order in which a whole reading would find them.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from msgspec import Struct, field

from specdrift.source.rust.items import RustImpl, RustItem, RustModule
from specdrift.source.rust.syntax import SourceFile
from specdrift.source.rust.unparsed.defined_names import UnreadModules

TYPES = frozenset({"struct", "enum"})
MACROS = frozenset({"macro"})


class ItemLookup(Struct, eq=False):
    """The items of all targets, by name."""

    crates: dict[str, RustModule] = field(default_factory=dict)
    binaries: dict[str, RustModule] = field(default_factory=dict)
    files: dict[Path, SourceFile] = field(default_factory=dict)
    expansions: list[SourceFile] = field(default_factory=list)
    """Expanded macro calls whose functions are searched for routers."""
    unread: UnreadModules = field(default_factory=UnreadModules)
    scopes: dict[tuple[int, int], RustModule] = field(default_factory=dict)
    """The scopes of blocks, by the ids of what is around them and of their nodes."""
    inner_scopes: dict[tuple[int, int], list[tuple[int, int, RustModule]]] = field(default_factory=dict)
    """Where the blocks begin and end that have scopes, by the ids of what is around some code, and of the code."""
    types_in_blocks: dict[str, RustItem] = field(default_factory=dict)
    """The items of blocks, by their whole paths."""
    _methods: dict[str, list[RustItem]] = field(default_factory=lambda: defaultdict(list))
    _constants: dict[str, list[RustItem]] = field(default_factory=lambda: defaultdict(list))
    _impls: dict[str, list[RustImpl]] = field(default_factory=lambda: defaultdict(list))
    _functions: dict[str, list[RustItem]] = field(default_factory=lambda: defaultdict(list))
    """Functions by their file."""
    _by_trait: dict[str, dict[str, list[RustItem]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    """Functions by the trait that they implement, and the type."""
    _several: set[tuple[str, bool]] = field(default_factory=set)
    """Names of which several functions were found, with a body or without that condition."""
    _named: dict[str, list[dict[str, RustItem]]] = field(default_factory=lambda: defaultdict(list))
    """The items of modules by the structs, enums and macros that they have."""
    _ranked: dict[int, int] = field(default_factory=dict)
    _in_order: dict[tuple[int, str], int] = field(default_factory=dict)
    """How many items of a name were in their order, by the items that are known."""
    _found: dict[tuple[tuple[bytes, ...], re.Pattern[bytes], int], frozenset[str]] = field(
        default_factory=dict
    )
    """The files that match each pattern, as long as there are as many files."""
    _searched: dict[tuple[bytes, ...], dict[str, bool]] = field(default_factory=lambda: defaultdict(dict))
    """Whether texts occur in each file."""

    def sources(self) -> Iterator[SourceFile]:
        """Yield what is searched for routers: the files, and expanded macro calls."""
        yield from self.files.values()
        yield from self.expansions

    def files_with(self, texts: Collection[bytes], pattern: re.Pattern[bytes]) -> frozenset[str]:
        """Return the names of the files that match a pattern; each match contains one of the texts."""
        key = tuple(texts), pattern, len(self.files)
        if key not in self._found:
            able = (file for file in self.files.values() if self._has_any(file, key[0]))
            self._found[key] = frozenset(file.name for file in able if pattern.search(file.code))
        return self._found[key]

    def _has_any(self, file: SourceFile, texts: tuple[bytes, ...]) -> bool:
        known = self._searched[texts]
        if file.name not in known:
            code = file.code
            known[file.name] = any(one in code for one in texts)
        return known[file.name]

    def functions_in(self, files: Collection[str]) -> list[RustItem]:
        """Return the functions in files, by the names of these, and in expanded macro calls among them."""
        _read(module for name in files for module in self.unread.by_file.get(name, ()))
        return sorted((one for name in files for one in self._functions.get(name, ())), key=order_of)

    def functions(self) -> list[RustItem]:
        """Return all functions."""
        return self.functions_in([*(file.name for file in self.files.values()), *self._expanded()])

    def functions_of(self, traits: Collection[str], owner: str | None = None) -> list[RustItem]:
        """Return the functions that implement one of the traits, for all types or for those of a name."""
        _read(_naming(self.unread.traits, traits))
        every = (one for trait in traits for one in self._implementing(trait, owner))
        return sorted((one for one in every if one.file.name in self._functions), key=order_of)

    def _implementing(self, trait: str, owner: str | None) -> Iterator[RustItem]:
        known = self._by_trait.get(trait, {})
        for name in known if owner is None else (owner,):
            yield from known.get(name, ())

    def functions_read(self, owners: Collection[str], wanted: Callable[[RustItem], bool]) -> list[RustItem]:
        """Return those of the functions that were read, among them all that types or traits have."""
        _read(_naming(self.unread.owners, owners))
        return self._sorted(wanted)

    def functions_named(self, names: Collection[str]) -> list[RustItem]:
        """Return the functions with one of the names."""
        files = {one.file.name for name in names for one in self.unread.functions.get(name.encode(), ())}
        _read(module for name in files for module in self.unread.by_file[name])
        return self._sorted(lambda one: one.name in names)

    def _sorted(self, wanted: Callable[[RustItem], bool]) -> list[RustItem]:
        return sorted(
            (one for every in self._functions.values() for one in every if wanted(one)), key=order_of
        )

    def methods(self, name: str, owners: Collection[str] = ()) -> list[RustItem]:
        """Return the associated functions of a name, of all types and traits or of some."""
        _read(self._able(self.unread.functions, name, owners))
        return [one for one in self._ordered(self._methods, name) if not owners or one.owner in owners]

    def _ordered(self, known: dict[str, list[RustItem]], name: str) -> list[RustItem]:
        """Return the items of a name in the order of reading."""
        every = known.get(name, [])
        key = id(known), name
        if self._in_order.get(key, 1) < len(every):
            every.sort(key=order_of)
            self._in_order[key] = len(every)
        return every

    def members(self, name: str, owners: Collection[str]) -> list[RustItem]:
        """Return associated items of a name, at least those of some types and traits, and of type parameters."""
        for known in (self.unread.functions, self.unread.constants):
            for_all = {id(module) for module in self.unread.for_all}
            _read(module for module in known.get(name.encode(), ()) if id(module) in for_all)
            _read(self._able(known, name, owners) if owners else ())
        return [*self._ordered(self._methods, name), *self._ordered(self._constants, name)]

    def each_method(self, name: str, texts: tuple[bytes, ...] = ()) -> Iterator[RustItem]:
        """Yield the associated functions of a name, in any order: no more files are read than are asked for.

        With ``texts``, no further file is read in which none of them occurs.
        """
        seen = set[int]()
        for module in (None, *self.unread.functions.get(name.encode(), ())):
            if module is not None and texts and not self._has_any(module.file, texts):
                continue
            if module is not None:
                module.contents.read()
            for one in tuple(self._ordered(self._methods, name)):
                if one.id not in seen:
                    seen.add(one.id)
                    yield one

    def only_method(self, name: str, *, with_body: bool = False) -> RustItem | None:
        """Return the associated function of a name if there is one only: with a body, of those that have one."""
        if (name, with_body) in self._several:
            return None
        found: RustItem | None = None
        for one in self.each_method(name):
            if with_body and not one.has_body:
                continue
            if found is not None:
                self._several.add((name, with_body))
                return None
            found = one
        return found

    def constants(self, name: str, owners: Collection[str] = ()) -> list[RustItem]:
        """Return the associated constants of a name, of all types and traits or of some."""
        _read(self._able(self.unread.constants, name, owners))
        return [one for one in self._ordered(self._constants, name) if not owners or one.owner in owners]

    def impls(self, name: str, traits: Collection[str] = ()) -> list[RustImpl]:
        """Return the implementations of the type with a name, at least those of some traits."""
        able = self.unread.owners.get(name.encode(), ()) if name else [*self.unread.every()]
        own = {id(module) for module in _naming(self.unread.traits, traits)}
        _read(module for module in able if not traits or id(module) in own)
        return [*self._impls.get(name, ())]

    def impls_of(self, trait: str) -> list[RustImpl]:
        """Return the implementations of the traits of a name."""
        _read(_naming(self.unread.traits, (trait,)))
        return [one for every in self._impls.values() for one in every if one.trait == trait]

    def impls_for_all(self) -> Iterator[RustImpl]:
        """Yield all implementations that may be for a type parameter."""
        _read(self.unread.for_all)
        for every in self._impls.values():
            yield from (one for one in every if one.for_parameter)

    def types(self, name: str) -> list[RustItem]:
        """Return the structs and enums of a name."""
        _read(self.unread.types.get(name.encode(), ()))
        return self._of_kinds(name, TYPES)

    def macros(self, name: str) -> list[RustItem]:
        """Return the macros of a name."""
        _read(self.unread.macros.get(name.encode(), ()))
        return self._of_kinds(name, MACROS)

    def _of_kinds(self, name: str, kinds: Collection[str]) -> list[RustItem]:
        own = self._named.get(name, ())
        ranks = self._ranks() if len(own) > 1 else {}
        every = (items.get(name) for items in sorted(own, key=lambda items: ranks.get(id(items), 0)))
        return [item for item in every if item is not None and item.kind in kinds]

    def _ranks(self) -> dict[int, int]:
        """Return the order of the modules, by the id of their items."""
        if not self._ranked:
            self._ranked.update({id(one.contents.items): number for number, one in enumerate(self.modules())})
        return self._ranked

    def modules(self, *texts: bytes) -> Iterator[RustModule]:
        """Yield the modules whose file contains one of the texts, or all modules, which may not be read yet."""
        waiting = [*self.crates.values(), *self.binaries.values()]
        while waiting:
            module = waiting.pop()
            if not texts or any(one in module.file.content for one in texts):
                yield module
            waiting.extend(module.contents.modules.values())

    def function_names(self) -> Iterator[bytes]:
        """Yield all names that functions may have."""
        yield from self.unread.functions
        yield from (one.name.encode() for every in self._functions.values() for one in every)

    def read_objects(self, traits: Collection[str]) -> None:
        """Read the modules that may name trait objects of these traits."""
        _read(module for name in traits for module in self.unread.objects.get(name.encode(), ()))

    def _able(
        self, known: dict[bytes, list[RustModule]], name: str, owners: Collection[str]
    ) -> Iterable[RustModule]:
        able = known.get(name.encode(), ())
        if not owners or not able:
            return able
        own = {id(module) for module in _naming(self.unread.owners, owners)}
        return [module for module in able if id(module) in own]

    def _expanded(self) -> list[str]:
        return [file.name for file in self.expansions]


def _read(modules: Iterable[RustModule]) -> None:
    for module in modules:
        if module.contents.unread:
            module.contents.read()


def _naming(known: dict[bytes, list[RustModule]], names: Collection[str]) -> list[RustModule]:
    return [module for name in names for module in known.get(name.encode(), ())]


def order_of(item: RustItem) -> tuple[int, ...]:
    """Return the place of an item in the order of reading."""
    return item.order
