"""Where the metadata of token issuers may be: by the document's URLs and the ``iss`` of configured tokens. Pure.

Only hosts that the owner allows are contacted; a document may name hosts of third parties.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import SplitResult, urljoin, urlsplit

from msgspec import Struct

from specdrift.checks.credentials import issuer_metadata
from specdrift.model.contract.base_paths import encoded
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.hosts import PORTS, ascii_host
from specdrift.model.contract.requirement import SchemeType, SecurityScheme
from specdrift.model.exchange.probe import Endpoint
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.scan.preparation.credentials.bound_tokens import claims_of
from specdrift.scan.preparation.target import pinned, wire_name
from specdrift.settings import NetworkSettings, SchemeSettings, Secret

WELL_KNOWN = "/.well-known/"
OPENID, OAUTH = "openid-configuration", "oauth-authorization-server"
MOST = 8
"""Places that are requested."""


class IssuerCandidate(Struct, frozen=True, kw_only=True):
    """A place of an issuer's metadata."""

    url: str
    issuer: str
    """The issuer that they must name (RFC 8414 §3.3); empty if the URL does not show it."""
    endpoint: Endpoint
    target: str
    unbound: tuple[str, ...] = ()
    """Security schemes whose configured token is of this issuer and names no certificate."""


class AllowedHosts(Struct, frozen=True, kw_only=True):
    """The hosts that may be contacted, and their pinned addresses."""

    base_url: str
    target: Endpoint
    network: NetworkSettings

    def allows(self, host: str) -> bool:
        """Return whether the owner allows a host: the target's, or one of ``network.allow-hosts``."""
        return host == self.target.host or host in map(wire_name, self.network.allow_hosts)

    def endpoint(self, parts: SplitResult) -> Endpoint:
        """Return the endpoint of an https URL."""
        host = ascii_host(parts.hostname or "")
        port = parts.port or PORTS["https"]
        own = host == self.target.host
        return Endpoint(
            host=host,
            port=port,
            server_name=self.target.server_name if own else host,
            address=pinned(self.network.resolve, host, port),
        )


def issuer_candidates(
    contract: Contract, schemes: Mapping[str, SchemeSettings], hosts: AllowedHosts
) -> tuple[IssuerCandidate, ...]:
    """Return the places on allowed hosts, those of the configured tokens first."""
    found: dict[str, IssuerCandidate] = {}
    for url, issuer in _places(contract, schemes, hosts.base_url):
        parts = https_parts(url)
        if parts is not None and hosts.allows(ascii_host(parts.hostname or "")):
            found.setdefault(
                url,
                IssuerCandidate(
                    url=url,
                    issuer=issuer,
                    endpoint=hosts.endpoint(parts),
                    target=target_of(parts),
                    unbound=_unbound(contract, schemes, issuer) if issuer else (),
                ),
            )
    return tuple(found.values())[:MOST]


def not_allowed_issuers(
    contract: Contract, schemes: Mapping[str, SchemeSettings], hosts: AllowedHosts
) -> Iterator[Skipped]:
    """Yield one entry for the issuers' hosts that the configuration does not allow."""
    parts = (https_parts(url) for url, _ in _places(contract, schemes, hosts.base_url))
    names = {ascii_host(one.hostname or "") for one in parts if one is not None}
    refused = sorted(name for name in names if not hosts.allows(name))
    if refused:
        reason = (
            f"the metadata of issuers at {', '.join(refused)}: other hosts are contacted only if "
            "network.allow-hosts names them"
        )
        yield Skipped(check=issuer_metadata.NAME, kind=SkipReason.FILTERED, reason=reason)


def https_parts(url: str) -> SplitResult | None:
    """Split an https URL; ``None`` for any other text, and for one with a user or no host."""
    try:
        parts = urlsplit(url)
        _ = parts.port, ascii_host(parts.hostname or "")
    except ValueError:
        return None
    return parts if parts.scheme == "https" and parts.hostname and "@" not in parts.netloc else None


def target_of(parts: SplitResult) -> str:
    """Return the request target of a URL."""
    query = f"?{encoded(parts.query)}" if parts.query else ""
    return (encoded(parts.path) or "/") + query


def issuer_of(url: str) -> str:
    """Return the issuer of a metadata URL (RFC 8414 §3.1, OpenID Connect Discovery §4); empty if it is neither form."""
    parts = https_parts(url)
    if parts is None:
        return ""
    before, known, after = parts.path.partition(WELL_KNOWN)
    origin = f"{parts.scheme}://{parts.netloc}"
    name, _, path = after.partition("/")
    if not known or name not in (OPENID, OAUTH):
        return ""
    if before and path:
        return ""
    return origin + (before or (f"/{path}" if path else ""))


def _places(
    contract: Contract, schemes: Mapping[str, SchemeSettings], base_url: str
) -> Iterator[tuple[str, str]]:
    """Yield each URL, and the issuer that it is of. Relative URLs are resolved as those of operations are."""
    used = list(_used(contract))
    for issuer in dict.fromkeys(issuer for scheme in used for issuer, _ in _tokens(scheme, schemes)):
        yield from _metadata_of(issuer)
    for scheme in used:
        for reference in scheme.issuers:
            url = _absolute(reference, base_url)
            parts = https_parts(url)
            if parts is None:
                continue
            if WELL_KNOWN in parts.path or scheme.type is SchemeType.OPENID_CONNECT:
                yield url, issuer_of(url)
            else:
                yield from _metadata_of(f"{parts.scheme}://{parts.netloc}")


def _absolute(reference: str, base_url: str) -> str:
    try:
        return urljoin(f"{base_url}/", reference)
    except ValueError:
        return ""


def _used(contract: Contract) -> Iterable[SecurityScheme]:
    """Return the schemes that operations name, each once."""
    uses = (
        use.scheme
        for operation in contract.operations
        for alternative in operation.requirement.alternatives
        for use in alternative
    )
    return dict.fromkeys(uses)


def _metadata_of(issuer: str) -> Iterator[tuple[str, str]]:
    """Yield the two places of an issuer's metadata."""
    parts = https_parts(issuer)
    if parts is None or parts.query or parts.fragment:
        return
    path = parts.path.rstrip("/")
    yield f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{OAUTH}{path}", issuer
    yield f"{parts.scheme}://{parts.netloc}{path}{WELL_KNOWN}{OPENID}", issuer


def _tokens(
    scheme: SecurityScheme, schemes: Mapping[str, SchemeSettings]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the issuer and the claims of each configured JWT of a scheme."""
    settings = schemes.get(scheme.name, SchemeSettings())
    given: Sequence[Secret | None] = (settings.token, settings.value, *settings.tokens.values())
    bearer = scheme.http_scheme == "bearer" or scheme.type in (SchemeType.OAUTH2, SchemeType.OPENID_CONNECT)
    for secret in given if bearer else ():
        claims = claims_of(secret.reveal()) if secret else None
        issuer = claims.get("iss") if claims else None
        if claims is not None and isinstance(issuer, str):
            yield issuer, claims


def _unbound(contract: Contract, schemes: Mapping[str, SchemeSettings], issuer: str) -> tuple[str, ...]:
    return tuple(
        scheme.name
        for scheme in _used(contract)
        if any(of == issuer and "cnf" not in claims for of, claims in _tokens(scheme, schemes))
    )
