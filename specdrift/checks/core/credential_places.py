"""Where requests carry credentials beside the certificate. Pure."""

from collections.abc import Sequence
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import PlannedOperation
from specdrift.model.contract.requirement import SchemeType, SecurityScheme
from specdrift.model.exchange.probe import Request


class CredentialPlace(Struct, frozen=True, kw_only=True):
    """Where a request carries a credential."""

    words: str
    header: str = ""
    """Name of the field; empty for a parameter."""
    prefix: str = ""
    parameter: str = ""
    """Name of a parameter in the query."""


def with_credential(request: Request, places: Sequence[CredentialPlace], value: str) -> Request:
    """Return the request with the value in all of these places, instead of what is there."""
    fields = tuple((place.header, place.prefix + value) for place in places if place.header)
    names = {name.lower() for name, _ in fields}
    kept = (field for field in request.headers if field[0].lower() not in names)
    path, _, query = request.target.partition("?")
    parameters = tuple(quote(place.parameter, safe="") for place in places if place.parameter)
    others = (each for each in query.split("&") if each and each.partition("=")[0] not in parameters)
    written = "&".join((*others, *(f"{name}={quote(value, safe='')}" for name in parameters)))
    return replace(request, target=f"{path}?{written}" if written else path, headers=(*kept, *fields))


BEARER = CredentialPlace(words="as a bearer token", header="Authorization", prefix="Bearer ")


def declared_places(planned: PlannedOperation) -> tuple[CredentialPlace, ...]:
    """Return where the operation declares credentials beside the certificate."""
    schemes = (use.scheme for uses in planned.operation.requirement.alternatives for use in uses)
    places = (_place_of(scheme) for scheme in schemes)
    return tuple(dict.fromkeys(place for place in places if place))


def without_credentials(planned: PlannedOperation) -> Request:
    """Return the request with nothing that stands for a credential: what a client without credentials sends."""
    places = declared_places(planned)
    fields = {place.header.lower() for place in places if place.header}
    schemes = (use.scheme for uses in planned.operation.requirement.alternatives for use in uses)
    fields |= {"authorization"} if any(scheme.type is SchemeType.HTTP for scheme in schemes) else set()
    parameters = {quote(place.parameter, safe="") for place in places if place.parameter}
    path, _, query = planned.request.target.partition("?")
    kept = "&".join(each for each in query.split("&") if each.partition("=")[0] not in parameters)
    return replace(
        planned.request,
        target=(f"{path}?{kept}" if kept else path) if parameters else planned.request.target,
        headers=tuple(field for field in planned.request.headers if field[0].lower() not in fields),
    )


def _place_of(scheme: SecurityScheme) -> CredentialPlace | None:
    where, name = scheme.parameter or ("", "")
    match where:
        case "header":
            return CredentialPlace(words=f"in {name}", header=name)
        case "cookie":
            return CredentialPlace(words=f"in the cookie {name}", header="Cookie", prefix=f"{name}=")
        case "query":
            return CredentialPlace(words=f"in the parameter {name}", parameter=name)
    is_bearer = scheme.http_scheme == "bearer" or scheme.type in (
        SchemeType.OAUTH2,
        SchemeType.OPENID_CONNECT,
    )
    return BEARER if is_bearer else None
