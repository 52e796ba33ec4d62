"""Indexes the modules of all targets and the items they define.

A file whose names are known without its tree is parsed when one of them is asked for.
"""

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path

from msgspec import field
from msgspec.structs import replace
from tree_sitter import Node

from specdrift.errors import UsageError
from specdrift.model.contract.location import SourceLocation
from specdrift.source.rust import syntax
from specdrift.source.rust.declarations import (
    RealPaths,
    add_import,
    has_builds,
    imports_of,
    included_file,
    module_files,
    remember,
)
from specdrift.source.rust.item_code import ItemCode
from specdrift.source.rust.item_lookup import MACROS, TYPES, ItemLookup
from specdrift.source.rust.items import ModuleContents, RustImpl, RustItem, RustModule, around
from specdrift.source.rust.syntax import SourceFile, attributes, path_of, text, with_attributes
from specdrift.source.rust.unparsed.defined_names import names_in
from specdrift.source.rust.unparsed.item_headers import ImplementationNames, implementation_names
from specdrift.source.rust.unparsed.outline import OutlineItem

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
KINDS_OF_KEYWORDS = {
    "fn": "fn",
    "struct": "struct",
    "enum": "enum",
    "const": "const",
    "static": "const",
    "type": "type",
    "macro_rules": "macro",
}
IMPORTING = frozenset({"use", "crate"})
ASSOCIATED = {"function_item": "fn", "const_item": "const"}
NAMED = TYPES | MACROS
Member = tuple[str, str, Sequence[str], ItemCode]
"""A member of an implementation or trait: its name, kind, attributes and code."""
MOST_FILES = 5000
MOST_BYTES = 8 * 1024 * 1024
"""Larger files are taken for generated code and not read."""
DEEPEST = 60
"""Maximum depth of nested modules."""
LAST = 1 << 60
"""The place of expanded macro calls in the order of reading."""
BUILT_APART = frozenset({"fn", "const"})  # of one name, of which each build has another one


