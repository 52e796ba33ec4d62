"""What travels from those who work at a fleet's run to the one who leads it."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass

from specdrift.fleet.history.summary import Summary
from specdrift.fleet.scheduler.task import Failure, Part, named


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A drift that was not there before; ``entry`` as in ``Before.open``."""

    fingerprint: str
    severity: str
    title: str
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All that is kept of a service's result: its numbers, its packed files by format, and what the history learns.
    ``fixed`` are fingerprints of ``Before.open``; ``accepted`` says of each drift, by its fingerprint, whether the
    baseline has it.
    """

    summary: Summary
    files: Mapping[str, bytes]
    opened: tuple[Opened, ...]
    fixed: tuple[str, ...]
    accepted: Mapping[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of a whole service what is ``kept``; of a part of one the ``result``, as JSON without secrets, packed. Neither
    where ``failure`` says why.
    """

    service: str
    part: Part | None = None
    kept: Kept | None = None
    result: bytes = b""
    failure: Failure | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return named(self.service, self.part)


def pack(content: bytes) -> bytes:
    """As it travels; the same bytes for the same content."""
    return gzip.compress(content, compresslevel=6, mtime=0)


def unpack(content: bytes) -> bytes:
    """What ``pack`` was given."""
    return gzip.decompress(content)
