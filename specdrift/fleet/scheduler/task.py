"""Tasks sent to workers. They contain paths of keys and documents, never their contents."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from msgspec import Struct, field

from specdrift.app.workers.share import Part


def named(service: str, part: Part | None) -> str:
    """Return the name of a task: the service, and the part if any."""
    return f"{service}, part {part[0]} of {part[1]}" if part else service


def parts_of(count: int) -> tuple[Part | None, ...]:
    """Return the parts of a service; None for an undivided one."""
    return (None,) if count == 1 else tuple((number, count) for number in range(1, count + 1))


class PriorState(Struct, frozen=True, kw_only=True):
    """What the history has of a service."""

    result: bytes = b""
    """The newest result, packed; empty without one."""
    open: Mapping[str, str] = field(default_factory=dict)
    """Entries of open drifts, by fingerprint."""


class Task(Struct, frozen=True, kw_only=True):
    """The scan of one service, or of a part of its operations.

    No two services probe one target at a time, and parts share its limits, so that rate limits hold with any number
    of workers.
    """

    service: str
    inventory: Path
    digest: str
    """Digest of the inventory."""
    cwd: Path
    """Folder of relative names."""
    target: str
    """Host and port."""
    timeout: float
    """In seconds."""
    trusted: frozenset[str] = frozenset()
    """Digests of the trusted files: workers have no record of trust."""
    variables: frozenset[str] | None = None
    """Environment variables that files may expand, as in ``ValueSources``."""
    part: Part | None = None
    prior: PriorState = field(default_factory=PriorState)
    """Added when the task is assigned."""
    locate: Callable[[str], str] = str
    """As in ``RenderOptions``."""

    @property
    def name(self) -> str:
        return named(self.service, self.part)


class Failure(StrEnum):
    """Why there is no result."""

    REFUSED = "refused"
    """Configuration, key or document cannot be used at this place."""
    CRASHED = "crashed"
    LOST = "lost"
    """Its workers died or exceeded the timeout."""


class Progress(Struct, frozen=True, kw_only=True):
    """Progress of a task: ``done`` of ``total`` probes of a phase. Nothing is sent in the phase ``WRITING``."""

    task: str
    phase: str
    done: int
    total: int


WRITING = "writing"
