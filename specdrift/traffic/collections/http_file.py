"""``.http`` files of VS Code's REST Client, JetBrains and Visual Studio. Headers and bodies are not read."""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from specdrift.traffic.collections.http_environments import environments_of
from specdrift.traffic.collections.variables import CollectionVariables
from specdrift.traffic.traffic_format import ImportedEndpoint, TrafficFile, TrafficFormat, UnreadableLine

METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"])
SENT_AS = {"GRAPHQL": "POST", "GRPC": "POST", "WEBSOCKET": "GET"}
"""Words for other protocols, with the method that is sent."""
VERSION = re.compile(r"HTTP/\d(?:\.\d)?")
URL = re.compile(r"(?:https?|wss?|grpcs?)://\S|\{\{")
VARIABLE = re.compile(r"@([\w.-]+)[ \t]*=[ \t]*(.*)")
HEADER = re.compile(r"[\w-]+:(?!//)")
SEPARATOR = "###"
COMMENTS = ("#", "//")
SCRIPT = re.compile(r"[<>][ \t]*\{%")
SCRIPT_END = "%}"
ASSIGNED = re.compile(r"""\.set\([ \t]*["']([\w.-]+)["'][ \t]*,[ \t]*["']([^"'{}\\\n]*)["'][ \t]*\)""")
"""A script sets a variable to a text."""
BEFORE = re.compile(r"[<>]|(?:import|run)[ \t]")
"""Lines before a request that are none: scripts and responses in other files, and other files of requests."""


class _Part(Struct):
    """A part of the file: lines without comments, variables and scripts."""

    lines: list[tuple[int, str]] = field(default_factory=list)
    """The request line is the first; where it goes on in indented lines, it is joined."""
    last: int = 0
    """Number of the line that the request line ends with."""

    def add(self, number: int, line: str) -> None:
        """Add a line that is not empty, as written."""
        text = line.strip()
        if self._goes_on(number, line):
            first, request = self.lines[0]
            joint = " " if request in METHODS or request in SENT_AS or VERSION.fullmatch(text) else ""
            self.lines[0] = (first, f"{request}{joint}{text}")
            self.last = number
        elif self.lines or not BEFORE.match(text):
            self.last = self.last if self.lines else number
            self.lines.append((number, text))

    def _goes_on(self, number: int, line: str) -> bool:
        """Return whether a line belongs to the URL: indented, below it, and no header."""
        below = len(self.lines) == 1 and self.last == number - 1
        return below and line[0] in " \t" and not HEADER.match(line.strip()) and not _has_method(line)


class HttpFile(Struct, frozen=True):
    """All requests, with the variables of the file, of its scripts and of the environments beside it."""

    name: str = ".http file"

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether the file has requests, not a list of routes, in which one follows another."""
        parts = [part.lines for part in _parts(file)]
        firsts = [part[0][1] for part in parts if part]
        if not any(map(_request, firsts)):
            return False
        if any(_has_method(line) for part in parts for _, line in part[1:2]):
            return False
        written = len(parts) > 1 or any(VARIABLE.fullmatch(line) for _, line in file.lines)
        return written or not firsts[0].partition(" ")[2].startswith("/")

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the requests. The first line of a part that is no comment, variable or script is its request line."""
        variables = _variables(file)
        for part in _parts(file):
            for number, line in part.lines[:1]:
                if request := _request(line):
                    yield from variables.endpoints(*request, number)
                else:
                    yield UnreadableLine(line=number)


def _variables(file: TrafficFile) -> CollectionVariables:
    """Return the values. The environment wins with JetBrains, and the file with REST Client: both are used."""
    own = {one[1]: one[2].strip() for _, line in file.lines if (one := VARIABLE.fullmatch(line))}
    chosen = environments_of(file.companions)
    scripts = {one[1]: one[2] for one in ASSIGNED.finditer(file.text)}
    both = tuple(each for one in chosen for each in ({**own, **one}, {**one, **own}))
    return CollectionVariables(both or (own,), defaults=scripts)


def _has_method(line: str) -> bool:
    first, *rest = line.split(maxsplit=1)
    return first in METHODS and bool(rest)


def _request(line: str) -> tuple[str, str] | None:
    """Return method and URL of a request line: the method may be missing, and with one a path stands for a URL."""
    first, *rest = line.split(maxsplit=1)
    word = first.upper()
    named = first in METHODS or bool(rest and URL.match(rest[0]) and word in METHODS) or first in SENT_AS
    method, url = (SENT_AS.get(word, word), "".join(rest)) if named else ("", line)
    before, _, version = url.rpartition(" ")
    if VERSION.fullmatch(version):
        url = before.rstrip()
    if first == "GRPC" and not URL.match(url):
        url = f"https://{url}"
    begins = URL.match(url) or (method and url.startswith("/") and " " not in url)
    return (method or "GET", url) if begins else None


def _parts(file: TrafficFile) -> Iterator[_Part]:
    """Yield the parts of the file. A script that does not end before the next part leaves its first line."""
    part, script = _Part(), 0
    for number, line in enumerate(file.text.split("\n"), start=1):
        text = line.strip()
        if text.startswith(SEPARATOR):
            yield _cut(part, script)
            part, script = _Part(), 0
        elif script or SCRIPT.match(text):
            script = 0 if SCRIPT_END in text else script or number
        elif text and not text.startswith(COMMENTS) and not VARIABLE.fullmatch(text):
            part.add(number, line.rstrip())
    yield _cut(part, script)


def _cut(part: _Part, script: int) -> _Part:
    """Return a part; one that has nothing but a script without an end has the line of the script."""
    if script and not part.lines:
        part.lines.append((script, "<"))
    return part


FORMAT: TrafficFormat = HttpFile()
