"""Imports a traffic file of any known format. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from specdrift.errors import UsageError
from specdrift.model.plural import plural
from specdrift.traffic import access_log, har, json_lines, openapi, route_list
from specdrift.traffic.collections import bruno, http_file, insomnia, postman
from specdrift.traffic.traffic_format import (
    ImportedEndpoint,
    TrafficFile,
    TrafficFormat,
    UnreadableLine,
    UnreadableTraffic,
)

FORMATS: tuple[TrafficFormat, ...] = (
    har.FORMAT,
    postman.FORMAT,
    insomnia.FORMAT,
    bruno.FORMAT,
    json_lines.FORMAT,
    openapi.FORMAT,
    access_log.FORMAT,
    http_file.FORMAT,
    route_list.FORMAT,
)
"""Built-in formats, in the order in which they are tried; the first that recognises a file reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficImport:
    """The endpoints of one traffic file."""

    name: str
    """The file as messages name it."""
    endpoints: tuple[ImportedEndpoint, ...] = ()
    unreadable_lines: tuple[int, ...] = ()
    """Numbers (from 1) of the lines that could not be read."""

    @property
    def warning(self) -> str:
        """What is wrong with the file; empty if every line was read."""
        if not self.unreadable_lines:
            return "" if self.endpoints else f"{self.name}: contains no requests"
        lines = plural(len(self.unreadable_lines), "line")
        return f"{self.name}:{self.unreadable_lines[0]}: skipped {lines} that could not be read; the first is this one"


def import_traffic(
    content: bytes, *, name: str, folder: Path = Path(), formats: Sequence[TrafficFormat] = FORMATS
) -> TrafficImport:
    """Read all endpoints of a traffic file. Raises UsageError, with file and line, if it cannot be read."""
    file = TrafficFile(name=name, text=content.decode("utf-8-sig", "replace"), folder=folder)
    if not file.text.strip():
        return TrafficImport(name=name)
    traffic_format = next((one for one in formats if one.recognises(file)), None)
    if traffic_format is None:
        known = ", ".join(one.name for one in formats)
        raise UsageError(f"{name}:1: unknown traffic format; known formats: {known}")
    try:
        entries = tuple(traffic_format.read(file))
    except UnreadableTraffic as error:
        raise UsageError(f"{name}:{error.line}: {error.why}") from None
    return TrafficImport(
        name=name,
        endpoints=tuple(entry for entry in entries if isinstance(entry, ImportedEndpoint)),
        unreadable_lines=tuple(entry.line for entry in entries if isinstance(entry, UnreadableLine)),
    )
