"""The Caddy adapter: from a configuration in JSON to decisions about requests."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specdrift.errors import UsageError
from specdrift.loader.parse import yaml_reader
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth, GatewayEntry, Passage
from specdrift.model.result.source import ListenerKind, UnresolvedExpression, UnresolvedKind
from specdrift.source.caddy.caddy_choices import (
    choices_of,
    hosts_of,
    looks_at_host,
    named_paths,
    rewritten_of,
    routes_beneath,
)
from specdrift.source.caddy.caddy_handlers import Chain, HandlerRun
from specdrift.source.caddy.caddy_request import BROKEN, CaddyError, ClientSide, RequestInCaddy
from specdrift.source.caddy.connection_policies import ConnectionPolicy, names_of, policies_of, policy_for
from specdrift.source.caddy.placeholders import from_certificate
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import MOST_FILLED, Decision, GatewayRequest, Undetermined
from specdrift.source.gateway.open_facts import decided_for
from specdrift.source.gateway.rewritten_paths import RewrittenPath, at_named_paths
from specdrift.source.gateway.yaml_nodes import YamlNode, YamlText
from specdrift.source.protocol import Gateway

NAME = "caddy"
MOST_BYTES = 8 * 1024 * 1024
MOST_ENTRIES = 2_000
MOST_PORTS = 50
UNMATCHED = "unmatched.invalid"
NAMES = ("caddy.json", "autosave.json")
HTTP_PORT = 80
_WRITTEN = re.compile(r'"apps"\s*:')
_SERVERS = re.compile(r'"servers"\s*:')
_ADDRESS = re.compile(r"(?:(?:tcp|tcp4|tcp6|udp)/)?(.*):(\d+)(?:-(\d+))?\Z")


@dataclass(frozen=True, slots=True, eq=False)
class CaddyServer:
    """A server, at one address."""

    node: YamlNode
    policies: tuple[ConnectionPolicy, ...]
    tls: bool

    @property
    def compares_names(self) -> bool:
        """Whether the host of a request has to be the name in the handshake."""
        written = self.node.get("strict_sni_host").flag
        return any(one.client for one in self.policies) if written is None else written


@dataclass(frozen=True, slots=True, eq=False)
class NamedEntry:
    """A host name at an address of a server."""

    entry: GatewayEntry
    server: CaddyServer
    host: str
    server_name: str | None = None
    """What the client names in the handshake, if that is not the host of the request."""


@dataclass(frozen=True, slots=True, eq=False)
class CaddyConfiguration:
    """A configuration whose file was read."""

    served: tuple[NamedEntry, ...]
    unresolved: tuple[UnresolvedExpression, ...]
    by_entry: Mapping[int, NamedEntry]
    variables: frozenset[str]
    filled: frozenset[str]
    chosen: dict[int, tuple[ClientChoice, ...]] = field(default_factory=dict)
    """What clients can send, by the identity of the server, as far as it was asked for."""
    files: int = 1

    @property
    def entries(self) -> tuple[GatewayEntry, ...]:
        return tuple(one.entry for one in self.served)

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what Caddy does with a request."""
        named = self.by_entry[id(request.entry)]
        return decided_for(lambda known: self._run(named, request, known), named.server.node.place)

    def _run(self, named: NamedEntry, request: GatewayRequest, assumed: Mapping[str, bool]) -> Decision:
        server = named.server
        host = request.host or named.host
        bare = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        name = named.server_name or bare
        policy = policy_for(server.policies, name) if server.tls and server.policies else None
        if server.policies and policy is None:
            return Decision(passage=Passage.REFUSED_IN_TLS, at=server.policies[0].at)
        if policy is not None and policy.refuses(request.caller):
            return Decision(passage=Passage.REFUSED_IN_TLS, at=policy.at)
        if BROKEN.search(request.target):
            return Decision(passage=Passage.REFUSED, status=400, at=server.node.place)
        if not request.target.startswith("/"):
            raise Undetermined("a target that is no path")
        requested = policy is not None and bool(policy.mode)
        state = RequestInCaddy(
            client=ClientSide(
                tls=server.tls,
                caller=request.caller if requested else GatewayCaller.ANONYMOUS,
                name=name,
                port=named.entry.port,
            ),
            method=request.method,
            protocol=request.protocol,
            host=host,
            target=request.target,
            original=request.target,
            headers={key.lower(): [value] for key, value in request.headers.items()},
            assumed=assumed,
        )
        misnamed = server.tls and server.compares_names and name.lower() != bare.lower()
        return _served(server, state, self.variables, 421 if misnamed else 0)

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return what clients can send so that matchers hold."""
        server = self.by_entry[id(entry)].server
        if id(server.node.value) not in self.chosen:
            self.chosen[id(server.node.value)] = choices_of(server.node)
        if id(entry) not in self.chosen:
            at = looks_at_host(server.node)
            spelled = client_choices.spelled_hosts(entry.names, entry.port, at) if at is not None else ()
            self.chosen[id(entry)] = (*self.chosen[id(server.node.value)], *spelled)
        return self.chosen[id(entry)]

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return the beginnings of paths that a server hands on as others."""
        node = self.by_entry[id(entry)].server.node
        return tuple(dict.fromkeys(at_named_paths(rewritten_of(node), named_paths(node))))

    def certificate_headers(self) -> frozenset[str]:
        """Return the headers that some handler fills from the certificate."""
        return self.filled


