"""The nginx adapter: from files to a configuration that decides requests."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.contained import is_beneath
from specdrift.errors import UsageError
from specdrift.model.result.gateway import GatewayCaller, GatewayEntry, Passage
from specdrift.model.result.source import ListenerKind, UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import MOST_FILLED, Decision, GatewayRequest, Undetermined
from specdrift.source.gateway.host_choices import candidates
from specdrift.source.gateway.raw_listeners import RawListener
from specdrift.source.gateway.rewritten_paths import RewrittenPath, at_named_paths
from specdrift.source.gateway.templates import TemplateMark
from specdrift.source.keys.same_object import SameObject
from specdrift.source.nginx.certificate_variables import CertificateVariables
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.files.configuration_files import MOST_BYTES, ConfigurationReader
from specdrift.source.nginx.forwarding import SETTERS, Forwarding, header_name, names_of, upstreams_of
from specdrift.source.nginx.nginx_entries import UNMATCHED, concrete, entries_of
from specdrift.source.nginx.server_names import Sockets
from specdrift.source.nginx.servers import PASSES, Server, server_of
from specdrift.source.nginx.simulation import Simulation
from specdrift.source.nginx.sites import Site, Where
from specdrift.source.nginx.variables import Map, is_constant
from specdrift.source.nginx.ways import all_statements
from specdrift.source.nginx.ways.assumptions import assuming
from specdrift.source.nginx.ways.environment import unfilled
from specdrift.source.nginx.ways.expansions import Expansions
from specdrift.source.nginx.ways.failures import with_each_failure
from specdrift.source.nginx.ways.http_versions import HttpVersions
from specdrift.source.nginx.ways.nginx_choices import NginxChoices
from specdrift.source.nginx.ways.nginx_rewrites import named_paths, rewritten_of, unread_rewrites
from specdrift.source.nginx.ways.path_conditions import PathConditions
from specdrift.source.nginx.ways.possibilities import services_at
from specdrift.source.nginx.ways.service_redirects import of_services
from specdrift.source.nginx.ways.streams import raw_listeners
from specdrift.source.protocol import Gateway
from specdrift.source.usual_names import NGINX_MAIN, NGINX_PARTS

NAME = "nginx"
"""Files of a folder without a main file."""
BLOCKS = re.compile(r"(?:^|[\s;{}])(?:server|http|upstream\s+\S+)\s*\{")
COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#.*$")


class NginxConfiguration(Struct, frozen=True, eq=False):
    """A configuration whose files were read."""

    entries: tuple[GatewayEntry, ...]
    unresolved: tuple[UnresolvedExpression, ...]
    files: int
    sockets: Sockets
    site: Site
    by_entry: Mapping[SameObject[GatewayEntry], tuple[tuple[str, int, bool], str]]
    """Socket and host name of each entry, by its identity."""
    filled: frozenset[str]
    """Headers that some statement fills from the certificate."""
    raw: Mapping[SameObject[GatewayEntry], RawListener]
    """Servers of ``stream`` blocks, by the identity of the entry."""
    maps: tuple[Directive, ...]
    choosing: NginxChoices
    """What clients can send, as far as conditions and addresses tell."""
    versions: HttpVersions
    chosen: dict[Server, tuple[ClientChoice, ...]] = field(default_factory=dict)
    """What clients can send, as far as it was asked for."""
    sent: dict[SameObject[GatewayEntry], tuple[ClientChoice, ...]] = field(default_factory=dict)
    """What they can send to each entry, by its identity."""
    handed_on: dict[SameObject[GatewayEntry], tuple[RewrittenPath, ...]] = field(default_factory=dict)
    """The paths that each entry hands on as others, by its identity."""

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what nginx does with a request."""
        return self._decided(request)

    def _decided(self, request: GatewayRequest, *, internal: bool = False) -> Decision:
        """Decide a request; an ``internal`` one is what a service names in its answer."""
        raw = self.raw.get(SameObject(request.entry))
        if raw is not None:
            return raw.decide(request)
        socket, host = self.by_entry[SameObject(request.entry)]
        secure = self.sockets.is_tls(socket)
        tls = secure and request.entry.kind is not ListenerKind.PLAINTEXT
        asked = _host(request.host) if request.host else host
        try:
            server = self.sockets.server(socket, asked)
            named = asked if request.server_name is None else _host(request.server_name)
            handshake = self.sockets.server(socket, named) if named else self.sockets.default(socket)
        except Undetermined as error:
            return Decision(passage=Passage.UNKNOWN, at=request.entry.location, reason=error.what)
        # The name of a request without TLS is known only after its target was parsed.
        parsing = server if tls else self.sockets.default(socket)
        where = Where(
            tls=tls,
            host=asked,
            parsing=parsing,
            handshake=handshake,
            server_name=named,
            internal=internal,
            without_tls=secure and not tls,
        )

        def decided(failure: str) -> Decision:
            one = where if failure == where.failure else replace(where, failure=failure)
            return assuming(
                lambda assumed: Simulation.of(self.site, server, request, one, assumed).run(),
                server.directive,
            )

        return with_each_failure(decided, request.caller)

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return what clients can send so that conditions of the server, or maps, hold."""
        if SameObject(entry) not in self.by_entry:
            return ()
        if SameObject(entry) not in self.sent:
            self.sent[SameObject(entry)] = self._choices(entry)
        return self.sent[SameObject(entry)]

    def _choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        socket, own = self.by_entry[SameObject(entry)]
        server = self.sockets.server(socket, own)
        if server not in self.chosen:
            statements = (*self.maps, *all_statements.everything(server.directive))
            found = self.choosing.of(statements)
            self.chosen[server] = (*found, *self._other_names(found, server))
        spoken = (self.versions.spoken(one, entry) for one in self.chosen[server])
        return tuple(
            one
            for one in spoken
            if one is not None and (not one.host or self._selects(socket, one.host, server))
        )

    def _other_names(self, choices: tuple[ClientChoice, ...], server: Server) -> Iterator[ClientChoice]:
        """Yield the choice of each name of the server, if a condition looks at the name."""
        looking = [one for one in choices if one.host]
        if looking:
            named = [name for name in server.names if name not in ("_", "") and name[0] not in "~$"]
            patterns = [f"*{name}" if name.startswith(".") else name for name in named]
            further = candidates(patterns, (one.host for one in looking))
            for name in (*map(concrete, server.names), *further, UNMATCHED):
                yield from (client_choices.host(name, looking[0].at),) if name else ()

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return the beginnings of paths that a server hands on as others."""
        found = self.by_entry.get(SameObject(entry))
        server = self.sockets.server(*found) if found is not None else None
        if server is None:
            return ()
        if SameObject(entry) not in self.handed_on:
            self.handed_on[SameObject(entry)] = self._rewritten(entry, server)
        return self.handed_on[SameObject(entry)]

    def _rewritten(self, entry: GatewayEntry, server: Server) -> tuple[RewrittenPath, ...]:
        routes = rewritten_of(server, self.site, self.choosing)
        named = named_paths(server, (*self.maps, *all_statements.everything(server.directive)))
        return tuple(dict.fromkeys((*at_named_paths(routes, named), *self._of_services(server, entry))))

    def _of_services(self, server: Server, entry: GatewayEntry) -> Iterator[RewrittenPath]:
        """Yield the routes that only answers of services lead to."""

        def decided(path: str, *, internal: bool = False) -> Decision:
            caller = GatewayCaller.ANONYMOUS
            request = GatewayRequest(entry=entry, caller=caller, method="GET", target=path)
            return self._decided(request, internal=internal)

        return of_services(server, decided, partial(decided, internal=True))

    def _selects(self, socket: tuple[str, int, bool], host: str, server: Server) -> bool:
        try:
            return self.sockets.server(socket, _host(host)) is server
        except Undetermined:
            return True  # it may: the decision about its requests is not known either

    def services(self, entry: GatewayEntry, /) -> frozenset[str] | None:
        """Return the addresses that requests to a server may get to."""
        found = self.by_entry.get(SameObject(entry))
        if found is None:
            return None
        try:
            server = self.sockets.server(*found)
        except Undetermined:
            return None
        return services_at(server, self.site.opaque, self.site.forwarding)

    def certificate_headers(self) -> frozenset[str]:
        """Return the headers that some statement fills from the certificate."""
        return self.filled


