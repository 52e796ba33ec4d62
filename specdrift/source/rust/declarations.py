"""What ``use`` declarations import, and the files of ``mod`` declarations."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.contained import is_beneath
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import is_compiled_with, outcome_in_builds
from specdrift.source.rust.item_code import ItemCode
from specdrift.source.rust.items import ModuleContents, RustModule, test_only
from specdrift.source.rust.syntax import path_of, plain, text
from specdrift.source.rust.unparsed.item_headers import imports
from specdrift.source.rust.unparsed.outline import OutlineItem

PATH = re.compile(r'#\[\s*(?:cfg_attr\s*\((.*),\s*)?path\s*=\s*"([^"]*)"', re.DOTALL)
"""Names the file of a module, perhaps under a condition."""
INCLUDE = re.compile(r'include!\s*[(\[{]\s*"([^"\\]+)"\s*,?\s*[)\]}]\s*;?')
"""Puts the items of a file in its place."""


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


def add_import(outlined: OutlineItem, module: RustModule) -> None:
    """Add what an item imports."""
    found = imports(outlined.header) if outlined.kind == "use" else None
    if found is None:
        code = ItemCode.outlined(module.file, outlined, (outlined.first, outlined.end))
        found = [*imports_of(code.node)]
    for alias, path in found:
        remember(module.contents, alias, path)


def remember(contents: ModuleContents, alias: str, path: tuple[str, ...]) -> None:
    """Add what a module imports under an alias; builds may differ in it."""
    if alias == "*":
        contents.globs.append(path)
    else:
        earlier = contents.uses.get(alias, path)
        if earlier != path:
            contents.other_uses.setdefault(alias, []).append(earlier)
        contents.uses[alias] = path


def has_builds(attributed: Iterable[str], features: frozenset[str]) -> bool:
    """Return whether some build, other than one of tests, has what has these attributes."""
    every = [*attributed]
    return not every or (not test_only(every) and is_compiled_with(every, features) is not False)


def included_file(code: ItemCode, module: RustModule) -> Path | None:
    """Return the file beside that of a module which ``include!("…")`` names; ``None`` for other calls."""
    starts = module.file.content.startswith(b"include!", code.start)
    written = INCLUDE.fullmatch(code.source_text) if starts else None
    path = module.file.path.parent / written[1] if written else None
    return path if path is not None and path.is_file() else None


def module_files(
    attributed: Iterable[str], parent: RustModule, name: str, features: frozenset[str]
) -> list[Path]:
    """Return the files of a module that stands in a file of its own: those that builds on Linux may have for it."""
    name, found = name.removeprefix("r#"), list[Path]()
    for attribute in attributed:
        if written := PATH.match(attribute):
            built = outcome_in_builds(written[1], features) if written[1] else True
            found += [parent.file.path.parent / written[2]] if built is not False else []
            if built:
                break
    else:
        return [*filter(Path.is_file, found), *_usual_file(parent.folder, name)]
    return [*filter(Path.is_file, found)]


def _usual_file(folder: Path, name: str) -> tuple[Path, ...]:
    beside, within = folder / f"{name}.rs", folder / name / "mod.rs"
    return (beside,) if beside.is_file() else (within,) if within.is_file() else ()


class RealPaths(Struct, eq=False):
    """Real paths of many files, without symbolic links. Each folder is resolved once, from the one around it."""

    _files: dict[Path, str] = field(default_factory=dict)
    _folders: dict[str, str] = field(default_factory=dict)
    _inside: dict[tuple[Path, str], bool] = field(default_factory=dict)

    def of(self, file: Path) -> str:
        """Return the real path of a file."""
        if file not in self._files:
            self._files[file] = self._real(str(file))
        return self._files[file]

    def _real(self, path: str) -> str:
        known = self._folders
        folder, name = os.path.split(path)
        if not folder or not name or name == os.pardir or os.path.islink(path):  # noqa: PTH114
            return os.path.realpath(path)
        if folder not in known:
            known[folder] = self._real(folder)
        return os.path.join(known[folder], name)  # noqa: PTH118

    def is_beneath(self, folder: Path, real: str) -> bool:
        """Return whether a file lies in a folder."""
        key = folder, os.path.dirname(real)  # noqa: PTH120
        if key not in self._inside:
            self._inside[key] = is_beneath(folder, Path(key[1]))
        return self._inside[key]
