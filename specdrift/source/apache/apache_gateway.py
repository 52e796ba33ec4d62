"""The Apache adapter: from files to a configuration that decides requests."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.contained import is_beneath
from specdrift.errors import UsageError
from specdrift.model.result.gateway import GatewayClientAuth, GatewayEntry
from specdrift.model.result.source import ListenerKind, UnresolvedExpression, UnresolvedKind
from specdrift.source.apache.apache_choices import choices_of, hosts_of, rewritten_of
from specdrift.source.apache.apache_decision import UNMATCHED, ApacheDecision, NamedServer
from specdrift.source.apache.configuration.apache_directives import ApacheDirective, everything
from specdrift.source.apache.configuration.apache_files import MOST_BYTES, ApacheFiles
from specdrift.source.apache.configuration.host_names import bare_host
from specdrift.source.apache.configuration.known_directives import unread
from specdrift.source.apache.configuration.virtual_hosts import (
    ApacheServer,
    Socket,
    implied_listens,
    listens_of,
    servers_of,
    sockets_of,
)
from specdrift.source.apache.request_headers import change_of
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import MOST_FILLED, Decision, GatewayRequest
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.keys.same_object import SameObject
from specdrift.source.protocol import Gateway
from specdrift.source.usual_names import APACHE_MAIN, APACHE_PARTS

NAME = "apache"
ENDINGS = (".conf", ".vhost", ".load", ".apache")
MOST_LISTENS = 64
MOST_ENTRIES = 2_000
MOST_INHERITED = 500_000
"""Maximum number of directives of the main server, for each of the names to which they apply."""
_WRITTEN = re.compile(
    r"(?im)^[ \t]*(?:<(?:VirtualHost|Directory)[ \t]|(?:LoadModule|ServerRoot|IncludeOptional|SSLEngine)[ \t]"
    r"|ProxyPass(?:Match)?[ \t]"
    r"|Listen[ \t]+(?:[\w.:\[\]*]+:)?\d+[ \t]*(?:https?)?[ \t]*\r?$)"
)
_LEGACY = "legacydnstringformat"


class ApacheConfiguration(Struct, frozen=True, eq=False):
    """A configuration whose files were read."""

    served: tuple[NamedServer, ...]
    unresolved: tuple[UnresolvedExpression, ...]
    files: int
    by_entry: Mapping[SameObject[GatewayEntry], NamedServer]
    own: frozenset[str]
    filled: frozenset[str]
    legacy_names: bool
    """Some names of certificates are written in the form of OpenSSL before 1.0."""
    chosen: dict[SameObject[object], tuple[ClientChoice, ...]] = field(default_factory=dict)
    """What directives look at, by the identity of their tuple or of the entry, as far as it was asked for."""

    @property
    def entries(self) -> tuple[GatewayEntry, ...]:
        return tuple(one.entry for one in self.served)

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what Apache does with a request."""
        if self.legacy_names:
            request = replace(request, presented=None)
        return ApacheDecision(self.by_entry[SameObject(request.entry)], request, self.own).decide()

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return what clients can send so that conditions hold."""
        if SameObject(entry) not in self.chosen:
            self.chosen[SameObject(entry)] = self._all_choices(entry)
        return self.chosen[SameObject(entry)]

    def _all_choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        socket, server = self.by_entry[SameObject(entry)].socket, self._server(entry)
        found = client_choices.with_combination((*self._choices(server.main), *self._choices(server.own)))
        every = (*found, *hosts_of(found, server, entry.port))
        return tuple(one for one in every if not one.host or socket.server(bare_host(one.host)) is server)

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return the beginnings of paths that a server hands on as others."""
        return tuple(dict.fromkeys(rewritten_of(self._server(entry))))

    def services(self, _: GatewayEntry, /) -> frozenset[str] | None:
        """Return that the addresses which requests may get to are not known."""
        return None

    def certificate_headers(self) -> frozenset[str]:
        """Return the headers that some directive fills from the certificate."""
        return self.filled

    def _choices(self, directives: tuple[ApacheDirective, ...]) -> tuple[ClientChoice, ...]:
        """Collect them once: all virtual hosts inherit those of the main server."""
        if SameObject(directives) not in self.chosen:
            self.chosen[SameObject(directives)] = tuple(choices_of(directives))
        return self.chosen[SameObject(directives)]

    def _server(self, entry: GatewayEntry) -> ApacheServer:
        found = self.by_entry[SameObject(entry)]
        return found.socket.server(found.host)


class Apache(Struct, frozen=True):
    """Reads httpd.conf, apache2.conf, or files that they would include."""

    name: str = NAME

    def recognises(self, path: Path) -> bool:
        """Return whether a file or folder looks like a configuration of Apache httpd."""
        return any(map(_is_written, _files(path)))

    def read(self, path: Path) -> ApacheConfiguration:
        """Read a configuration. Raises UsageError for a file that cannot be read."""
        files = ApacheFiles(path if path.is_dir() else path.parent)
        directives = tuple(one for file in _files(path) for one in files.read(file))
        if not directives:
            raise UsageError(f"{path}: no directive found")
        return _configuration(directives, files)


