r"""Access logs of nginx and Apache httpd, common and combined, optionally after a virtual host name; Envoy's default.

``127.0.0.1 - alice [10/Oct/2000:13:55:36 -0700] "GET /items/17?x=1 HTTP/1.1" 200 2326 "referer" "agent"``
``[2025-10-10T13:55:36.000Z] "GET /items/17 HTTP/1.1" 200 - 0 2326 4 - "-" "agent" "id" "host" "upstream"``
"""

import re
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from specdrift.traffic.traffic_format import ImportedEndpoint, TrafficFile, TrafficFormat, UnreadableLine

LINE = re.compile(r'(?:[^"\[]{3,600})?\[[^\]"]{6,60}\] "((?:[^"\\]|\\.)*)" (\d{3}|[0-])(?:\s|$)')
"""Client (not in Envoy's), time, request line, status; Envoy's is 0 without a response.

Quotes in the request line are escaped (``\\"`` or ``\\x22``)."""
REQUEST = re.compile(r"([A-Za-z-]{2,20}) (\S+)(?: HTTP/[\d.]+)?")
FIRST_LINES = 100
"""Number of lines in which a format is recognised."""


def requested(request: str) -> tuple[str, str] | None:
    """Return method and target of a request line; ``None`` if it is not HTTP."""
    found = REQUEST.fullmatch(request)
    return (found[1], found[2]) if found else None


class AccessLog(Struct, frozen=True):
    """One request per line."""

    name: str = "access log (common, combined, or Envoy's default)"

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether one of the first lines has the format."""
        return any(LINE.match(line) for _, line in islice(file.lines, FIRST_LINES))

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the requests. A line whose request is not HTTP (a port scan, a timeout) is skipped."""
        for number, line in file.lines:
            found = LINE.match(line)
            if found is None:
                yield UnreadableLine(line=number)
            elif request := requested(found[1]):
                status = int(found[2]) if found[2].isdecimal() else 0
                yield ImportedEndpoint(method=request[0], url=request[1], line=number, status=status)


FORMAT: TrafficFormat = AccessLog()
