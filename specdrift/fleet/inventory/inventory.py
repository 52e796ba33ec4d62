"""Reads an inventory: services, environments and shared defaults."""

import os
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from specdrift.config.keys.config_key import Group
from specdrift.config.reading import file as source
from specdrift.config.reading.file import ConfigFile
from specdrift.config.reading.positions import KeyPath
from specdrift.config.reading.validate import Checker, did_you_mean
from specdrift.config.trust.consent import Trusts
from specdrift.errors import ConfigError
from specdrift.fleet.inventory.expand import ExpandedEntry, expand
from specdrift.fleet.inventory.inventory_keys import (
    CONFIGURATION,
    FLEET,
    INSIDE,
    SERVICE,
    TOP,
    UNUSED,
    unused,
)
from specdrift.fleet.inventory.patterns import fill
from specdrift.fleet.inventory.service import ID, FleetSettings, Service

SHARED = ("defaults", "environments")
"""Tables whose values are those of several services."""


class Inventory(Struct, frozen=True, kw_only=True):
    """The content of one inventory file."""

    path: Path
    digest: str
    """SHA-256 of the file; workers compare it with that of their own copy."""
    fleet: FleetSettings
    environments: tuple[str, ...]
    services: tuple[Service, ...]


def read(path: Path, *, cwd: Path, trusts: Trusts = lambda _, named: named) -> Inventory:
    """Read an inventory. ``trusts`` decides about it and about the services' own configuration files.

    Raises ConfigError with every problem of the file, one per line, with file and line.
    """
    file = source.load(path, cwd=cwd)
    file = replace(file, prefix=(), trusted=trusts(file, True))  # noqa: FBT003 - as a table's column
    checker = Checker(cwd=cwd, environ=os.environ, warn=lambda _: None)
    reader = _Reader(file=file, checker=checker, trusts=trusts)
    fleet, services = reader.fleet(), reader.services()
    if checker.problems:
        raise ConfigError("\n".join(checker.problems))
    return Inventory(
        path=file.path,
        digest=sha256(file.path.read_bytes()).hexdigest(),
        fleet=fleet,
        environments=reader.environments,
        services=services,
    )


