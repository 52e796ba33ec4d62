"""Servers that answer an operation with content of their own, where another one hands it to a service."""

from collections.abc import Iterator, Sequence

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.source.gateway.views import DecidedRoute


def own_content(serving: Sequence[DecidedRoute]) -> Iterator[DecidedRoute]:
    """Yield those whose content is none of the service's, such as the page of a default server.

    Files of a server with a name of the API's server may be the operation, and so may what that server answers with.
    """
    handing = [one for one in serving if one.valid.passage in (Passage.FORWARDED, Passage.UNKNOWN)]
    gateways = {one.gateway.chain for one in handing}
    names = {name.lower() for one in handing for name in one.route.entry.names}
    for one in serving if handing else ():
        named = any(name.lower() in names for name in one.route.entry.names)
        if one.gateway.chain in gateways and not named and _is_content(one) and not _is_shared(one, serving):
            yield one


def _is_content(one: DecidedRoute) -> bool:
    decisions = [one.decisions[caller] for caller in GatewayCaller]
    return all(each.passage is Passage.ANSWERED and not each.copies for each in decisions)


def _is_shared(one: DecidedRoute, serving: Sequence[DecidedRoute]) -> bool:
    """Return whether another server answers by the same statement."""
    place = one.route.entry.location
    others = (other.valid for other in serving if other.route.entry.location != place)
    return any(other.passage is Passage.ANSWERED and other.at == one.valid.at for other in others)
