"""What travels from the one who leads a fleet's run to those who work: of keys and documents paths, never contents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

Part = tuple[int, int]
"""Which part of a service's operations, from 1, and how many there are."""


def named(service: str, part: Part | None) -> str:
    """What a task is called: the service, or a part of it."""
    return f"{service}, part {part[0]} of {part[1]}" if part else service


def parts_of(count: int) -> tuple[Part | None, ...]:
    """The parts of a service that is divided into ``count``: ``None``, the whole, where it is not."""
    return (None,) if count == 1 else tuple((number, count) for number in range(1, count + 1))


def file_of(file: Path, part: Part | None) -> Path:
    """A file that a task writes: the service's own, or one of this part beside it (``orders.rec.1-3``), since parts are
    at work at the same time.
    """
    return file.with_name(f"{file.name}.{part[0]}-{part[1]}") if part else file


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the history knows of a service: its newest result, packed (empty without one), and the entries of the
    drifts that are open, by fingerprint.
    """

    result: bytes = b""
    open: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One service, or a part of its operations. ``digest`` is that of the inventory; names are seen from ``cwd``;
    ``timeout`` is in seconds. What is known ``before`` is added when it is handed out; ``locate`` is that of
    ``RenderOptions``.

    ``target`` is whom it will ask (host and port): no two services ask the same one at a time, and parts of one share
    its limits among them, so that the rate limit of a service is that of its target, however many workers there are.
    """

    service: str
    inventory: Path
    digest: str
    cwd: Path
    target: str
    timeout: float
    part: Part | None = None
    before: Before = field(default_factory=Before)
    locate: Callable[[str], str] = str

    @property
    def name(self) -> str:
        return named(self.service, self.part)


class Failure(StrEnum):
    """Why there is no result."""

    REFUSED = "refused"
    """Configuration, key or document cannot be used there; elsewhere they may."""
    CRASHED = "crashed"
    LOST = "lost"
    """Workers died, or never came to an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a task is: ``done`` of ``total`` probes of a phase; in the phase ``WRITING`` nothing is sent any more."""

    task: str
    phase: str
    done: int
    total: int


WRITING = "writing"
