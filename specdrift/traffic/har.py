"""HTTP archives (HAR 1.2), as browsers and proxies save them.

Reads only method, URL and status of each entry: no headers, cookies or bodies.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from specdrift.traffic.traffic_format import (
    ImportedEndpoint,
    TrafficFile,
    TrafficFormat,
    UnreadableLine,
    UnreadableTraffic,
)

START = re.compile(r'\s*\{\s*"log"\s*:\s*\{')
ENTRIES = re.compile(r'"entries"\s*:\s*\[')
BETWEEN = re.compile(r"[\s,]*")


class Har(Struct, frozen=True):
    """All entries, of any host."""

    name: str = "HAR file"

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether the text begins like an archive."""
        return START.match(file.text) is not None

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the requests, each with the line on which its entry begins."""
        log = _whole(file.text)["log"]
        entries = log.get("entries") if isinstance(log, dict) else None
        if not isinstance(entries, list):
            raise UnreadableTraffic(1, 'HAR file: "log.entries" is not a list')
        for entry, line in zip(entries, _lines(file.text, entries), strict=True):
            yield _endpoint(entry, line)


def _whole(text: str) -> dict[str, Any]:
    try:
        whole: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableTraffic(error.lineno, f"HAR file: invalid JSON: {error.msg}") from None
    except (ValueError, RecursionError):  # a number of thousands of digits; brackets of thousands of levels
        raise UnreadableTraffic(1, "HAR file: a number is too long or nesting is too deep") from None
    return whole


def _lines(text: str, entries: list[Any]) -> list[int]:
    """Return the line on which each entry begins; 1 for all if the list is not found in the text."""
    ends = [match.start() for match in re.finditer("\n", text)]
    for list_start in ENTRIES.finditer(text):
        found = list(_elements(text, list_start.end(), len(entries)))
        if [value for _, value in found] == entries:
            return [bisect_right(ends, start) + 1 for start, _ in found]
    return [1] * len(entries)


def _elements(text: str, at: int, count: int) -> Iterator[tuple[int, Any]]:
    """Yield the elements of a JSON array with their offsets in the text."""
    decoder = json.JSONDecoder()
    for _ in range(count):
        gap = BETWEEN.match(text, at)
        start = gap.end() if gap else at
        try:
            value, at = decoder.raw_decode(text, start)
        except ValueError:
            return
        yield start, value


def _endpoint(entry: object, line: int) -> ImportedEndpoint | UnreadableLine:
    request = entry.get("request") if isinstance(entry, dict) else None
    method, url = (request.get("method"), request.get("url")) if isinstance(request, dict) else (None, None)
    if not (isinstance(method, str) and isinstance(url, str)):
        return UnreadableLine(line=line)
    response = entry.get("response") if isinstance(entry, dict) else None
    status = response.get("status") if isinstance(response, dict) else 0
    return ImportedEndpoint(
        method=method, url=url, line=line, status=status if isinstance(status, int) else 0
    )


FORMAT: TrafficFormat = Har()
