"""What travels between the one who leads a fleet's run and those who work: paths and names, never contents."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One service. ``digest`` is that of the inventory; names are seen from ``cwd``; ``timeout`` is in seconds.

    ``target`` is whom it will ask (host and port): no two workers ask the same one at a time, so that the rate limit
    of a service is that of its target.
    """

    service: str
    inventory: Path
    digest: str
    cwd: Path
    target: str
    timeout: float


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
    result: bytes = b""
    failure: Failure | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a service is: ``done`` of ``total`` probes of a phase."""

    service: str
    phase: str
    done: int
    total: int