class _Reader(Struct, kw_only=True):
    file: ConfigFile
    checker: Checker
    trusts: Trusts

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(self._tables("environments"))

    def _tables(self, name: str) -> Mapping[str, Any]:
        table = self.file.table.get(name, {})
        return table if isinstance(table, dict) else {}

    def fleet(self) -> FleetSettings:
        """Return the settings of ``[fleet]``; check the names of the top-level tables."""
        self._reject_unknown(self.file.table, TOP)
        for name in ("fleet", "defaults", "environments"):
            if not isinstance(self.file.table.get(name, {}), dict):
                self.checker.problem(self.file.where(name), f"{name}: expected a table: [{name}]")
        for name, table in self._tables("environments").items():
            if not isinstance(table, dict):
                what = f"environments: expected a table for each name: [environments.{name}]"
                self.checker.problem(self.file.where("environments", name), what)
            self._reject_unused(table, ("environments", name))
        self._reject_unused(self._tables("defaults"), ("defaults",))
        table = self._tables(FLEET.name)
        self._reject_unknown(table, [key.name for key in FLEET.keys], (FLEET.name,))
        given = {"name": self.file.path.stem, **self._own(FLEET, table, (FLEET.name,))}
        return FleetSettings(folder=self.file.path.parent, **given)

    def services(self) -> tuple[Service, ...]:
        """Return every service in every environment, under unique names."""
        entries = self.file.table.get(SERVICE.name, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self.checker.problem(
                self.file.where(SERVICE.name), "services: expected an array of tables: [[services]]"
            )
            return ()
        if not entries:
            self.checker.problem(self.file.shown, "no service: add a [[services]] entry for each")
        seen: dict[str, str] = {}
        found = [one for index, entry in enumerate(entries) for one in self._entry(index, entry)]
        for service in found:
            if service.id in seen:
                self.checker.problem(
                    service.where, f'services.name: "{service.id}" is already at {seen[service.id]}'
                )
            seen.setdefault(service.id, service.where)
        return tuple(found)

    def _entry(self, index: int, entry: Mapping[str, Any]) -> Iterator[Service]:
        at: KeyPath = (SERVICE.name, index)
        own_names = (*(key.name for key in SERVICE.keys), INSIDE)
        self._reject_unknown(entry, (*own_names, *CONFIGURATION), at)
        own = self._own(SERVICE, entry, at)
        self._reject_unused(entry, at)
        for environment, table in self._inside(entry).items():
            self._reject_unused(table, (*at, INSIDE, environment))
        chosen = self._environments(own.get("environments"), entry, at)
        keys = {name: value for name, value in entry.items() if name in CONFIGURATION}
        for found in expand(own, keys, self.file, at=at, checker=self.checker):
            owner = fill(own.get("owner", ""), found.names)
            for environment in chosen:
                for service in self._service(found, environment, entry, at):
                    yield replace(service, parts=own.get("parts", 1), owner=owner)

    def _service(
        self, found: ExpandedEntry, environment: str, entry: Mapping[str, Any], at: KeyPath
    ) -> Iterator[Service]:
        name, where = found.name, self.file.where(*at)
        identifier = f"{name}@{environment}" if environment else name
        if not ID.fullmatch(identifier):
            what = (
                f'services.name: "{identifier}" may have letters, digits, ".", "_" and "-", 100 at the most'
            )
            self.checker.problem(where, what)
            return
        tables: list[tuple[KeyPath, Any]] = [
            (("defaults",), self._tables("defaults")),
            (("environments", environment), self._tables("environments").get(environment, {})),
            (at, found.keys),
            ((*at, INSIDE, environment), self._inside(entry).get(environment, {})),
        ]
        names = {"service": name, "environment": environment, **found.names}
        layers = [
            replace(self.file, table=fill(table, names), prefix=prefix, shared=prefix[0] in SHARED)
            for prefix, table in tables
            if isinstance(table, dict) and table
        ]
        notes: tuple[str, ...] = ()
        if found.config is not None:
            loaded = source.load(found.config, cwd=self.checker.cwd)
            own, notes = _own_file(replace(loaded, trusted=self.trusts(loaded, not found.config_found)))
            layers.insert(1 if self._tables("defaults") else 0, replace(own, table=fill(own.table, names)))
        yield Service(
            id=identifier,
            name=name,
            environment=environment,
            layers=tuple(layers),
            where=where,
            notes=notes,
        )

    def _inside(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        inside = entry.get(INSIDE, {})
        return inside if isinstance(inside, dict) else {}

    def _environments(
        self, wanted: tuple[str, ...] | None, entry: Mapping[str, Any], at: KeyPath
    ) -> tuple[str, ...]:
        known = self.environments
        named = [("environments", name) for name in wanted or ()]
        named += [(INSIDE, name) for name in self._inside(entry)]
        for key, name in named:
            if name not in known:
                hint = did_you_mean(name, known) or " [environments.NAME] makes one."
                self.checker.problem(
                    self.file.where(*at, key, name),
                    f'services.{key}: there is no environment "{name}".{hint}',
                )
        return (known if wanted is None else wanted) or ("",)

    def _own(self, group: Group, table: Mapping[str, Any], at: KeyPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key in group.keys:
            if key.name in table:
                where = self.file.where(*at, key.name)
                item = self.checker.convert(
                    key.value_type,
                    table[key.name],
                    key=group.dotted(key),
                    where=where,
                    folder=self.file.path.parent,
                )
                found |= {key.target: item.value} if item else {}
        return found

    def _reject_unused(self, table: object, at: KeyPath) -> None:
        for path, what in unused(table) if isinstance(table, dict) else ():
            self.checker.problem(self.file.where(*at, *path), what)

    def _reject_unknown(self, table: Mapping[str, Any], known: Iterable[str], at: KeyPath = ()) -> None:
        names = list(known)
        for name in table:
            if name not in names:
                hint = did_you_mean(name, names)
                self.checker.problem(self.file.where(*at, name), f'unknown key "{name}".{hint}')


def _own_file(file: ConfigFile) -> tuple[ConfigFile, tuple[str, ...]]:
    """Return a service's own ``specdrift.toml`` without the keys that a fleet ignores, and a note for each.

    They are not an error, since ``check`` reads the same file and uses them.
    """
    notes = tuple(f"{file.where(*path)}: {what}" for path, what in unused(file.table))
    kept = {name: value for name, value in file.table.items() if name not in UNUSED}
    return replace(file, table=kept), notes
