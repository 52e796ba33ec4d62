"""Finds the code that a binary may run, by name only: from ``main`` to everything it names, transitively.

It overestimates: of two methods with one name on types in use, both count as reached. Code that is not reached is named
nowhere.
"""

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct, field

from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.named_code import NamedCode, ReachableCode, code_of, code_of_item

MOST_NAMES = 16
"""Names that are looked for from an item towards ``main``, before all that ``main`` names is followed."""
AT_ONCE = 100
"""Items that are followed in the time of a search of the files for a name."""


class _Walk(Struct, eq=False):
    """What some code reaches, as far as it was looked for."""

    code: NamedCode
    crates: frozenset[int]
    stack: list[ReachableCode]
    loose: bool = True
    """Macro calls between the items of a module run as soon as it is used."""
    found: set[int] = field(default_factory=set)
    _first: list[ReachableCode] = field(default_factory=list)
    """Code that is followed before the rest."""
    _seen: set[bytes] = field(default_factory=set)
    _modules: set[int] = field(default_factory=set)

    def expects(self, ways: Collection[int]) -> bool:
        """Return whether some code of these is reached."""
        return not self.found.isdisjoint(ways)

    def reaches(self, wanted: int, ways: Collection[int], most: int = sys.maxsize) -> bool:
        """Return whether an item is reached, by as many steps at most. Code with the ids of ``ways`` comes first."""
        self._first = [one for one in self.stack if one.id in ways]
        self.stack = [one for one in self.stack if one.id not in ways]
        steps = 0
        while wanted not in self.found and (self._first or self.stack) and steps < most:
            self._follow(self._first.pop() if self._first else self.stack.pop(), ways)
            steps += 1
        self.stack += self._first
        return wanted in self.found

    def begin(self) -> None:
        """Find what the first pieces of code name, which are no items that others name."""
        first, self.stack = self.stack, []
        for one in first:
            self._follow(one, ())

    def _follow(self, one: ReachableCode, ways: Collection[int]) -> None:
        home = one.home
        if self.loose and id(home) not in self._modules:
            self._modules.add(id(home))
            self.stack.extend(self.code.loose_in(home))
        new = self.code.words(one.start, one.end, home) - self._seen
        self._seen |= new
        for name in new:
            for code in self._runs(name):
                if code.id not in self.found and code.crate in self.crates:
                    self.found.add(code.id)
                    (self._first if code.id in ways else self.stack).append(code)

    def _runs(self, name: bytes) -> Iterator[ReachableCode]:
        """Yield what may run as soon as a name is seen: methods of types that are not named yet run only with these."""
        for code in self.code.named(name):
            if not code.owner or code.owner in self._seen or not self.code.is_type(code.owner):
                yield code
        for code in self.code.methods_of(name):
            if code.of_trait or code.name in self._seen:
                yield code


class Reachability(Struct, eq=False):
    """The code that each binary reaches, computed when needed."""

    index: CrateIndex
    has_entry: bool = False
    """The router of another function than ``main`` is looked at: it runs, and what it names."""
    _code: list[NamedCode] = field(default_factory=list)
    _walks: dict[str, _Walk] = field(default_factory=dict)
    _reached: dict[tuple[str, int], bool] = field(default_factory=dict)

    def binaries_of(self, item: RustItem) -> tuple[str, ...]:
        """Return the binaries that may run an item, in the order of the packages."""
        crate = item.module.crate
        able = (name for name in self.index.binaries if crate in self._crates(name))
        return tuple(name for name in able if self._runs(name, item))

    def runs(self, item: RustItem) -> bool:
        """Return whether a binary may run an item; True without binaries, since others use the library."""
        return not self.index.binaries or bool(self.binaries_of(item))

    def runs_at(self, file: str, at: int) -> bool:
        """Return whether a binary may run what stands at a byte of a file; True for what is in no item."""
        if self.has_entry:
            return True
        modules = (one for one in self.index.modules() if one.file.name == file)
        items = [*self.index.functions_in([file]), *(item for one in modules for item in one.items.values())]
        around = [one for one in items if one.code.start <= at < one.code.end]
        return not around or any(map(self.runs, around))

    def _runs(self, binary: str, item: RustItem) -> bool:
        """Return whether a binary may run an item of its crates; it may if its ``main`` is missing."""
        main, key = self.index.binaries[binary].items.get("main"), (binary, item.id)
        if main is None or main.id == item.id:
            return True
        if key not in self._reached:
            code, crates = self._named(), self._ids(binary)
            if binary not in self._walks:
                self._walks[binary] = _Walk(code, crates, [code_of(main.code, main.module)], found={main.id})
            self._reached[key] = _meet(
                self._walks[binary], code.leading_to(code_of_item(item), crates), item.id
            )
        return self._reached[key]

    def _named(self) -> NamedCode:
        if not self._code:
            self._code.append(NamedCode(self.index))
        return self._code[0]

    def _crates(self, binary: str) -> list[RustModule]:
        libraries = self.index.crates.keys() & self.index.uses.get(binary, frozenset())
        return [self.index.binaries[binary], *(self.index.crates[name] for name in sorted(libraries))]

    def _ids(self, binary: str) -> frozenset[int]:
        return frozenset(map(id, self._crates(binary)))

    def named_by(self, code: Sequence[ReachableCode], binary: str, wanted: Iterable[RustItem]) -> set[int]:
        """Return the ids of those of some items that code of a binary names, transitively."""
        named, crates = self._named(), self._ids(binary)
        walk = _Walk(named, crates, [*code], loose=False)
        walk.begin()
        every = {item.id: item for item in wanted}
        leading = ((key, named.leading_to(code_of_item(item), crates)) for key, item in every.items())
        return {key for key, ways in leading if _meet(walk, ways, key)}


def _meet(walk: _Walk, leading: Iterator[tuple[set[int], bool]], wanted: int) -> bool:
    """Return whether a walk reaches an item: it goes on from both ends until they meet, or one has no more."""
    if wanted in walk.found:
        return True
    for number, (ways, searched) in enumerate(leading):
        if number >= MOST_NAMES or walk.expects(ways):
            return walk.reaches(wanted, ways)
        if searched and walk.reaches(wanted, ways, AT_ONCE):
            return True
    return False
