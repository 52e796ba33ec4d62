"""What servers of Caddy do in the handshake."""

from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth
from specdrift.source.caddy.caddy_matchers import host_fits
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.yaml_nodes import YamlNode

MODES = {
    "request": GatewayClientAuth.UNVERIFIED,
    "require": GatewayClientAuth.UNVERIFIED,
    "verify_if_given": GatewayClientAuth.OPTIONAL,
    "require_and_verify": GatewayClientAuth.REQUIRED,
}
AUTHORITIES = ("trusted_ca_certs", "trusted_ca_certs_pem_files", "ca")
REQUIRING = ("require", "require_and_verify")
VERIFYING = ("verify_if_given", "require_and_verify")
KNOWN = frozenset({*AUTHORITIES, "trusted_leaf_certs", "mode"})
HARMLESS = frozenset(
    (
        *(
            "match",
            "certificate_selection",
            "cipher_suites",
            "curves",
            "alpn",
            "protocol_min",
            "protocol_max",
        ),
        *("client_authentication", "default_sni", "fallback_sni", "insecure_secrets_log"),
    )
)


class ConnectionPolicy(Struct, frozen=True, eq=False):
    """One connection policy."""

    node: YamlNode

    @property
    def at(self) -> SourceLocation:
        return self.client.place if self.client else self.node.place

    @property
    def client(self) -> YamlNode:
        return self.node.get("client_authentication")

    @property
    def names(self) -> tuple[str, ...]:
        """Server names that select it; empty for any."""
        return tuple(one.written for one in self.node.get("match", "sni").items())

    def takes(self, name: str) -> bool:
        """Return whether a server name selects it. Raises Undetermined."""
        match = self.node.get("match")
        strange = next((key for key, _ in match.entries() if key != "sni"), None)
        if strange is not None and (not self.names or any(host_fits(one, name) for one in self.names)):
            raise Undetermined(f"a connection policy by {strange}", match.place)
        return not self.names or any(host_fits(one, name) for one in self.names)

    @property
    def mode(self) -> str:
        """What it does about client certificates; empty for nothing. Raises Undetermined."""
        client = self.client
        if not client or not any(True for _ in client.entries()):
            return ""
        strange = next((key for key, _ in client.entries() if key not in KNOWN), None)
        strange = strange or next((key for key, _ in self.node.entries() if key not in HARMLESS), None)
        if strange is not None:
            raise Undetermined(f"{strange} of a connection policy", self.at)
        written = client.get("mode").written
        if not written:
            return "require_and_verify" if self.verifies else "require"
        if written not in MODES:
            raise Undetermined(f"the mode {written}", self.at)
        return written

    @property
    def verifies(self) -> bool:
        """Whether it names authorities."""
        return any(self.client.has(name) for name in AUTHORITIES)

    @property
    def auth(self) -> GatewayClientAuth:
        """As the result has it. Raises Undetermined."""
        mode = self.mode
        return GatewayClientAuth.REQUIRED if mode in REQUIRING else MODES.get(mode, GatewayClientAuth.NONE)

    def refuses(self, caller: GatewayCaller, presented: PresentedCertificate | None = None) -> bool:
        """Return whether the handshake fails. Raises Undetermined."""
        mode = self.mode
        pinned = self.client.has("trusted_leaf_certs")
        if caller is GatewayCaller.ANONYMOUS:
            if pinned and mode and mode not in REQUIRING:
                raise Undetermined("leaf certificates that need not be sent", self.at)
            return mode in REQUIRING
        if caller is GatewayCaller.UNTRUSTED:
            return bool(mode) and (pinned or mode in VERIFYING)
        return bool(mode) and pinned and presented is not None and presented.sha256 not in self._pinned()

    def _pinned(self) -> frozenset[str]:
        """Return the fingerprints of the only certificates that are accepted. Raises Undetermined."""
        written = (one.written for one in self.client.get("trusted_leaf_certs").items())
        try:
            return frozenset(sha256(b64decode(one, validate=True)).hexdigest() for one in written)
        except ValueError:
            raise Undetermined("a leaf certificate that cannot be read", self.at) from None


def policies_of(server: YamlNode) -> tuple[ConnectionPolicy, ...]:
    """Return the connection policies of a server, in their order."""
    return tuple(ConnectionPolicy(one) for one in server.get("tls_connection_policies").items())


def policy_for(policies: tuple[ConnectionPolicy, ...], name: str) -> ConnectionPolicy | None:
    """Return the first that a server name selects. Raises Undetermined."""
    return next((one for one in policies if one.takes(name)), None)


def names_of(policies: tuple[ConnectionPolicy, ...]) -> Iterator[str]:
    """Yield the server names of all of them."""
    for one in policies:
        yield from one.names
