"""The paths that a server of nginx hands on as others."""

from collections.abc import Iterable, Iterator

from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.servers import PASSES, REGEXES, Location, MatchKind, Server
from specdrift.source.nginx.simulation import Site
from specdrift.source.nginx.ways import possibilities


def rewritten_of(server: Server, site: Site) -> Iterator[RewrittenPath]:
    """Yield those of its locations that give a path of their own, and of ``rewrite``."""
    yield from _of_rewrites(server.directive, frozenset())
    yield from _of_locations(server.locations, site)


def unread_rewrites(servers: Iterable[Server], site: Site) -> Iterator[UnresolvedExpression]:
    """Yield the expressions for which no path is known that fits."""
    for server in servers:
        for one in rewritten_of(server, site):
            if not one.is_read:
                what = f"the expression {one.pattern[:60]} for paths that are rewritten"
                yield UnresolvedExpression(one.at, what, UnresolvedKind.ROUTE)


def _of_locations(locations: Iterable[Location], site: Site) -> Iterator[RewrittenPath]:
    for one in locations:
        yield from _of_locations(one.inner, site)
        own = tuple(filter(_has_path, _statements(one.directive)))
        upstream = possibilities.services_of(one, site.opaque, site.forwarding)
        yield from _of_rewrites(one.directive, upstream)
        if one.kind is MatchKind.NAMED or not own:
            continue
        at = one.directive.location
        if one.kind not in REGEXES:
            yield RewrittenPath(one.pattern, at)
            continue
        for replacement in dict.fromkeys(map(_new_path, own)):
            yield RewrittenPath.of_pattern(one.pattern, at, replacement, upstream)


def _has_path(statement: Directive) -> bool:
    """Return whether a statement hands the request on with another path than its own."""
    return statement.name == "rewrite" or _new_path(statement) != ""


def _new_path(statement: Directive) -> str:
    """Return the path of a statement that forwards requests; empty if it keeps theirs."""
    if statement.name not in PASSES:
        return ""
    _, slash, path = statement.first.partition("://")[2].partition("/")
    return f"/{path}" if slash else ""


def _of_rewrites(block: Directive, upstream: frozenset[str]) -> Iterator[RewrittenPath]:
    for one in _statements(block):
        if one.name == "rewrite":
            replacement = one.args[1] if len(one.args) > 1 else ""
            yield RewrittenPath.of_pattern(one.first, one.location, replacement, upstream)


def _statements(block: Directive) -> Iterator[Directive]:
    for one in block.block:
        yield one
        if one.name == "if":
            yield from _statements(one)
