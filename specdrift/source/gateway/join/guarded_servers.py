"""Servers that refuse anonymous clients an operation, by the service that they hand it to; and those without it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller, GatewayEntry, Passage
from specdrift.source.gateway.exchange import Decision
from specdrift.source.gateway.sameness import same_operation
from specdrift.source.gateway.views import DecidedRoute

ServiceKey = str | SourceLocation | None
"""The address of a service, or the statement that answers."""


class GuardedServers(Struct, frozen=True):
    """Those of one operation."""

    routes: tuple[DecidedRoute, ...]
    first: Mapping[ServiceKey, int]
    """The first server of each service, by number."""
    gateways: frozenset[str]
    """Names of the gateways, or of the chains of them, that have one."""
    meant: frozenset[str]
    """Those with one whose host the document's servers name."""

    @classmethod
    def of(
        cls, refusing: Iterable[DecidedRoute], is_meant: Callable[[DecidedRoute], bool]
    ) -> "GuardedServers":
        """Sort servers. Where the document names the host of some, others count if they have the same service."""
        every = tuple(refusing)
        named = tuple(one for one in every if is_meant(one))
        services: dict[str, set[ServiceKey]] = defaultdict(set)
        for one in named:
            services[one.gateway.chain].update(_keys(one.valid))
        first: dict[ServiceKey, int] = {}
        for number, one in enumerate(every):
            for key in _keys(one.valid):
                if key in (services.get(one.gateway.chain) or (key,)):
                    first.setdefault(key, number)
        gateways = frozenset(one.gateway.chain for one in every)
        return cls(every, first, gateways, frozenset(one.gateway.chain for one in named))

    def twin(self, one: DecidedRoute) -> DecidedRoute | None:
        """Return the first that hands the operation to the same service as an anonymous client of ``one`` gets to."""
        own = one.decisions[GatewayCaller.ANONYMOUS]
        numbers = [self.first[key] for key in _keys(own) if key in self.first]
        for copy in own.copies:
            found = [self.first[key] for key in _keys(copy) if key in self.first]
            numbers += (number for number in found if _to_operation(copy, self.routes[number]))
        return self.routes[min(numbers)] if numbers else None

    def beside(self, one: DecidedRoute) -> Iterator[GatewayEntry]:
        """Yield those that hand the operation to a service that an anonymous client of ``one`` gets to."""
        own = one.decisions[GatewayCaller.ANONYMOUS]
        keys = {key for each in (own, *own.copies) for key in _keys(each)}
        yield from (each.route.entry for each in self.routes if not keys.isdisjoint(_keys(each.valid)))


def is_out_of_reach(entry: GatewayEntry, guarded: Iterable[GatewayEntry]) -> bool:
    """Return whether clients reach a server that keeps an operation, and fewer of them this one beside it.

    Servers of one address and port are one listener: what forwards to it, such as a tunnel, forwards to both.
    """
    others = tuple(guarded)
    if any((one.address, one.port) == (entry.address, entry.port) for one in others):
        return False
    return any(one.reach > entry.reach for one in others)


def _to_operation(copy: Decision, guarded: DecidedRoute) -> bool:
    return same_operation(copy, guarded.valid) is True


def _keys(decision: Decision) -> Iterator[ServiceKey]:
    yield from decision.upstream
    if decision.passage is Passage.ANSWERED:
        yield decision.at


def own_content(serving: Sequence[DecidedRoute]) -> Iterator[DecidedRoute]:
    """Yield servers whose content is none of the service's, such as the page of a default server.

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
