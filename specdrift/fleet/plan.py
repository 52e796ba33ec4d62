"""Selects the services of a run and makes their tasks."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.app.workers.share import Part
from specdrift.config.reading.validate import did_you_mean
from specdrift.errors import ConfigError, UsageError
from specdrift.fleet.inventory.file_collisions import collisions
from specdrift.fleet.inventory.inventory import Inventory
from specdrift.fleet.inventory.merged_tables import ValueSources, settings_of
from specdrift.fleet.inventory.service import Service
from specdrift.fleet.scheduler.task import Task, parts_of
from specdrift.settings import Settings


class Choice(Struct, frozen=True, kw_only=True):
    """The selection of services by name patterns, environments (empty: all) and shard (number and count)."""

    only: Sequence[str] = ()
    environments: Sequence[str] = ()
    shard: Part | None = None

    @property
    def narrowed(self) -> str:
        """The selection as text; empty for all services."""
        return " ".join((*self.only, *(f"@{name}" for name in self.environments)))


def shard_of(text: str | None) -> Part | None:
    """``1/3``. Raises UsageError."""
    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text or "")
    if text is not None and (found is None or not 1 <= int(found[1]) <= int(found[2])):
        raise UsageError(f'--shard: expected a shard and how many there are, such as "1/3", not "{text}"')
    return (int(found[1]), int(found[2])) if found else None


class RemoteEnvironment(Mapping[str, str]):
    """The environment of remote workers: every variable counts as set; values are placeholders."""

    def __getitem__(self, name: str) -> str:
        return "elsewhere"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)


def chosen(inventory: Inventory, choice: Choice) -> tuple[Service, ...]:
    """Return the selected services. Raises UsageError for an unknown environment, or if none is selected."""
    known = inventory.environments
    for name in choice.environments:
        if name not in known:
            raise UsageError(f'there is no environment "{name}".{did_you_mean(name, known)}')
    found = tuple(
        service
        for service in inventory.services
        if (not choice.environments or service.environment in choice.environments)
        and (not choice.only or any(_means(pattern, service) for pattern in choice.only))
    )
    if not found:
        hint = did_you_mean(next(iter(choice.only), ""), [service.id for service in inventory.services])
        raise UsageError(f"no service is selected.{hint}")
    return found


def _means(pattern: str, service: Service) -> bool:
    return fnmatchcase(service.id, pattern) or fnmatchcase(service.name, pattern)


class Plan(Struct, frozen=True, kw_only=True):
    """The tasks of a run."""

    tasks: tuple[Task, ...]
    forgiven: frozenset[str]
    """Services whose exit status 1 or 3 does not count (``exit-zero``)."""
    whole: bool
    """Whether the tasks are all services of the inventory."""
    notes: tuple[str, ...] = ()
    """Warnings for the user."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Who is responsible for each service that names its owner."""

    @property
    def names(self) -> frozenset[str]:
        """The services."""
        return frozenset(task.service for task in self.tasks)


def plan(
    inventory: Inventory,
    choice: Choice,
    *,
    cwd: Path,
    elsewhere: bool,
    variables: frozenset[str] | None = None,
) -> Plan:
    """Make the tasks. ``elsewhere``: workers are remote and have their own environment.

    ``variables`` are those that files may expand, as in ``ValueSources``.

    Raises UsageError like `chosen`, and ConfigError with the problems of all services, one per line.
    """
    services = chosen(inventory, choice)
    environ = RemoteEnvironment() if elsewhere else os.environ
    sources = ValueSources(cwd=cwd, environ=environ, variables=variables)
    problems: dict[str, None] = {}
    tasks: list[Task] = []
    forgiven: set[str] = set()
    known: list[tuple[Service, Settings]] = []
    for service in services:
        try:
            settings = settings_of(service.layers, sources)
        except ConfigError as error:
            problems |= dict.fromkeys(str(error).splitlines())
            continue
        known.append((service, settings))
        if not settings.spec:
            problems[f'{service.where}: services: "spec" is missing for {service.id}'] = None
        if choice.shard and not _is_of(choice.shard, _target(settings)):
            continue
        if settings.gate.exit_zero:
            forgiven.add(service.id)
        tasks.extend(
            replace(task, variables=variables) for task in _tasks(inventory, service, settings, cwd=cwd)
        )
    problems |= dict.fromkeys(collisions(known))
    if problems:
        raise ConfigError("\n".join(problems))
    whole = len({task.service for task in tasks}) == len(inventory.services)
    notes = dict.fromkeys(note for service, _ in known for note in service.notes)
    return Plan(
        tasks=tuple(tasks),
        forgiven=frozenset(forgiven),
        whole=whole,
        notes=tuple(notes),
        owners={service.id: service.owner for service, _ in known if service.owner},
    )


def _is_of(shard: Part, target: str) -> bool:
    """Whether a target belongs to the shard. All services of a target do, so that its rate limit holds."""
    number, count = shard
    return int.from_bytes(sha256(target.encode()).digest()[:8], "big") % count == number - 1


def _tasks(inventory: Inventory, service: Service, settings: Settings, *, cwd: Path) -> Iterator[Task]:
    whole = Task(
        service=service.id,
        inventory=inventory.path,
        digest=inventory.digest,
        cwd=cwd,
        target=_target(settings),
        timeout=inventory.fleet.timeout,
        trusted=frozenset(layer.digest for layer in service.layers if layer.trusted),
    )
    yield from (replace(whole, part=part) for part in parts_of(service.parts))


def _target(settings: Settings) -> str:
    """Return host and port; the document's name if it declares the servers."""
    parts = urlsplit(settings.base_url)
    return f"{parts.hostname}:{parts.port or 443}" if parts.hostname else settings.spec
