"""Which route takes a request."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.open_facts import Answer, all_hold, any_holds, certainly
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from specdrift.source.keys.same_object import SameObject
from specdrift.source.kong.kong_entities import STREAMS, KongRoute, RoutePath
from specdrift.source.kong.kong_paths import matched_part
from specdrift.source.kong.kong_request import RequestInKong

FLAVOR = "router_flavor of kong.conf"
TRADITIONAL = "traditional"
_BITS = {"hosts": 0x40, "headers": 0x20, "paths": 0x10, "methods": 0x08, "snis": 0x04}
"""How the traditional router ranks routes with as many attributes."""
Rank = tuple[int, ...]


class FittingRoute(Struct, frozen=True):
    """A route that takes a request, by one of its paths."""

    route: KongRoute
    path: RoutePath | None
    prefix: str | None
    """What of the path it takes; ``None`` for a route without paths."""
    holds: Answer

    @property
    def stripped(self) -> str | None:
        return self.prefix if self.route.strip_path else None

    @property
    def outcome(self) -> tuple[SameObject[KongRoute], str | None]:
        return SameObject(self.route), self.stripped


class KongRouter(Struct, frozen=True, eq=False):
    """The routes of a file."""

    by_host: Mapping[str, Sequence[KongRoute]]
    """Those that name their hosts."""
    others: Sequence[KongRoute]
    flavor: str
    """Empty if it is not known."""

    @classmethod
    def of(cls, routes: Iterable[KongRoute], flavor: str) -> "KongRouter":
        by_host: dict[str, list[KongRoute]] = {}
        others: list[KongRoute] = []
        for route in routes:
            if route.protocols & STREAMS or (route.service is not None and not route.service.enabled):
                continue
            plain = (
                route.hosts and not route.unread and not any("*" in one or ":" in one for one in route.hosts)
            )
            if not plain:
                others.append(route)
            for host in dict.fromkeys(route.hosts) if plain else ():
                by_host.setdefault(host, []).append(route)
        return cls(by_host, others, flavor)

    def matched(self, request: RequestInKong) -> FittingRoute | None:
        """Return the route; ``None`` if none fits. Raises Undetermined and NotAssumed."""
        found = tuple(self._candidates(request))
        if not found:
            return None
        if self.flavor:
            return _winner(
                found, traditional_rank if self.flavor == TRADITIONAL else compatible_rank, request
            )
        usual = _winner(found, compatible_rank, request)
        older = _winner(found, traditional_rank, request)
        if usual is None or older is None or usual.outcome == older.outcome:
            return usual or older
        return older if certainly(request.fact(FLAVOR, usual.route.node.place)) else usual

    def of_host(self, host: str) -> tuple[KongRoute, ...]:
        """Return the routes that may take requests to a host."""
        return (*self.by_host.get(host, ()), *self.others)

    def _candidates(self, request: RequestInKong) -> Iterator[FittingRoute]:
        for route in self.of_host(request.host):
            request.spend()
            if route.unread:
                # It may take any request.
                holds = request.fact(f"{route.unread} of a route", route.node.place)
                if holds is not False:
                    yield FittingRoute(route, None, None, holds)
                continue
            fits = _fits(route, request)
            if fits is False:
                continue
            if not route.paths:
                yield FittingRoute(route, None, None, fits)
            for path in route.paths:
                request.spend()
                part = matched_part(path, request.path)
                if part is not None:
                    yield FittingRoute(route, path, part, fits)


def _winner(
    found: Iterable[FittingRoute], rank: Callable[[FittingRoute], Rank], request: RequestInKong
) -> FittingRoute | None:
    """Return the candidate of the highest rank; the order of equals is not known."""
    best: FittingRoute | None = None
    for one in sorted(found, key=rank, reverse=True):
        if best is not None and rank(one) < rank(best):
            return best
        if best is not None and one.outcome == best.outcome:
            continue
        if not certainly(one.holds):
            continue
        if best is None:
            best = one
            continue
        what = f"the order of the routes at {best.route.node.place} and {one.route.node.place}"
        best = best if certainly(request.fact(what, one.route.node.place)) else one
    return best


def compatible_rank(one: FittingRoute) -> Rank:
    """Return the rank of a candidate in the router of Kong 3."""
    route = one.route
    if route.unread:
        return (99,)
    plain = bool(route.hosts) and not any("*" in host for host in route.hosts)
    regex = one.path is not None and one.path.regex
    length = len(one.path.written) if one.path is not None and not regex else 0
    priority = route.regex_priority if regex else 0
    return (len(_attributes(route)), plain, len(route.headers), regex, priority, length)


def traditional_rank(one: FittingRoute) -> Rank:
    """Return the rank of a candidate in the router of Kong 2, which Kong 3 still has."""
    route = one.route
    if route.unread:
        return (99,)
    bits = sum(_BITS[name] for name in _attributes(route))
    wild = [host for host in route.hosts if "*" in host]
    regex = one.path is not None and one.path.regex
    port = any(":" in host for host in wild)
    finer = regex + 2 * (bool(route.hosts) and not wild) + 4 * port
    length = len(one.path.written) if one.path is not None and not regex else 0
    priority = route.regex_priority if regex else 0
    return (len(_attributes(route)), bits, finer, len(route.headers), priority, length)


def _attributes(route: KongRoute) -> tuple[str, ...]:
    every = {
        "hosts": route.hosts,
        "headers": route.headers,
        "paths": route.paths,
        "methods": route.methods,
        "snis": route.snis,
    }
    return tuple(name for name, value in every.items() if value)


def _fits(route: KongRoute, request: RequestInKong) -> Answer:
    """Return whether everything but the paths of a route fits. One without any attribute takes nothing."""
    if not _attributes(route) or (route.methods and request.method not in route.methods):
        return False
    # Without TLS there is no SNI to compare.
    if route.snis and request.tls and not any(_name_fits(one, request.server_name) for one in route.snis):
        return False
    headers = all_hold(_header_fits(name, values, route, request) for name, values in route.headers)
    if headers is False:
        return False
    hosts = any_holds(_host_fits(one, route, request) for one in route.hosts) if route.hosts else True
    return all_hold((hosts, headers))


def _host_fits(written: str, route: KongRoute, request: RequestInKong) -> Answer:
    host, colon, port = written.rpartition(":")
    if not colon or not port.isdecimal():
        return _name_fits(written, request.host)
    if not _name_fits(host, request.host):
        return False
    return request.fact(f"the port {port} in the Host header", route.node.place, chosen=True)


def _name_fits(pattern: str, name: str) -> bool:
    if pattern.startswith("*"):
        return name.endswith(pattern[1:]) and len(name) > len(pattern) - 1
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1]) and len(name) > len(pattern) - 1
    return pattern == name


def _header_fits(name: str, values: tuple[str, ...], route: KongRoute, request: RequestInKong) -> Answer:
    lines = [line.lower() for line in request.headers.get(name, ())]
    if not lines:
        return False
    for value in values:
        if not value.startswith("~*"):
            if value.lower() in lines:
                return True
            continue
        if len(values) > 1:
            raise Undetermined("a regular expression beside another value of a header", route.node.place)
        return _expression_fits(value[2:], lines, route, request)
    return False


def _expression_fits(pattern: str, lines: list[str], route: KongRoute, request: RequestInKong) -> Answer:
    try:
        as_written = any(compiled(pattern).search(line) for line in lines)
        lowered = any(compiled(pattern.lower()).search(line) for line in lines)
    except UnsupportedPattern as error:
        return request.fact(str(error), route.node.place)
    if as_written != lowered:
        return request.fact("a regular expression of a header with capital letters", route.node.place)
    return as_written
