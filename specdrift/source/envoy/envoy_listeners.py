"""Listeners, their filter chains, and what these do about client certificates."""

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth
from specdrift.model.result.source import ListenerKind, UnresolvedExpression, UnresolvedKind
from specdrift.source.envoy.resources import Resources
from specdrift.source.envoy.validation import Validation, accepts, validation_of
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.keys.same_object import SameObject

INSPECTOR = "TlsInspector"
READ_BEFORE_TLS = ("server_names", "transport_protocol", "application_protocols")
CONNECTION_MANAGER, TCP = "HttpConnectionManager", "TcpProxy"
ANY = "ACCEPT_UNTRUSTED"
WITHOUT_A_CA = (
    *("verify_certificate_hash", "verify_certificate_spki"),
    *("ca_certificate_provider_instance", "system_root_certs"),
)
"""Other members that certificates may be verified with."""
CUSTOM = "custom_validator_config"
DESTINATION = "destination_port"
LISTENED_TO = frozenset({"server_names", "transport_protocol", "application_protocols", DESTINATION})
"""Conditions of a filter chain that do not decide between clients of one name and port."""


class FilterChain(Struct, frozen=True, eq=False, dict=True):
    """A filter chain that serves HTTP, or forwards connections."""

    address: str
    port: int
    names: tuple[str, ...]
    """Of SNI; empty for all."""
    tls: YamlNode
    """DownstreamTlsContext; empty without TLS."""
    manager: YamlNode
    """HttpConnectionManager, or TcpProxy."""
    quic: bool
    node: YamlNode
    resources: Resources
    listener: YamlNode

    @property
    def forwards_connections(self) -> bool:
        return self.manager.type_name == TCP

    @cached_property
    def reads_server_name(self) -> bool:
        """Whether policies know the server name of the handshake: something has to read it before TLS."""
        inspectors = (
            one.get("typed_config").type_name for one in self.listener.get("listener_filters").items()
        )
        # Envoy adds the inspector by itself where a filter chain asks for what it reads.
        asked = (
            any(match.has(name) for name in READ_BEFORE_TLS)
            for match in (one.get("filter_chain_match") for one in chains_of(self.listener))
        )
        return self.quic or INSPECTOR in inspectors or any(asked)

    def takes(self, server_name: str) -> bool:
        """Return whether a handshake with a server name gets to this filter chain, by the names of all."""
        names = {name for one in chains_of(self.listener) for name in _names(one)}
        labels = server_name.lower().split(".")
        wild = (f"*.{'.'.join(labels[at:])}" for at in range(1, len(labels)))
        best = next((one for one in (server_name.lower(), *wild) if one in names), "")
        return best in (self.names or ("",))

    @property
    def kind(self) -> ListenerKind:
        if self.port == 0 and not self.address[:1].isdigit():
            return ListenerKind.LOCAL
        return ListenerKind.TLS if self.tls.value is not None else ListenerKind.PLAINTEXT

    @cached_property
    def routes(self) -> YamlNode:
        """The route configuration; empty if it is fetched, and for TcpProxy."""
        return self.resources.routes_of(self.manager)

    @property
    def parts(self) -> tuple[YamlNode, ...]:
        """The manager or proxy, and its routes where they stand elsewhere."""
        inline = self.manager.has("route_config")
        return (self.manager,) if inline else (self.manager, self.routes)

    @property
    def connection_rules(self) -> tuple[YamlNode, ...]:
        """Policies about connections, before requests are read."""
        return tuple(one.get("typed_config", "rules") for one in self.node.get("filters").items())

    @cached_property
    def validation(self) -> Validation:
        """What certificates are verified with. Raises Undetermined for what is fetched."""
        return validation_of(self.tls.get("common_tls_context"), self.resources)

    @cached_property
    def client_auth(self) -> GatewayClientAuth:
        """Return what is done about certificates. Raises Undetermined."""
        if self.kind is not ListenerKind.TLS:
            return GatewayClientAuth.NONE
        context = self.validation
        if context.has(CUSTOM):
            # It verifies instead of the CA.
            raise Undetermined("certificates by a validator of its own", context.get(CUSTOM).place)
        if not context.get("trusted_ca").value:
            # Without a CA Envoy requests none, whatever is required.
            for pinned in WITHOUT_A_CA:
                if context.has(pinned):
                    raise Undetermined("certificates without a CA", context.get(pinned).place)
            return GatewayClientAuth.NONE
        required = self.tls.get("require_client_certificate").flag
        if context.get("trust_chain_verification").written == ANY:
            return GatewayClientAuth.UNVERIFIED
        return GatewayClientAuth.REQUIRED if required else GatewayClientAuth.OPTIONAL

    def refuses(self, caller: GatewayCaller, presented: PresentedCertificate | None = None) -> bool:
        """Return whether the handshake fails. Raises Undetermined."""
        auth = self.client_auth
        if auth is GatewayClientAuth.NONE:
            return False
        if caller is GatewayCaller.ANONYMOUS:
            return bool(self.tls.get("require_client_certificate").flag)
        if auth is GatewayClientAuth.UNVERIFIED:
            return False
        if caller is GatewayCaller.UNTRUSTED:
            self._verify_all()
            return True
        return presented is not None and not accepts(self.validation, presented)

    def _verify_all(self) -> None:
        """Raise Undetermined if some certificates may be accepted that the verification refuses."""
        weaker = self.validation.unread
        if weaker is not None:
            raise Undetermined(
                "certificates that the verification refuses, such as expired ones", weaker.place
            )


