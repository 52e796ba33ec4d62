"""What may be a gateway of the service, and was left out: it has no listeners and decides nothing."""

from dataclasses import dataclass

from specdrift.model.result.gateway import GatewayEntry, Passage
from specdrift.model.result.source import UnresolvedExpression
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.gateway.rewritten_paths import RewrittenPath


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """Resources that are named, and not read."""

    unresolved: tuple[UnresolvedExpression, ...]

    @property
    def entries(self) -> tuple[GatewayEntry, ...]:
        return ()

    @property
    def files(self) -> int:
        return 0

    def decide(self, request: GatewayRequest) -> Decision:
        """Return that nothing is known of a request."""
        del request
        return Decision(passage=Passage.UNKNOWN, at=self.unresolved[0].location, reason="a gateway not read")

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return nothing: no choice of a client is known to matter."""
        del entry
        return ()

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return nothing: no path is known to be rewritten."""
        del entry
        return ()

    def certificate_headers(self) -> frozenset[str]:
        """Return nothing: no header is known to be filled."""
        return frozenset()