def _served(server: CaddyServer, state: RequestInCaddy, variables: frozenset[str], status: int) -> Decision:
    """Run the routes of a server, and those for errors."""
    node = server.node
    run = HandlerRun(state, variables)
    try:
        return _routed(run, node, status)
    except CaddyError as error:
        state.go_to(state.original)
        state.failed = error.status
        refused = Decision(
            passage=Passage.REFUSED, status=error.status, at=error.at or node.place, route=run.route
        )
    if not node.has("errors"):
        return refused
    failing = HandlerRun(state, variables, set_headers=run.set_headers)
    try:
        return failing.run(Chain.last(node, state.failed).after_routes(node.get("errors", "routes")))
    except CaddyError:
        return refused


def _routed(run: HandlerRun, server: YamlNode, status: int) -> Decision:
    if status:
        raise CaddyError(status, server.place)
    return run.run(Chain.last(server).after_routes(server.get("routes")))


@dataclass(frozen=True, slots=True)
class Caddy:
    """Reads what ``caddy adapt`` prints, or a configuration that is written in JSON."""

    name: str = NAME

    def recognises(self, path: Path) -> bool:
        """Return whether a file is a configuration of Caddy, or a folder has one with a usual name."""
        file = _file(path)
        if file is None:
            return False
        text = file.read_text(encoding="utf-8", errors="replace")
        return _is_caddyfile(file) or (
            _WRITTEN.search(text) is not None and _SERVERS.search(text) is not None
        )

    def read(self, path: Path) -> CaddyConfiguration:
        """Read a configuration. Raises UsageError for a file that cannot be read."""
        file = _file(path)
        if file is None:
            raise UsageError(f"{path}: no configuration of Caddy found")
        if _is_caddyfile(file):
            raise UsageError(f"{path}: name the output of caddy adapt --config {file.name} --pretty")
        content = file.read_text(encoding="utf-8", errors="replace")
        text = YamlText.of(str(file), content)
        try:
            tree = yaml_reader.read(content)
        except Unreadable as error:
            raise UsageError(f"{file}: {error}") from None
        return _configuration(YamlNode(tree.root, text, text.place(0, 0)))


GATEWAY: Gateway = Caddy()


def _is_caddyfile(file: Path) -> bool:
    return file.name == "Caddyfile" or file.suffix == ".caddyfile"


def _file(path: Path) -> Path | None:
    """Return the file to read; ``None`` if it is none of Caddy's, or too large."""
    candidates = [path / name for name in NAMES] if path.is_dir() else [path]
    for one in candidates:
        named = one.suffix == ".json" or _is_caddyfile(one)
        if named and one.is_file() and one.stat().st_size <= MOST_BYTES:
            return one
    return None


def _configuration(root: YamlNode) -> CaddyConfiguration:
    unresolved: list[UnresolvedExpression] = []
    for name, app in root.get("apps").entries():
        if name == "layer4":
            what = f"the app {name}"
            unresolved.append(UnresolvedExpression(app.place, what, UnresolvedKind.SERVED))
    servers = tuple(node for _, node in root.get("apps", "http", "servers").entries())
    port = root.get("apps", "http", "http_port").number or HTTP_PORT
    served = [one for node in servers for one in _entries(node, port, unresolved)]
    if len(served) > MOST_ENTRIES:
        what = f"more than {MOST_ENTRIES:,} names of servers"
        unresolved.append(UnresolvedExpression(root.place, what, UnresolvedKind.SERVED))
        del served[MOST_ENTRIES:]
    every = tuple(node for server in servers for node in routes_beneath(server))
    variables = frozenset(_variables(every))
    filled = frozenset(_filled(every, variables))
    if len(filled) > MOST_FILLED:
        what = f"more than {MOST_FILLED} headers about the certificate"
        unresolved.append(UnresolvedExpression(root.place, what, UnresolvedKind.SERVED))
    return CaddyConfiguration(
        served=tuple(served),
        unresolved=tuple(unresolved),
        by_entry={id(one.entry): one for one in served},
        variables=variables,
        filled=filled,
    )


