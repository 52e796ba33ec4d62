"""Reads the members of an issuer's metadata that are about mutual TLS. Pure."""

import json
from collections.abc import Iterator, Mapping

from msgspec import Struct

from specdrift.model.contract.hosts import ascii_host
from specdrift.model.exchange.issuer import IssuerMetadata, MutualTlsEndpoint
from specdrift.scan.issuers.metadata_urls import AllowedHosts, IssuerCandidate, https_parts, target_of

ALIASES = "mtls_endpoint_aliases"
BINDS = "tls_client_certificate_bound_access_tokens"
METHODS = frozenset({"tls_client_auth", "self_signed_tls_client_auth"})
"""Client authentication by a certificate (RFC 8705 §2.1.1, §2.2.1)."""
ENDPOINTS = (
    "token_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "userinfo_endpoint",
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
    "backchannel_authentication_endpoint",
    "registration_endpoint",
)
"""Endpoints that clients contact themselves: none is requested by a browser, and GET of none changes anything."""


class MetadataReading(Struct, frozen=True, kw_only=True):
    """The outcome of reading: metadata, or a problem for people."""

    metadata: IssuerMetadata | None = None
    problem: str = ""
    not_allowed: tuple[str, ...] = ()
    """Hosts of announced endpoints that may not be contacted."""


def read_metadata(
    content: str, candidate: IssuerCandidate, hosts: AllowedHosts, *, probe: str
) -> MetadataReading:
    """Read metadata. They count only if they name the issuer that they were requested of (RFC 8414 §3.3)."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return MetadataReading(problem="the answer is not JSON")
    issuer = document.get("issuer") if isinstance(document, dict) else None
    if not isinstance(issuer, str):
        return MetadataReading(problem="the answer names no issuer")
    if candidate.issuer and issuer != candidate.issuer:
        return MetadataReading(problem=f"they are of another issuer, {issuer} (RFC 8414 §3.3)")
    announced = list(_announced(document))
    places = [(name, url, https_parts(url)) for name, url in announced]
    endpoints = [
        (MutualTlsEndpoint(name=name, url=url, endpoint=hosts.endpoint(parts), target=target_of(parts)))
        for name, url, parts in places
        if parts is not None and hosts.allows(ascii_host(parts.hostname or ""))
    ]
    named = {ascii_host(parts.hostname or "") for _, _, parts in places if parts is not None}
    return MetadataReading(
        metadata=IssuerMetadata(
            issuer=issuer,
            url=candidate.url,
            probe=probe,
            binds_tokens=_binds(document),
            methods=_methods(document),
            endpoints=tuple(endpoints),
            unbound=candidate.unbound,
        ),
        not_allowed=tuple(sorted(name for name in named if not hosts.allows(name))),
    )


def _binds(document: Mapping[str, object]) -> bool:
    return document.get(BINDS) is True


def _methods(document: Mapping[str, object]) -> tuple[str, ...]:
    supported = document.get("token_endpoint_auth_methods_supported")
    return (
        tuple(sorted(METHODS.intersection(filter(_is_text, supported))))
        if isinstance(supported, list)
        else ()
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _announced(document: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the endpoints for mutual TLS: the aliases, or the token endpoint if there are none (RFC 8705 §5)."""
    aliases = document.get(ALIASES)
    if isinstance(aliases, dict) and aliases:
        for name in ENDPOINTS:
            if isinstance(url := aliases.get(name), str):
                yield f"{ALIASES}.{name}", url
    elif (_binds(document) or _methods(document)) and isinstance(url := document.get(ENDPOINTS[0]), str):
        yield ENDPOINTS[0], url
