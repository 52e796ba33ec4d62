"""Imports a traffic file of any known format. Pure."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from specdrift.errors import UsageError
from specdrift.model.plural import plural
from specdrift.traffic import access_log, har, json_lines, openapi, route_list
from specdrift.traffic.collections import bruno, http_file, insomnia, postman
from specdrift.traffic.traffic_format import (
    CompanionFile,
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


class TrafficImport(Struct, frozen=True, kw_only=True):
    """The endpoints of one traffic file."""

    name: str
    """The file as messages name it."""
    endpoints: tuple[ImportedEndpoint, ...] = ()
    unreadable_lines: tuple[int, ...] = ()
    """Numbers (from 1) of the lines that could not be read."""
    unreadable_entry: int = 0
    """Number (from 1) of the first entry that could not be read, where a line has several entries; otherwise 0."""

    @property
    def warning(self) -> str:
        """What is wrong with the file; empty if every line was read."""
        if not self.unreadable_lines:
            return "" if self.endpoints else f"{self.name}: contains no requests"
        count, where = len(self.unreadable_lines), f"{self.name}:{self.unreadable_lines[0]}"
        if self.unreadable_entry:
            entries = plural(count, "entry")
            return f"{where}: skipped {entries} that could not be read; the first is entry {self.unreadable_entry}"
        return f"{where}: skipped {plural(count, 'line')} that could not be read; the first is this one"


def import_traffic(
    content: bytes,
    *,
    name: str,
    folder: Path = Path(),
    formats: Sequence[TrafficFormat] = FORMATS,
    companions: Sequence[CompanionFile] = (),
) -> TrafficImport:
    """Read all endpoints of a traffic file. Raises UsageError, with file and line, if it cannot be read.

    ``companions`` have values of its variables.
    """
    file = TrafficFile(name=name, text=decoded(content), folder=folder, companions=tuple(companions))
    if not file.text.strip():
        return TrafficImport(name=name)
    traffic_format = next((one for one in formats if one.recognises(file)), None)
    if traffic_format is None:
        known = ", ".join(one.name for one in formats)
        raise UsageError(f"{name}:1: {_unknown(file.text)}; known formats: {known}")
    try:
        entries = tuple(traffic_format.read(file))
    except UnreadableTraffic as error:
        raise UsageError(f"{error.name or name}:{error.line}: {error.why}") from None
    return TrafficImport(
        name=name,
        endpoints=tuple(entry for entry in entries if isinstance(entry, ImportedEndpoint)),
        unreadable_lines=tuple(entry.line for entry in entries if isinstance(entry, UnreadableLine)),
        unreadable_entry=_first_unreadable_entry(entries),
    )


def decoded(content: bytes) -> str:
    """Return the text: UTF-8, or UTF-16 with its mark, as PowerShell writes it."""
    encoding = "utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    return content.decode(encoding, "replace")


def _unknown(text: str) -> str:
    """Return what is wrong with a file of no known format, and what to do."""
    if "\0" in text:
        return "not a text in UTF-8: convert or unpack the file"
    return "unknown traffic format: write a line `METHOD /path` for each request, or convert the file"


def _first_unreadable_entry(entries: Sequence[ImportedEndpoint | UnreadableLine]) -> int:
    """Return the number of the first unreadable entry; 0 if its line has no other entry, and so names it."""
    on_line = Counter(entry.line for entry in entries)
    unreadable = [place for place, entry in enumerate(entries, start=1) if isinstance(entry, UnreadableLine)]
    shared = any(on_line[entries[place - 1].line] > 1 for place in unreadable)
    return unreadable[0] if shared else 0
