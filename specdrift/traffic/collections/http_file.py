"""``.http`` files of VS Code's REST Client, JetBrains and Visual Studio. Headers and bodies are not read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from specdrift.traffic.collections.variables import CollectionVariables
from specdrift.traffic.traffic_format import ImportedEndpoint, TrafficFile, TrafficFormat, UnreadableLine

METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"])
VERSION = re.compile(r"HTTP/\d(?:\.\d)?")
URL = re.compile(r"https?://\S|\{\{")
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
        if not any(map(_request, firsts)):
            return False
        if any(_has_method(line) for part in parts for _, line in part[1:2]):
            return False
        written = len(parts) > 1 or any(VARIABLE.fullmatch(line) for _, line in file.lines)
        return written or not firsts[0].partition(" ")[2].startswith("/")

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the requests. The first line of each part that is no comment and no variable is its request line."""
        found = (VARIABLE.fullmatch(line) for _, line in file.lines)
        variables = CollectionVariables({one[1]: one[2].strip() for one in found if one})
        for part in _parts(file):
            for number, line in part[:1]:
                request = _request(line)
                yield variables.endpoint(*request, number) if request else UnreadableLine(line=number)


def _has_method(line: str) -> bool:
    first, *rest = line.split(maxsplit=1)
    return first in METHODS and bool(rest)


def _request(line: str) -> tuple[str, str] | None:
    """Return method and URL of a request line: the method may be missing, and with one a path stands for a URL."""
    first, *rest = line.split(maxsplit=1)
    method, url = (first, "".join(rest)) if first in METHODS else ("", line)
    before, _, version = url.rpartition(" ")
    if VERSION.fullmatch(version):
        url = before.rstrip()
    begins = URL.match(url) or (method and url.startswith("/") and " " not in url)
    return (method or "GET", url) if begins else None


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
