"""What the metadata of a token issuer announce of mutual TLS (RFC 8414 §2, RFC 8705 §3.3 and §5)."""

from msgspec import Struct

from specdrift.model.exchange.probe import Endpoint


class MutualTlsEndpoint(Struct, frozen=True, kw_only=True):
    """An endpoint of the issuer that clients use with their certificate."""

    name: str
    """Its member in the metadata: ``mtls_endpoint_aliases.token_endpoint``, or ``token_endpoint`` without aliases."""
    url: str
    endpoint: Endpoint
    target: str
    """Request target of the URL."""


class IssuerMetadata(Struct, frozen=True, kw_only=True):
    """The metadata of one issuer."""

    issuer: str
    url: str
    """Where they were read."""
    probe: str
    """Id of the probe that read them."""
    binds_tokens: bool
    """``tls_client_certificate_bound_access_tokens``."""
    methods: tuple[str, ...] = ()
    """Members of ``token_endpoint_auth_methods_supported`` that need a client certificate."""
    endpoints: tuple[MutualTlsEndpoint, ...] = ()
    unbound: tuple[str, ...] = ()
    """Security schemes of the document whose configured token is of this issuer and names no certificate."""
