"""Listeners and virtual hosts: which server gets a request, by address, port and name."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayClientAuth
from specdrift.source.apache.configuration.apache_directives import ApacheDirective, named
from specdrift.source.apache.configuration.host_names import HostNames
from specdrift.source.apache.configuration.known_directives import unread

_LISTEN = re.compile(r"(?:(\[[0-9a-fA-F:.%\w]+\]|[^\s:\[\]]+):)?(\d{1,5})\Z")
_ADDRESS = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(\d{1,5}|\*))?\Z")
_NAME = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*://)?([^/:\[\]]+|\[[^\]]*\])(?::\d+)?/?\Z")
ANY = "*"
_ALL_ADDRESSES = frozenset({"*", "0.0.0.0", "[::]", "_default_"})  # noqa: S104 - compared only
MODES = {
    "none": GatewayClientAuth.NONE,
    "optional": GatewayClientAuth.OPTIONAL,
    "require": GatewayClientAuth.REQUIRED,
    "optional_no_ca": GatewayClientAuth.UNVERIFIED,
}


class ListenAddress(Struct, frozen=True):
    """An address where Apache listens."""

    address: str
    """``*`` for all."""
    port: int
    https: bool
    at: SourceLocation


class ApacheServer(Struct, frozen=True, eq=False):
    """A virtual host, or the main server, with what it inherits."""

    own: tuple[ApacheDirective, ...]
    main: tuple[ApacheDirective, ...]
    """The directives of the main server; empty for that itself."""
    addresses: tuple[tuple[str, str], ...]
    """Addresses and ports of a virtual host, each ``*`` for all; none for the main server."""
    at: SourceLocation
    unread: ApacheDirective | None
    """A directive for all its requests that is not evaluated."""
    names: tuple[str, ...]
    """In lower case, with wildcards."""
    settings: Mapping[str, ApacheDirective]
    """Its own directives that are in force, by name."""
    inherited: Mapping[str, ApacheDirective]
    """Those of the main server; one mapping for all virtual hosts."""

    @classmethod
    def of_main(cls, own: tuple[ApacheDirective, ...], at: SourceLocation) -> "ApacheServer":
        """Return the main server."""
        settings = _in_force(own)
        return cls(own, (), (), at, next(filter(unread, own), None), _names(own, settings), settings, {})

    def host(self, section: ApacheDirective) -> "ApacheServer":
        """Return a virtual host that inherits from this server."""
        own, settings = section.block, _in_force(section.block)
        return ApacheServer(
            own=own,
            main=self.own,
            addresses=tuple(map(_address, section.args)),
            at=section.location,
            unread=next(filter(unread, own), None) or self.unread,
            names=_names(own, settings),
            settings=settings,
            inherited=self.settings,
        )

    def setting(self, name: str) -> ApacheDirective | None:
        """Return the directive of a name that is in force: its own, else that of the main server."""
        return self.settings.get(name) or self.inherited.get(name)

    @property
    def both(self) -> tuple[ApacheDirective, ...]:
        """The directives of the main server, and then its own."""
        return (*self.main, *self.own)

    def may_be_tls(self, *, https: bool) -> bool | None:
        """Return whether connections have TLS; ``None`` if that is not known."""
        engine = self.setting("sslengine")
        if engine is None:
            return None if https and self.setting("sslcertificatefile") else False
        return {"on": True, "off": False}.get(engine.arg(0).lower())

    @property
    def mode(self) -> GatewayClientAuth:
        """What the handshake asks for."""
        found = self.setting("sslverifyclient")
        return MODES.get(found.arg(0).lower(), GatewayClientAuth.NONE) if found else GatewayClientAuth.NONE

    @property
    def mode_at(self) -> SourceLocation:
        """The directive that requests certificates."""
        found = self.setting("sslverifyclient")
        return found.location if found else self.at

    @property
    def has_ca(self) -> bool:
        return any(self.setting(name) for name in ("sslcacertificatefile", "sslcacertificatepath"))

    @property
    def authorities(self) -> tuple[str, ...]:
        """The settings of the authorities, as written."""
        found = (self.setting(name) for name in ("sslcacertificatefile", "sslcacertificatepath"))
        return tuple(one.arg(0) if one else "" for one in found)


class Socket(Struct, frozen=True):
    """The servers of one address and port, the default first."""

    listen: ListenAddress
    address: str
    servers: tuple[ApacheServer, ...]
    tls: bool | None
    by_name: HostNames[ApacheServer]

    @property
    def default(self) -> ApacheServer:
        return self.servers[0]

    def server(self, host: str) -> ApacheServer:
        """Return the server of a name: the first that has it, else the default."""
        return self.by_name.first(host) or self.default


def listens_of(directives: tuple[ApacheDirective, ...]) -> Iterator[ListenAddress]:
    """Yield where Apache listens."""
    for one in named(directives, "listen"):
        found = _LISTEN.match(one.arg(0))
        if found is not None:
            address = ANY if (found[1] or ANY) in _ALL_ADDRESSES else found[1]
            https = (one.arg(1).lower() or ("https" if found[2] == "443" else "")) == "https"
            yield ListenAddress(address, int(found[2]), https, one.location)


def implied_listens(servers: tuple[ApacheServer, ...]) -> Iterator[ListenAddress]:
    """Yield the ports of virtual hosts: a part of a configuration has no other."""
    places = {(address, port): one.at for one in servers for address, port in one.addresses if port != ANY}
    for (address, port), at in places.items():
        yield ListenAddress(address, int(port), port == "443", at)


def servers_of(directives: tuple[ApacheDirective, ...], at: SourceLocation) -> Iterator[ApacheServer]:
    """Yield the main server, and then the virtual hosts."""
    main = ApacheServer.of_main(tuple(one for one in directives if one.name != "virtualhost"), at)
    yield main
    yield from map(main.host, named(directives, "virtualhost"))


def _in_force(directives: tuple[ApacheDirective, ...]) -> Mapping[str, ApacheDirective]:
    """Return the last directive of each name."""
    return {one.name: one for one in directives}


def _names(own: tuple[ApacheDirective, ...], settings: Mapping[str, ApacheDirective]) -> tuple[str, ...]:
    first = settings.get("servername")
    written = [first.arg(0)] if first else []
    written += [name for one in named(own, "serveralias") for name in one.args]
    found = (_NAME.match(name) for name in written)
    return tuple(dict.fromkeys(one[1].lower() for one in found if one))


def _address(written: str) -> tuple[str, str]:
    found = _ADDRESS.match(written)
    if found is None:
        return written, ANY
    return (ANY if found[1] in _ALL_ADDRESSES else found[1].lower()), found[2] or ANY


def sockets_of(listens: tuple[ListenAddress, ...], servers: tuple[ApacheServer, ...]) -> Iterator[Socket]:
    """Yield the servers of each address where requests arrive."""
    main, *hosts = servers
    for listen in listens:
        own = {address for one in hosts for address, port in one.addresses if port in (ANY, str(listen.port))}
        places = [listen.address] if listen.address != ANY else [*sorted(own - {ANY}), ANY]
        for place in places:
            found = tuple(_serving(hosts, place, listen.port)) or (main,)
            names = HostNames.of((name, one) for one in found for name in one.names)
            yield Socket(listen, place, found, found[0].may_be_tls(https=listen.https), names)


def _serving(hosts: list[ApacheServer], place: str, port: int) -> Iterator[ApacheServer]:
    """Yield the virtual hosts of the most specific address that has some."""
    for address, of_port in ((place, str(port)), (place, ANY), (ANY, str(port)), (ANY, ANY)):
        found = [one for one in hosts if (address, of_port) in one.addresses]
        if found:
            yield from found
            return
