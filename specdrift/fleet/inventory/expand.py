"""Makes services of one ``[[services]]`` entry: itself, or each file of its pattern."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specdrift.config.reading.file import ConfigFile
from specdrift.config.reading.positions import KeyPath
from specdrift.config.reading.validate import Checker
from specdrift.fleet.inventory.patterns import fill, is_pattern, matches, names_of, usual_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpandedEntry:
    """One service of an entry: its keys, the file of its own configuration, and what its file is called."""

    name: str
    keys: Mapping[str, Any]
    config: Path | None = None
    names: Mapping[str, str] = field(default_factory=dict)


def expand(
    own: Mapping[str, Any], keys: Mapping[str, Any], file: ConfigFile, *, at: KeyPath, checker: Checker
) -> Iterator[ExpandedEntry]:
    """``own`` are the entry's ``name`` and ``config``, ``keys`` the others. Problems are noted in ``checker``."""
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
                yield ExpandedEntry(name=name, keys=made, config=_at(folder, chosen), names=names)
            return
    if "name" not in own:
        checker.problem(file.where(*at), 'services: "name" is missing')
        return
    yield ExpandedEntry(name=own["name"], keys=keys, config=_at(folder, config))


def _at(folder: Path, name: str) -> Path | None:
    return folder / Path(name).expanduser() if name else None
