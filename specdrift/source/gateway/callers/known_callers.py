"""A gateway of which some clients are known by their certificates."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.result.gateway import GatewayCaller, GatewayEntry, Passage
from specdrift.model.result.source import UnresolvedExpression
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import Decision, GatewayConfiguration, GatewayRequest
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.gateway.views import ReadGateway

MOST = 20
"""Maximum number of clients that are tried."""


def with_known_callers(gateway: ReadGateway, certificates: Sequence[PresentedCertificate]) -> ReadGateway:
    """Return a gateway of which some valid clients are known; the same one without any."""
    if not certificates:
        return gateway
    return replace(gateway, configuration=KnownCallers(gateway.configuration, certificates))


class KnownCallers(Struct, frozen=True, eq=False):
    """Decides by the certificates of valid clients what depends on names in a certificate.

    What none of them certainly gets stays undecided: there may be a client with another name.
    """

    inner: GatewayConfiguration
    certificates: Sequence[PresentedCertificate]

    @property
    def entries(self) -> tuple[GatewayEntry, ...]:
        return self.inner.entries

    @property
    def unresolved(self) -> tuple[UnresolvedExpression, ...]:
        return self.inner.unresolved

    @property
    def files(self) -> int:
        return self.inner.files

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what becomes of a request: that of a known valid client, where it is not the same for all."""
        own = self.inner.decide(request)
        settled = own.passage is not Passage.UNKNOWN or request.presented is not None
        if settled or request.caller is not GatewayCaller.VALID:
            return own
        tried = (self.inner.decide(replace(request, presented=one)) for one in self.certificates[:MOST])
        return next((one for one in tried if one.passage.admitted), own)

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return what clients of a server can send so that conditions hold."""
        return self.inner.choices(entry)

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return the beginnings of paths that a server hands on as others."""
        return self.inner.rewritten(entry)

    def services(self, entry: GatewayEntry, /) -> frozenset[str] | None:
        """Return the addresses that requests to a server may get to."""
        return self.inner.services(entry)

    def certificate_headers(self) -> frozenset[str]:
        """Return the headers that some route sets from the client certificate."""
        return self.inner.certificate_headers()
