"""Where requests carry credentials beside the certificate. Pure."""

from dataclasses import dataclass

from specdrift.checks.core.base import PlannedOperation
from specdrift.model.contract.requirement import SchemeType, SecurityScheme


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialPlace:
    """Where a request carries a credential."""

    words: str
    header: str
    prefix: str = ""

    def field(self, value: str) -> tuple[str, str]:
        """Return the header field."""
        return self.header, self.prefix + value


BEARER = CredentialPlace(words="as a bearer token", header="Authorization", prefix="Bearer ")


def declared_places(planned: PlannedOperation) -> tuple[CredentialPlace, ...]:
    """Return the header fields of the credentials that the operation declares beside the certificate."""
    schemes = (use.scheme for uses in planned.operation.requirement.alternatives for use in uses)
    places = (_place_of(scheme) for scheme in schemes)
    return tuple(dict.fromkeys(place for place in places if place))


def _place_of(scheme: SecurityScheme) -> CredentialPlace | None:
    if scheme.parameter and scheme.parameter[0] == "header":
        return CredentialPlace(words=f"in {scheme.parameter[1]}", header=scheme.parameter[1])
    is_bearer = scheme.http_scheme == "bearer" or scheme.type in (
        SchemeType.OAUTH2,
        SchemeType.OPENID_CONNECT,
    )
    return BEARER if is_bearer else None
