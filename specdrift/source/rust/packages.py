"""The packages of a crate or workspace and their targets, by Cargo.toml and the conventions of Cargo."""

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from specdrift.contained import is_beneath
from specdrift.errors import UsageError
from specdrift.toml_text import NotTomlError, read_newer_toml

NOT_SOURCE = frozenset({"target", "node_modules", ".git", "vendor"})
MOST_PACKAGES = 400
WILD = frozenset("*?[")
MANIFEST = "Cargo.toml"
DEFAULT = "default"
"""The feature that dependents have unless they say otherwise."""


class CargoTarget(Struct, frozen=True, kw_only=True):
    """A target that Cargo compiles."""

    name: str
    """Of a binary its name, of a library that of the package."""
    root: Path
    """The root file."""
    binary: bool


class CargoPackage(Struct, frozen=True, kw_only=True):
    """A package of a workspace."""

    name: str
    """As other crates write it (``_`` for ``-``)."""
    folder: Path
    targets: tuple[CargoTarget, ...]
    dependencies: frozenset[str]
    axum: str
    """The required version of axum; empty without."""
    axums: tuple[tuple[str, str], ...] = ()
    """All required versions of axum, each with its alias."""
    features: frozenset[str] = frozenset()
    """Those of a build without options."""


def packages(folder: Path) -> tuple[CargoPackage, ...]:
    """Return the package in ``folder`` and those below it. Raises UsageError if there is none."""
    tables = _manifests(folder)
    top = tables[folder]
    asked = _requests(tables.values(), _of_workspace(top))
    packaged = (_package(place, table, top, asked) for place, table in _packaged(folder, tables).items())
    return tuple(replace(one, targets=_within(folder, one.targets)) for one in packaged)


def depends_on_any(folder: Path, crates: Collection[str]) -> bool:
    """Return whether one of these packages depends on a crate. Raises UsageError if there is no package."""
    tables = _manifests(folder)
    shared = _of_workspace(tables[folder])
    every = (one for table in _packaged(folder, tables).values() for one in _dependencies(table, shared))
    return any(key in crates or named in crates for key, named, _ in every)


def _packaged(folder: Path, tables: Mapping[Path, dict[str, Any]]) -> dict[Path, dict[str, Any]]:
    found = {place: table for place, table in tables.items() if "package" in table}
    if not found:
        raise UsageError(f"{folder}: no Rust crate: no Cargo.toml in or below it has a package")
    return found


def _of_workspace(top: dict[str, Any]) -> dict[str, Any]:
    """Return the dependencies that packages of a workspace share."""
    shared: dict[str, Any] = top.get("workspace", {}).get("dependencies", {})
    return shared


def _within(folder: Path, targets: Iterable[CargoTarget]) -> tuple[CargoTarget, ...]:
    """Return the targets in the folder: a manifest may name any file, also by a symbolic link."""
    return tuple(target for target in targets if is_beneath(folder, target.root.resolve()))


def _manifests(folder: Path) -> dict[Path, dict[str, Any]]:
    """Yield the top manifest, the members of its workspace, and their path dependencies below it."""
    if not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder}: no Rust crate: there is no Cargo.toml in it")
    tables = {folder: _read(folder / MANIFEST)}
    workspace = tables[folder].get("workspace", {})
    members, excluded = workspace.get("members", []), workspace.get("exclude", [])
    below = {Path(place): Path(place) / MANIFEST for place in _below(str(folder)) if place != str(folder)}
    is_member, is_excluded = _fitting(members), _fitting(excluded)
    names = {place: place.relative_to(folder).as_posix() for place in below}
    waiting = [folder, *(one for one, name in names.items() if is_member(name) and not is_excluded(name))]
    for place in waiting:  # grows by what each of them depends on
        if place not in tables:
            tables[place] = _read(below[place])
        if len(tables) >= MOST_PACKAGES:
            break
        near = (other for other in _path_dependencies(place, tables[place]) if other in below)
        waiting += [other for other in near if other not in tables and other not in waiting]
    return tables


def _fitting(patterns: Iterable[object]) -> Callable[[str], bool]:
    """Return whether the path of a package fits one of the patterns, of which most are paths themselves."""
    every = {str(one).removeprefix("./") for one in patterns}
    paths = {one for one in every if WILD.isdisjoint(one)}
    wild = every - paths
    return lambda name: name in paths or any(fnmatch(name, one) for one in wild)


def _path_dependencies(folder: Path, table: dict[str, Any]) -> Iterator[Path]:
    """Yield the folders of a manifest's path dependencies below the same folder."""
    for dependencies in (table.get("dependencies", {}), table.get("workspace", {}).get("dependencies", {})):
        for entry in dependencies.values() if isinstance(dependencies, dict) else ():
            if isinstance(entry, dict) and "path" in entry:
                yield Path(os.path.normpath(folder / str(entry["path"])))


