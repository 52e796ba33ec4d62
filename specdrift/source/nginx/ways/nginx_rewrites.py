"""The paths that a server of nginx hands on as others."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.client_choices import Maker
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from specdrift.source.gateway.rewritten_paths import ANY_PATH, RewrittenPath
from specdrift.source.gateway.samples import samples
from specdrift.source.nginx import variable_values
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.servers import PASSES, REGEXES, Location, MatchKind, Server
from specdrift.source.nginx.sites import Site
from specdrift.source.nginx.ways import mirror_requests, possibilities
from specdrift.source.nginx.ways.nginx_choices import WITH_PATH, NginxChoices, maker, values_of

_PATHS = frozenset({"uri", "document_uri"})


def rewritten_of(server: Server, site: Site, known: NginxChoices) -> Iterator[RewrittenPath]:
    """Yield those of its locations that give a path of their own, and of ``rewrite``."""
    yield from _of_rewrites(server.directive, frozenset(), known)
    yield from _of_locations(server.locations, site, known)


def unread_rewrites(
    servers: Iterable[Server], site: Site, known: NginxChoices
) -> Iterator[UnresolvedExpression]:
    """Yield the expressions for which no path is known that fits."""
    for server in servers:
        for one in rewritten_of(server, site, known):
            if not one.is_read:
                what = (
                    f"the expression {one.pattern[:60]} for paths that are rewritten"
                    if one.pattern
                    else "the address of a service that clients choose"
                )
                yield UnresolvedExpression(one.at, what, UnresolvedKind.ROUTE)


def _of_locations(locations: Iterable[Location], site: Site, known: NginxChoices) -> Iterator[RewrittenPath]:
    for one in locations:
        yield from _of_locations(one.inner, site, known)
        own = tuple(filter(_has_path, _statements(one.directive)))
        if one.kind is not MatchKind.NAMED and mirror_requests.any_further(one.levels):
            at, pattern = one.directive.location, one.pattern
            yield RewrittenPath.of_pattern(pattern, at) if one.kind in REGEXES else RewrittenPath(pattern, at)
        upstream = possibilities.services_of(one, site.opaque, site.forwarding)
        yield from _of_rewrites(one.directive, upstream, known)
        yield from _of_chosen(one, known)
        yield from _of_services(one, site, known)
        yield from _of_variables(one, site, known)
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


def _of_chosen(location: Location, known: NginxChoices) -> Iterator[RewrittenPath]:
    """Yield what clients choose of the addresses that requests are handed to, if they choose anything."""
    for one in _statements(location.directive):
        if one.name not in PASSES:
            continue
        address = known.expanded(one.first).partition("://")[2]
        chosen = _chosen(address)
        if not chosen:
            continue
        # A name or address of a service stands before the path, which is empty, or begins with the variable.
        host = address.partition("$")[0].partition("/")[0]
        if not host:
            yield RewrittenPath("", one.location)
            continue
        pattern = location.pattern if location.kind in REGEXES else f"^{re.escape(location.pattern)}"
        replacement = address.removeprefix(host)
        yield replace(RewrittenPath.of_pattern(pattern, one.location, replacement), chosen=chosen)


def _of_services(location: Location, site: Site, known: NginxChoices) -> Iterator[RewrittenPath]:
    """Yield paths whose parts name the service: each service of the configuration may be named."""
    statements = tuple(_statements(location.directive))
    rewrites = [one for one in statements if one.name == "rewrite" and len(one.args) > 1]
    for handler in (one for one in statements if one.name in PASSES):
        address = known.expanded(handler.first).partition("://")[2]
        host = address.partition("/")[0]
        if not any(_is_of_path(name, site) for name in variable_values.names(host)):
            continue
        taken = [(one.first, host + known.expanded(one.args[1])) for one in rewrites]
        if location.kind in REGEXES:
            taken.append((location.pattern, address))
        for pattern, replacement in taken:
            for service in site.forwarding.names:
                found = RewrittenPath.of_pattern(pattern, handler.location, replacement)
                yield replace(found, service=service)
        if not any(_names_all(host, pattern) for pattern, _ in taken):
            yield RewrittenPath("", handler.location)


def _is_of_path(name: str, site: Site) -> bool:
    """Return whether a variable may hold a part of the path: a map, and what clients send, are no such part."""
    return name.isdigit() or name in _PATHS or name in site.declared


def _names_all(text: str, pattern: str) -> bool:
    """Return whether each variable of a text is a group of an expression."""
    try:
        expression = compiled(pattern).expression
    except UnsupportedPattern:
        return False
    groups = {*expression.groupindex, *map(str, range(expression.groups + 1))}
    return groups.issuperset(variable_values.names(text))


def _chosen(text: str) -> tuple[tuple[str, Maker], ...]:
    return tuple((name, make) for name in variable_values.names(text) if (make := maker(name)))


def _of_rewrites(block: Directive, upstream: frozenset[str], known: NginxChoices) -> Iterator[RewrittenPath]:
    for one in _statements(block):
        if one.name == "rewrite":
            replacement = known.expanded(one.args[1]) if len(one.args) > 1 else ""
            found = RewrittenPath.of_pattern(one.first, one.location, replacement, upstream)
            yield replace(found, chosen=_chosen(replacement))
            if "" in samples(one.first) and "$" not in replacement:
                yield RewrittenPath(ANY_PATH, one.location)


def _of_variables(location: Location, site: Site, known: NginxChoices) -> Iterator[RewrittenPath]:
    """Yield the routes whose path is a variable: what it is set to is the path of any."""
    for one in _statements(location.directive):
        if one.name not in PASSES:
            continue
        own = [
            name for name in variable_values.names(one.first) if name in site.maps or name in site.declared
        ]
        # The first part is usually a service alone.
        alone = one.first.rpartition("://")[2] in (f"${name}" for name in own)
        if own and not (alone and not known.expanded(one.first).partition("://")[2].partition("/")[2]):
            yield RewrittenPath(ANY_PATH, one.location)


def named_paths(server: Server, statements: Iterable[Directive]) -> Iterator[tuple[str, SourceLocation]]:
    """Yield the paths that locations and conditions name."""
    yield from _of_places(server.locations)
    for one in statements:
        read = frozenset(variable_values.names(one.first)) if one.name in ("if", "map") else frozenset[str]()
        if read & (_PATHS | WITH_PATH):
            for compared in values_of(one):
                yield compared.value.partition("?")[0], one.location


def _of_places(locations: Iterable[Location]) -> Iterator[tuple[str, SourceLocation]]:
    for one in locations:
        yield from _of_places(one.inner)
        for text in samples(one.pattern) if one.kind in REGEXES else (one.pattern,):
            yield text, one.directive.location


def _statements(block: Directive) -> Iterator[Directive]:
    for one in block.block:
        yield one
        if one.name == "if":
            yield from _statements(one)
