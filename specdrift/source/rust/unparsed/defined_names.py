"""The names that a file defines, by the outline of its items."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import only_names
from specdrift.source.rust.unparsed.item_headers import implementation_names
from specdrift.source.rust.unparsed.outline import MEMBERS, OutlineItem

NAME = rb"((?:r\#)?[\w\x80-\xff]+)"
OBJECT = re.compile(rb"dyn\s+(?:[\w\x80-\xff#]+::)*([\w\x80-\xff#]+)")
ALIAS = re.compile(rb"(?<![\w\x80-\xff#])([\w\x80-\xff#]+)\s+as\s+([\w\x80-\xff#]+)")
IN_CALL = re.compile(rb"\b(fn|struct|enum|const|static|type|trait|macro_rules!)\s+(?:ref\s+|mut\s+)?" + NAME)
"""What a macro call between items may define."""


class DefinedNames(Struct):
    """The names that a file defines; of what macro calls and strange headers define, more."""

    functions: set[bytes] = field(default_factory=set)
    types: set[bytes] = field(default_factory=set)
    constants: set[bytes] = field(default_factory=set)
    """Of implementations and traits."""
    macros: set[bytes] = field(default_factory=set)
    owners: set[bytes] = field(default_factory=set)
    """The types of its implementations, and its traits."""
    traits: set[bytes] = field(default_factory=set)
    """The traits that it implements."""
    objects: set[bytes] = field(default_factory=set)
    """Traits of its trait objects."""
    for_all: bool = False
    """It may implement a trait for a type parameter."""
    items: set[bytes] = field(default_factory=set)
    """Its items between others."""
    members: frozenset[bytes] = frozenset()
    """These and what it imports."""
    globs: bool = False
    """It imports all of another module."""
    aliases: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Names that it imports under other ones, each with that."""
    built: set[bytes] = field(default_factory=set)
    """Those of the types that all builds have."""
    methods: list[tuple[bytes, tuple[bytes, ...]]] = field(default_factory=list)
    """The functions of each implementation and trait, with its type; empty where that is not known."""


def names_in(content: bytes, outline: Iterable[OutlineItem]) -> DefinedNames:
    """Return what a file defines."""
    found = DefinedNames()
    imported: list[bytes] = []
    for item in outline:
        name = item.name.encode()
        match item.kind:
            case "use":
                imported.append(item.header)
            case "crate":
                imported.append(content[item.start : item.end])
            case "impl":
                _add_implementation(item, found)
            case "call":
                for kind, own in IN_CALL.findall(content, item.start, item.end):
                    _add(kind.decode().rstrip("!"), own, found)
            case kind:
                _add(kind, name, found)
        if item.kind in {"struct", "enum"} and not item.attributes_name(content, b"cfg"):
            found.built.add(name)
        if item.kind in MEMBERS:
            _add_members(item, found)
    whole = b" ".join(imported)
    found.members = _words([whole]) | found.items
    found.globs = b"*" in whole
    found.aliases += ALIAS.findall(whole) if b" as " in whole else ()
    if b"dyn" in content:
        found.objects.update(OBJECT.findall(content))
    return found


def _add_members(item: OutlineItem, found: DefinedNames) -> None:
    functions = tuple(one.name.encode() for one in item.members if one.kind != "const")
    found.functions.update(functions)
    found.constants.update(one.name.encode() for one in item.members if one.kind == "const")
    names = implementation_names(item.header) if item.kind == "impl" else None
    found.methods.append((names.owner.encode() if names is not None else b"", functions))


def _add(kind: str, name: bytes, found: DefinedNames) -> None:
    found.items.add(name)
    match kind:
        case "fn":
            found.functions.add(name)
        case "struct" | "enum":
            found.types.add(name)
        case "macro_rules":
            found.macros.add(name)
        case "trait":
            found.owners.add(name)


def _add_implementation(item: OutlineItem, found: DefinedNames) -> None:
    names = implementation_names(item.header)
    if names is None:
        words = _words([item.header])
        found.owners |= words
        found.traits |= words
        found.for_all = True
    else:
        found.owners.add(names.owner.encode())
        found.traits |= {names.trait.encode()} if names.trait else set()
        found.for_all = found.for_all or names.for_parameter


def _words(texts: Iterable[bytes]) -> frozenset[bytes]:
    return frozenset(only_names(b" ".join(texts), b"#").split())


class UnreadModules(Struct, eq=False):
    """Modules that were not read, by the names that they may define."""

    functions: dict[bytes, list[RustModule]] = field(default_factory=dict)
    types: dict[bytes, list[RustModule]] = field(default_factory=dict)
    constants: dict[bytes, list[RustModule]] = field(default_factory=dict)
    macros: dict[bytes, list[RustModule]] = field(default_factory=dict)
    owners: dict[bytes, list[RustModule]] = field(default_factory=dict)
    traits: dict[bytes, list[RustModule]] = field(default_factory=dict)
    objects: dict[bytes, list[RustModule]] = field(default_factory=dict)
    items: dict[bytes, list[RustModule]] = field(default_factory=dict)
    for_all: list[RustModule] = field(default_factory=list)
    by_file: dict[str, list[RustModule]] = field(default_factory=dict)
    aliases: list[tuple[bytes, bytes]] = field(default_factory=list)
    built: set[bytes] = field(default_factory=set)
    methods: list[tuple[RustModule, bytes, tuple[bytes, ...]]] = field(default_factory=list)

    def add(self, module: RustModule, names: DefinedNames) -> None:
        """Add a module."""
        self.by_file.setdefault(module.file.name, []).append(module)
        for known, own in (
            (self.functions, names.functions),
            (self.types, names.types),
            (self.constants, names.constants),
            (self.macros, names.macros),
            (self.owners, names.owners),
            (self.traits, names.traits),
            (self.objects, names.objects),
            (self.items, names.items),
        ):
            for name in own:
                known.setdefault(name, []).append(module)
        if names.for_all:
            self.for_all.append(module)
        self.aliases += names.aliases
        self.built |= names.built
        self.methods += ((module, owner, functions) for owner, functions in names.methods)

    def naming(self) -> dict[bytes, list[RustModule]]:
        """Return the modules by the items that they may define, and by the types whose methods they have."""
        found = {name: [*modules] for name, modules in self.owners.items()}
        for name, modules in self.items.items():
            found.setdefault(name, []).extend(modules)
        return found

    def every(self) -> Iterator[RustModule]:
        """Yield all of them."""
        for modules in self.by_file.values():
            yield from modules
