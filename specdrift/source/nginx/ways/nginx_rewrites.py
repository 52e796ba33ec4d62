"""The beginnings of paths that a server of nginx hands on as others."""

from collections.abc import Iterable, Iterator

from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.servers import PASSES, REGEXES, Location, MatchKind, Server


def rewritten_of(server: Server) -> Iterator[RewrittenPath]:
    """Yield those of its locations that give a path of their own, and of ``rewrite``."""
    yield from _of_rewrites(server.directive)
    yield from _of_locations(server.locations)


def _of_locations(locations: Iterable[Location]) -> Iterator[RewrittenPath]:
    for one in locations:
        yield from _of_locations(one.inner)
        if one.kind is MatchKind.NAMED or not any(map(_has_path, _statements(one.directive))):
            continue
        at = one.directive.location
        found = (
            RewrittenPath.of_pattern(one.pattern, at)
            if one.kind in REGEXES
            else RewrittenPath(one.pattern, at)
        )
        if found is not None:
            yield found


def _has_path(statement: Directive) -> bool:
    """Return whether a statement hands the request on with another path than its own."""
    if statement.name == "rewrite":
        return True
    return statement.name in PASSES and "/" in statement.first.partition("://")[2]


def _of_rewrites(block: Directive) -> Iterator[RewrittenPath]:
    for one in _statements(block, within=("if", "location")):
        found = RewrittenPath.of_pattern(one.first, one.location) if one.name == "rewrite" else None
        if found is not None:
            yield found


def _statements(block: Directive, within: tuple[str, ...] = ("if",)) -> Iterator[Directive]:
    for one in block.block:
        yield one
        if one.name in within:
            yield from _statements(one, within)
