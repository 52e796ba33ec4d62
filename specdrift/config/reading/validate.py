"""Validates TOML values by the tables of keys and converts them. Collects every problem."""

import json
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from enum import Enum, auto
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.config_key import Group, Shape
from specdrift.config.keys.permission import Permission
from specdrift.config.reading.file import ConfigFile
from specdrift.config.value_types.plain import ConversionContext, Mismatch, ValueType
from specdrift.model.contract.location import SourceLocation

Warn = Callable[[str], None]


class Expansion(Enum):
    """Which ``${VARIABLE}`` references of files are expanded."""

    TRUSTED = auto()
    """Those that the file may expand; others are a problem."""
    SHOWN = auto()
    """Those of trusted files: the values are shown, masked, and not used."""
    NONE = auto()
    """No credential is used."""


class ConfigValue(Struct, frozen=True, kw_only=True):
    value: Any
    """Converted."""
    origin: str
    """``specdrift.toml:12``, ``--timeout`` or ``SPECDRIFT_TIMEOUT``."""
    location: SourceLocation | None = None
    """The line in the file; ``None`` for an option or a variable."""
    file: ConfigFile | None = None
    """The file that sets it; None: an option, a variable or a program."""


ConfigTable = dict[str, ConfigValue]
"""By key name within one table."""


class Checker(Struct, kw_only=True):
    """Converts values and collects problems."""

    cwd: Path
    """Base of paths in options and variables."""
    environ: Mapping[str, str]
    warn: Warn
    expansion: Expansion = Expansion.TRUSTED
    variables: frozenset[str] | None = None
    """Variables that files may expand; None: all for a trusted file, none for others."""
    problems: list[str] = field(default_factory=list)
    not_expanded: dict[Path, ConfigFile] = field(default_factory=dict)
    """Untrusted files that refer to variables that they may not expand."""

    def problem(self, where: str, what: str) -> None:
        self.problems.append(f"{where}: {what}")

    def context(self, folder: Path, where: str, key: str, file: ConfigFile | None) -> ConversionContext:
        return ConversionContext(
            folder=folder,
            cwd=self.cwd,
            variable=lambda name: self._variable(name, file),
            warn=lambda text: self.warn(f"{where}: {key}: {text}"),
        )

    def _variable(self, name: str, file: ConfigFile | None) -> str:
        """Return the value of a variable to which a file refers; one that is not expanded stays as it is."""
        untrusted = file is not None and not file.trusted
        if file is not None and (
            self.expansion is Expansion.NONE or (self.expansion is Expansion.SHOWN and untrusted)
        ):
            return f"${{{name}}}"
        allowed = name in self.variables if self.variables is not None else not untrusted
        if file is not None and not allowed:
            if self.variables is not None:
                raise Mismatch(f"the environment variable {name} is not one of --allow-env")
            self.not_expanded[file.path] = file
            raise Mismatch(f"{Permission.EXPAND.value} ({name}): only a trusted configuration may")
        if name not in self.environ:
            raise Mismatch(f"the environment variable {name} is not set")
        return self.environ[name]

    def convert(
        self,
        value_type: ValueType,
        value: object,
        *,
        key: str,
        where: str,
        folder: Path | None = None,
        file: ConfigFile | None = None,
    ) -> ConfigValue | None:
        """Convert a value; None after reporting why it cannot be used."""
        try:
            converted = value_type.convert(value, self.context(folder or self.cwd, where, key, file))
        except Mismatch as mismatch:
            self.problem(where, f"{key}: {mismatch}" if str(mismatch) else _mismatch(value_type, value, key))
            return None
        return ConfigValue(value=converted, origin=where, file=file)


def _mismatch(value_type: ValueType, value: object, key: str) -> str:
    shown = f"a value of type {type(value).__name__}" if value_type.secret else show_value(value)
    hint = did_you_mean(value, value_type.choices) if isinstance(value, str) else ""
    return f"{key}: expected {value_type.what}, not {shown}.{hint}".removesuffix(".")


