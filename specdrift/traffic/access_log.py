r"""Access logs of nginx and Apache httpd: the common and the combined format, also behind the name of a virtual host.

``127.0.0.1 - alice [10/Oct/2000:13:55:36 -0700] "GET /items/17?x=1 HTTP/1.1" 200 2326 "referer" "agent"``
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from specdrift.traffic.traffic_format import ImportedEndpoint, TrafficFile, TrafficFormat, UnreadableLine

LINE = re.compile(r'[^"\[]{3,600}\[[^\]"]{6,60}\] "((?:[^"\\]|\\.)*)" (\d{3}|-)(?:\s|$)')
"""Who, when, request, status. Quotes inside the request are escaped (``\\"`` or ``\\x22``)."""
REQUEST = re.compile(r"([A-Za-z-]{2,20}) (\S+)(?: HTTP/[\d.]+)?")
LOOKED_AT = 100
"""Lines within which a first one must be of the format."""


def requested(request: str) -> tuple[str, str] | None:
    """Method and target of a request line; ``None`` where something else than HTTP was sent."""
    found = REQUEST.fullmatch(request)
    return (found[1], found[2]) if found else None


@dataclass(frozen=True, slots=True)
class AccessLog:
    """One request a line."""

    name: str = "an access log (common or combined)"

    def recognises(self, file: TrafficFile) -> bool:
        """Whether one of the first lines is of the format."""
        return any(LINE.match(line) for _, line in islice(file.lines, LOOKED_AT))

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """The requests. A line whose request is no HTTP (a port scan, a timeout) speaks of nothing."""
        for number, line in file.lines:
            found = LINE.match(line)
            if found is None:
                yield UnreadableLine(line=number)
            elif request := requested(found[1]):
                status = int(found[2]) if found[2].isdecimal() else 0
                yield ImportedEndpoint(method=request[0], url=request[1], line=number, status=status)


FORMAT: TrafficFormat = AccessLog()
