"""The Caddy adapter: from a configuration in JSON to decisions about requests."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from specdrift.errors import UsageError
from specdrift.model.result.gateway import GatewayCaller, GatewayEntry, Passage
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.caddy.caddy_choices import (
    addresses_of,
    choices_of,
    looks_at_host,
    named_paths,
    rewritten_of,
    routes_beneath,
)
from specdrift.source.caddy.caddy_entries import CaddyServer, NamedEntry, entries_of
from specdrift.source.caddy.caddy_handlers import Chain, HandlerRun
from specdrift.source.caddy.caddy_request import BROKEN, CaddyError, ClientSide, RequestInCaddy
from specdrift.source.caddy.connection_policies import policy_for
from specdrift.source.caddy.mapped_values import maps_in
from specdrift.source.caddy.placeholders import from_certificate
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import MOST_FILLED, Decision, GatewayRequest, Undetermined
from specdrift.source.gateway.open_facts import decided_for
from specdrift.source.gateway.rewritten_paths import RewrittenPath, at_named_paths
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.keys.same_object import SameObject
from specdrift.source.protocol import Gateway
from specdrift.source.usual_names import CADDY_NAMES

NAME = "caddy"
MOST_BYTES = 8 * 1024 * 1024
MOST_ENTRIES = 2_000
HTTP_PORT = 80
_WRITTEN = re.compile(r'"apps"\s*:')
_SERVERS = re.compile(r'"servers"\s*:')


class CaddyConfiguration(Struct, frozen=True, eq=False):
    """A configuration whose file was read."""

    served: tuple[NamedEntry, ...]
    unresolved: tuple[UnresolvedExpression, ...]
    by_entry: Mapping[SameObject[GatewayEntry], NamedEntry]
    variables: frozenset[str]
    filled: frozenset[str]
    chosen: dict[SameObject[object], tuple[ClientChoice, ...]] = field(default_factory=dict)
    """What clients can send, by the identity of the server, as far as it was asked for."""
    files: int = 1

    @property
    def entries(self) -> tuple[GatewayEntry, ...]:
        return tuple(one.entry for one in self.served)

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what Caddy does with a request."""
        named = self.by_entry[SameObject(request.entry)]
        return decided_for(lambda known: self._run(named, request, known), named.server.node.place)

    def _run(self, named: NamedEntry, request: GatewayRequest, assumed: Mapping[str, bool]) -> Decision:
        server = named.server
        host = request.host or named.host
        bare = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        name = named.server_name or bare
        policy = policy_for(server.policies, name) if server.tls and server.policies else None
        if server.policies and policy is None:
            return Decision(passage=Passage.REFUSED_IN_TLS, at=server.policies[0].at)
        if policy is not None and policy.refuses(request.caller, request.presented):
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
                presented=request.presented,
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
        server = self.by_entry[SameObject(entry)].server
        if SameObject(server.node.value) not in self.chosen:
            self.chosen[SameObject(server.node.value)] = choices_of(server.node, self._services)
        if SameObject(entry) not in self.chosen:
            at = looks_at_host(server.node)
            spelled = client_choices.spelled_hosts(entry.names, entry.port, at) if at is not None else ()
            self.chosen[SameObject(entry)] = (*self.chosen[SameObject(server.node.value)], *spelled)
        return self.chosen[SameObject(entry)]

    @property
    def _services(self) -> tuple[str, ...]:
        """The addresses of services that are written out."""
        every = (one.written for each in self.served for one in addresses_of(each.server.node))
        return tuple(dict.fromkeys(one for one in every if one and "{" not in one))

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return the beginnings of paths that a server hands on as others."""
        node = self.by_entry[SameObject(entry)].server.node
        return tuple(dict.fromkeys(at_named_paths(rewritten_of(node), named_paths(node))))

    def services(self, _: GatewayEntry, /) -> frozenset[str] | None:
        """Return that the addresses which requests may get to are not known."""
        return None

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


class Caddy(Struct, frozen=True):
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
        return _configuration(YamlNode.of_file(str(file), content))


GATEWAY: Gateway = Caddy()


def _is_caddyfile(file: Path) -> bool:
    return file.name == "Caddyfile" or file.suffix == ".caddyfile"


def _file(path: Path) -> Path | None:
    """Return the file to read; ``None`` if it is none of Caddy's, or too large."""
    candidates = [path / name for name in CADDY_NAMES] if path.is_dir() else [path]
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
    served = [one for node in servers for one in entries_of(node, port, unresolved)]
    if len(served) > MOST_ENTRIES:
        what = f"more than {MOST_ENTRIES:,} names of servers"
        unresolved.append(UnresolvedExpression(root.place, what, UnresolvedKind.SERVED))
        del served[MOST_ENTRIES:]
    every = tuple(node for server in servers for node in routes_beneath(server))
    variables = _variables(every)
    filled = frozenset(_filled(every, variables))
    if len(filled) > MOST_FILLED:
        what = f"more than {MOST_FILLED} headers about the certificate"
        unresolved.append(UnresolvedExpression(root.place, what, UnresolvedKind.SERVED))
    return CaddyConfiguration(
        served=tuple(served),
        unresolved=tuple(unresolved),
        by_entry={SameObject(one.entry): one for one in served},
        variables=variables,
        filled=filled,
    )


def _handlers(nodes: tuple[YamlNode, ...]) -> Iterator[YamlNode]:
    for node in nodes:
        yield from node.get("handle").items()


def _variables(nodes: tuple[YamlNode, ...]) -> frozenset[str]:
    """Return the names of variables and maps that hold a part of the certificate."""
    found = set[str]()
    for handler in _handlers(nodes):
        known = frozenset(found)
        if handler.get("handler").written == "vars":
            found |= {name for name, one in handler.entries() if from_certificate(one.written, known)}
        for one in maps_in((handler,)):
            if any(from_certificate(each, known) for each in one.templates()):
                found |= set(one.destinations)
    return frozenset(found)


def _filled(nodes: tuple[YamlNode, ...], variables: frozenset[str]) -> Iterator[str]:
    for handler in _handlers(nodes):
        for changes in (handler.get("request"), handler.get("headers", "request")):
            for kind in ("add", "set"):
                for name, values in changes.get(kind).entries():
                    if any(from_certificate(one.written, variables) for one in values.items()):
                        yield name.lower()
