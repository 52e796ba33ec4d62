"""What a document demands of a caller (OpenAPI Security Requirement Object)."""

from dataclasses import dataclass, field
from enum import StrEnum


class Demand(StrEnum):
    """How far an operation's requirement asks for a client certificate."""

    REQUIRED = "required"
    """Every alternative needs a certificate."""
    ONE_OF_SEVERAL = "one-of-several"
    """Some alternatives need one, none is anonymous."""
    OPTIONAL = "optional"
    """Some alternatives need one, and ``{}`` lets callers in without."""
    NOT_REQUIRED = "not-required"
    """An explicit ``security: []`` (or only ``{}``)."""
    OTHER = "other"
    """Something else only: an API key, a token."""
    UNDECLARED = "undeclared"
    """No ``security`` anywhere."""
    UNKNOWN = "unknown"
    """It depends on a scheme or member that cannot be read; never a pass."""

    @property
    def excludes_anonymous(self) -> bool:
        """Whether a certificate is declared, and a caller without credentials must be refused."""
        return self in (Demand.REQUIRED, Demand.ONE_OF_SEVERAL)


class Origin(StrEnum):
    """Whose ``security`` member is in force."""

    OPERATION = "operation"
    ROOT = "root"
    NONE = "none"


class SchemeType(StrEnum):
    """``type`` of a Security Scheme Object."""

    MUTUAL_TLS = "mutualTLS"
    API_KEY = "apiKey"
    HTTP = "http"
    OAUTH2 = "oauth2"
    OPENID_CONNECT = "openIdConnect"
    UNKNOWN = "unknown"
    """Undefined, unresolvable, or a type that no OpenAPI version has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityScheme:
    """A Security Scheme Object, as far as a client needs it.

    ``parameter`` is ``(in, name)`` of an apiKey (``in``: header, query or cookie), else ``None``;
    ``http_scheme`` the lower-case RFC 9110 authentication scheme of type ``http``, else empty. ``issuers`` are the
    URLs, sorted, from which an OAuth 2.0 or OpenID Connect client learns where tokens come from.
    """

    name: str
    type: SchemeType
    parameter: tuple[str, str] | None = None
    http_scheme: str = ""
    issuers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeUse:
    """One member of an alternative: a scheme, and its scopes (roles for ``mutualTLS``, OpenAPI 3.1+)."""

    scheme: SecurityScheme
    scopes: tuple[str, ...] = ()

    @property
    def is_mutual_tls(self) -> bool:
        return self.scheme.type is SchemeType.MUTUAL_TLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """The requirement in force for one operation: an OR of ANDs.

    ``alternatives`` holds one tuple of scheme uses for each Security Requirement Object; ``()`` inside it
    is ``{}``, anonymous access. ``reason`` says why the demand is ``unknown``, else it is empty.

    What follows is worked out once, since it is asked for each identity. ``certificate_alone_suffices``: one
    alternative is satisfied by a client certificate and nothing else. ``roles``: those of the alternatives that a
    certificate alone satisfies, or of the only one that has a certificate beside other credentials (empty: any
    certificate).
    """

    alternatives: tuple[tuple[SchemeUse, ...], ...]
    origin: Origin
    demand: Demand
    reason: str = ""
    certificate_alone_suffices: bool = field(init=False, repr=False, compare=False)
    roles: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        with_certificate = [a for a in self.alternatives if any(u.is_mutual_tls for u in a)]
        alone = [a for a in with_certificate if all(u.is_mutual_tls for u in a)]
        object.__setattr__(self, "certificate_alone_suffices", bool(alone))
        object.__setattr__(self, "roles", _roles(with_certificate, alone))

    @property
    def anonymous_allowed(self) -> bool:
        return self.demand in (Demand.NOT_REQUIRED, Demand.UNDECLARED) or () in self.alternatives


def _roles(
    with_certificate: list[tuple[SchemeUse, ...]], alone: list[tuple[SchemeUse, ...]]
) -> frozenset[str]:
    deciding = alone or (with_certificate if len(with_certificate) == 1 else [])
    uses = [use for alternative in deciding for use in alternative if use.is_mutual_tls]
    named = all(use.scopes for use in uses)
    return frozenset(role for use in uses for role in use.scopes) if named else frozenset()