GATEWAY: Gateway = Apache()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path] if path.name.endswith(ENDINGS) else []
    main = [path / name for name in APACHE_MAIN if (path / name).is_file()][:1]
    # Beside a service, a file of another name may be anything.
    parts = () if (path / "Cargo.toml").exists() else APACHE_PARTS
    found = main or (file for pattern in parts for file in sorted(path.glob(pattern)))
    return [one for one in found if one.is_file() and is_beneath(path, one.resolve())]


def _is_written(file: Path) -> bool:
    if not file.is_file() or file.stat().st_size > MOST_BYTES:
        return False
    return _WRITTEN.search(file.read_text(encoding="utf-8", errors="replace")) is not None


def _configuration(directives: tuple[ApacheDirective, ...], files: ApacheFiles) -> ApacheConfiguration:
    top = directives[0].location
    every = tuple(everything(directives))
    for one in every:
        _note(one, files)
    servers = tuple(servers_of(directives, top))
    listens = tuple({(one.address, one.port): one for one in listens_of(directives)}.values())
    if len(listens) > MOST_LISTENS:
        files.not_read(top, f"more than {MOST_LISTENS} addresses to listen on")
        listens = listens[:MOST_LISTENS]
    sockets = tuple(sockets_of(listens or tuple(implied_listens(servers)), servers))
    served = [one for socket in sockets for one in _names(socket, files)]
    inherited = sum(1 for one in everything(servers[0].own))
    most = min(MOST_ENTRIES, MOST_INHERITED // (inherited or 1))
    if len(served) > most:
        files.not_read(top, f"names of servers after the first {most:,}")
        del served[most:]
    changes = (change_of(one) for one in every if one.name == "requestheader")
    filled = frozenset(one.name.lower() for one in changes if one.from_certificate)
    if len(filled) > MOST_FILLED:
        files.not_read(top, f"more than {MOST_FILLED} headers about the certificate")
    return ApacheConfiguration(
        served=tuple(served),
        unresolved=tuple(dict.fromkeys(files.unresolved)),
        files=files.files,
        by_entry={SameObject(one.entry): one for one in served},
        own=_own_addresses(sockets),
        filled=filled,
        legacy_names=any(
            one.name == "ssloptions" and any(_LEGACY in word.lower() for word in one.args) for one in every
        ),
    )


def _note(one: ApacheDirective, files: ApacheFiles) -> None:
    """List a directive that is not evaluated."""
    place = one.location
    reason = unread(one)
    if reason:
        files.not_read(place, f"{reason} is not evaluated")
    elif one.name == "proxyrequests" and one.flag:
        files.not_read(place, "a forward proxy is not evaluated", UnresolvedKind.ROUTE)


def _own_addresses(sockets: tuple[Socket, ...]) -> frozenset[str]:
    hosts = ("127.0.0.1", "localhost", "[::1]")
    return frozenset(f"{host}:{one.listen.port}" for one in sockets for host in (*hosts, one.address))


def _names(socket: Socket, files: ApacheFiles) -> Iterator[NamedServer]:
    if socket.tls is None:
        files.not_read(socket.default.at, "whether the server has TLS")
    for server in socket.servers:
        if server.may_be_tls(https=socket.listen.https) is not socket.tls:
            files.not_read(server.at, "TLS of servers of one address differs")
    done: set[str] = set()
    for server in socket.servers:
        hosts = [name.replace("*", "www").replace("?", "x") for name in server.names]
        own = next((one for one in hosts if socket.server(one) is server), None)
        if own is None and server is not socket.default:
            continue  # another server has its name
        if own is not None and own not in done:
            done.add(own)
            yield _named(socket, server, own, tuple(hosts))
            differs = (
                socket.default.mode is not server.mode or socket.default.authorities != server.authorities
            )
            if socket.tls and differs:
                yield _named(socket, server, own, tuple(hosts), sends_name=False)
    yield _named(socket, socket.default, "", ())


def _named(
    socket: Socket, server: ApacheServer, host: str, names: tuple[str, ...], *, sends_name: bool = True
) -> NamedServer:
    """Return a name; without ``sends_name``, the client names no host in the handshake."""
    handshake = server if sends_name else socket.default
    entry = GatewayEntry(
        address=socket.address,
        port=socket.listen.port,
        kind=ListenerKind.TLS if socket.tls is not False else ListenerKind.PLAINTEXT,
        client_auth=handshake.mode if socket.tls is not False else GatewayClientAuth.NONE,
        names=names,
        default=not host,
        location=handshake.mode_at,
    )
    return NamedServer(entry, socket, host or UNMATCHED, sends_name)
