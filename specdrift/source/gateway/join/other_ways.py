"""Servers that refuse an operation to every client, and may hand another request on as that operation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from specdrift.model.contract.operation import Operation
from specdrift.model.result.drift import Severity
from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.model.result.source import Guarding, SourceFinding
from specdrift.source.gateway.exchange import Decision, GatewayRequest, comparable
from specdrift.source.gateway.join import bypasses
from specdrift.source.gateway.join.behind import Behind
from specdrift.source.gateway.sameness import same_service
from specdrift.source.gateway.truth import Unknown
from specdrift.source.gateway.views import DecidedRoute

GUARDED_BEHIND = "the guard of the service for a request that another server hands on"
ROOT = "/"
MOST_TRIED = 3_000
"""Maximum number of operations at such servers for which requests are tried."""


@dataclass(slots=True)
class OtherWays:
    """What such servers forward to anonymous clients."""

    forwarded: Mapping[int, Sequence[Decision]]
    """What clients without a certificate get with the operations of the document, by the identity of the entry."""
    roots: dict[int, Decision] = field(default_factory=dict)
    """What they get at the root, by the identity of the entry, as far as it was asked for."""
    left: int = MOST_TRIED

    @classmethod
    def of(cls, routes: Iterable[DecidedRoute]) -> "OtherWays":
        found: dict[int, list[Decision]] = {}
        for one in routes:
            anonymous = one.decisions[GatewayCaller.ANONYMOUS]
            if anonymous.passage is Passage.FORWARDED:
                found.setdefault(id(one.route.entry), []).append(anonymous)
        return cls(found)

    def findings(
        self,
        guarded: Sequence[DecidedRoute],
        others: Iterable[DecidedRoute],
        operation: Operation,
        behind: Behind,
    ) -> Iterator[SourceFinding | Unknown]:
        """Yield the requests to other servers that get an operation which the guarded ones keep."""
        services = {(one.valid.upstream, one.valid.path): one for one in reversed(guarded)}
        for other in others:
            for one in services.values():
                if not self._reaches(other, one):
                    continue
                self.left -= 1
                if self.left < 0:
                    yield Unknown(
                        f"more than {MOST_TRIED:,} operations at other servers", one.route.entry.location
                    )
                    return
                yield from _at(other, one, operation, behind)

    def _reaches(self, other: DecidedRoute, one: DecidedRoute) -> bool:
        """Return whether a server forwards anything to the service of an operation, or rewrites paths."""
        entry, configuration = other.route.entry, other.gateway.configuration
        paths = configuration.rewritten(entry)
        if any(not each.upstream or comparable(each.upstream) & one.valid.upstream for each in paths):
            return True
        if id(entry) not in self.roots:
            self.roots[id(entry)] = _anonymous(other, "GET", ROOT)
        head = _anonymous(other, "HEAD", other.target)
        every = (*self.forwarded.get(id(entry), ()), self.roots[id(entry)], head)
        return any(same_service(each, one.valid) is True for each in every)


def _anonymous(other: DecidedRoute, method: str, target: str) -> Decision:
    request = GatewayRequest.chosen(other.route.entry, GatewayCaller.ANONYMOUS, method, target, None)
    return other.gateway.configuration.decide(request)


def _at(
    other: DecidedRoute, one: DecidedRoute, operation: Operation, behind: Behind
) -> Iterator[SourceFinding | Unknown]:
    """Yield what one server hands on as an operation, beside what a valid certificate gets elsewhere."""
    joined = replace(other, decisions={**other.decisions, GatewayCaller.VALID: one.valid})
    found = tuple(bypasses.findings(joined, operation, behind.view, behind.routes, other_hosts=False))
    entry = other.route.entry
    if entry.loopback or (entry.in_cluster and not one.route.entry.in_cluster):
        yield from (
            replace(each, severity=Severity.NOTE) for each in found if isinstance(each, SourceFinding)
        )
        return
    guards = {route.guard for route in behind.routes}
    if guards <= {Guarding.NONE}:
        yield from found
    elif found:
        yield Unknown(GUARDED_BEHIND, entry.location)
