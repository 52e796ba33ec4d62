"""Listeners that hand connections to a service without looking at requests."""

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth, GatewayEntry, Passage
from specdrift.model.result.source import ListenerKind
from specdrift.source.gateway.exchange import Decision, GatewayRequest

ENDS_TLS = "the service that ends TLS itself"


class RawListener(Struct, frozen=True, eq=False, kw_only=True):
    """One of them, with the service that it shares with servers that do look at requests."""

    entry: GatewayEntry
    upstream: frozenset[str]
    at: SourceLocation
    may_end_tls: bool = False
    """No server that looks at requests has the service: it may have TLS of its own."""

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what becomes of a request: only the handshake can refuse it."""
        if self._refuses(request.caller):
            return Decision(passage=Passage.REFUSED_IN_TLS, at=self.entry.location)
        raw = self.entry.kind is not ListenerKind.TLS
        unknown = raw and self.may_end_tls
        return Decision(
            passage=Passage.UNKNOWN if unknown else Passage.FORWARDED,
            reason=ENDS_TLS if unknown else "",
            at=self.at,
            upstream=self.upstream,
            path=request.target,
            route=self.at,
            sent=dict(request.headers),
            raw=raw,
        )

    def _refuses(self, caller: GatewayCaller) -> bool:
        match caller:
            case GatewayCaller.ANONYMOUS:
                return self.entry.client_auth is GatewayClientAuth.REQUIRED
            case GatewayCaller.UNTRUSTED:
                return self.entry.client_auth in (GatewayClientAuth.REQUIRED, GatewayClientAuth.OPTIONAL)
        return False
