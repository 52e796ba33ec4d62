"""A gateway that is not judged: it was left out, or its file is a template."""

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayEntry, Passage
from specdrift.model.result.source import UnresolvedExpression
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.gateway.rewritten_paths import RewrittenPath


class UnjudgedGateway(Struct, frozen=True, eq=False, kw_only=True):
    """A gateway that may refuse or admit any request."""

    at: SourceLocation
    reason: str
    unresolved: tuple[UnresolvedExpression, ...]
    entries: tuple[GatewayEntry, ...] = ()
    files: int = 0

    def decide(self, request: GatewayRequest) -> Decision:
        """Return that nothing is known of a request."""
        del request
        return Decision(passage=Passage.UNKNOWN, at=self.at, reason=self.reason)

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return nothing: no choice of a client is known to matter."""
        del entry
        return ()

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return nothing: no path is known to be rewritten."""
        del entry
        return ()

    def services(self, _: GatewayEntry, /) -> frozenset[str] | None:
        """Return that the addresses which requests may get to are not known."""
        return None

    def certificate_headers(self) -> frozenset[str]:
        """Return nothing: no header is known to be filled."""
        return frozenset()
