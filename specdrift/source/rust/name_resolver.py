"""Resolves names to items of the analysed crates or to external paths."""

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.scopes.block_scopes import scope_around
from specdrift.source.rust.syntax import path_of

DEEPEST = 12
HERE = frozenset({"crate", "self", "super"})
"""How paths begin that no block changes."""


class ExternalPath(Struct, frozen=True):
    """A path into another crate, as far as it was followed: ``("axum", "routing", "get")``."""

    path: tuple[str, ...]


class NameResolver(Struct, frozen=True, eq=False):
    """Resolves paths by modules, ``use`` and ``pub use``. Types are identified by their last segment."""

    index: CrateIndex
    _looking: set[tuple[int, tuple[str, ...]]] = field(default_factory=set)
    _known: dict[tuple[int, tuple[str, ...]], RustItem | ExternalPath] = field(default_factory=dict)

    def forget(self) -> None:
        """Discard cached results, after more items were added."""
        self._known.clear()

    def resolve(self, path: tuple[str, ...], module: RustModule, depth: int = 0) -> RustItem | ExternalPath:
        """Return the item that ``path`` names in ``module``."""
        key = id(module), path
        if key not in self._known:
            self._known[key] = ExternalPath(path)  # what names itself, by way of globs, names nothing
            self._known[key] = self._resolved(path, module, depth)
        return self._known[key]

    def item_at(self, name: Node | None, module: RustModule) -> RustItem | None:
        """Return the item that a name means where it stands; ``None`` for one of another crate."""
        path = path_of(name)
        if name is None or not path:
            return None
        found = self.resolve(path, scope_around(self.index, name, module))
        return found if isinstance(found, RustItem) else None

    def _resolved(self, path: tuple[str, ...], module: RustModule, depth: int) -> RustItem | ExternalPath:
        if depth > DEEPEST or not path:
            return ExternalPath(path)
        first, rest = path[0], path[1:]
        if module.in_block and module.parent is not None:
            if first in HERE or not (_declares(module, first) or module.globs):
                return self.resolve(path, module.parent, depth + 1)
            if (own := self._inside(module, path, depth)) is not None or _declares(module, first):
                return own or ExternalPath(path)
            return self.resolve(path, module.parent, depth + 1)
        start = self._start(first, module)
        if start is not None:
            return self._inside(start, rest, depth) or ExternalPath(path)
        return (
            self._inside(module, path, depth)
            or self._by_glob(path, module, depth)
            or self._method(path, module)
            or ExternalPath(path)
        )

    def _start(self, first: str, module: RustModule) -> RustModule | None:
        match first:
            case "crate":
                return module.crate
            case "self":
                return module
            case "super":
                return module.parent or module
            case _ if not _has(module, first):
                return self.index.crates.get(first)
        return None

    def _inside(  # noqa: PLR0911 - a table of cases
        self, module: RustModule, path: tuple[str, ...], depth: int
    ) -> RustItem | ExternalPath | None:
        """Return the item of ``module`` with this path: submodules, items, associated items, imports."""
        if not path or depth > DEEPEST:
            return None
        first, rest = path[0], path[1:]
        if first == "super":
            return self._inside(module.parent or module, rest, depth + 1)
        if not rest and (item := module.item(first)) is not None:
            return item
        if (
            rest
            and first in module.modules
            and (found := self._inside(module.modules[first], rest, depth + 1))
        ):
            for one in module.contents.other_modules.get(first, ()):
                self._join(found, self._inside(one, rest, depth + 1))
            return found
        if (used := module.imported(first)) is not None and used != path:
            found = self._by_use(used, rest, module, depth)
            for other in module.contents.other_uses.get(first, ()):
                self._join(found, self._by_use(other, rest, module, depth))
            return found
        if rest and module.item(first) is not None:
            return self._method(path[-2:], module)
        return self._by_glob(path, module, depth)

    def _join(self, one: RustItem | ExternalPath, other: RustItem | ExternalPath | None) -> None:
        """Let a function that some builds have or import be a twin of that which others have under its name."""
        both = [found for found in (one, other) if isinstance(found, RustItem) and found.kind == "fn"]
        if len(both) == 2 and both[0] is not both[1]:
            twins = self.index.twins.setdefault(both[0].node.id, [])
            twins += [] if both[1] in twins else both[1:]

    def _by_use(
        self, used: tuple[str, ...], rest: tuple[str, ...], module: RustModule, depth: int
    ) -> RustItem | ExternalPath:
        """Resolve a path by a ``use``, relative to the crate, another crate or the module itself."""
        whole = (*used, *rest)
        if module.imported(used[0]) == used:
            start = self._start_of_crate(used[0], module)
            return (
                (self._inside(start, whole[1:], depth + 1) if start else None)
                or self._method(whole, module)
                or ExternalPath(whole)
            )
        found = self.resolve(whole, module, depth + 1)
        return found if isinstance(found, RustItem) else self._method(whole, module) or ExternalPath(whole)

    def _start_of_crate(self, first: str, module: RustModule) -> RustModule | None:
        return module.modules.get(first) or self.index.crates.get(first) or module.crate.modules.get(first)

    def _by_glob(
        self, path: tuple[str, ...], module: RustModule, depth: int
    ) -> RustItem | ExternalPath | None:
        """Resolve a path by ``use x::*``; visits each module once, since they may import each other."""
        for used in module.globs:
            other = self.module_of(used, module)
            key = (id(other), path)
            if other is None or other is module or key in self._looking:
                continue
            self._looking.add(key)
            found = self._inside(other, path, depth + 1)
            self._looking.discard(key)
            if found is not None:
                return found
        return None

    def module_of(self, path: tuple[str, ...], module: RustModule, depth: int = 0) -> RustModule | None:
        """Return the module that a path names; ``None`` for one of another crate, and for an enum."""
        if depth > DEEPEST or not path:
            return None
        if module.in_block and module.parent is not None:
            own = module.imported(path[0]) if path[0] not in HERE else None
            if (own is None or own == path) and path[0] not in module.modules:
                return self.module_of(path, module.parent, depth + 1)
        current = self._start(path[0], module)
        rest = path[1:]
        if current is None:
            current, rest = module, path
        for number, name in enumerate(rest):
            following = current.parent if name == "super" else current.modules.get(name)
            used = current.imported(name) if following is None else None
            if used is not None and used != path:
                return self.module_of((*used, *rest[number + 1 :]), current, depth + 1)
            if following is None:
                return None
            current = following
        return current

    def _method(self, path: tuple[str, ...], module: RustModule) -> RustItem | None:
        """Return the associated item with this type and name: one of a type that ``module`` may use.

        A path that begins with the name of another crate names none of this workspace.
        """
        if len(path) < 2 or (len(path) > 2 and self._is_external(path[0], module)):
            return None
        owner, name = path[-2], path[-1]
        fitting = self.index.methods(name, {owner})
        return next((item for item in fitting if self._may_mean(item, path, module)), None)

    def _is_external(self, first: str, module: RustModule) -> bool:
        """Return whether a path with this first segment leaves the analysed crates."""
        inside = first in {"crate", "self", "super", "Self"} or _has(module, first)
        return not inside and first not in self.index.crates

    def _may_mean(self, item: RustItem, path: tuple[str, ...], module: RustModule) -> bool:
        """Return whether a type's name without its module may mean the type of ``item``."""
        own = module.path[0], item.module.path[0]
        if not self.index.may_use(*own):
            return False
        # What a glob of another crate imports is not known; a type of this crate would be named or imported.
        foreign = any(self._is_external(used[0], module) for used in module.globs if used)
        return not (
            foreign and len(path) == 2 and item.module is not module and module.imported(path[0]) is None
        )

    def value_of(self, name: str, module: RustModule) -> RustItem | None:
        """Return the constant that a name means in ``module``."""
        found = self.resolve((name,), module)
        return found if isinstance(found, RustItem) and found.kind == "const" else None


def is_known(name: str, module: RustModule) -> bool:
    """Return whether a module, or a block and what is around it, has a name, as far as that is certain."""
    if module.in_block and module.parent is not None:
        return _declares(module, name) or bool(module.globs) or is_known(name, module.parent)
    return name in module.items or name in module.uses


def _declares(module: RustModule, name: str) -> bool:
    return name in module.modules or module.item(name) is not None or module.imported(name) is not None


def _has(module: RustModule, name: str) -> bool:
    """Return whether a module or what is around a block has an item, a submodule or an import with a name."""
    return _declares(module, name) or (
        module.in_block and module.parent is not None and _has(module.parent, name)
    )
