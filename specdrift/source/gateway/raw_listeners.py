"""Listeners that hand connections to a service without looking at requests."""

from dataclasses import dataclass

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth, GatewayEntry, Passage
from specdrift.model.result.source import ListenerKind
from specdrift.source.gateway.exchange import Decision, GatewayRequest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawListener:
    """One of them, with the service that it shares with servers that do look at requests."""

    entry: GatewayEntry
    upstream: frozenset[str]
    at: SourceLocation

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what becomes of a request: only the handshake can refuse it."""
        if self._refuses(request.caller):
            return Decision(passage=Passage.REFUSED_IN_TLS, at=self.entry.location)
        return Decision(
            passage=Passage.FORWARDED,
            at=self.at,
            upstream=self.upstream,
            path=request.target,
            route=self.at,
            sent=dict(request.headers),
            raw=self.entry.kind is not ListenerKind.TLS,
        )

    def _refuses(self, caller: GatewayCaller) -> bool:
        match caller:
            case GatewayCaller.ANONYMOUS:
                return self.entry.client_auth is GatewayClientAuth.REQUIRED
            case GatewayCaller.UNTRUSTED:
                return self.entry.client_auth in (GatewayClientAuth.REQUIRED, GatewayClientAuth.OPTIONAL)
        return False