def _handlers(nodes: tuple[YamlNode, ...]) -> Iterator[YamlNode]:
    for node in nodes:
        yield from node.get("handle").items()


def _variables(nodes: tuple[YamlNode, ...]) -> Iterator[str]:
    for handler in _handlers(nodes):
        if handler.get("handler").written == "vars":
            yield from (name for name, value in handler.entries() if from_certificate(value.written))


def _filled(nodes: tuple[YamlNode, ...], variables: frozenset[str]) -> Iterator[str]:
    for handler in _handlers(nodes):
        for changes in (handler.get("request"), handler.get("headers", "request")):
            for kind in ("add", "set"):
                for name, values in changes.get(kind).entries():
                    if any(from_certificate(one.written, variables) for one in values.items()):
                        yield name.lower()


def _entries(node: YamlNode, http_port: int, unresolved: list[UnresolvedExpression]) -> Iterator[NamedEntry]:
    policies = policies_of(node)
    hosts = tuple(dict.fromkeys(hosts_of(node)))
    skipped = {one.written for one in node.get("automatic_https", "skip").items()}
    automatic = not node.get("automatic_https", "disable").flag and any(one not in skipped for one in hosts)
    left = MOST_PORTS
    for listen in node.get("listen").items():
        for address, port in _addresses(listen.written):
            if not left or port < 0:
                what = f"the address {listen.written[:60]} is not evaluated"
                unresolved.append(UnresolvedExpression(node.get("listen").place, what, UnresolvedKind.SERVED))
                break
            left -= 1
            # Of a server with policies, too, the port of HTTP has no TLS.
            tls = port != http_port and (bool(policies) or (automatic and port > 0))
            server = CaddyServer(node, policies if tls else (), tls)
            yield from _named(server, address, port, hosts)


def _addresses(written: str) -> Iterator[tuple[str, int]]:
    """Yield addresses with ports; -1 for what is not evaluated, 0 for a socket of this machine."""
    if written.startswith(("unix/", "unix+h2c/")):
        yield f"unix:{written.partition('/')[2].partition('|')[0]}", 0
        return
    found = _ADDRESS.match(written)
    if found is None:
        yield written, -1
        return
    host = "*" if found[1] in ("", "0.0.0.0", "[::]") else found[1]  # noqa: S104 - compared only
    for port in range(int(found[2]), int(found[3] or found[2]) + 1)[: MOST_PORTS + 1]:
        yield host, port


def _named(server: CaddyServer, address: str, port: int, hosts: tuple[str, ...]) -> Iterator[NamedEntry]:
    names = tuple(dict.fromkeys(one.replace("*", "www") for one in (*names_of(server.policies), UNMATCHED)))
    for host in (*(one.replace("*", "www") for one in hosts), ""):
        own = host or UNMATCHED
        yield _named_entry(server, address, port, host, None)
        seen = [_policy(server, own)]
        for other in names if server.tls and not server.compares_names else ():
            policy = _policy(server, other)
            if policy is not None and policy not in seen:
                seen.append(policy)
                yield _named_entry(server, address, port, host, other)


def _policy(server: CaddyServer, name: str) -> ConnectionPolicy | None:
    try:
        return policy_for(server.policies, name)
    except Undetermined:
        return None


def _named_entry(server: CaddyServer, address: str, port: int, host: str, other: str | None) -> NamedEntry:
    policy = _policy(server, other or host or UNMATCHED)
    kind = ListenerKind.TLS if server.tls else ListenerKind.PLAINTEXT
    entry = GatewayEntry(
        address=address,
        port=port,
        kind=kind if port else ListenerKind.LOCAL,
        client_auth=_auth(policy),
        names=(host,) if host else (),
        default=not host,
        location=policy.at if policy else server.node.place,
    )
    return NamedEntry(entry, server, host or UNMATCHED, other)


def _auth(policy: ConnectionPolicy | None) -> GatewayClientAuth:
    try:
        return policy.auth if policy is not None else GatewayClientAuth.NONE
    except Undetermined:
        return GatewayClientAuth.OPTIONAL
