"""The interface of traffic import formats. Pure."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

from msgspec import Struct

BELOW_BASE = None
"""Root of paths relative to the base path of the API, as in an OpenAPI document."""
ENTRY_POINTS = "specdrift.traffic"
"""Entry-point group in which installed packages register a :class:`TrafficFormat`."""


class CompanionRole(StrEnum):
    """What the values of a companion file are for."""

    COLLECTION = "collection"
    """All requests of the collection."""
    ENVIRONMENT = "environment"
    """One of the environments that a user chooses from, or a file of several."""
    FOLDER = "folder"
    """The requests of one folder, which override the others."""


class CompanionFile(Struct, frozen=True, kw_only=True):
    """A file beside a traffic file that has values of its variables."""

    name: str
    """The file as messages name it."""
    text: str
    role: CompanionRole


class TrafficFile(Struct, frozen=True, kw_only=True):
    """The decoded text of a traffic file."""

    name: str
    """The file as messages name it."""
    text: str
    folder: Path
    """Folder of the file, for references in it."""
    companions: tuple[CompanionFile, ...] = ()
    """Files with values of its variables; of folders, the outermost first."""

    @property
    def lines(self) -> Iterator[tuple[int, str]]:
        """Non-empty lines, stripped, with their numbers from 1."""
        for number, line in enumerate(self.text.split("\n"), start=1):
            if line.strip():
                yield number, line.strip()


class ImportedEndpoint(Struct, frozen=True, kw_only=True):
    """A request or a route found in a traffic file."""

    method: str
    url: str
    """A path, a path template or an absolute URL, as written."""
    line: int
    """Line number, from 1."""
    target: str = ""
    """A path that matches the template; empty if none is known."""
    status: int = 0
    """Status code of the response; 0 if unknown."""
    roots: tuple[str | None, ...] = ("",)
    """Prefixes that the path may need: ``""`` if it is complete, BELOW_BASE if it is relative to the API."""
    example: bool = False
    """Whether it is kept in order to be sent: its values are tried, though no response is recorded."""
    unvalued: tuple[str, ...] = ()
    """Names of variables in the path that have no value in the import."""


class UnreadableLine(Struct, frozen=True, kw_only=True):
    """A line that is not of the format."""

    line: int
    """Line number, from 1."""


class UnreadableTraffic(Exception):
    """Raised for a file that looks like a format and cannot be read: ``line`` (from 1) and ``why``.

    ``name`` is the companion that cannot be read; empty for the file itself.
    """

    def __init__(self, line: int, why: str, *, name: str = "") -> None:
        super().__init__(why)
        self.line = line
        self.why = why
        self.name = name


@runtime_checkable
class TrafficFormat(Protocol):
    """One format of traffic files."""

    @property
    def name(self) -> str:
        """The name in messages, such as "HAR file"."""
        ...

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether the file is of this format, judged by its text."""
        ...

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield all endpoints. Raises UnreadableTraffic if the file as a whole cannot be read."""
        ...
