"""Reads a feed, whatever its format is."""

from dataclasses import dataclass
from pathlib import Path

from specdrift.errors import UsageError
from specdrift.traffic import access_log, har, json_lines, openapi, route_list
from specdrift.traffic.traffic_format import (
    ImportedEndpoint,
    TrafficFile,
    TrafficFormat,
    UnreadableLine,
    UnreadableTraffic,
)

FORMATS: tuple[TrafficFormat, ...] = (
    har.FORMAT,
    json_lines.FORMAT,
    openapi.FORMAT,
    access_log.FORMAT,
    route_list.FORMAT,
)
"""In the order in which they are tried: the first that recognises a text reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficImport:
    """What a feed speaks of. ``broken`` are the numbers of lines that could not be read."""

    name: str
    endpoints: tuple[ImportedEndpoint, ...] = ()
    broken: tuple[int, ...] = ()

    @property
    def warning(self) -> str:
        """What its owner should know; empty for a feed that was read to the last line."""
        if not self.broken:
            return "" if self.endpoints else f"{self.name}: speaks of no request"
        count = len(self.broken)
        lines = "1 line is" if count == 1 else f"{count} lines are"
        return f"{self.name}:{self.broken[0]}: {lines} not understood and left out, the first is this one"


def import_traffic(content: bytes, *, name: str, folder: Path = Path()) -> TrafficImport:
    """All that a feed speaks of. Raises UsageError, with file and line, for one that cannot be read."""
    file = TrafficFile(name=name, text=content.decode("utf-8-sig", "replace"), folder=folder)
    if not file.text.strip():
        return TrafficImport(name=name)
    form = next((form for form in FORMATS if form.recognises(file)), None)
    if form is None:
        *others, last = (form.name for form in FORMATS)
        raise UsageError(
            f"{name}:1: no feed that specdrift knows: it is neither {', '.join(others)} nor {last}"
        )
    try:
        entries = tuple(form.read(file))
    except UnreadableTraffic as error:
        raise UsageError(f"{name}:{error.line}: {error.why}") from None
    return TrafficImport(
        name=name,
        endpoints=tuple(entry for entry in entries if isinstance(entry, ImportedEndpoint)),
        broken=tuple(entry.line for entry in entries if isinstance(entry, UnreadableLine)),
    )
