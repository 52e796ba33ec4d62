"""Indexes the modules of a target and the items they define."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tree_sitter import Node

from specdrift.contained import is_beneath
from specdrift.errors import UsageError
from specdrift.model.contract.location import SourceLocation
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import SourceFile, attributes, path_of, plain, text, with_attributes

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
MOST_FILES = 5000
MOST_BYTES = 8 * 1024 * 1024
"""Larger files are taken for generated code and not read."""
DEEPEST = 60
"""Maximum depth of nested modules."""


@dataclass(frozen=True, slots=True, eq=False)
class RustItem:
    """A named item."""

    name: str
    kind: str
    node: Node
    module: "RustModule"
    owner: str = ""
    """The type whose associated item it is."""
    trait: str = ""
    """The trait that declares it."""

    @property
    def file(self) -> SourceFile:
        return self.module.file

    @property
    def body(self) -> Node | None:
        return syntax.field(self.node, "body")

    def __str__(self) -> str:
        parts = (*self.module.path[1:], *([self.owner] if self.owner else []), self.name)
        return "::".join(parts)


@dataclass(slots=True, eq=False)
class RustModule:
    """A module with its items."""

    path: tuple[str, ...]
    """Begins with the name of the crate."""
    file: SourceFile
    node: Node
    folder: Path
    parent: "RustModule | None" = None
    items: dict[str, RustItem] = field(default_factory=dict)
    modules: dict[str, "RustModule"] = field(default_factory=dict)
    uses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Paths imported by ``use``, by alias."""
    globs: list[tuple[str, ...]] = field(default_factory=list)
    """Paths of ``use x::*``."""
    loose: list[Node] = field(default_factory=list)
    """Macro calls between the items, which may define any item."""

    @property
    def crate(self) -> "RustModule":
        return self.parent.crate if self.parent else self


