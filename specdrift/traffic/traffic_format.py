"""What a feed is: a file that speaks of requests or routes, in one of several formats."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

BELOW_BASE = None
"""The root of paths that stand below the base path of the API, as those of an OpenAPI document do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficFile:
    """The text of a feed. ``name`` is what messages call the file, ``folder`` where it lies."""

    name: str
    text: str
    folder: Path

    @property
    def lines(self) -> Iterator[tuple[int, str]]:
        """Its lines with their numbers, from 1, without those that are empty."""
        for number, line in enumerate(self.text.split("\n"), start=1):
            if line.strip():
                yield number, line.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedEndpoint:
    """A request or a route that a feed speaks of.

    ``url`` is a path, a path template or an absolute URL, as it is written; ``target`` a path that stands for a
    template (empty: none is known). ``status`` is what it was answered (0: not told). ``roots`` are what may stand
    before the path: ``""`` where it is the whole path.
    """

    method: str
    url: str
    line: int
    target: str = ""
    status: int = 0
    roots: tuple[str | None, ...] = ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableLine:
    """A line that is not what the others are."""

    line: int


class UnreadableTraffic(Exception):
    """The file looks like its format and is not: ``line`` (from 1) and ``why`` say where and how."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


class TrafficFormat(Protocol):
    """One format of feeds; ``name`` completes "it is neither …"."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def recognises(self, file: TrafficFile) -> bool:
        """Whether the text is of this format, by what it says."""
        ...

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """All that it speaks of. Raises Unusable where it cannot be read as a whole."""
        ...
