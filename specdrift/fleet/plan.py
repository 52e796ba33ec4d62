"""Which services a run is about, and what each worker is told of one."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from specdrift.config.validate import did_you_mean
from specdrift.errors import ConfigError, UsageError
from specdrift.fleet.inventory import Inventory
from specdrift.fleet.layers import Surroundings, settings_of
from specdrift.fleet.service import Service
from specdrift.fleet.task import Task
from specdrift.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the command line narrows: patterns of names, and environments; empty means all."""

    only: Sequence[str] = ()
    environments: Sequence[str] = ()


class Elsewhere(Mapping[str, str]):
    """The variables of machines that we do not see: each is taken to be set. Its text is never used."""

    def __getitem__(self, name: str) -> str:
        return "elsewhere"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)


def chosen(inventory: Inventory, choice: Choice) -> tuple[Service, ...]:
    """The services meant. Raises UsageError for a name that is not there, or when none is left."""
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
        raise UsageError(f"no service is meant.{hint}")
    return found


def _means(pattern: str, service: Service) -> bool:
    return fnmatchcase(service.id, pattern) or fnmatchcase(service.name, pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``forgiven`` are services whose exit status does not count when it is 1 or 3 (``exit-zero``)."""

    tasks: tuple[Task, ...]
    forgiven: frozenset[str]

    @property
    def services(self) -> int:
        """How many there are."""
        return len({task.service for task in self.tasks})


def plan(inventory: Inventory, services: Iterable[Service], *, cwd: Path, elsewhere: bool) -> Plan:
    """The tasks. ``elsewhere``: workers have their own variables. Raises ConfigError with every problem of every
    service, one a line, each said once.
    """
    around = Surroundings(cwd=cwd, environ=Elsewhere() if elsewhere else os.environ)
    problems: dict[str, None] = {}
    tasks: list[Task] = []
    forgiven: set[str] = set()
    for service in services:
        try:
            settings = settings_of(service.layers, around)
        except ConfigError as error:
            problems |= dict.fromkeys(str(error).splitlines())
            continue
        if not settings.spec:
            problems[f'{service.where}: services: "spec" is missing for {service.id}'] = None
        if settings.exit_zero:
            forgiven.add(service.id)
        tasks.extend(_tasks(inventory, service, settings, cwd=cwd))
    if problems:
        raise ConfigError("\n".join(problems))
    return Plan(tasks=tuple(tasks), forgiven=frozenset(forgiven))


def _tasks(inventory: Inventory, service: Service, settings: Settings, *, cwd: Path) -> Iterator[Task]:
    whole = Task(
        service=service.id,
        inventory=inventory.path,
        digest=inventory.digest,
        cwd=cwd,
        target=_target(settings),
        timeout=inventory.fleet.timeout,
    )
    if service.parts == 1:
        yield whole
    else:
        yield from (replace(whole, part=(n, service.parts)) for n in range(1, service.parts + 1))


def _target(settings: Settings) -> str:
    """Whom it asks. A document that names its own servers stands for them."""
    parts = urlsplit(settings.base_url)
    return f"{parts.hostname}:{parts.port or 443}" if parts.hostname else settings.spec
