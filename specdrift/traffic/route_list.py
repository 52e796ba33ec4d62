"""Lists of routes, as frameworks print them: ``METHOD /path``, one per line.

Accepts several methods (``POST|PUT /items/:id``), comments (``#`` or ``//``), text after the path, and the name column
of ``rails routes``.
"""

import re
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from specdrift.traffic.access_log import FIRST_LINES
from specdrift.traffic.router_templates import openapi_template
from specdrift.traffic.traffic_format import (
    BELOW_BASE,
    ImportedEndpoint,
    TrafficFile,
    TrafficFormat,
    UnreadableLine,
)

METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "ANY", "ALL", "TRACE", "CONNECT"}
)
LINE = re.compile(
    r"(?:(?P<name>[A-Za-z_]\w*)\s+)?(?P<methods>[A-Za-z]+(?:[|,][A-Za-z]+)*)\s+"
    r"(?P<origin>https?://[^/\s]+)?(?P<path>/\S*)(?:\s.*)?"
)
QUERY = re.compile(r"(?<=[\w/])(\?(?:[^/:{(<*]*|[\w.%\[\]-]+=.*))$")
"""A query, as opposed to the question mark of an optional parameter."""
HEADING = re.compile(r"Prefix\s+Verb\s+URI Pattern\b.*")
"""The first line of ``rails routes``."""
ROOTS = (BELOW_BASE, "")
"""The list does not show where the router is mounted."""


def routes(line: str, number: int) -> tuple[ImportedEndpoint, ...]:
    """Return the routes of a line, one per method; none for an unknown line or template."""
    found = LINE.fullmatch(line)
    methods = re.split(r"[|,]", found["methods"].upper()) if found else []
    if found is None or not set(methods) <= METHODS or str(found["name"]).upper() in METHODS:
        return ()
    path, *query = QUERY.split(found["path"], maxsplit=1)
    template = openapi_template(path)
    if template is None:
        return ()
    url = "".join((found["origin"] or "", template, *query))
    return tuple(
        ImportedEndpoint(method=m, url=url, line=number, roots=ROOTS) for m in dict.fromkeys(methods)
    )


class RouteList(Struct, frozen=True):
    """One route per line."""

    name: str = "route list (METHOD /path)"

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether one of the first lines is a route."""
        return any(routes(line, number) for number, line in islice(file.lines, FIRST_LINES))

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the routes."""
        for number, line in file.lines:
            if not (line.startswith(("#", "//")) or HEADING.fullmatch(line)):
                yield from routes(line, number) or (UnreadableLine(line=number),)


FORMAT: TrafficFormat = RouteList()
