"""What travels between the one who leads a fleet's run and those who work: paths and names, never contents."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

Part = tuple[int, int]
"""Which part of a service's operations, from 1, and how many there are."""


def named(service: str, part: Part | None) -> str:
    """What a task is called: the service, or a part of it."""
    return f"{service}, part {part[0]} of {part[1]}" if part else service


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One service, or a part of its operations. ``digest`` is that of the inventory; names are seen from ``cwd``;
    ``timeout`` is in seconds.

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
class Outcome:
    """``result`` is the result as JSON without secrets, packed with gzip; empty where ``failure`` says why."""

    service: str
    part: Part | None = None
    result: bytes = b""
    failure: Failure | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return named(self.service, self.part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a task is: ``done`` of ``total`` probes of a phase."""

    task: str
    phase: str
    done: int
    total: int
