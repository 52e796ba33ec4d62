"""Where clients enter: a host of a listener, or a sidecar."""

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayClientAuth, GatewayEntry
from specdrift.model.result.source import ListenerKind, UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.truth import Unknown
from specdrift.source.keys.same_object import SameObject
from specdrift.source.kubernetes import host_patterns as hosts
from specdrift.source.kubernetes.routes.route_tables import RouteTable
from specdrift.source.kubernetes.workloads import Workload

UNMATCHED = "unmatched.invalid"
MOST_ENTRANCES = 1_000
MOST_STEPS = 200_000
"""Maximum number of routes and rules of policies, counted for each entrance that has them."""


class ClientValidation(Struct, frozen=True):
    """What a listener does about client certificates."""

    auth: GatewayClientAuth
    at: SourceLocation
    """The statement that says so."""
    unknown: Unknown | None = None
    """What may say otherwise, and is not evaluated."""


class Entrance(Struct, frozen=True, eq=False, kw_only=True):
    """A host of a listener that serves requests."""

    entry: GatewayEntry
    host: str
    """A name that selects it."""
    workload: Workload
    """The pods of the gateway, or those behind the sidecar."""
    table: RouteTable
    validation: ClientValidation
    redirects: SourceLocation | None = None
    """The statement by which every request is redirected."""
    is_istio: bool
    """Whether paths are normalised and headers handled as Istio does it."""
    is_sidecar: bool = False


class PassedOn(Struct, frozen=True, eq=False, kw_only=True):
    """A listener that hands connections to services."""

    entry: GatewayEntry
    upstream: frozenset[str]
    workload: Workload
    at: SourceLocation
    terminates: bool
    """Whether TLS ends here, or there is none; else the service itself may require certificates."""
    validation: ClientValidation


class EntranceList(Struct):
    """The entrances of a configuration, up to a limit."""

    weight: int = 0
    """Steps of each entrance: rules of policies, for each name that they are tried with."""
    entrances: list[Entrance] = field(default_factory=list)
    passed_on: list[PassedOn] = field(default_factory=list)
    unresolved: list[UnresolvedExpression] = field(default_factory=list)
    steps: int = 0
    full: bool = False

    def spend(self, steps: int, at: SourceLocation) -> bool:
        """Count work that is to be done; return whether it may be. What is beyond the limit is listed once."""
        self.steps += steps
        if not self.full and (self.steps > MOST_STEPS or len(self.entrances) >= MOST_ENTRANCES):
            self.full = True
            what = f"more than {MOST_ENTRANCES:,} hosts, or {MOST_STEPS:,} routes and policies of them"
            self.note(at, what)
        return not self.full

    def admits(self, routes: int, at: SourceLocation) -> bool:
        """Count an entrance with that many routes; return whether it may be added."""
        return self.spend(routes + self.weight, at)

    def note(self, at: SourceLocation, what: str, kind: UnresolvedKind = UnresolvedKind.SERVED) -> None:
        """List what is not evaluated."""
        self.unresolved.append(UnresolvedExpression(at, what, kind))


def entry_of(
    *, address: str, port: int, kind: ListenerKind, auth: GatewayClientAuth, pattern: str, at: SourceLocation
) -> GatewayEntry:
    """Return the entry of a host pattern."""
    return GatewayEntry(
        address=address,
        port=port,
        kind=kind,
        client_auth=auth,
        names=() if pattern == hosts.EVERY else (pattern,),
        default=pattern == hosts.EVERY,
        location=at,
    )


def without_conflicts(found: Iterable[Entrance]) -> Iterator[Entrance]:
    """Yield entrances; of two with one port and name, each may be the one that is served."""
    every = tuple(found)
    counted = Counter(map(_place_of, every))
    for one in every:
        if counted[_place_of(one)] > 1 and not one.is_sidecar:
            unknown = Unknown("another listener of the same port and name", one.entry.location)
            yield replace(one, validation=replace(one.validation, unknown=one.validation.unknown or unknown))
        else:
            yield one


def _place_of(one: Entrance) -> tuple[object, ...]:
    owner: object = (
        SameObject(one.workload.gateway)
        if one.workload.gateway
        else tuple(sorted(one.workload.labels.items()))
    )
    return (owner, one.entry.address, one.entry.port, one.host)
