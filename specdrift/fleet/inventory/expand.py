"""Expands a ``[[services]]`` entry into its services: one, or one for each file that its pattern matches."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from specdrift.config.reading.file import ConfigFile
from specdrift.config.reading.positions import KeyPath
from specdrift.config.reading.validate import Checker
from specdrift.file_names import expanded
from specdrift.fleet.inventory.patterns import fill, is_pattern, matches, names_of, usual_name


class ExpandedEntry(Struct, frozen=True, kw_only=True):
    """One service of an entry."""

    name: str
    keys: Mapping[str, Any]
    config: Path | None = None
    """Its own configuration file."""
    config_found: bool = False
    """Whether a pattern found that file; otherwise the inventory names it."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Values of ``{folder}`` and ``{stem}``."""


def expand(
    own: Mapping[str, Any], keys: Mapping[str, Any], file: ConfigFile, *, at: KeyPath, checker: Checker
) -> Iterator[ExpandedEntry]:
    """Yield the services of an entry. ``own`` has its ``name`` and ``config``, ``keys`` the other keys.

    Problems are added to ``checker``.
    """
    folder, spec, config = file.path.parent, str(keys.get("spec", "")), own.get("config", "")
    if is_pattern(spec) and is_pattern(config):
        checker.problem(file.where(*at), "services: only one of spec and config can be a pattern")
        return
    for key, pattern in (("spec", spec), ("config", config)):
        if is_pattern(pattern):
            files = matches(pattern, folder)
            if not files:
                checker.problem(file.where(*at, key), f'services.{key}: no file matches "{pattern}"')
            for path in files:
                names = names_of(folder / path)
                name = fill(own.get("name", usual_name(pattern)), names)
                made = {**keys, "spec": path} if key == "spec" else keys
                chosen = path if key == "config" else config
                yield ExpandedEntry(
                    name=name,
                    keys=made,
                    config=_at(folder, chosen),
                    config_found=key == "config",
                    names=names,
                )
            return
    if "name" not in own:
        checker.problem(file.where(*at), 'services: "name" is missing')
        return
    yield ExpandedEntry(name=own["name"], keys=keys, config=_at(folder, config))


def _at(folder: Path, name: str) -> Path | None:
    return folder / expanded(name) if name else None
