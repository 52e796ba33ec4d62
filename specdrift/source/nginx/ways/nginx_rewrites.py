"""The paths that a server of nginx hands on as others."""

import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

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
from specdrift.source.nginx.ways.expansions import FilledText
from specdrift.source.nginx.ways.nginx_choices import WITH_PATH, NginxChoices, maker, values_of

_BEHIND_HOST = re.compile(r"(?:[^/$]|\$\w+(?=/)|\$\{\w+\}(?=/))+(/.*|\$.*)\Z", re.DOTALL)
"""The path of an address: a variable right behind the host may begin it."""
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
        statements = tuple(_statements(one.directive))
        paths = dict.fromkeys(path for each in statements for path in _new_paths(each, known))
        if one.kind is not MatchKind.NAMED and mirror_requests.any_further(one.levels):
            at, pattern = one.directive.location, one.pattern
            yield RewrittenPath.of_pattern(pattern, at) if one.kind in REGEXES else RewrittenPath(pattern, at)
        upstream = possibilities.services_of(one, site.opaque, site.forwarding)
        yield from _of_rewrites(one.directive, upstream, known, _beginning_of(one))
        yield from _of_chosen(one, known)
        yield from _of_services(one, site, known)
        yield from _of_variables(one, site, known)
        if one.kind is MatchKind.NAMED or not paths:
            continue
        at = one.directive.location
        if one.kind not in REGEXES:
            yield RewrittenPath(one.pattern, at, upstream=upstream)
        own = one.pattern if one.kind in REGEXES else ""
        for path in paths:
            if path.pattern or own:
                yield RewrittenPath.of_pattern(path.pattern or own, at, path.written, upstream)


def _beginning_of(location: Location) -> str:
    """Return a path that takes a location; empty for a named one, and if none is known."""
    if location.kind is MatchKind.NAMED:
        return ""
    return next(samples(location.pattern), "") if location.kind in REGEXES else location.pattern


def _new_paths(statement: Directive, known: NginxChoices) -> Iterator[FilledText]:
    """Yield the paths with which a statement hands a request on, if it does with another than its own."""
    if statement.name == "rewrite":
        yield FilledText("")
    for one in known.expansions.of(statement.first) if statement.name in PASSES else ():
        found = _BEHIND_HOST.match(one.written.partition("://")[2])
        if found:
            yield FilledText(found[1], one.pattern)


def _of_chosen(location: Location, known: NginxChoices) -> Iterator[RewrittenPath]:
    """Yield what clients choose of the addresses that requests are handed to, if they choose anything."""
    for one, text in _addresses(location, known):
        address = text.written.partition("://")[2]
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


def _addresses(location: Location, known: NginxChoices) -> Iterator[tuple[Directive, FilledText]]:
    """Yield the statements that hand requests on, with each address that they may have."""
    for one in _statements(location.directive):
        if one.name in PASSES:
            yield from ((one, text) for text in known.expansions.of(one.first))


def _of_services(location: Location, site: Site, known: NginxChoices) -> Iterator[RewrittenPath]:
    """Yield paths whose parts name the service: each service of the configuration may be named."""
    statements = tuple(_statements(location.directive))
    rewrites = [one for one in statements if one.name == "rewrite" and len(one.args) > 1]
    for handler, text in _addresses(location, known):
        address = text.written.partition("://")[2]
        host = address.partition("/")[0]
        if not any(_is_of_path(name, site) for name in variable_values.names(host)):
            continue
        taken = [(one.first, host + path) for one in rewrites for path in known.expanded(one.args[1])]
        if location.kind in REGEXES:
            taken.append((location.pattern, address))
        if text.pattern:
            taken.append((text.pattern, address))
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


def _of_rewrites(
    block: Directive, upstream: frozenset[str], known: NginxChoices, beginning: str = ""
) -> Iterator[RewrittenPath]:
    """Yield what statements make of paths; ``beginning``: that of a path that comes to them."""
    for one in (each for each in _statements(block) if each.name == "rewrite"):
        for filled in known.expansions.of(one.args[1]) if len(one.args) > 1 else (FilledText(""),):
            replacement = filled.written
            found = RewrittenPath.of_pattern(filled.pattern or one.first, one.location, replacement, upstream)
            own = found.beginning or beginning
            yield replace(found, beginning=own, chosen=_chosen(replacement))
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
        if own and not (alone and not any(_new_paths(one, known))):
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
