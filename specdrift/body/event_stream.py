"""Event streams, read as JSON: a list of events, whose fields are the format's and no data. Pure.

WHATWG HTML §9.2.6: lines of ``name: value``, an empty line after each event, and comments, which begin with a colon.
"""

import json
from collections.abc import Iterable
from itertools import groupby

from specdrift.body.json_text import read_json

MEDIA_TYPE = "text/event-stream"
MOST_READ = 64 * 1024
"""Characters of a stream that are read: as many as of other texts."""
FIELDS = frozenset({"data", "event", "id", "retry"})
OTHER = "comment"
"""Stands for the name of lines that clients ignore."""


def events_as_json(text: str, media_type: str) -> str:
    """Return the events of a stream as a JSON text; empty if it is none, or has no data."""
    if media_type != MEDIA_TYPE or len(text) > MOST_READ:
        return ""
    lines = (line.rstrip("\r") for line in text.split("\n"))
    events = [_event(group) for there, group in groupby(lines, bool) if there]
    try:
        return json.dumps(events) if any("data" in event for event in events) else ""
    except RecursionError:
        return ""


def _event(lines: Iterable[str]) -> dict[str, object]:
    """Return the fields of one event. The lines of one field are joined, and data that are JSON are read."""
    found: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        known = name in FIELDS
        found.setdefault(name if known else OTHER, []).append(value.removeprefix(" ") if known else line)
    return {name: _value("\n".join(values)) for name, values in found.items()}


def _value(text: str) -> object:
    """Return a JSON value that is an object or a list, else the text."""
    if text[:1] in ("{", "["):
        try:
            return read_json(text)
        except (ValueError, RecursionError):
            return text
    return text
