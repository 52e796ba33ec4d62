"""Indexes the modules of all targets and the items they define.

A file whose names are known without its tree is parsed when one of them is asked for.
"""

from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path

from tree_sitter import Node

from specdrift.errors import UsageError
from specdrift.model.contract.location import SourceLocation
from specdrift.source.parse_guard import TooLong
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import is_compiled_with
from specdrift.source.rust.declarations import RealPaths, imports_of, module_files
from specdrift.source.rust.item_lookup import MACROS, TYPES, ItemLookup
from specdrift.source.rust.items import ModuleContents, RustItem, RustModule, around, test_only
from specdrift.source.rust.syntax import SourceFile, path_of, text, with_attributes
from specdrift.source.rust.unparsed.declared_modules import parse_declared
from specdrift.source.rust.unparsed.defined_names import names_in

KINDS = {
    "function_item": "fn",
    "struct_item": "struct",
    "enum_item": "enum",
    "const_item": "const",
    "static_item": "const",
    "type_item": "type",
    "trait_item": "trait",
    "macro_definition": "macro",
}
ASSOCIATED = frozenset({"function_item", "const_item"})
NAMED = TYPES | MACROS
MOST_FILES = 5000
MOST_BYTES = 8 * 1024 * 1024
"""Larger files are taken for generated code and not read."""
DEEPEST = 60
"""Maximum depth of nested modules."""
LAST = 1 << 60
"""The place of expanded macro calls in the order of reading."""


