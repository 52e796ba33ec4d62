"""Holds TOML values against the table of keys: what each one becomes, or what is wrong with it and where.

Every problem is collected, so that one run shows them all.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.kinds import Kind, Mismatch, Place
from specdrift.config.keys.table import Group, Shape
from specdrift.config.reading.file import ConfigFile

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A converted value and its origin: ``specdrift.toml:12``, ``--timeout``, ``SPECDRIFT_TIMEOUT``."""

    value: Any
    origin: str


Items = dict[str, Item]
"""By key name within one table."""


@dataclass(slots=True, kw_only=True)
class Checker:
    """Converts values and keeps a list of what went wrong. Options and variables start from ``cwd``."""

    cwd: Path
    environ: Mapping[str, str]
    warn: Warn
    problems: list[str] = field(default_factory=list)

    def problem(self, where: str, what: str) -> None:
        self.problems.append(f"{where}: {what}")

    def place(self, folder: Path, where: str, key: str) -> Place:
        return Place(
            folder=folder,
            cwd=self.cwd,
            environ=self.environ,
            remark=lambda remark: self.warn(f"{where}: {key}: {remark}"),
        )

    def convert(
        self, kind: Kind, value: object, *, key: str, where: str, folder: Path | None = None
    ) -> Item | None:
        """The converted value, or ``None`` after noting why it cannot be used."""
        try:
            converted = kind.convert(value, self.place(folder or self.cwd, where, key))
        except Mismatch as mismatch:
            self.problem(where, f"{key}: {mismatch}" if str(mismatch) else _mismatch(kind, value, key))
            return None
        return Item(value=converted, origin=where)


def _mismatch(kind: Kind, value: object, key: str) -> str:
    shown = f"a value of type {type(value).__name__}" if kind.secret else show_value(value)
    hint = did_you_mean(value, kind.choices) if isinstance(value, str) else ""
    return f"{key}: expected {kind.what}, not {shown}.{hint}".removesuffix(".")


def show_value(value: object) -> str:
    """A value as it stands in the file, shortened."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` Did you mean "identities"?``, or nothing when no name is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""


@dataclass(slots=True, kw_only=True)
class FileItems:
    """What a file says: ``single[group][key]``, ``lists[group][index][key]``, ``named[group][name][key]``,
    ``free[group][name]``.
    """

    single: dict[str, Items] = field(default_factory=dict)
    lists: dict[str, list[Items]] = field(default_factory=dict)
    named: dict[str, dict[str, Items]] = field(default_factory=dict)
    free: dict[str, Items] = field(default_factory=dict)


def read_file(file: ConfigFile, checker: Checker) -> FileItems:
    """All groups of a file, with every problem noted in ``checker``."""
    return _FileReader(file=file, checker=checker).read()


@dataclass(slots=True, kw_only=True)
class _FileReader:
    file: ConfigFile
    checker: Checker
    items: FileItems = field(default_factory=FileItems)

    def read(self) -> FileItems:
        top = next(group for group in GROUPS if not group.name)
        tables = {group.name: group for group in GROUPS if group.name}
        self._reject_unknown(self.file.table, (*(key.name for key in top.keys), *tables))
        own = {name: value for name, value in self.file.table.items() if name not in tables}
        self.items.single[""] = self._keys(top, own)
        for name, group in tables.items():
            if name in self.file.table:
                self._group(group, self.file.table[name])
        return self.items

    def _group(self, group: Group, value: object) -> None:
        match group.shape, value:
            case Shape.SINGLE, dict():
                self.items.single[group.name] = self._table(group, value, (group.name,))
            case Shape.FREE, dict():
                self.items.free[group.name] = self._free(group, value)
            case Shape.NAMED, dict() if _all_tables(value.values()):
                self.items.named[group.name] = {
                    name: self._table(group, entry, (group.name, name)) for name, entry in value.items()
                }
            case Shape.LIST, list() if _all_tables(value):
                self.items.lists[group.name] = [
                    self._table(group, entry, (group.name, index)) for index, entry in enumerate(value)
                ]
            case _:
                self.checker.problem(self.file.where(group.name), f"{group.name}: expected {_written(group)}")

    def _table(self, group: Group, table: Mapping[str, Any], path: tuple[str | int, ...]) -> Items:
        self._reject_unknown(table, [key.name for key in group.keys], path)
        for key in group.keys:
            if key.required and key.name not in table:
                self.checker.problem(self.file.where(*path), f'{group.name}: "{key.name}" is missing')
        return self._keys(group, table, path)

    def _keys(self, group: Group, table: Mapping[str, Any], path: tuple[str | int, ...] = ()) -> Items:
        found: Items = {}
        for key in group.keys:
            if key.name in table:
                inside = ".".join(part for part in path if isinstance(part, str))
                dotted = f"{inside}.{key.name}" if inside else key.name
                item = self._item(key.kind, table[key.name], dotted, (*path, key.name))
                found |= {key.name: item} if item else {}
        return found

    def _free(self, group: Group, table: Mapping[str, Any]) -> Items:
        if group.values is None:
            return {}
        pairs = {
            name: self._item(group.values, value, f"{group.name}.{name}", (group.name, name))
            for name, value in table.items()
        }
        return {name: item for name, item in pairs.items() if item}

    def _item(self, kind: Kind, value: object, key: str, path: tuple[str | int, ...]) -> Item | None:
        where = self.file.where(*path)
        return self.checker.convert(kind, value, key=key, where=where, folder=self.file.path.parent)

    def _reject_unknown(
        self, table: Mapping[str, Any], known: Iterable[str], path: tuple[str | int, ...] = ()
    ) -> None:
        names = list(known)
        for name in table:
            if name not in names:
                hint = did_you_mean(name, names)
                self.checker.problem(self.file.where(*path, name), f'unknown key "{name}".{hint}')


def _all_tables(values: Iterable[object]) -> bool:
    return all(isinstance(value, dict) for value in values)


def _written(group: Group) -> str:
    name = group.name
    return {
        Shape.SINGLE: f"a table: [{name}]",
        Shape.FREE: f"a table: [{name}]",
        Shape.LIST: f"an array of tables: [[{name}]]",
        Shape.NAMED: f"a table for each name: [{name}.NAME]",
    }[group.shape]
