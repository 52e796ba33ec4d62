"""Which instance of a plugin a request gets: the most specific one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.kong.known_plugins import HANDSHAKE, MTLS, PRIORITIES
from specdrift.source.kong.kong_entities import KongConsumer, KongPlugin, KongRoute, KongService

FIRST = 10**9
"""Plugins whose place is not known are looked at first."""
Scope = tuple[str, str, str]
"""Route, service and consumer; empty for all."""


class KongPlugins(Struct, frozen=True, eq=False):
    """The plugins that are enabled, by name and scope."""

    by_scope: Mapping[str, Mapping[Scope, KongPlugin]]
    by_route: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Names of the plugins of each route, service and consumer."""
    everywhere: Sequence[str] = ()
    grouped: frozenset[str] = frozenset()
    """Names of the plugins that groups of consumers have."""

    @classmethod
    def of(cls, plugins: Iterable[KongPlugin]) -> "KongPlugins":
        by_scope: dict[str, dict[Scope, KongPlugin]] = {}
        named: dict[str, dict[str, None]] = {}
        everywhere: dict[str, None] = {}
        grouped: set[str] = set()
        for one in plugins:
            if one.node.get("enabled").flag is False:
                continue
            if one.group:
                grouped.add(one.name)
                continue
            scope = (one.route, one.service, one.consumer)
            by_scope.setdefault(one.name, {})[scope] = one
            key = one.route or one.service or one.consumer
            if key:
                named.setdefault(key, {})[one.name] = None
            else:
                everywhere[one.name] = None
        lists = {key: tuple(names) for key, names in named.items()}
        return cls(by_scope, lists, tuple(everywhere), frozenset(grouped))

    def names(self, route: KongRoute, consumers: Iterable[KongConsumer]) -> list[str]:
        """Return the plugins that a route may have, in the order in which they run."""
        found = dict.fromkeys(self.everywhere)
        keys = (*route.keys, *_keys(route.service), *(key for one in consumers for key in one.keys))
        for key in keys:
            found.update(dict.fromkeys(self.by_route.get(key, ())))
        return sorted(found, key=lambda name: (-PRIORITIES.get(name, FIRST), name))

    def applied(self, name: str, route: KongRoute, consumer: KongConsumer | None) -> KongPlugin | None:
        """Return the instance that a request gets. Raises Undetermined."""
        if consumer is not None and name in self.grouped:
            raise Undetermined(f"the plugin {name} of a group of consumers", consumer.node.place)
        scopes = self.by_scope.get(name, {})
        return next((scopes[one] for one in _scopes(route, consumer) if one in scopes), None)

    def of_name(self, name: str) -> Iterator[KongPlugin]:
        """Yield every instance of a plugin."""
        yield from self.by_scope.get(name, {}).values()


def _keys(one: KongService | KongConsumer | None) -> tuple[str, ...]:
    return one.keys if one is not None else ()


def _scopes(route: KongRoute, consumer: KongConsumer | None) -> Iterator[Scope]:
    """Yield the scopes of a request, the most specific one first."""
    nothing = ("",)
    routes, services, consumers = route.keys, _keys(route.service), _keys(consumer)
    for which in (
        (routes, services, consumers),
        (routes, nothing, consumers),
        (nothing, services, consumers),
        (routes, services, nothing),
        (nothing, nothing, consumers),
        (routes, nothing, nothing),
        (nothing, services, nothing),
        (nothing, nothing, nothing),
    ):
        yield from ((a, b, c) for a in which[0] for b in which[1] for c in which[2])


class RequestedNames(Struct, frozen=True):
    """Names in the handshake for which plugins request a certificate of the client."""

    everywhere: bool
    names: frozenset[str]

    @classmethod
    def of(cls, plugins: KongPlugins, routes: Iterable[KongRoute]) -> "RequestedNames":
        """Collect them: a route without ``snis`` that has such a plugin makes Kong request one of every client."""
        every = tuple(routes)
        if any(not (one.route or one.service) for name in (MTLS, HANDSHAKE) for one in plugins.of_name(name)):
            return cls(everywhere=True, names=frozenset())
        wanted = {one.route or one.service for name in (MTLS, HANDSHAKE) for one in plugins.of_name(name)}
        concerned = [route for route in every if wanted & {*route.keys, *_keys(route.service)}]
        if any(not route.snis or route.unread for route in concerned):
            return cls(everywhere=True, names=frozenset())
        return cls(everywhere=False, names=frozenset(name for route in concerned for name in route.snis))

    def has(self, name: str) -> bool:
        """Return whether a client that names this host is asked for its certificate."""
        if self.everywhere or name in self.names:
            return True
        labels = name.split(".")
        cuts = range(1, len(labels))
        ends = (f"*.{'.'.join(labels[at:])}" for at in cuts)
        beginnings = (f"{'.'.join(labels[:at])}.*" for at in cuts)
        return any(one in self.names for one in (*ends, *beginnings))