@dataclass(slots=True, eq=False)
class CrateIndex(ItemLookup):
    """All targets of all packages."""

    base: Path = Path()
    twins: dict[int, list[RustItem]] = field(default_factory=dict)
    """Functions of the same name and module, which other builds have, by the id of the first."""
    impl_modules: dict[int, RustModule] = field(default_factory=dict)
    real: RealPaths = field(default_factory=RealPaths)
    missing: list[tuple[SourceLocation, str]] = field(default_factory=list)
    """Modules that were not read, each with the reason."""
    inheriting: set[tuple[str, str]] = field(default_factory=set)
    """Targets and their alias of an axum version whose nested services inherit fallbacks."""
    uses: dict[str, frozenset[str]] = field(default_factory=dict)
    """Libraries of the analysed crates that each target may use, by target."""
    features: dict[str, frozenset[str]] = field(default_factory=dict)
    """Features that each target has by default, by target."""
    when_read: list[Callable[[RustModule], None]] = field(default_factory=list)
    """Is called with each module that is read later than the others."""
    _targets: Iterator[int] = field(default_factory=count)

    def may_use(self, crate: str, other: str) -> bool:
        """Return whether code of one target may name items of another."""
        return crate == other or other in self.uses.get(crate, ())

    def load(self, root: Path, name: str) -> RustModule:
        """Load the module tree of a target. Raises UsageError if its first file cannot be read."""
        try:
            file = self._file(root)
            module = RustModule((name,), file, root.parent, place=(next(self._targets),))
            self._fill(module)
        except OSError as error:
            raise UsageError(f"{root}: cannot be read: {error.strerror}") from None
        return module

    def write(self, source_text: str, module: RustModule, call: Node, *, searched: bool) -> None:
        """Add the expansion of a macro call to the module of the call. ``searched``: it may have routers."""
        file = syntax.written(source_text, module.file, call)
        contents = replace(module.contents.read(), loose=[], unread=[])
        place = (LAST, next(self._targets))
        self._fill(replace(module, file=file, body=None, place=place, contents=contents))
        if searched:
            self.expansions.append(file)
        else:
            self._functions.pop(file.name, None)

    def _file(self, path: Path) -> SourceFile:
        if path not in self.files:
            self.files[path] = syntax.read_file(path, path.as_posix())
        return self.files[path]

    def _fill(self, module: RustModule, tree: Node | None = None, *, but: str = "") -> None:
        """Take the items of a module, or those of a tree of a part of it, except for those of a kind."""
        features = self.features_of(module)
        for node, attributed in with_attributes(module.node if tree is None else tree):
            built = not test_only(attributed) and is_compiled_with(attributed, features) is not False
            if built and node.type != but:
                self._take(node, module)

    def _fill_later(self, module: RustModule, declared: SourceLocation) -> None:
        """Read a module that is needed now, whose own modules are known; the place is that of its declaration."""
        try:
            self._fill(module, but="mod_item")
        except TooLong as error:
            self.missing.append((declared, f"module {module.path[-1]}: {error.strerror}"))
        for follow in self.when_read:
            follow(module)

    def _take(self, node: Node, module: RustModule) -> None:
        contents = module.contents
        match node.type:
            case "mod_item":
                self._module(node, module)
            case "use_declaration" | "extern_crate_declaration":
                for alias, path in imports_of(node):
                    _remember(contents, alias, path)
            case "impl_item":
                self._impl(node, module)
            case "trait_item":
                contents.items[text(syntax.field(node, "name"))] = self._item(node, module)
                self._associated(node, module, owner=text(syntax.field(node, "name")), trait="")
            case "macro_invocation" | "expression_statement":
                contents.loose.append(node)
            case kind if kind in KINDS:
                item = self._item(node, module)
                earlier = contents.items.get(item.name)
                if earlier is not None and earlier.kind == item.kind == "fn":
                    self.twins.setdefault(earlier.node.id, []).append(item)
                else:
                    contents.items[item.name] = item
                self._name(item, contents.items)

    def _name(self, item: RustItem, items: dict[str, RustItem]) -> None:
        if item.kind in NAMED and all(one is not items for one in self._named[item.name]):
            self._named[item.name].append(items)
        if item.kind == "fn":
            self._functions[item.file.name].append(item)

    def _item(self, node: Node, module: RustModule) -> RustItem:
        return RustItem(text(syntax.field(node, "name")), KINDS[node.type], node, module)

    def features_of(self, module: RustModule) -> frozenset[str]:
        """Return the features that the package of a module has by default."""
        return self.features.get(module.crate.path[0], frozenset())

    def _module(self, node: Node, parent: RustModule) -> None:
        name = text(syntax.field(node, "name"))
        body = syntax.field(node, "body")
        path, place = (*parent.path, name), (*parent.place, node.start_byte)
        self._ranked.clear()
        if body is not None and len(parent.path) >= DEEPEST:
            self.missing.append((parent.file.place(node), f"module {name}: nested too deeply"))
            return
        if body is not None:
            inner = RustModule(path, parent.file, parent.folder / name, parent, body, place)
            _declare(parent.contents, name, inner)
            self._fill(inner)
            return
        files: list[Path | None] = [*module_files(node, parent, name, self.features_of(parent))]
        for found in files or [None]:
            self._module_in(found, node, parent, name)

    def _module_in(self, found: Path | None, node: Node, parent: RustModule, name: str) -> None:
        """Take a module from its file."""
        path, place = (*parent.path, name), (*parent.place, node.start_byte)
        why = self._unreadable(found, parent)
        if found is None or why:
            self.missing.append((parent.file.place(node), f"module {name}: {why}"))
            return
        try:
            file = self._file(found)
            names = names_in(file.content)
            declared = parse_declared(file, names.modules) if names and names.modules else None
            if names is None or (names.modules and declared is None):
                names = None
                file.root  # noqa: B018 - parse it now
        except OSError as error:
            self.missing.append((parent.file.place(node), f"module {name}: {error.strerror}"))
            return
        folder = found.parent if found.name == "mod.rs" else found.parent / found.stem
        inner = RustModule(path, file, folder, parent, place=place)
        _declare(parent.contents, name, inner)
        if names is None:
            self._fill(inner)
        else:
            inner.contents.unread.append(partial(self._fill_later, inner, parent.file.place(node)))
            inner.contents.members = names.members
            self.unread.add(inner, names)
            if declared is not None:
                self._fill(inner, declared)

    def _unreadable(self, path: Path | None, parent: RustModule) -> str:
        """Return why a module's file is not read; empty if it is."""
        if path is None:
            return "file not found"
        real = self.real.of(path)
        if not self.real.is_beneath(self.base, real):
            return f"{path.name} is outside the folder"
        if any(real == self.real.of(one.file.path) for one in around(parent)):
            return f"{path.name} includes itself"
        if len(self.files) >= MOST_FILES or len(parent.path) >= DEEPEST:
            return "too many files or nested modules"
        return (
            f"{path.name} is larger than {MOST_BYTES >> 20} MiB" if path.stat().st_size > MOST_BYTES else ""
        )

    def _impl(self, node: Node, module: RustModule) -> None:
        owner = (path_of(syntax.field(node, "type")) or ("",))[-1]
        trait = (path_of(syntax.field(node, "trait")) or ("",))[-1]
        insort(self._impls[owner], ((*module.place, node.start_byte), node), key=_place)
        self.impl_modules[node.id] = module
        self._associated(node, module, owner=owner, trait=trait)

    def _associated(self, node: Node, module: RustModule, *, owner: str, trait: str) -> None:
        body = syntax.field(node, "body")
        for child, attributed in with_attributes(body) if body is not None else ():
            built = is_compiled_with(attributed, self.features_of(module))
            if child.type not in ASSOCIATED or test_only(attributed) or built is False:
                continue
            item = RustItem(text(syntax.field(child, "name")), KINDS[child.type], child, module, owner, trait)
            if item.kind == "const":
                self._constants[item.name].append(item)
            else:
                if trait:
                    self._by_trait[trait].append(item)
                self._methods[item.name].append(item)
                self._functions[item.file.name].append(item)


def _place(entry: tuple[tuple[int, ...], Node]) -> tuple[int, ...]:
    return entry[0]


def _declare(contents: ModuleContents, name: str, module: RustModule) -> None:
    if name in contents.modules:
        contents.other_modules.setdefault(name, []).append(contents.modules[name])
    contents.modules[name] = module


def _remember(contents: ModuleContents, alias: str, path: tuple[str, ...]) -> None:
    if alias == "*":
        contents.globs.append(path)
    else:
        earlier = contents.uses.get(alias, path)
        if earlier != path:
            contents.other_uses.setdefault(alias, []).append(earlier)
        contents.uses[alias] = path