@dataclass(slots=True, eq=False)
class CrateIndex:
    """All targets of all packages."""

    base: Path
    crates: dict[str, RustModule] = field(default_factory=dict)
    binaries: dict[str, RustModule] = field(default_factory=dict)
    methods: dict[str, list[RustItem]] = field(default_factory=lambda: defaultdict(list))
    """Associated functions of types and traits, by name."""
    constants: dict[str, list[RustItem]] = field(default_factory=lambda: defaultdict(list))
    """Associated constants of types and traits, by name."""
    impls: dict[str, list[Node]] = field(default_factory=lambda: defaultdict(list))
    """Implementations by the name of their type."""
    functions: list[RustItem] = field(default_factory=list)
    files: dict[Path, SourceFile] = field(default_factory=dict)
    twins: dict[int, list[RustItem]] = field(default_factory=dict)
    """Functions of the same name and module, which other builds have, by the id of the first."""
    impl_modules: dict[int, RustModule] = field(default_factory=dict)
    real: dict[Path, Path] = field(default_factory=dict)
    """Resolved paths."""
    missing: list[tuple[SourceLocation, str]] = field(default_factory=list)
    """Modules that were not read, each with the reason."""
    inheriting: set[tuple[str, str]] = field(default_factory=set)
    """Targets and their alias of an axum version whose nested services inherit fallbacks."""
    uses: dict[str, frozenset[str]] = field(default_factory=dict)
    """Libraries of the analysed crates that each target may use, by target."""
    features: dict[str, frozenset[str]] = field(default_factory=dict)
    """Features that each target has by default, by target."""
    expansions: list[SourceFile] = field(default_factory=list)
    """Expanded macro calls whose functions are searched for routers."""

    def sources(self) -> Iterator[SourceFile]:
        """Yield what is searched for routers: the files, and expanded macro calls."""
        yield from self.files.values()
        yield from self.expansions

    def files_with(self, texts: Collection[bytes], pattern: re.Pattern[bytes]) -> frozenset[str]:
        """Return the names of the files that match a pattern; each match contains one of the texts."""
        able = (file for file in self.files.values() if any(one in file.content for one in texts))
        return frozenset(file.name for file in able if pattern.search(file.content))

    def may_use(self, crate: str, other: str) -> bool:
        """Return whether code of one target may name items of another."""
        return crate == other or other in self.uses.get(crate, ())

    def modules(self) -> Iterator[RustModule]:
        """Yield every module of every target."""
        waiting = [*self.crates.values(), *self.binaries.values()]
        while waiting:
            module = waiting.pop()
            yield module
            waiting.extend(module.modules.values())

    def load(self, root: Path, name: str) -> RustModule:
        """Load the module tree of a target. Raises UsageError if its first file cannot be read."""
        try:
            file = self._file(root)
        except OSError as error:
            raise UsageError(f"{root}: cannot be read: {error.strerror}") from None
        module = RustModule(path=(name,), file=file, node=file.root, folder=root.parent)
        self._fill(module)
        return module

    def write(self, source_text: str, module: RustModule, call: Node, *, searched: bool) -> None:
        """Add the expansion of a macro call to the module of the call. ``searched``: it may have routers."""
        file = syntax.written(source_text, module.file, call)
        before = len(self.functions)
        self._fill(replace(module, file=file, node=file.root, loose=[]))
        if searched:
            self.expansions.append(file)
        else:
            del self.functions[before:]

    def _file(self, path: Path) -> SourceFile:
        if path not in self.files:
            shown = path.as_posix()
            self.files[path] = syntax.parse_file(path, shown)
        return self.files[path]

    def _fill(self, module: RustModule) -> None:
        for node, attributed in with_attributes(module.node):
            if not test_only(attributed):
                self._take(node, module)

    def _take(self, node: Node, module: RustModule) -> None:
        match node.type:
            case "mod_item":
                self._module(node, module)
            case "use_declaration" | "extern_crate_declaration":
                for alias, path in imports_of(node):
                    _remember(module, alias, path)
            case "impl_item":
                self._impl(node, module)
            case "trait_item":
                module.items[text(syntax.field(node, "name"))] = self._item(node, module)
                self._methods(node, module, owner=text(syntax.field(node, "name")), trait="")
            case "macro_invocation" | "expression_statement":
                module.loose.append(node)
            case kind if kind in KINDS:
                item = self._item(node, module)
                earlier = module.items.get(item.name)
                if earlier is not None and earlier.kind == item.kind == "fn":
                    self.twins.setdefault(earlier.node.id, []).append(item)
                else:
                    module.items[item.name] = item
                if item.kind == "fn":
                    self.functions.append(item)

    def _item(self, node: Node, module: RustModule) -> RustItem:
        return RustItem(text(syntax.field(node, "name")), KINDS[node.type], node, module)

    def features_of(self, module: RustModule) -> frozenset[str]:
        """Return the features that the package of a module has by default."""
        return self.features.get(module.crate.path[0], frozenset())

    def _module(self, node: Node, parent: RustModule) -> None:
        name = text(syntax.field(node, "name"))
        body = syntax.field(node, "body")
        if body is not None and len(parent.path) >= DEEPEST:
            self.missing.append((parent.file.place(node), f"module {name}: nested too deeply"))
            return
        if body is not None:
            inner = RustModule((*parent.path, name), parent.file, body, parent.folder / name, parent)
        else:
            path = _module_file(node, parent, name)
            why = self._unreadable(path, parent)
            if path is None or why:
                self.missing.append((parent.file.place(node), f"module {name}: {why}"))
                return
            try:
                file = self._file(path)
            except OSError as error:
                self.missing.append((parent.file.place(node), f"module {name}: {error.strerror}"))
                return
            folder = path.parent if path.name == "mod.rs" else path.parent / path.stem
            inner = RustModule((*parent.path, name), file, file.root, folder, parent)
        parent.modules[name] = inner
        self._fill(inner)

    def _unreadable(self, path: Path | None, parent: RustModule) -> str:
        """Return why a module's file is not read; empty if it is."""
        if path is None:
            return "file not found"
        real = self._real(path)
        if not is_beneath(self.base, real):
            return f"{path.name} is outside the folder"
        if any(real == self._real(around.file.path) for around in _around(parent)):
            return f"{path.name} includes itself"
        if len(self.files) >= MOST_FILES or len(parent.path) >= DEEPEST:
            return "too many files or nested modules"
        return (
            f"{path.name} is larger than {MOST_BYTES >> 20} MiB" if path.stat().st_size > MOST_BYTES else ""
        )

    def _real(self, path: Path) -> Path:
        if path not in self.real:
            self.real[path] = path.resolve()
        return self.real[path]

    def _impl(self, node: Node, module: RustModule) -> None:
        owner = (path_of(syntax.field(node, "type")) or ("",))[-1]
        trait = (path_of(syntax.field(node, "trait")) or ("",))[-1]
        self.impls[owner].append(node)
        self.impl_modules[node.id] = module
        self._methods(node, module, owner=owner, trait=trait)

    def _methods(self, node: Node, module: RustModule, *, owner: str, trait: str) -> None:
        body = syntax.field(node, "body")
        for child, attributed in with_attributes(body) if body is not None else ():
            if child.type not in ASSOCIATED or test_only(attributed):
                continue
            item = RustItem(text(syntax.field(child, "name")), KINDS[child.type], child, module, owner, trait)
            if item.kind == "const":
                self.constants[item.name].append(item)
            else:
                self.methods[item.name].append(item)
                self.functions.append(item)


