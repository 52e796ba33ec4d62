"""Finds the location of a path as nginx does (``ngx_http_core_find_location``)."""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.source.nginx.servers import REGEXES, Location, MatchKind
from specdrift.source.nginx.variable_values import find


class LocationMatch(Struct, frozen=True):
    location: Location
    redirected: bool = False
    """The path lacks the slash at the end of the location: 301."""
    captures: re.Match[str] | None = None
    final: bool = False
    """No regular expression is searched any more."""


def find_location(locations: Sequence[Location], path: str) -> LocationMatch | None:
    """Return the location of a decoded path. Raises Undetermined for an expression that is not evaluated."""
    static = _static(locations, path)
    if static is not None and static.final:
        return static
    searched = True
    if static is not None:
        inner = find_location(static.location.inner, path)
        if inner is not None and inner.final:
            return inner
        searched = static.location.kind is not MatchKind.PREFERRED
        static = inner or static
    if searched:
        for location in locations:
            captures = _captures(location, path) if location.kind in REGEXES else None
            if captures is not None:
                inner = find_location(location.inner, path)
                # nginx forgets the redirect of a location within one of an expression.
                return replace(
                    inner or LocationMatch(location, captures=captures), redirected=False, final=True
                )
    return static


def _captures(location: Location, path: str) -> re.Match[str] | None:
    return find(location.pattern, path, ignore_case=location.kind is MatchKind.REGEX_ANY_CASE)


def _static(locations: Iterable[Location], path: str) -> LocationMatch | None:
    """Return the exact location, else the one without which a slash is missing, else the longest prefix."""
    best: Location | None = None
    slashed: list[Location] = []
    for location in locations:
        if location.kind is MatchKind.EXACT:
            if location.pattern == path:
                return LocationMatch(location, final=True)
        elif location.kind in (MatchKind.PREFIX, MatchKind.PREFERRED):
            if path.startswith(location.pattern) and (
                best is None or len(location.pattern) > len(best.pattern)
            ):
                best = location
        else:
            continue
        if location.pattern == f"{path}/":
            slashed.append(location)
    if best is not None and best.pattern == path:
        return LocationMatch(best)
    if any(location.redirects_without_slash for location in slashed):
        # The exact location decides the rest, whichever of the two has the service.
        exact = next((one for one in slashed if one.kind is MatchKind.EXACT), slashed[0])
        return LocationMatch(exact, redirected=True, final=True)
    return LocationMatch(best) if best is not None else None