def _below(folder: str, depth: int = 6) -> Iterator[str]:
    """Yield the folders below one that have a manifest. A workspace has many folders: their names are texts here."""
    with os.scandir(folder) as entries:
        inside = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
    if MANIFEST in inside and os.path.isfile(os.path.join(folder, MANIFEST)):  # noqa: PTH113, PTH118
        yield folder
    for name in sorted(name for name, is_folder in inside.items() if is_folder) if depth else ():
        if name not in NOT_SOURCE and not name.startswith("."):
            yield from _below(os.path.join(folder, name), depth - 1)  # noqa: PTH118


def _read(manifest: Path) -> dict[str, Any]:
    try:
        return _table(manifest.read_text(encoding="utf-8", errors="replace"))
    except (OSError, NotTomlError) as error:
        raise UsageError(f"{manifest}: cannot be read: {error}") from None


@lru_cache(maxsize=MOST_PACKAGES)
def _table(written: str) -> dict[str, Any]:
    """Parse a manifest, which is read to recognise the framework, and again to read the packages."""
    return read_newer_toml(written)


def _package(
    folder: Path, table: dict[str, Any], workspace: dict[str, Any], asked: Mapping[str, Sequence[str]]
) -> CargoPackage:
    name = str(table["package"].get("name", folder.name)).replace("-", "_")
    dependencies = table.get("dependencies", {})
    every = tuple(_dependencies(table, _of_workspace(workspace)))
    return CargoPackage(
        name=str(table.get("lib", {}).get("name", name)).replace("-", "_"),
        folder=folder,
        targets=tuple(_targets(folder, name, table)),
        dependencies=frozenset(name for key, named, _ in every for name in (key, named)),
        axum=_version(dependencies.get("axum"), workspace),
        axums=tuple((key, version) for key, named, version in every if named == "axum"),
        features=_enabled(table.get("features", {}), asked.get(name, (DEFAULT,))),
    )


def _requests(tables: Iterable[dict[str, Any]], top: dict[str, Any]) -> Mapping[str, Sequence[str]]:
    """Return the features that packages ask of those that they depend on; ``DEFAULT`` unless all do without."""
    found: dict[str, list[str]] = defaultdict(list)
    for key, entry in (one for table in tables for own in _dependency_tables(table) for one in own.items()):
        required = top.get(key, {}) if isinstance(entry, dict) and entry.get("workspace") else entry
        written = [one for one in (required, entry) if isinstance(one, dict)]
        named = written[0].get("package", key) if written else key
        usual = not any(one.get("default-features") is False for one in written[:1])
        lists = [one["features"] for one in written if isinstance(one.get("features"), list)]
        found[str(named).replace("-", "_")] += [str(name) for own in lists for name in own] + [
            DEFAULT
        ] * usual
    return found


def _dependency_tables(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the tables of dependencies, on any platform."""
    everywhere = (table, *(own for own in table.get("target", {}).values() if isinstance(own, dict)))
    yield from (own.get("dependencies", {}) for own in everywhere)


def _enabled(table: object, asked: Iterable[str]) -> frozenset[str]:
    """Return features and all that they enable."""
    found, waiting = set[str](), list(asked)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            enabled = table.get(one, []) if isinstance(table, dict) else []
            waiting += [str(name) for name in enabled] if isinstance(enabled, list) else []
    return frozenset(found)


def _dependencies(table: dict[str, Any], top: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the dependencies on any platform: alias, name, version."""
    for dependencies in _dependency_tables(table):
        for key, entry in dependencies.items():
            required = top.get(key) if isinstance(entry, dict) and entry.get("workspace") else entry
            named = required.get("package", key) if isinstance(required, dict) else key
            version = required.get("version", "") if isinstance(required, dict) else required
            yield str(key).replace("-", "_"), str(named).replace("-", "_"), str(version)


def _version(entry: object, workspace: dict[str, Any]) -> str:
    if isinstance(entry, dict) and entry.get("workspace"):
        entry = workspace.get("workspace", {}).get("dependencies", {}).get("axum")
    if isinstance(entry, dict):
        entry = entry.get("version", "")
    return entry if isinstance(entry, str) else ""


def _targets(folder: Path, name: str, table: dict[str, Any]) -> Iterator[CargoTarget]:
    lib = folder / str(table.get("lib", {}).get("path", "src/lib.rs"))
    if lib.is_file():
        yield CargoTarget(name=name, root=lib, binary=False)
    seen = set()
    for entry in table.get("bin", []):
        own = str(entry.get("name", name))
        root = folder / str(entry.get("path", f"src/bin/{own}.rs"))
        if root.is_file():
            seen.add(root)
            yield CargoTarget(name=own, root=root, binary=True)
    for root in _by_convention(folder):
        if root not in seen:
            own = (
                name if root.parent.name == "src" else root.stem if root.stem != "main" else root.parent.name
            )
            yield CargoTarget(name=own, root=root, binary=True)


def _by_convention(folder: Path) -> Iterator[Path]:
    if (folder / "src" / "main.rs").is_file():
        yield folder / "src" / "main.rs"
    binaries = folder / "src" / "bin"
    if binaries.is_dir():
        yield from sorted(binaries.glob("*.rs"))
        yield from sorted(binaries.glob("*/main.rs"))
