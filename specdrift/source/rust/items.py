"""Modules and the items they define. The items of a module may be read only when they are asked for."""

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.item_code import ItemCode
from specdrift.source.rust.syntax import SourceFile


class RustItem(Struct, eq=False):
    """A named item. It is not changed; a frozen one takes thrice as long to make, and services have many."""

    name: str
    kind: str
    code: ItemCode
    module: "RustModule"
    owner: str = ""
    """The type whose associated item it is."""
    trait: str = ""
    """The trait that declares it."""
    within: "RustImpl | None" = None
    """The implementation that it is in."""

    @property
    def file(self) -> SourceFile:
        return self.module.file

    @property
    def node(self) -> Node:
        return self.code.node

    @property
    def in_trait(self) -> bool:
        """It is declared in the trait itself."""
        return bool(self.owner) and self.within is None

    @property
    def of_parameter(self) -> bool:
        """The implementation that it is in may be for a type parameter."""
        return self.within is not None and self.within.for_parameter

    @property
    def id(self) -> int:
        """Is the same for the same code, also if several modules have its file."""
        return self.code.id

    @property
    def body(self) -> Node | None:
        return syntax.field(self.code.node, "body")

    @property
    def has_body(self) -> bool:
        return self.code.has_body

    @property
    def order(self) -> tuple[int, ...]:
        """Its place in the order in which modules are read: a submodule stands where it is declared."""
        return (*self.module.place, self.code.start)

    def __str__(self) -> str:
        named = (part for part in self.module.path[1:] if not part.startswith("{"))
        parts = (*named, *([self.owner] if self.owner else []), self.name)
        return "::".join(parts)


class RustImpl(Struct, eq=False):
    """An implementation."""

    owner: str
    """The name of its type."""
    trait: str
    """The name of its trait; empty without one."""
    code: ItemCode
    module: "RustModule"
    for_parameter: bool = True
    """It may be for a type parameter."""

    @property
    def node(self) -> Node:
        return self.code.node

    @property
    def order(self) -> tuple[int, ...]:
        return (*self.module.place, self.code.start)


class ModuleContents(Struct, eq=False):
    """What a module has."""

    items: dict[str, RustItem] = field(default_factory=dict)
    modules: dict[str, "RustModule"] = field(default_factory=dict)
    other_modules: dict[str, list["RustModule"]] = field(default_factory=dict)
    """Modules that other builds have under a name."""
    uses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    other_uses: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    """Paths that other builds import under an alias."""
    globs: list[tuple[str, ...]] = field(default_factory=list)
    loose: list[ItemCode] = field(default_factory=list)
    unread: list[Callable[[], None]] = field(default_factory=list)
    """Reads the rest if it was not read yet."""
    importing: list[Callable[[], None]] = field(default_factory=list)
    """Adds what it imports if that was not asked for yet."""
    members: Collection[bytes] | None = None
    """What the module may define or import, as long as not all of it was read; ``None`` if that is not known."""
    has_globs: bool = True
    """It may import all of another one, as far as that is known without reading it."""

    def read(self) -> "ModuleContents":
        """Return the contents, read; what the module imports may be missing."""
        if self.unread:
            self.unread.pop()()
        return self

    def whole(self) -> "ModuleContents":
        """Return the contents with what the module imports."""
        self.read()
        if self.importing:
            for one in self.importing:
                one()
            self.importing.clear()
        self.members, self.has_globs = None, True
        return self

    def may_have(self, name: str) -> bool:
        """Return whether the module may define or import a name, as far as that is known without reading it."""
        return self.members is None or name.encode() in self.members


class RustModule(Struct, eq=False):
    """A module with its items."""

    path: tuple[str, ...]
    """Begins with the name of the crate."""
    file: SourceFile
    folder: Path
    parent: "RustModule | None" = None
    body: Node | None = None
    """The declarations of a module within a file, if its tree was needed for them."""
    place: tuple[int, ...] = ()
    """Its place in the order in which modules are read."""
    contents: ModuleContents = field(default_factory=ModuleContents)
    in_block: bool = False
    """It is the scope of a block in a function: what it does not have is looked for in its parent."""

    @property
    def node(self) -> Node:
        return self.body if self.body is not None else self.file.root

    @property
    def crate(self) -> "RustModule":
        return self.parent.crate if self.parent else self

    @property
    def home(self) -> "RustModule":
        """The module itself, or that of the function whose block it is."""
        return self.parent.home if self.in_block and self.parent else self

    def item(self, name: str) -> RustItem | None:
        """Return the item with a name. A file that defines no such name is not read for it."""
        contents = self.contents
        return (contents.read() if contents.unread and contents.may_have(name) else contents).items.get(name)

    def imported(self, name: str) -> tuple[str, ...] | None:
        """Return the path that a ``use`` imports under a name. A file that imports no such name is not read for it."""
        return self.contents.whole().uses.get(name) if self.contents.may_have(name) else None

    @property
    def items(self) -> dict[str, RustItem]:
        return self.contents.read().items

    @property
    def modules(self) -> dict[str, "RustModule"]:
        """The submodules, which are known of a module that was not read: it has none."""
        return self.contents.modules

    @property
    def uses(self) -> dict[str, tuple[str, ...]]:
        """Paths imported by ``use``, by alias."""
        return self.contents.whole().uses

    @property
    def globs(self) -> list[tuple[str, ...]]:
        """Paths of ``use x::*``. A file that has none is not read for them."""
        return self.contents.whole().globs if self.contents.has_globs else []

    @property
    def loose(self) -> list[ItemCode]:
        """Macro calls between the items, which may define any item."""
        return self.contents.read().loose


def around(module: RustModule) -> Iterator[RustModule]:
    """Yield a module and those around it."""
    current: RustModule | None = module
    while current is not None:
        yield current
        current = current.parent


def test_only(attributes: Iterable[str]) -> bool:
    """Return whether an item with these attributes is compiled for tests only."""
    return any("test" in written and _is_of_tests(written.replace(" ", "")) for written in attributes)


def _is_of_tests(attribute: str) -> bool:
    return attribute.endswith("test]") or any(
        one in attribute for one in ("cfg(test)", "#[test", "cfg(all(test")
    )
