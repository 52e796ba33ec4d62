"""Outcomes sent from workers to the scheduler."""

import gzip
from collections.abc import Mapping

from msgspec import Struct

from specdrift.app.workers.share import Part
from specdrift.fleet.history.summary import Summary
from specdrift.fleet.scheduler.task import Failure, named


class NewDrift(Struct, frozen=True, kw_only=True):
    """A drift that is not in the history; ``entry`` as in ``PriorState.open``."""

    fingerprint: str
    severity: str
    title: str
    entry: str


class ServiceReport(Struct, frozen=True, kw_only=True):
    """What is stored of a service's result."""

    summary: Summary
    files: Mapping[str, bytes]
    """Packed report files by format."""
    opened: tuple[NewDrift, ...]
    fixed: tuple[str, ...]
    """Fingerprints of ``PriorState.open`` that were looked for and not found."""
    accepted: Mapping[str, bool]
    """Whether the baseline accepts a drift, by fingerprint."""


class TaskOutcome(Struct, frozen=True, kw_only=True):
    """The outcome of a task."""

    service: str
    part: Part | None = None
    report: ServiceReport | None = None
    """Set for a whole service without a failure."""
    result: bytes = b""
    """Set for a part without a failure: redacted JSON, packed."""
    failure: Failure | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return named(self.service, self.part)


def pack(content: bytes) -> bytes:
    """Compress content, deterministically."""
    return gzip.compress(content, compresslevel=6, mtime=0)


def unpack(content: bytes) -> bytes:
    """Decompress packed content."""
    return gzip.decompress(content)