class Nginx(Struct, frozen=True):
    """Reads nginx.conf, or the files that it would include."""

    name: str = NAME

    def recognises(self, path: Path) -> bool:
        """Return whether a file or folder looks like a configuration of nginx."""
        if path.is_dir():
            return (path / NGINX_MAIN).is_file() or any(map(_has_server, _parts(path)))
        return path.name.endswith((".conf", ".vhost", ".nginx")) and _has_server(path)

    def read(self, path: Path) -> NginxConfiguration:
        """Read a configuration. Raises UsageError for a file that cannot be read."""
        folder = path if path.is_dir() else path.parent
        reader = ConfigurationReader(folder)
        files = _parts(path) if path.is_dir() else [path]
        statements = tuple(one for file in files for one in reader.read(file))
        http = _http(statements)
        main = any(one.name == "http" for one in statements)
        marked = any(isinstance(one, TemplateMark) for one in reader.unresolved)
        if http is None and reader.unresolved and (main or marked):
            # The servers stand in what was not read.
            http = Directive("http", (), reader.unresolved[0].location)
        streams = tuple(one for one in statements if one.name == "stream")
        if http is None and streams:
            http = Directive("http", (), streams[0].location)
        if http is None:
            problem = next((f"{one.location}: {one.what}" for one in reader.unresolved), "")
            raise UsageError(problem or f"{path}: no server block found")
        return _configuration(http, reader, streams)


