"""Access logs with one JSON object per line: nginx, Caddy, Traefik, Envoy, tower-http, pino, ECS and others.

Their members have different names; the tables list the known ones, the first match wins.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from msgspec import Struct

from specdrift.traffic.access_log import FIRST_LINES, requested
from specdrift.traffic.traffic_format import ImportedEndpoint, TrafficFile, TrafficFormat, UnreadableLine

METHOD = (
    *("request.method", "req.method", "span.method", "fields.method", "http.request.method", "http.method"),
    *("httprequest.requestmethod", "request_method", "requestmethod", "method", "verb"),
)
URL = (
    *(
        "request.uri",
        "request.url",
        "req.url",
        "req.originalurl",
        "span.uri",
        "span.path",
        "fields.uri",
        "fields.path",
    ),
    *(
        "url.path",
        "url.original",
        "http.target",
        "http.url",
        "httprequest.requesturl",
        "request_uri",
        "requesturi",
    ),
    *("requestpath", "request_path", "uri", "url", "path", "target"),
)
STATUS = (
    *(
        "status",
        "status_code",
        "statuscode",
        "response.status",
        "res.statuscode",
        "res.status",
        "fields.status",
    ),
    *(
        "http.response.status_code",
        "http.status_code",
        "httprequest.status",
        "downstreamstatus",
        "response_code",
    ),
)
REQUEST_LINE = ("request", "request_line")
MAX_DEPTH = 4


def flat(entry: Mapping[str, Any], prefix: str = "", depth: int = MAX_DEPTH) -> Iterator[tuple[str, Any]]:
    """Yield the members of an object by lower-case path: ``req.method``."""
    for name, value in entry.items():
        path = f"{prefix}{name.lower()}"
        if isinstance(value, dict) and depth:
            yield from flat(value, f"{path}.", depth - 1)
        else:
            yield path, value


def endpoint(line: str, number: int) -> ImportedEndpoint | None:
    """Return the request in a line; ``None`` for a JSON object without one.

    Raises ValueError if the line is not a JSON object.
    """
    entry = json.loads(line)
    if not isinstance(entry, dict):
        raise ValueError("no object")  # noqa: TRY004 - as for any other text
    members = dict(flat(entry))
    method, url = _first(members, METHOD), _first(members, URL)
    if not (method and url):
        method, url = requested(_first(members, REQUEST_LINE)) or ("", "")
    if not (method and url):
        return None
    status = str(next((members[name] for name in STATUS if name in members), ""))
    return ImportedEndpoint(
        method=method, url=url, line=number, status=int(status) if _is_status(status) else 0
    )


def _first(members: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((v for name in names if isinstance(v := members.get(name), str) and v), "")


def _is_status(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) == 3  # RFC 9110 §15


def _try(line: str, number: int) -> ImportedEndpoint | UnreadableLine | None:
    try:
        return endpoint(line, number)
    except (ValueError, RecursionError):
        return UnreadableLine(line=number)


class JsonLines(Struct, frozen=True):
    """One object per line; events that are not requests are skipped."""

    name: str = "JSON lines log"

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether one of the first lines is an object with a method and a path."""
        first = (line for line in islice(file.lines, FIRST_LINES) if line[1].startswith("{"))
        return any(isinstance(_try(line, number), ImportedEndpoint) for number, line in first)

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the requests."""
        for number, line in file.lines:
            if (entry := _try(line, number)) is not None:
                yield entry


FORMAT: TrafficFormat = JsonLines()