def filter_chains(
    listener: YamlNode, resources: Resources, unresolved: list[UnresolvedExpression]
) -> Iterator[FilterChain]:
    """Yield the filter chains of a listener; what is not understood is added to ``unresolved``."""
    if listener.has("filter_chain_matcher"):
        what, place = "a matcher that chooses filter chains", listener.get("filter_chain_matcher").place
        unresolved.append(UnresolvedExpression(place, what, UnresolvedKind.SERVED))
        return
    for where in (listener, *listener.get("additional_addresses").items()):
        yield from _at(listener, where.get("address"), resources, unresolved)


def _at(
    listener: YamlNode, where: YamlNode, resources: Resources, unresolved: list[UnresolvedExpression]
) -> Iterator[FilterChain]:
    """Yield the filter chains of a listener at one of its addresses."""
    socket = where.get("socket_address")
    address, bound = socket.get("address").written or "*", socket.get("port_value").number
    address = "*" if address in ("0.0.0.0", "::") else address  # noqa: S104 - compared, not bound
    if not socket.value:
        address = where.get("pipe", "path").written or "internal"
    for chain, port in _by_port(listener, bound, unresolved):
        strange = [name for name, _ in chain.get("filter_chain_match").members() if name not in LISTENED_TO]
        if strange:
            what = f"a filter chain by {strange[0]}"
            unresolved.append(UnresolvedExpression(chain.place, what, UnresolvedKind.SERVED))
            continue
        tls, quic = _tls(chain)
        managers = [
            one.get("typed_config")
            for one in chain.get("filters").items()
            if one.get("typed_config").type_name == CONNECTION_MANAGER
        ]
        proxies = [
            one.get("typed_config")
            for one in chain.get("filters").items()
            if one.get("typed_config").type_name == TCP
        ]
        if not managers and not proxies:
            what = "a filter chain without an HTTP connection manager"
            unresolved.append(UnresolvedExpression(chain.place, what, UnresolvedKind.UNREACHED))
        for manager in (*managers, *([] if managers else proxies)):
            yield FilterChain(
                address, port, tuple(_names(chain)), tls, manager, quic, chain, resources, listener
            )


def chains_of(listener: YamlNode) -> tuple[YamlNode, ...]:
    """Return all filter chains of a listener."""
    every = (*listener.get("filter_chains").items(), listener.get("default_filter_chain"))
    return tuple(one for one in every if one.value)


def _names(chain: YamlNode) -> Iterator[str]:
    """Yield the server names of a filter chain."""
    yield from (one.written.lower() for one in chain.get("filter_chain_match", "server_names").items())


def _by_port(
    listener: YamlNode, bound: int, unresolved: list[UnresolvedExpression]
) -> Iterator[tuple[YamlNode, int]]:
    """Yield the filter chains that are reached, each with the port that clients connect to.

    A port in the conditions decides before all others. With ``use_original_dst`` connections are redirected here, as
    before a sidecar, and have the port of the service; chains without a port then get those to all others.
    """
    chains = [*listener.get("filter_chains").items()]
    if listener.has("default_filter_chain"):
        chains.append(listener.get("default_filter_chain"))
    ports = {SameObject(one.value): one.get("filter_chain_match", DESTINATION).number for one in chains}
    redirected = bool(listener.get("use_original_dst").flag)
    chosen = {port for port in ports.values() if port}
    for one in chains:
        port = ports[SameObject(one.value)]
        if not port and redirected and chosen:
            what = "a filter chain for connections to other ports"
            unresolved.append(UnresolvedExpression(one.place, what, UnresolvedKind.UNREACHED))
        elif not port and not redirected and bound in chosen:
            what = "a filter chain that another one by port replaces"
            unresolved.append(UnresolvedExpression(one.place, what, UnresolvedKind.UNREACHED))
        elif port and not redirected and port != bound:
            what = "a filter chain for a port that the listener does not have"
            unresolved.append(UnresolvedExpression(one.place, what, UnresolvedKind.UNREACHED))
        else:
            yield one, port or bound


def _tls(chain: YamlNode) -> tuple[YamlNode, bool]:
    config = chain.get("transport_socket", "typed_config")
    if config.type_name == "QuicDownstreamTransport":
        return config.get("downstream_tls_context"), True
    if chain.has("transport_socket") and config.type_name != "DownstreamTlsContext":
        return chain.get("no member of that name"), False
    return config, False
