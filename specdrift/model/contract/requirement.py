"""Security requirements (OpenAPI Security Requirement Object)."""

from enum import StrEnum
from functools import cached_property

from msgspec import Struct


class Demand(StrEnum):
    """Whether a security requirement demands a client certificate."""

    REQUIRED = "required"
    """Every alternative includes mutualTLS."""
    ONE_OF_SEVERAL = "one-of-several"
    """Some alternatives include mutualTLS, none is anonymous."""
    OPTIONAL = "optional"
    """Some alternatives include mutualTLS, and ``{}`` allows anonymous access."""
    NOT_REQUIRED = "not-required"
    """An explicit ``security: []`` (or only ``{}``)."""
    OTHER = "other"
    """Other schemes only, such as an API key."""
    UNDECLARED = "undeclared"
    """No ``security`` anywhere."""
    UNKNOWN = "unknown"
    """Depends on a scheme or member that cannot be read. Never consistent."""

    @property
    def excludes_anonymous(self) -> bool:
        """Whether mutualTLS is declared and an anonymous caller must be refused."""
        return self in (Demand.REQUIRED, Demand.ONE_OF_SEVERAL)


class Origin(StrEnum):
    """Where the requirement in force is stated: the place of the ``security`` member, or the configuration."""

    OPERATION = "operation"
    ROOT = "root"
    CONFIGURATION = "configuration"
    """A ``[contract]`` entry, which adds the certificate to what the document declares."""
    NONE = "none"


class SchemeType(StrEnum):
    """``type`` of a Security Scheme Object."""

    MUTUAL_TLS = "mutualTLS"
    API_KEY = "apiKey"
    HTTP = "http"
    OAUTH2 = "oauth2"
    OPENID_CONNECT = "openIdConnect"
    UNKNOWN = "unknown"
    """Undefined, unresolvable, or of a type that OpenAPI does not define."""


WITH_SCOPES = frozenset({SchemeType.OAUTH2, SchemeType.OPENID_CONNECT, SchemeType.UNKNOWN})
"""Types whose requirements list scopes; those of others list roles."""


class SecurityScheme(Struct, frozen=True, kw_only=True):
    """A Security Scheme Object."""

    name: str
    type: SchemeType
    parameter: tuple[str, str] | None = None
    """``(in, name)`` of an apiKey; ``in`` is header, query or cookie."""
    http_scheme: str = ""
    """Authentication scheme of type ``http`` (RFC 9110 §11.1), in lower case."""
    issuers: tuple[str, ...] = ()
    """Token, authorization and discovery URLs of OAuth 2.0 or OpenID Connect, sorted."""


class SchemeUse(Struct, frozen=True, kw_only=True):
    """One member of an alternative."""

    scheme: SecurityScheme
    scopes: tuple[str, ...] = ()
    """Scopes, or roles (OpenAPI 3.1)."""

    @property
    def is_mutual_tls(self) -> bool:
        return self.scheme.type is SchemeType.MUTUAL_TLS

    @property
    def names_roles(self) -> bool:
        """Whether ``scopes`` are roles, of which one is enough, and not scopes, of which all are needed."""
        return self.scheme.type not in WITH_SCOPES


class Requirement(Struct, frozen=True, kw_only=True, dict=True):
    """The requirement in force for one operation: an OR of ANDs."""

    alternatives: tuple[tuple[SchemeUse, ...], ...]
    """One tuple for each Security Requirement Object; ``()`` is ``{}``, anonymous access."""
    origin: Origin
    demand: Demand
    reason: str = ""
    """Why the demand is ``unknown``, for people; else empty."""

    @cached_property
    def certificate_alone_suffices(self) -> bool:
        """Whether one alternative includes mutualTLS only."""
        return any(
            alternative and all(use.is_mutual_tls for use in alternative) for alternative in self.alternatives
        )

    @cached_property
    def roles(self) -> frozenset[str]:
        """Roles of the alternatives with mutualTLS only, else of the one alternative with mutualTLS. Empty: no role."""
        with_certificate = [a for a in self.alternatives if any(u.is_mutual_tls for u in a)]
        alone = [a for a in with_certificate if all(u.is_mutual_tls for u in a)]
        return _roles(with_certificate, alone)

    @property
    def may_need_certificate(self) -> bool:
        """Whether an alternative names mutualTLS, or cannot be read."""
        return self.demand not in (Demand.NOT_REQUIRED, Demand.OTHER, Demand.UNDECLARED)

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
