"""The routes of a listener, and the one that a request takes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from msgspec import Struct

from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.truth import Truth, Unknown, certain
from specdrift.source.keys.same_object import SameObject
from specdrift.source.kubernetes import host_patterns as hosts
from specdrift.source.kubernetes.manifests import KubernetesObject
from specdrift.source.kubernetes.routes.request_match import (
    CompiledRoute,
    RoutedRequest,
    RouteMatch,
    TextKind,
)


class RouteTable(Protocol):
    """The routes of a listener."""

    def find(self, request: RoutedRequest) -> CompiledRoute | None:
        """Return the route that a request takes. Raises Undetermined."""
        ...

    def routes(self) -> Iterator[CompiledRoute]:
        """Yield all of them, each once."""
        ...


class OrderedRoutes(Struct, frozen=True, eq=False):
    """The routes of one resource, and whether it belongs to the listener."""

    resource: KubernetesObject
    routes: tuple[CompiledRoute, ...]
    attached: Truth = True


class FirstMatch(Struct, frozen=True, eq=False):
    """Routes of VirtualServices: of the most specific host, the first that fits."""

    by_host: Mapping[str, tuple[OrderedRoutes, ...]]

    def routes(self) -> Iterator[CompiledRoute]:
        """Yield all routes, each once."""
        return _every(self.by_host)

    def find(self, request: RoutedRequest) -> CompiledRoute | None:
        """Return the first that fits. The order of several resources of one host is not known. Raises Undetermined."""
        found: list[CompiledRoute] = []
        for group in hosts.find(self.by_host, request.host) or ():
            route = next((one for one in group.routes if certain(one.fits(request))), None)
            if route is not None and certain(group.attached):
                found.append(route)
        if len(found) > 1:
            raise Undetermined("the order of several VirtualServices of one host", found[-1].at)
        return found[0] if found else None


class _Ranked(Struct, frozen=True):
    route: CompiledRoute
    match: RouteMatch | None
    rank: tuple[int, int, int, int, int]
    resource: KubernetesObject

    @property
    def is_expression(self) -> bool:
        path = self.match.path if self.match is not None else None
        return path is not None and path.kind is TextKind.REGEX


class MostSpecific(Struct, frozen=True, eq=False):
    """Routes of HTTPRoutes: the most specific host, path, method and conditions; then the older one, then order."""

    by_host: Mapping[str, tuple[OrderedRoutes, ...]]

    def routes(self) -> Iterator[CompiledRoute]:
        """Yield all routes, each once."""
        return _every(self.by_host)

    def find(self, request: RoutedRequest) -> CompiledRoute | None:
        """Return the most specific that fits. Raises Undetermined where the specification leaves it open."""
        first: list[_Ranked] = []
        later: list[_Ranked] = []
        seen = False
        for pattern in hosts.candidates(request.host):
            if pattern not in self.by_host:
                continue
            groups = self.by_host[pattern]
            (later if seen else first).extend(_fitting(groups, request))
            seen = True
        if not first:
            if later:
                raise Undetermined("routes of a less specific host name", later[0].route.at)
            return None
        best = max(first, key=lambda one: one.rank)
        expression = next((one for one in first if one.is_expression), None)
        if expression is not None and len({SameObject(one.route) for one in first}) > 1:
            raise Undetermined("the precedence of a regular expression", expression.route.at)
        equal = [one for one in first if one.rank == best.rank]
        if len({SameObject(one.resource) for one in equal}) > 1:
            raise Undetermined("which of two routes is older", best.route.at)
        return equal[0].route


def _every(by_host: Mapping[str, tuple[OrderedRoutes, ...]]) -> Iterator[CompiledRoute]:
    found = {SameObject(one.routes): one.routes for groups in by_host.values() for one in groups}
    for routes in found.values():
        yield from routes


def _fitting(groups: Iterable[OrderedRoutes], request: RoutedRequest) -> list[_Ranked]:
    found: list[_Ranked] = []
    for group in groups:
        if group.attached is False:
            continue
        for route in group.routes:
            matches = [one for one in route.matches if certain(one.fits(request))]
            if route.matches and not matches:
                continue
            if isinstance(group.attached, Unknown):
                raise group.attached.error()
            best = max(matches, key=_rank, default=None)
            found.append(_Ranked(route, best, _rank(best), group.resource))
    return found


def _rank(match: RouteMatch | None) -> tuple[int, int, int, int, int]:
    """Return how specific conditions are (HTTPRoute, ``matches``)."""
    if match is None:
        return (0, 1, 0, 0, 0)
    path = match.path
    exact = path is not None and path.kind is TextKind.EXACT
    length = len(path.value) if path is not None else 1
    return (int(exact), length, int(match.method is not None), len(match.headers), len(match.arguments))
