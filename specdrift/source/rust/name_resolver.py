"""Resolves names to items of the analysed crates or to external paths."""

from dataclasses import dataclass, field

from specdrift.source.rust.items import CrateIndex, RustItem, RustModule

DEEPEST = 12


@dataclass(frozen=True, slots=True)
class ExternalPath:
    """A path into another crate, as far as it could be followed: ``("axum", "routing", "get")``."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class NameResolver:
    """Resolves paths by modules, ``use`` and ``pub use``. Types are taken by their last name."""

    index: CrateIndex
    _looking: set[tuple[int, tuple[str, ...]]] = field(default_factory=set)
    _known: dict[tuple[int, tuple[str, ...]], RustItem | ExternalPath] = field(default_factory=dict)

    def forget(self) -> None:
        """What names mean is found again: there are more items than before."""
        self._known.clear()

    def resolve(self, path: tuple[str, ...], module: RustModule, depth: int = 0) -> RustItem | ExternalPath:
        """The item that ``path`` names where it is written in ``module``."""
        key = id(module), path
        if key not in self._known:
            self._known[key] = ExternalPath(path)  # what names itself, by way of globs, names nothing
            self._known[key] = self._resolved(path, module, depth)
        return self._known[key]

    def _resolved(self, path: tuple[str, ...], module: RustModule, depth: int) -> RustItem | ExternalPath:
        if depth > DEEPEST or not path:
            return ExternalPath(path)
        first, rest = path[0], path[1:]
        start = self._start(first, module)
        if start is not None:
            return self._inside(start, rest, depth) or ExternalPath(path)
        return (
            self._inside(module, path, depth)
            or self._by_glob(path, module, depth)
            or self._method(path)
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
            case _ if first not in module.items and first not in module.modules and first not in module.uses:
                return self.index.crates.get(first)
        return None

    def _inside(  # noqa: PLR0911 - a table of cases
        self, module: RustModule, path: tuple[str, ...], depth: int
    ) -> RustItem | ExternalPath | None:
        """What ``path`` names inside of ``module``: submodules, items, methods of a type, what it uses."""
        if not path or depth > DEEPEST:
            return None
        first, rest = path[0], path[1:]
        if first == "super":
            return self._inside(module.parent or module, rest, depth + 1)
        if not rest and first in module.items:
            return module.items[first]
        if (
            rest
            and first in module.modules
            and (found := self._inside(module.modules[first], rest, depth + 1))
        ):
            return found
        if first in module.uses and module.uses[first] != path:
            return self._through(module.uses[first], rest, module, depth)
        if rest and first in module.items:
            return self._method(path[-2:])
        return self._by_glob(path, module, depth)

    def _through(
        self, used: tuple[str, ...], rest: tuple[str, ...], module: RustModule, depth: int
    ) -> RustItem | ExternalPath:
        """A path by way of a ``use``, which starts at the crate, another crate or the module itself."""
        whole = (*used, *rest)
        if used[0] in module.uses and module.uses[used[0]] == used:
            start = self._start_of_crate(used[0], module)
            return (
                (self._inside(start, whole[1:], depth + 1) if start else None)
                or self._method(whole[-2:])
                or ExternalPath(whole)
            )
        found = self.resolve(whole, module, depth + 1)
        return found if isinstance(found, RustItem) else self._method(whole[-2:]) or ExternalPath(whole)

    def _start_of_crate(self, first: str, module: RustModule) -> RustModule | None:
        return self.index.crates.get(first) or module.crate.modules.get(first)

    def _by_glob(
        self, path: tuple[str, ...], module: RustModule, depth: int
    ) -> RustItem | ExternalPath | None:
        """What ``use x::*`` brings; modules that bring each other are looked into once."""
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
        """The module that a path names; ``None`` for one of another crate, and for an enum."""
        if depth > DEEPEST or not path:
            return None
        current = self._start(path[0], module)
        rest = path[1:]
        if current is None:
            current, rest = module, path
        for number, name in enumerate(rest):
            following = current.parent if name == "super" else current.modules.get(name)
            if following is None and name in current.uses and current.uses[name] != path:
                return self.module_of((*current.uses[name], *rest[number + 1 :]), current, depth + 1)
            if following is None:
                return None
            current = following
        return current

    def _method(self, path: tuple[str, ...]) -> RustItem | None:
        """An associated function, by the names of its type and its own."""
        if len(path) < 2:
            return None
        owner, name = path[-2], path[-1]
        return next((item for item in self.index.methods.get(name, ()) if item.owner == owner), None)

    def value_of(self, name: str, module: RustModule) -> RustItem | None:
        """A constant of that name, where it is written in ``module``."""
        found = self.resolve((name,), module)
        return found if isinstance(found, RustItem) and found.kind == "const" else None
