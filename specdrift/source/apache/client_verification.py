"""What mod_ssl asks of a client certificate: in the handshake, and for sections after it."""

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth
from specdrift.source.apache.apache_values import ApacheRequest
from specdrift.source.apache.configuration.apache_directives import ApacheDirective
from specdrift.source.apache.configuration.virtual_hosts import MODES, ApacheServer
from specdrift.source.apache.sections import Effective, condition
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.open_facts import OpenFact, certainly

FORBIDDEN = 403
_OPTIONAL = (GatewayClientAuth.OPTIONAL, GatewayClientAuth.UNVERIFIED)


class CertificateRefusal(Struct, frozen=True):
    """A refusal after the handshake."""

    at: SourceLocation
    status: int = FORBIDDEN


def refuses(mode: GatewayClientAuth, caller: GatewayCaller, server: ApacheServer) -> bool:
    """Return whether a mode refuses a caller."""
    if mode is GatewayClientAuth.NONE or (
        mode is not GatewayClientAuth.REQUIRED and caller is GatewayCaller.ANONYMOUS
    ):
        return False
    if caller is GatewayCaller.VALID and _depth(server) < 1:
        raise Undetermined("SSLVerifyDepth 0", server.at)
    if caller is GatewayCaller.VALID:
        return mode is not GatewayClientAuth.UNVERIFIED and not server.has_ca
    return mode is not GatewayClientAuth.UNVERIFIED


def _depth(server: ApacheServer) -> int:
    found = server.setting("sslverifydepth")
    return int(found.arg(0)) if found and found.arg(0).isdecimal() else 1


def verified(
    effective: Effective, request: ApacheRequest, server: ApacheServer, handshake: ApacheServer
) -> CertificateRefusal | None:
    """Return how the verification that sections ask for refuses; ``None`` if it does not.

    ``handshake`` is the server of the handshake, if the client named none there or another one.
    """
    tls_only = next(effective.all("sslrequiressl"), None)
    if not request.tls:
        return CertificateRefusal(tls_only.location) if tls_only else None
    asked = effective.last("sslverifyclient")
    inner = MODES.get(asked.arg(0).lower(), GatewayClientAuth.NONE) if asked else GatewayClientAuth.NONE
    found = _renegotiated(inner, asked, request, server, handshake)
    if found is not None:
        return found
    for one in effective.all("sslrequire"):
        if not condition(one, one.written, request):
            return CertificateRefusal(one.location)
    return None


def _renegotiated(
    inner: GatewayClientAuth,
    asked: ApacheDirective | None,
    request: ApacheRequest,
    server: ApacheServer,
    handshake: ApacheServer,
) -> CertificateRefusal | None:
    """Request a certificate after the handshake, if sections ask for more than it did."""
    done = handshake.mode
    own = GatewayClientAuth.NONE if asked is None and server is handshake else server.mode
    required = GatewayClientAuth.REQUIRED in (inner, own)
    some = required or inner in _OPTIONAL or own in _OPTIONAL
    again = (some and done is GatewayClientAuth.NONE) or (required and done is not GatewayClientAuth.REQUIRED)
    if not again:
        return None
    at = asked.location if asked else server.mode_at
    if required and server is not handshake and server.authorities != handshake.authorities:
        return CertificateRefusal(at)
    mode = inner if asked and inner is not GatewayClientAuth.NONE else own
    request.presented = request.caller is not GatewayCaller.ANONYMOUS
    mode = GatewayClientAuth.REQUIRED if required and not request.presented else mode
    if refuses(mode, request.caller, server):
        return CertificateRefusal(at)
    if done is not GatewayClientAuth.NONE and not _asks_twice(request, at):
        return CertificateRefusal(at)
    return None


def _asks_twice(request: ApacheRequest, at: SourceLocation) -> bool:
    """Return whether a connection asks for a certificate again. OpenSSL does not in TLS 1.3; the client chooses."""
    what = "TLS 1.2"
    known = request.assumed.get(what)
    return certainly(OpenFact(what, what, chosen=True, at=at) if known is None else known)
