"""Servers that refuse an operation to every client, and may hand another request on as that operation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.contract.operation import Operation
from specdrift.model.result.drift import Severity
from specdrift.model.result.gateway import GatewayCaller, GatewayEntry, Passage
from specdrift.model.result.source import SourceFinding
from specdrift.source.gateway.client_choices import MOST_CHOICES, ClientChoice
from specdrift.source.gateway.exchange import Decision, GatewayRequest, comparable
from specdrift.source.gateway.join import bypasses
from specdrift.source.gateway.join.guarded_servers import is_out_of_reach
from specdrift.source.gateway.join.other_values import OtherValues
from specdrift.source.gateway.join.service_behind import ServiceBehind
from specdrift.source.gateway.sameness import VARIABLE, same_service
from specdrift.source.gateway.truth import Unknown
from specdrift.source.gateway.views import DecidedRoute
from specdrift.source.keys.same_object import SameObject

MOST_TRIED = 3_000
"""Maximum number of operations at such servers for which requests are tried."""
MOST_VALUED = 500
"""Maximum number of those for which values are tried, at servers that hand requests to the service."""
MOST_PROBES = 20_000
"""Maximum number of requests that show which services such servers reach."""
PATH = "/%:@!$&'()*+,;=-._~"
"""Characters that stay in a path (RFC 3986 §3.3)."""


MANY = f"more than {MOST_TRIED:,} operations at other servers, or {MOST_VALUED:,} with values at those of the service"


class OtherWays(Struct):
    """What such servers forward to anonymous clients."""

    forwarded: Mapping[SameObject[GatewayEntry], Sequence[Decision]]
    """What clients without a certificate get with the operations of the document, by the identity of the entry."""
    reached: dict[SameObject[GatewayEntry], Sequence[Decision]] = field(default_factory=dict)
    """What they get at other paths, by the identity of the entry, as far as it was always for."""
    services: dict[SameObject[GatewayEntry], frozenset[str] | None] = field(default_factory=dict)
    """The services of servers that are all known, by the identity of the entry."""
    left: int = MOST_TRIED
    valued: int = MOST_VALUED
    probes: int = MOST_PROBES

    @classmethod
    def of(cls, routes: Iterable[DecidedRoute]) -> "OtherWays":
        found: dict[SameObject[GatewayEntry], list[Decision]] = {}
        for one in routes:
            anonymous = one.decisions[GatewayCaller.ANONYMOUS]
            if anonymous.passage is Passage.FORWARDED:
                found.setdefault(SameObject(one.route.entry), []).append(anonymous)
        return cls(found)

    def findings(
        self,
        guarded: Sequence[DecidedRoute],
        others: Iterable[DecidedRoute],
        operation: Operation,
        behind: ServiceBehind,
        values: OtherValues,
    ) -> Iterator[SourceFinding | Unknown]:
        """Yield the requests to other servers that get an operation which the guarded ones keep."""
        services = {(one.valid.upstream, one.valid.path): one for one in reversed(guarded)}
        for other in others:
            for one in services.values():
                if not self._may_meet(other, one):
                    continue
                hands_on = self._hands_on(other, one, values)
                if not hands_on and not _rewrites(other, one):
                    continue
                self.left -= 1
                self.valued -= hands_on and "{" in operation.key.path
                if self.left < 0 or self.valued < 0:
                    yield Unknown(MANY, one.route.entry.location)
                    return
                found = _at(other, one, operation, behind, values if hands_on else None)
                beside = (each.route.entry for each in guarded if each.valid.upstream & one.valid.upstream)
                if is_out_of_reach(other.route.entry, beside):
                    notes = (each for each in found if isinstance(each, SourceFinding))
                    found = (replace(each, severity=Severity.NOTE) for each in notes)
                yield from found

    def _may_meet(self, other: DecidedRoute, one: DecidedRoute) -> bool:
        """Return whether some request to a server may get to the service of an operation."""
        entry = other.route.entry
        if SameObject(entry) not in self.services:
            found = other.gateway.configuration.services(entry)
            self.services[SameObject(entry)] = None if found is None else comparable(found)
        known, meant = self.services[SameObject(entry)], one.valid.upstream
        if known is None or not meant or any(VARIABLE in address for address in meant):
            return True
        return not known.isdisjoint(meant)

    def _hands_on(self, other: DecidedRoute, one: DecidedRoute, values: OtherValues) -> bool:
        """Return whether a server forwards anything that is known to the service of an operation."""
        entry = other.route.entry
        if SameObject(entry) not in self.reached:
            self.reached[SameObject(entry)] = self._forwarded_by(other, values.texts_of(other.gateway))
        head = _anonymous(other, "HEAD", other.target)
        every = (*self.forwarded.get(SameObject(entry), ()), *self.reached[SameObject(entry)], head)
        return any(same_service(each, one.valid) is True for each in every)

    def _forwarded_by(self, other: DecidedRoute, texts: Sequence[str]) -> Sequence[Decision]:
        """Return what anonymous clients get to at the root and at the paths that a configuration names.

        Of a large configuration, only the root is always for, as it is and with what clients may choose.
        """
        self.probes -= len(texts)
        paths = ("", *(texts if self.probes >= 0 else ()))
        tried = [(quote(f"/{one.removeprefix('/')}", safe=PATH), None) for one in paths]
        choices = other.gateway.configuration.choices(other.route.entry)
        found: dict[frozenset[str], Decision] = {}
        for target, choice in (*tried, *(("/", one) for one in choices[:MOST_CHOICES])):
            decision = _anonymous(other, "GET", target, choice)
            for one in (decision, *decision.copies):
                found.setdefault(one.upstream, one)
        return tuple(found.values())


def _rewrites(other: DecidedRoute, one: DecidedRoute) -> bool:
    """Return whether a server rewrites paths for the service of an operation, or for one that is not known."""
    paths = other.gateway.configuration.rewritten(other.route.entry)
    return any(not each.upstream or comparable(each.upstream) & one.valid.upstream for each in paths)


def _anonymous(other: DecidedRoute, method: str, target: str, choice: ClientChoice | None = None) -> Decision:
    request = GatewayRequest.chosen(other.route.entry, GatewayCaller.ANONYMOUS, method, target, choice)
    return other.gateway.configuration.decide(request)


def _at(
    other: DecidedRoute,
    one: DecidedRoute,
    operation: Operation,
    behind: ServiceBehind,
    values: OtherValues | None,
) -> Iterator[SourceFinding | Unknown]:
    """Yield what one server hands on as an operation, beside what a valid certificate gets elsewhere."""
    joined = replace(other, decisions={**other.decisions, GatewayCaller.VALID: one.valid})
    always = replace(behind, always_counts=True)
    escapes = values.escapes(joined, operation) if values else ()
    yield from bypasses.findings(joined, operation, always, escapes=escapes, other_hosts=False)
    yield from values.findings(joined, operation, always) if values else ()