def _around(module: RustModule) -> Iterator[RustModule]:
    current: RustModule | None = module
    while current is not None:
        yield current
        current = current.parent


def test_only(attributed: Iterable[Node]) -> bool:
    """Return whether an item with these attributes is compiled for tests only."""
    return any(
        "cfg(test)" in (source_text := text(attribute).replace(" ", ""))
        or source_text.endswith(("test]", "::test]"))
        or "#[test" in source_text
        or "cfg(all(test" in source_text
        for attribute in attributed
    )


def _module_file(node: Node, parent: RustModule, name: str) -> Path | None:
    name = name.removeprefix("r#")
    for attribute in attributes(node):
        source_text = text(attribute)
        if source_text.replace(" ", "").startswith("#[path="):
            return _existing(parent.file.path.parent / source_text.split('"')[1])
    return _existing(parent.folder / f"{name}.rs") or _existing(parent.folder / name / "mod.rs")


def _existing(path: Path) -> Path | None:
    return path if path.is_file() else None


def _remember(module: RustModule, alias: str, path: tuple[str, ...]) -> None:
    if alias == "*":
        module.globs.append(path)
    else:
        module.uses[alias] = path


def imports_of(node: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the aliases of a ``use``, or of ``extern crate name as alias``, and their paths."""
    if alias := text(syntax.field(node, "alias")):
        yield alias, (text(syntax.field(node, "name")),)
    yield from imported_by(syntax.field(node, "argument"), ())


def imported_by(node: Node | None, before: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the aliases of a ``use`` and their paths."""
    if node is None:
        return
    match node.type:
        case "use_list":
            for child in plain(node):
                yield from imported_by(child, before)
        case "scoped_use_list":
            yield from imported_by(
                syntax.field(node, "list"), (*before, *path_of(syntax.field(node, "path")))
            )
        case "use_as_clause":
            alias = text(syntax.field(node, "alias"))
            yield alias, (*before, *path_of(syntax.field(node, "path")))
        case "use_wildcard":
            inner = plain(node)
            yield "*", (*before, *(path_of(inner[0]) if inner else ()))
        case "self":
            if before:
                yield before[-1], before
        case _:
            path = (*before, *path_of(node))
            if path:
                yield path[-1], path