def show_value(value: object) -> str:
    """Format a value as JSON, at most 60 characters."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return `` Did you mean "identities"?``, or an empty string if no name is similar."""
    near = get_close_matches(word, list(names), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""


class ConfigTables(Struct, kw_only=True):
    """The values of a configuration, by group and then as the shape of the group requires."""

    single: dict[str, ConfigTable] = field(default_factory=dict)
    """``single[group][key]``"""
    lists: dict[str, list[ConfigTable]] = field(default_factory=dict)
    """``lists[group][index][key]``"""
    named: dict[str, dict[str, ConfigTable]] = field(default_factory=dict)
    """``named[group][name][key]``"""
    free: dict[str, ConfigTable] = field(default_factory=dict)
    """``free[group][name]``"""


def read_file(file: ConfigFile, checker: Checker) -> ConfigTables:
    """Read all groups of a file; report every problem to ``checker``."""
    return _FileReader(file=file, checker=checker).read()


class _FileReader(Struct, kw_only=True):
    file: ConfigFile
    checker: Checker
    items: ConfigTables = field(default_factory=ConfigTables)

    def read(self) -> ConfigTables:
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
            case Shape.LIST, dict() if group.single:
                self.items.lists[group.name] = [self._table(group, value, (group.name,))]
            case Shape.LIST, list() if _all_tables(value):
                self.items.lists[group.name] = [
                    self._table(group, entry, (group.name, index)) for index, entry in enumerate(value)
                ]
            case _:
                self.checker.problem(self.file.where(group.name), f"{group.name}: expected {_written(group)}")

    def _table(self, group: Group, table: Mapping[str, Any], path: tuple[str | int, ...]) -> ConfigTable:
        self._reject_unknown(table, [key.name for key in group.keys], path)
        for key in group.keys:
            if key.required and key.name not in table:
                self.checker.problem(self.file.where(*path), f'{group.name}: "{key.name}" is missing')
        if group.one_of and not any(name in table for name in group.one_of):
            self.checker.problem(self.file.where(*path), f'{group.name}: "{group.one_of[0]}" is missing')
        return self._keys(group, table, path)

    def _keys(self, group: Group, table: Mapping[str, Any], path: tuple[str | int, ...] = ()) -> ConfigTable:
        found: ConfigTable = {}
        for key in group.keys:
            if key.name in table:
                inside = ".".join(part for part in path if isinstance(part, str))
                dotted = f"{inside}.{key.name}" if inside else key.name
                item = self._item(key.value_type, table[key.name], dotted, (*path, key.name))
                found |= {key.name: item} if item else {}
        return found

    def _free(self, group: Group, table: Mapping[str, Any]) -> ConfigTable:
        if group.values is None:
            return {}
        pairs = {
            name: self._item(group.values, value, f"{group.name}.{name}", (group.name, name))
            for name, value in table.items()
        }
        return {name: item for name, item in pairs.items() if item}

    def _item(
        self, value_type: ValueType, value: object, key: str, path: tuple[str | int, ...]
    ) -> ConfigValue | None:
        where, folder = self.file.where(*path), self.file.path.parent
        item = self.checker.convert(value_type, value, key=key, where=where, folder=folder, file=self.file)
        return replace(item, location=self.file.location(*path)) if item else None

    def _reject_unknown(
        self, table: Mapping[str, Any], allowed: Iterable[str], path: tuple[str | int, ...] = ()
    ) -> None:
        names = list(allowed)
        for name in table:
            if name not in names:
                hint = _elsewhere(name, path) or did_you_mean(name, names)
                self.checker.problem(self.file.where(*path, name), f'unknown key "{name}".{hint}')


def _elsewhere(name: str, path: Iterable[str | int]) -> str:
    """Return where a key belongs that stands in another table; empty if no table has such a key.

    In TOML a key below the header of a table is in that table, even after an empty line.
    """
    inside = next((f"the table {part}" for part in path if isinstance(part, str)), "no table")
    homes = [group.name for group in GROUPS if name in {key.name for key in group.keys}]
    if "" in homes:
        return f" Here it is in {inside}: it belongs at the top of the file, above all tables."
    return f" Here it is in {inside}: it belongs in {' or '.join(homes)}." if homes else ""


def _all_tables(values: Iterable[object]) -> bool:
    return all(isinstance(value, dict) for value in values)


def _written(group: Group) -> str:
    name = group.name
    return {
        Shape.SINGLE: f"a table: [{name}]",
        Shape.FREE: f"a table: [{name}]",
        Shape.LIST: f"{'a table, or ' if group.single else ''}an array of tables: [[{name}]]",
        Shape.NAMED: f"a table for each name: [{name}.NAME]",
    }[group.shape]
