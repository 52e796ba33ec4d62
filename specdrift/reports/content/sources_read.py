"""What of services and gateways was read, in words."""

from specdrift.model.plural import plural
from specdrift.model.result.result import Result
from specdrift.model.result.source import UnresolvedExpression


def was_read(result: Result) -> bool:
    """Return whether a service or a gateway was read."""
    return result.source is not None or bool(result.gateways)


def places_of(what: str, places: tuple[UnresolvedExpression, ...]) -> str:
    """Return a sentence about places that were not read; empty without any."""
    if not places:
        return ""
    more = f" and {plural(len(places) - 1, 'other place')}" if len(places) > 1 else ""
    return f" {what}: {places[0].what} ({places[0].location}){more}."
