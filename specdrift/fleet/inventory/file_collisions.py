"""Finds services that would overwrite each other's files. Pure."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from specdrift.app.workers.share import file_of
from specdrift.fleet.inventory.service import Service
from specdrift.fleet.scheduler.task import parts_of
from specdrift.settings import Settings

WRITTEN = ("record", "resume")
"""Keys of files that a service's scan writes."""
_MOST_NAMED = 3


class _Writer(Struct, frozen=True, kw_only=True):
    key: str
    file: Path
    service: Service
    origin: str


def collisions(services: Iterable[tuple[Service, Settings]]) -> Iterator[str]:
    """Yield a problem, with file and line, for each file that more than one task would write."""
    writers: dict[str, list[_Writer]] = {}
    for service, settings in services:
        for key in WRITTEN:
            file = getattr(settings.recording, key)
            for part in parts_of(service.parts) if file else ():
                writer = _Writer(key=key, file=file, service=service, origin=settings.origins.get(key, ""))
                writers.setdefault(os.path.normpath(file_of(file, part)), []).append(writer)
    for path, found in writers.items():
        if len(found) > 1:
            yield _problem(path, found)


def _problem(path: str, found: Sequence[_Writer]) -> str:
    second = found[1]
    several = "{service}-{environment}" if second.service.environment else "{service}"
    own = f"{second.file.stem}-{several}{second.file.suffix}"
    return (
        f"{second.origin}: {second.key}: {_named(found)} would overwrite each other's {path}. "
        f'Give each its own: {second.key} = "{own}"'
    )


def _named(found: Sequence[_Writer]) -> str:
    names = [one.service.id for one in found]
    shown, rest = names[:_MOST_NAMED], len(names) - _MOST_NAMED
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return f"{', '.join(shown[:-1])} and {shown[-1]}"