class CrateIndex(ItemLookup, eq=False):
    """All targets of all packages."""

    base: Path = Path()
    twins: dict[int, list[RustItem]] = field(default_factory=dict)
    """Functions of the same name and module, which other builds have, by the id of the first."""
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
    included: set[tuple[Path, tuple[str, ...]]] = field(default_factory=set)
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
        contents = replace(module.contents.whole(), loose=[], unread=[], importing=[])
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

    def _fill(self, module: RustModule) -> None:
        """Take the items of a module."""
        outline = module.file.outline if module.body is None else None
        if outline is not None:
            self._fill_from(module, outline)
            return
        features = self.features_of(module)
        for node, attributed in with_attributes(module.node):
            if has_builds(map(text, attributed), features):
                self._take(node, module)

    def _fill_from(self, module: RustModule, outline: Iterable[OutlineItem]) -> None:
        for item in outline:
            if self.is_built(item, module):
                self._take_outlined(item, module)

    def is_built(self, item: OutlineItem, module: RustModule) -> bool:
        """Return whether some build has an item, other than one of tests."""
        return not item.attributes or has_builds(_attributes(item, module), self.features_of(module))

    def _fill_later(self, module: RustModule, outline: Iterable[OutlineItem]) -> None:
        """Read a module that is needed now, whose own modules are known."""
        self._fill_from(module, [one for one in outline if one.kind != "mod"])
        for follow in self.when_read:
            follow(module)

    def _take(self, node: Node, module: RustModule) -> None:
        contents = module.contents
        match node.type:
            case "mod_item":
                name, code = text(syntax.field(node, "name")), ItemCode.parsed(module.file, node)
                self._module(name, code, [*map(text, attributes(node))], module)
            case "use_declaration" | "extern_crate_declaration":
                for alias, path in imports_of(node):
                    remember(contents, alias, path)
            case "impl_item":
                code = ItemCode.parsed(module.file, node)
                self._add_impl(_names_of(node), code, _members_of(node, module), module)
            case "trait_item":
                name = text(syntax.field(node, "name"))
                contents.items[name] = RustItem(name, "trait", ItemCode.parsed(module.file, node), module)
                self._associated(_members_of(node, module), module, owner=name)
            case "macro_invocation" | "expression_statement":
                self._loose(ItemCode.parsed(module.file, node), module)
            case kind if kind in KINDS:
                code = ItemCode.parsed(module.file, node)
                self._add(RustItem(text(syntax.field(node, "name")), KINDS[kind], code, module))

    def _take_outlined(self, outlined: OutlineItem, module: RustModule) -> None:
        contents = module.contents
        if outlined.kind in IMPORTING:
            contents.importing.append(partial(add_import, outlined, module))
            return
        code = ItemCode.outlined(module.file, outlined, (outlined.first, outlined.end))
        match outlined.kind:
            case "mod":
                inner = outlined.members if outlined.known else None
                self._module(outlined.name, code, _attributes(outlined, module)[::-1], module, inner)
            case "impl":
                names = implementation_names(outlined.header) or _names_of(code.node)
                self._add_impl(names, code, _outlined_members(outlined, module), module)
            case "trait":
                contents.items[outlined.name] = RustItem(outlined.name, "trait", code, module)
                members = _outlined_members(outlined, module)
                self._associated(members, module, owner=outlined.name)
            case "call":
                self._loose(code, module)
            case kind if kind in KINDS_OF_KEYWORDS:
                self._add(RustItem(outlined.name, KINDS_OF_KEYWORDS[kind], code, module))

    def _loose(self, code: ItemCode, module: RustModule) -> None:
        """Take a macro call between the items: an included file has further ones of the module."""
        found = included_file(code, module)
        if found is None or (found, module.path) in self.included or self._unreadable(found, module):
            module.contents.loose.append(code)
            return
        self.included.add((found, module.path))
        self._fill(replace(module, file=self._file(found), body=None, place=(*module.place, code.start)))

    def _add(self, item: RustItem) -> None:
        items = item.module.contents.items
        earlier = items.get(item.name)
        if earlier is not None and earlier.kind == item.kind and item.kind in BUILT_APART:
            self.twins.setdefault(earlier.node.id, []).append(item)
        else:
            items[item.name] = item
        self._name(item, items)

    def _name(self, item: RustItem, items: dict[str, RustItem]) -> None:
        if item.kind in NAMED and all(one is not items for one in self._named[item.name]):
            self._named[item.name].append(items)
        if item.kind == "fn":
            self._functions[item.file.name].append(item)

    def unread_items(self) -> Iterator[tuple[SourceLocation, str]]:
        """Yield the items that could not be parsed when they were looked at, each with the reason."""
        for file in self.files.values():
            yield from file.unread

    def features_of(self, module: RustModule) -> frozenset[str]:
        """Return the features that the package of a module has by default."""
        return self.features.get(module.crate.path[0], frozenset())

    def _module(
        self,
        name: str,
        code: ItemCode,
        attributed: Sequence[str],
        parent: RustModule,
        outline: Sequence[OutlineItem] | None = None,
    ) -> None:
        """Take a module; the nearest of its attributes are the first. ``outline``: its items, if they are known."""
        self._ranked.clear()
        if not code.has_body:
            files: list[Path | None] = [*module_files(attributed, parent, name, self.features_of(parent))]
            for found in files or [None]:
                self._module_in(found, code, parent, name)
            return
        body = code.body if outline is None else None
        if len(parent.path) >= DEEPEST:
            self.missing.append((code.location, f"module {name}: nested too deeply"))
        elif body is not None or outline is not None:
            path, place = (*parent.path, name), (*parent.place, code.start)
            inner = RustModule(path, parent.file, parent.folder / name, parent, body, place)
            _declare(parent.contents, name, inner)
            if outline is not None:
                self._fill_from(inner, outline)
            else:
                self._fill(inner)

    def _module_in(self, found: Path | None, code: ItemCode, parent: RustModule, name: str) -> None:
        """Take a module from its file."""
        path, place = (*parent.path, name), (*parent.place, code.start)
        why = self._unreadable(found, parent)
        if found is None or why:
            self.missing.append((code.location, f"module {name}: {why}"))
            return
        try:
            file = self._file(found)
            outline = file.outline or ()
            if not outline:
                file.root  # noqa: B018 - it may be no Rust: parse it now
        except OSError as error:
            self.missing.append((code.location, f"module {name}: {error.strerror}"))
            return
        folder = found.parent if found.name == "mod.rs" else found.parent / found.stem
        inner = RustModule(path, file, folder, parent, place=place)
        _declare(parent.contents, name, inner)
        if outline and b"include!" not in file.content:
            names = names_in(file.content, outline)
            inner.contents.unread.append(partial(self._fill_later, inner, outline))
            inner.contents.members, inner.contents.has_globs = names.members, names.globs
            self.unread.add(inner, names)
            self._fill_from(inner, [one for one in outline if one.kind == "mod"])
        else:
            self._fill(inner)

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

    def _add_impl(
        self, names: ImplementationNames, code: ItemCode, members: Iterable[Member], module: RustModule
    ) -> None:
        found = RustImpl(names.owner, names.trait, code, module, names.for_parameter)
        insort(self._impls[names.owner], found, key=_order)
        self._associated(members, module, owner=names.owner, within=found)

    def _associated(
        self, members: Iterable[Member], module: RustModule, *, owner: str, within: RustImpl | None = None
    ) -> None:
        trait = within.trait if within is not None else ""
        features = self.features_of(module)
        for name, kind, attributed, code in members:
            if not has_builds(attributed, features):
                continue
            item = RustItem(name, kind, code, module, owner, trait, within)
            if kind == "const":
                self._constants[name].append(item)
            else:
                if trait:
                    self._by_trait[trait][item.owner].append(item)
                self._methods[name].append(item)
                self._functions[module.file.name].append(item)


def _order(found: RustImpl) -> tuple[int, ...]:
    return found.order


def _attributes(item: OutlineItem, module: RustModule) -> list[str]:
    content = module.file.content
    return [content[start:end].decode("utf-8", "replace") for start, end in item.attributes]


def _members_of(node: Node, module: RustModule) -> Iterator[Member]:
    """Yield the functions and constants of an implementation or trait."""
    body = syntax.field(node, "body")
    for child, attributed in with_attributes(body) if body is not None else ():
        if child.type in ASSOCIATED:
            name, code = text(syntax.field(child, "name")), ItemCode.parsed(module.file, child)
            yield name, ASSOCIATED[child.type], [*map(text, attributed)], code


def _outlined_members(outlined: OutlineItem, module: RustModule) -> Iterator[Member]:
    for one in outlined.members:
        if one.kind == "const" or (one.kind == "fn" and one.brace >= 0):
            code = ItemCode.outlined(module.file, one, (outlined.first, outlined.end))
            yield one.name, one.kind, _attributes(one, module), code


def _names_of(node: Node) -> ImplementationNames:
    owner, trait = (path_of(syntax.field(node, part)) or ("",) for part in ("type", "trait"))
    return ImplementationNames(owner[-1], trait[-1], for_parameter=True)


def _declare(contents: ModuleContents, name: str, module: RustModule) -> None:
    if name in contents.modules:
        contents.other_modules.setdefault(name, []).append(contents.modules[name])
    contents.modules[name] = module
