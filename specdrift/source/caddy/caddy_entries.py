"""The servers of a configuration, by their addresses and the names of hosts."""

import re
from collections.abc import Iterator

from msgspec import Struct

from specdrift.model.result.gateway import GatewayClientAuth, GatewayEntry
from specdrift.model.result.source import ListenerKind, UnresolvedExpression, UnresolvedKind
from specdrift.source.caddy.caddy_choices import hosts_of
from specdrift.source.caddy.connection_policies import ConnectionPolicy, names_of, policies_of, policy_for
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.yaml_nodes import YamlNode

MOST_PORTS = 50
UNMATCHED = "unmatched.invalid"
_ADDRESS = re.compile(r"(?:(?:tcp|tcp4|tcp6|udp)/)?(.*):(\d+)(?:-(\d+))?\Z")


class CaddyServer(Struct, frozen=True, eq=False):
    """A server, at one address."""

    node: YamlNode
    policies: tuple[ConnectionPolicy, ...]
    tls: bool

    @property
    def compares_names(self) -> bool:
        """Whether the host of a request has to be the name in the handshake."""
        written = self.node.get("strict_sni_host").flag
        return any(one.client for one in self.policies) if written is None else written


class NamedEntry(Struct, frozen=True, eq=False):
    """A host name at an address of a server."""

    entry: GatewayEntry
    server: CaddyServer
    host: str
    server_name: str | None = None
    """What the client names in the handshake, if that is not the host of the request."""


def entries_of(
    node: YamlNode, http_port: int, unresolved: list[UnresolvedExpression]
) -> Iterator[NamedEntry]:
    """Yield the names of a server at each of its addresses; what is not evaluated is listed."""
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