GATEWAY: Gateway = Nginx()


def _parts(folder: Path) -> list[Path]:
    if (folder / NGINX_MAIN).is_file():
        return [folder / NGINX_MAIN]
    found = (file for pattern in NGINX_PARTS for file in sorted(folder.glob(pattern)))
    return [file for file in found if file.is_file() and is_beneath(folder, file.resolve())]


def _has_server(file: Path) -> bool:
    if not file.is_file() or file.stat().st_size > MOST_BYTES:
        return False
    text = file.read_text(encoding="utf-8", errors="replace")
    return BLOCKS.search(COMMENT.sub("", text)) is not None


def _http(statements: tuple[Directive, ...]) -> Directive | None:
    """Return the ``http`` block; files of servers alone stand within it."""
    blocks = [one for one in statements if one.name == "http"]
    inner = tuple(one for block in blocks for one in block.block)
    if not blocks:
        inner = statements
    if not any(one.name == "server" for one in inner):
        return None
    first = blocks[0].location if blocks else inner[0].location
    return Directive("http", (), first, inner)


def _configuration(
    http: Directive, reader: ConfigurationReader, streams: tuple[Directive, ...]
) -> NginxConfiguration:
    servers = tuple(server_of(one, http) for one in http.all("server"))
    sockets = Sockets.of(servers)
    every = [one for one in http.all("map") if len(one.args) == 2]
    maps = {one.args[1].removeprefix("$"): Map.of(one.args[0], one) for one in every}
    maps |= {one.args[-1].removeprefix("$"): Map.of("", one) for one in http.all("geo") if is_constant(one)}
    setters = {
        one.first.removeprefix("$"): one.args[1]
        for one in all_statements.everything(http)
        if one.name == "set" and len(one.args) == 2
    }
    opaque = tuple(all_statements.opaque(http))
    certificate = CertificateVariables.of(maps, setters)
    names = tuple(dict.fromkeys(filter(None, names_of(http, all_statements.everything(http)))))
    expansions = Expansions(all_statements.set_values(http), maps, PathConditions.of(http))
    choosing = NginxChoices(expansions, names)
    site = Site(
        forwarding=Forwarding(upstreams_of(http), certificate, names),
        maps=maps,
        opaque=dict(all_statements.first_of(http, frozenset(one.name for one in opaque))),
        declared=frozenset(setters) | frozenset(all_statements.captured(http)),
    )
    unresolved = [
        *reader.unresolved,
        *unfilled(http, maps.keys() | setters.keys()),
        *(all_statements.unresolved(one) for one in opaque),
        *all_statements.unmatched(http),
    ]
    filled = _filled(http, certificate)
    if len(filled) > MOST_FILLED:
        what = f"more than {MOST_FILLED} headers about the certificate"
        unresolved.append(UnresolvedExpression(http.location, what, UnresolvedKind.SERVED))
    unresolved += dict.fromkeys(unread_rewrites(servers, site, choosing))
    reachable = list(entries_of(servers, sockets, unresolved))
    raw = tuple(raw_listeners(streams, _services(http, site), unresolved))
    return NginxConfiguration(
        entries=(*(entry for entry, _, _ in reachable), *(one.entry for one in raw)),
        unresolved=tuple(unresolved),
        files=reader.files,
        sockets=sockets,
        site=site,
        by_entry={SameObject(entry): (socket, host) for entry, socket, host in reachable},
        filled=filled,
        raw={SameObject(one.entry): one for one in raw},
        maps=tuple(http.all("map")),
        choosing=choosing,
        versions=HttpVersions.of(http),
    )


def _services(http: Directive, site: Site) -> frozenset[str]:
    """Return the addresses of the services that requests are handed to."""
    handlers = (one for one in all_statements.everything(http) if one.name in PASSES)
    return frozenset(address for one in handlers for address in site.forwarding.addresses(one))


def _filled(http: Directive, certificate: CertificateVariables) -> frozenset[str]:
    return frozenset(
        header_name(one).lower()
        for one in all_statements.everything(http)
        if one.name in SETTERS.values() and len(one.args) >= 2 and certificate.in_text(one.args[1])
    )


def _host(written: str) -> str:
    """Return a host name without its port, in the form that names are compared with."""
    host = written.rpartition(":")[0] if written.rpartition(":")[2].isdigit() else written
    return host.removesuffix(".").lower()
