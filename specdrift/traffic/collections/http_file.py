"""``.http`` files of VS Code's REST Client, JetBrains and Visual Studio. Headers and bodies are not read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from specdrift.traffic.collections.variables import CollectionVariables
from specdrift.traffic.traffic_format import ImportedEndpoint, TrafficFile, TrafficFormat, UnreadableLine

METHODS = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|QUERY"
REQUEST = re.compile(
    rf"(?:({METHODS})[ \t]+)?((?:https?://|\{{\{{)\S.*?|(?<=[ \t])/\S*?)(?:[ \t]+HTTP/\d(?:\.\d)?)?"
)
"""A request line: the method may be missing, a path may stand for a URL if the method is there."""
WITH_METHOD = re.compile(rf"(?:{METHODS})[ \t]+(\S)")
VARIABLE = re.compile(r"@([\w.-]+)[ \t]*=[ \t]*(.*)")
SEPARATOR = "###"
COMMENTS = ("#", "//")

Lines = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class HttpFile:
    """All requests, with the variables of the file."""

    name: str = ".http file"

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether the file has requests, not a list of routes, in which one follows another."""
        parts = list(_parts(file))
        firsts = [part[0][1] for part in parts if part]
        if not any(REQUEST.fullmatch(first) for first in firsts):
            return False
        if any(WITH_METHOD.match(line) for part in parts for _, line in part[1:2]):
            return False
        written = len(parts) > 1 or any(VARIABLE.fullmatch(line) for _, line in file.lines)
        return written or not firsts[0].partition(" ")[2].startswith("/")

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the requests. The first line of each part that is no comment and no variable is its request line."""
        found = (VARIABLE.fullmatch(line) for _, line in file.lines)
        variables = CollectionVariables({one[1]: one[2].strip() for one in found if one})
        for part in _parts(file):
            for number, line in part[:1]:
                request = REQUEST.fullmatch(line)
                if request is None:
                    yield UnreadableLine(line=number)
                else:
                    yield variables.endpoint(request[1] or "GET", request[2], number)


def _parts(file: TrafficFile) -> Iterator[Lines]:
    """Yield the lines of each part of the file, without comments and variables."""
    part: Lines = []
    for number, line in file.lines:
        if line.startswith(SEPARATOR):
            yield part
            part = []
        elif not line.startswith(COMMENTS) and not VARIABLE.fullmatch(line):
            part.append((number, line))
    yield part


FORMAT: TrafficFormat = HttpFile()
