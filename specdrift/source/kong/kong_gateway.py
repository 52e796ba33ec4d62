"""The Kong adapter: from a declarative configuration to decisions about requests."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from specdrift.model.result.gateway import GatewayClientAuth, GatewayEntry
from specdrift.model.result.source import ListenerKind, UnresolvedExpression
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.gateway.open_facts import decided_for
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.keys.same_object import SameObject
from specdrift.source.kong import kong_files
from specdrift.source.kong.kong_choices import choices_of, rewritten_of
from specdrift.source.kong.kong_conf import ProxyListener
from specdrift.source.kong.kong_decision import KongName, KongSite, decide
from specdrift.source.kong.kong_entities import KongEntities, KongRoute
from specdrift.source.kong.kong_files import KongFiles
from specdrift.source.kong.kong_routing import KongRouter
from specdrift.source.kong.kong_unread import certificate_headers_of, too_many, unread_of
from specdrift.source.kong.plugin_scopes import KongPlugins, RequestedNames
from specdrift.source.protocol import Gateway

NAME = "kong"
UNMATCHED = "unmatched.invalid"
MOST_ENTRIES = 2_000
MOST_COMPARED = 50_000
"""Maximum number of routes without hosts, for each of the names at which they are compared."""


class KongConfiguration(Struct, frozen=True, eq=False):
    """A configuration whose file was read."""

    site: KongSite
    served: tuple[KongName, ...]
    by_entry: Mapping[SameObject[GatewayEntry], KongName]
    unresolved: tuple[UnresolvedExpression, ...]
    filled: frozenset[str]
    files: int
    chosen: dict[str, tuple[ClientChoice, ...]] = field(default_factory=dict)
    """What clients can send, by host, as far as it was asked for."""

    @property
    def entries(self) -> tuple[GatewayEntry, ...]:
        return tuple(one.entry for one in self.served)

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what Kong does with a request."""
        named = self.by_entry[SameObject(request.entry)]
        return decided_for(lambda known: decide(self.site, named, request, known), named.entry.location)

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return what clients can send so that routes fit."""
        host = self.by_entry[SameObject(entry)].host
        if host not in self.chosen:
            self.chosen[host] = choices_of(self.site.router.of_host(host))
        return self.chosen[host]

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return the beginnings of paths that a route hands on as others."""
        routes = self.site.router.of_host(self.by_entry[SameObject(entry)].host)
        return tuple(dict.fromkeys(rewritten_of(routes, self.site.plugins)))

    def services(self, _: GatewayEntry, /) -> frozenset[str] | None:
        """Return that the addresses which requests may get to are not known."""
        return None

    def certificate_headers(self) -> frozenset[str]:
        """Return the headers that some plugin fills from the certificate."""
        return self.filled


class Kong(Struct, frozen=True):
    """Reads a declarative configuration, as Kong without a database and decK do."""

    name: str = NAME

    def recognises(self, path: Path) -> bool:
        """Return whether a file is a declarative configuration, or a folder has one with a usual name."""
        return kong_files.recognises(path)

    def read(self, path: Path) -> KongConfiguration:
        """Read a configuration. Raises UsageError for a file that cannot be read."""
        return _configuration(kong_files.read(path))


GATEWAY: Gateway = Kong()


def _configuration(found: KongFiles) -> KongConfiguration:
    entities = KongEntities.of(found.root)
    plugins = KongPlugins.of(entities.plugins)
    router = KongRouter.of(entities.routes, found.conf.flavor)
    site = KongSite(
        conf=found.conf,
        router=router,
        plugins=plugins,
        consumers={key: one for one in entities.consumers for key in one.keys},
        requested=RequestedNames.of(plugins, entities.routes),
        old_format=entities.old_format,
        top=found.root.get("routes").place if found.root.has("routes") else found.root.get("services").place,
    )
    most = min(MOST_ENTRIES, max(MOST_COMPARED // max(len(router.others), 1), 1))
    served = tuple(_limited(_names(site, entities.routes), most + 1))
    unresolved = [*unread_of(found, entities)]
    if len(served) > most:
        unresolved.append(too_many(found.root, "more names than are compared with routes for all names"))
        served = served[:most]
    filled = frozenset(certificate_headers_of(plugins))
    return KongConfiguration(
        site=site,
        served=served,
        by_entry={SameObject(one.entry): one for one in served},
        unresolved=tuple(unresolved),
        filled=filled,
        files=found.files,
    )


def _limited(names: Iterator[KongName], most: int) -> Iterator[KongName]:
    for _, one in zip(range(most), names, strict=False):
        yield one


def _names(site: KongSite, routes: Iterable[KongRoute]) -> Iterator[KongName]:
    every = tuple(routes)
    hosts = dict.fromkeys(_host(one) for route in every for one in route.hosts)
    others = dict.fromkeys(_host(one) for route in every for one in route.snis)
    for listener in site.conf.listeners:
        for host in (*hosts, ""):
            own = host or UNMATCHED
            yield _named(site, listener, host, own)
            # A client may name one host in the handshake, and another one in the request.
            for other in (*others, UNMATCHED) if listener.tls and others else ():
                if other != own:
                    yield _named(site, listener, host, other)


def _host(written: str) -> str:
    name, colon, port = written.rpartition(":")
    return (name if colon and port.isdecimal() else written).replace("*", "www").lower()


def _named(site: KongSite, listener: ProxyListener, host: str, server_name: str) -> KongName:
    entry = GatewayEntry(
        address=listener.address,
        port=listener.port,
        kind=ListenerKind.TLS if listener.tls else ListenerKind.PLAINTEXT,
        client_auth=_auth(site, listener, server_name),
        names=(host,) if host else (),
        default=not host,
        location=listener.at,
    )
    return KongName(entry, listener, host or UNMATCHED, server_name)


def _auth(site: KongSite, listener: ProxyListener, server_name: str) -> GatewayClientAuth:
    """Return what a listener does with certificates. What plugins request, they verify themselves."""
    if not listener.tls:
        return GatewayClientAuth.NONE
    if site.conf.client_auth not in (None, GatewayClientAuth.NONE):
        return site.conf.client_auth
    if site.requested.has(server_name):
        return GatewayClientAuth.UNVERIFIED
    return GatewayClientAuth.NONE if site.conf.client_auth else GatewayClientAuth.OPTIONAL
