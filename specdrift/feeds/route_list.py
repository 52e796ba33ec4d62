"""Lists of routes, as frameworks print them or people write them: ``METHOD /path``, one a line.

Several methods (``POST|PUT /items/:id``), comments after ``#``, and whatever stands behind the path are understood.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from specdrift.feeds.access_log import LOOKED_AT
from specdrift.feeds.base import BELOW_BASE, Broken, Format, Material, Sighting

METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "ANY", "ALL", "TRACE", "CONNECT"}
)
LINE = re.compile(r"([A-Za-z]+(?:[|,][A-Za-z]+)*)\s+(https?://\S+|/\S*)(?:\s.*)?")
ROOTS = (BELOW_BASE, "")
"""A router does not say where it is mounted."""


def routes(line: str, number: int) -> tuple[Sighting, ...]:
    """The routes of a line, one for each method; none for a line of another kind."""
    found = LINE.fullmatch(line)
    methods = re.split(r"[|,]", found[1].upper()) if found else []
    if found is None or not set(methods) <= METHODS:
        return ()
    return tuple(Sighting(method=m, url=found[2], line=number, roots=ROOTS) for m in dict.fromkeys(methods))


@dataclass(frozen=True, slots=True)
class RouteList:
    """One route a line."""

    name: str = "a list of routes (METHOD /path)"

    def recognises(self, material: Material) -> bool:
        """Whether one of the first lines is a route."""
        return any(routes(line, number) for number, line in islice(material.lines, LOOKED_AT))

    def read(self, material: Material) -> Iterator[Sighting | Broken]:
        """The routes."""
        for number, line in material.lines:
            if not line.startswith(("#", "//")):
                yield from routes(line, number) or (Broken(line=number),)


FORMAT: Format = RouteList()
