"""The services that routers name: whether Traefik makes them, and the addresses behind them."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct, field

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.traefik.traefik_files import NamedPart, flag, member
from specdrift.source.traefik.traefik_settings import TraefikSettings, own_name

MOST_NESTED = 20
PORTS = {"http": 80, "h2c": 80, "https": 443}
INTERNAL = "@internal"
"""At the end of the names of Traefik's own services."""


class MissingService(Exception):
    """A service that no file defines: Traefik leaves out what refers to it."""


def targets(name: str, settings: TraefikSettings, at: SourceLocation) -> tuple[tuple[str, str], ...]:
    """Return the addresses of a service, each with the path that comes before that of requests.

    Raises MissingService if Traefik does not make it, and Undetermined.
    """
    return tuple(_server(one) for node in _Search(settings, at).balancers(name, ()) for one in _servers(node))


def is_made(name: str, settings: TraefikSettings, at: SourceLocation) -> bool:
    """Return whether Traefik makes a service, with those that it shares requests out to. Raises Undetermined."""
    if own_name(name).endswith(INTERNAL):
        return True
    try:
        return all(True for _ in _Search(settings, at).balancers(name, ()))
    except MissingService:
        return False


class _Search(Struct, frozen=True):
    """The search for the balancers that a service leads to; each service is looked at once."""

    settings: TraefikSettings
    at: SourceLocation
    """Of the router."""
    done: set[str] = field(default_factory=set)

    def balancers(self, written: str, path: tuple[str, ...]) -> Iterator[YamlNode]:
        name = own_name(written)
        if name in path or len(path) > MOST_NESTED:
            raise Undetermined(f"the service {name}, which leads to itself", self.at)
        if name in self.done:
            return
        self.done.add(name)
        node = self._node(name)
        kinds = tuple(node.entries())
        if len(kinds) != 1:
            raise Undetermined(f"the service {name}, which has no kind or several", node.place)
        kind, own = kinds[0][0].lower(), kinds[0][1]
        if kind == "loadbalancer":
            yield own
            return
        inner = _inner(kind, own)
        if not inner:
            raise Undetermined(f"a service {kind}", own.place)
        for one in inner:
            yield from self.balancers(one, (*path, name))

    def _node(self, name: str) -> YamlNode:
        if (NamedPart.SERVICES, name) in self.settings.doubts:
            raise Undetermined(self.settings.doubts[NamedPart.SERVICES, name], self.at)
        node = self.settings.services.get(name)
        if node is None and "@" in name:
            raise Undetermined(f"the service {name}", self.at)
        if node is None:
            raise MissingService(name)
        return node


def _inner(kind: str, own: YamlNode) -> tuple[str, ...]:
    if kind == "weighted":
        return tuple(member(one, "name").written for one in member(own, "services").items())
    if kind == "failover":
        return (member(own, "service").written, member(own, "fallback").written)
    if kind == "mirroring":
        mirrors = (member(one, "name").written for one in member(own, "mirrors").items())
        return (member(own, "service").written, *mirrors)
    return ()


def _servers(balancer: YamlNode) -> Iterator[YamlNode]:
    return member(balancer, "servers").items()


def _server(node: YamlNode) -> tuple[str, str]:
    written = member(node, "url").written
    try:
        parts = urlsplit(written)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        raise Undetermined(f"the address {written[:60]}", node.place) from None
    host = parts.hostname
    if not host or not port:
        raise Undetermined(f"the address {written[:60]}", node.place)
    bracketed = f"[{host}]" if ":" in host else host
    return f"{bracketed}:{port}", parts.path if flag(member(node, "preservePath")) else ""
