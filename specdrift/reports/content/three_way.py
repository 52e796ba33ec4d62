"""Document, source and runtime of each operation in a few words, and whether they agree."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.contract.templates import without_names
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.route_answers import answer_of
from specdrift.model.result.source import ANY_METHOD, Guarding, SourceRoute
from specdrift.model.result.verdict import Basis, Enforcement
from specdrift.reports.content import summary
from specdrift.rules import gateway, ids

DOCUMENT: Mapping[Demand, str] = {
    Demand.REQUIRED: "certificate required",
    Demand.ONE_OF_SEVERAL: "certificate or other credentials",
    Demand.OPTIONAL: "certificate optional",
    Demand.NOT_REQUIRED: "no authentication",
    Demand.OTHER: "other credentials only",
    Demand.UNDECLARED: "no security declared",
    Demand.UNKNOWN: "unreadable",
}
RUNTIME: Mapping[Enforcement, str] = {
    Enforcement.ENFORCED: "rejects anonymous clients",
    Enforcement.NOT_ENFORCED: "admits anonymous clients",
    Enforcement.BYPASSABLE: "can be bypassed",
    Enforcement.INDETERMINATE: "undecided",
}
NOT_PROBED = "not probed"
NO_GUARD, SOMETIMES, NOT_WIRED = "no guard", "no guard in some configurations", "not wired"
HANDSHAKE = "guarded by the TLS handshake"
NOT_READ = "not read"
PASSAGES: Mapping[Passage, str] = {
    Passage.REFUSED_IN_TLS: "rejects anonymous clients in TLS",
    Passage.REFUSED: "rejects anonymous clients",
    Passage.REDIRECTED: "redirects anonymous clients",
    Passage.ANSWERED: "answers anonymous clients",
    Passage.FORWARDED: "forwards anonymous clients",
    Passage.UNKNOWN: "undecided",
}
OPENNESS = tuple(PASSAGES)
"""From closed to open; what is unknown may be open."""
GUARDS: Mapping[Guarding, str] = {
    Guarding.CERTIFICATE: "guarded",
    Guarding.IDENTITY: "guarded",
    Guarding.NAMED: "guarded",
    Guarding.TOKEN: "header or cookie only",
    Guarding.NONE: NO_GUARD,
    Guarding.UNKNOWN: "possibly guarded",
}


_KEEPS_OUT: Mapping[Enforcement, bool] = {
    Enforcement.ENFORCED: True,
    Enforcement.NOT_ENFORCED: False,
    Enforcement.BYPASSABLE: False,
}
_GUARDS_CERTIFICATE: Mapping[Guarding, bool] = {
    Guarding.CERTIFICATE: True,
    Guarding.IDENTITY: True,
    Guarding.NAMED: True,
    Guarding.NONE: False,
}


class ThreeWayRow(Struct, frozen=True, kw_only=True):
    """An operation or route in the words of document, gateway, source and runtime."""

    operation: str
    document: str
    source: str
    runtime: str
    place: str
    """Location of the route in the source."""
    gateway: str = ""
    """Empty if no gateway was read."""
    gateway_place: str = ""
    rules: tuple[str, ...]
    """Rules of the findings about it."""
    severity: Severity | None = None
    """The worst of these; ``None`` without any."""
    differs: bool = False
    """Whether document, source and runtime say different things."""


def title(result: Result) -> str:
    """Return the names of what is compared: of gateway and source, those that were read."""
    read = (*(("gateway",) if result.gateways else ()), *(("source",) if result.source else ()))
    return f"Document, {', '.join(read)} and runtime"


def rows(result: Result) -> tuple[ThreeWayRow, ...]:
    """Return a row for each operation and each undocumented route, those that differ first, then by severity."""
    if result.source is None and not result.gateways:
        return ()
    by_operation: dict[OperationKey, list[Drift]] = {}
    for drift in summary.active(result):
        if drift.operation is not None:
            by_operation.setdefault(drift.operation, []).append(drift)
    wired = RouteIndex(result.source.wired) if result.source else None
    in_front, closed = gateway_words(result), closed_by_gateways(result)
    by_handshake = frozenset(_by_handshake(result, by_operation, wired))
    elsewhere = closed | by_handshake
    found = [
        _row(item, by_operation.get(item.operation.key, []), wired, in_front, elsewhere)
        for item in result.operations
    ]
    handshakes = {str(key) for key in by_handshake}
    found = [replace(row, source=HANDSHAKE) if row.operation in handshakes else row for row in found]
    found += _undocumented_endpoints(by_operation, result)
    return tuple(sorted(found, key=lambda row: (not row.differs, -row.severity.rank if row.severity else 0)))


class RouteIndex:
    """Finds the route of an operation, also below the server's base path or with other parameter names."""

    def __init__(self, routes: Iterable[SourceRoute]) -> None:
        self._by_end: dict[tuple[str, str], SourceRoute] = {}
        # The shortest comes first: it has the least before the path that is looked for.
        for route in sorted(routes, key=lambda route: len(route.path)):
            parts = without_names(route.path).split("/")
            for start in range(1, len(parts)):
                end = "/" + "/".join(parts[start:])
                for method in route.methods:
                    self._by_end.setdefault((method, end), route)

    def of(self, key: OperationKey) -> SourceRoute | None:
        """Return the route; ``None`` if the source has none."""
        end = without_names(key.path)
        return self._by_end.get((key.method, end)) or self._by_end.get((ANY_METHOD, end))


def _row(
    item: OperationResult,
    drifts: list[Drift],
    wired: RouteIndex | None,
    in_front: Mapping[OperationKey, tuple[str, str]],
    closed: Collection[OperationKey],
) -> ThreeWayRow:
    key = item.operation.key
    own = {drift.rule for drift in drifts}
    route = wired.of(key) if wired else None
    wiring = f"{GUARDS[route.guard]}{_name(route)}" if route else "not found"
    if wired is None:
        wiring = NOT_READ
    if ids.DOCUMENTED_ROUTE_MISSING in own:
        wiring = NOT_WIRED
    elif ids.ROUTE_NOT_GUARDED in own:
        some = route is not None and (route.conditional or route.guard_conditional)
        wiring = SOMETIMES if some else NO_GUARD
    return ThreeWayRow(
        operation=str(key),
        document=DOCUMENT[item.operation.requirement.demand],
        gateway=in_front.get(key, ("", ""))[0],
        gateway_place=in_front.get(key, ("", ""))[1],
        source=wiring,
        runtime=RUNTIME[item.enforcement] if _was_probed(item) else NOT_PROBED,
        place=str(route.location) if route else "",
        rules=tuple(dict.fromkeys(drift.rule for drift in drifts)),
        severity=_worst(drifts),
        differs=_differs(item, own, None if key in closed else route),
    )


def _by_handshake(
    result: Result, by_operation: Mapping[OperationKey, Sequence[Drift]], wired: RouteIndex | None
) -> Iterator[OperationKey]:
    """Yield the operations that have no guard in the source, where the handshake requires the certificate."""
    tls = result.source is not None and bool(result.source.tls) and not result.gateways
    undecided = {one.operation for one in result.undecided}
    for item in result.operations if tls and wired is not None else ():
        key = item.operation.key
        route = wired.of(key) if wired is not None else None
        bare = route is not None and route.guard is Guarding.NONE and key not in undecided
        found = {drift.rule for drift in by_operation.get(key, ())}
        demanded = item.operation.requirement.demand is Demand.REQUIRED
        if bare and (ids.OPEN_ROUTE_GUARDED in found or (demanded and ids.ROUTE_NOT_GUARDED not in found)):
            yield key


def _differs(item: OperationResult, own: Collection[str], route: SourceRoute | None) -> bool:
    """Return whether what is known of the three about clients without a certificate is not the same."""
    demand = item.operation.requirement.demand
    said = {
        demand.excludes_anonymous if demand is not Demand.UNKNOWN else None,
        _KEEPS_OUT.get(item.enforcement),
        _GUARDS_CERTIFICATE.get(route.guard) if route else None,
    }
    if ids.ROUTE_NOT_GUARDED in own:
        said |= {False}
    return len(said - {None}) > 1 or ids.DOCUMENTED_ROUTE_MISSING in own or bool(gateway.IDS & set(own))


def _was_probed(item: OperationResult) -> bool:
    """Return whether the operation itself was probed, beyond the handshake."""
    known = item.enforcement is not Enforcement.INDETERMINATE
    return known or any(one.basis is Basis.PROBED and one.probes for one in item.outcomes)


def _worst(drifts: Iterable[Drift]) -> Severity | None:
    return max((drift.severity for drift in drifts), key=lambda severity: severity.rank, default=None)


def _name(route: SourceRoute) -> str:
    return f" by {route.guard_name}" if route.guard_name and route.guard.certain else ""


def _undocumented_endpoints(
    by_operation: Mapping[OperationKey, list[Drift]], result: Result
) -> Iterator[ThreeWayRow]:
    documented = {item.operation.key for item in result.operations}
    for key, drifts in by_operation.items():
        own = [drift for drift in drifts if drift.rule == ids.ROUTE_NOT_DOCUMENTED]
        if key in documented or not own:
            continue
        answer = answer_of(result, key)
        yield ThreeWayRow(
            operation=str(key),
            document="not documented",
            source="wired",
            runtime=str(answer) if answer else NOT_PROBED,
            place=str(own[0].location or ""),
            rules=tuple(dict.fromkeys(drift.rule for drift in drifts)),
            severity=_worst(drifts),
            differs=True,
        )


def gateway_words(result: Result) -> dict[OperationKey, tuple[str, str]]:
    """Return what the gateways do with each operation, and where they say so."""
    found: dict[OperationKey, tuple[Passage, str]] = {}
    for view in result.gateways:
        for route in view.routes:
            outcome = route.of(GatewayCaller.ANONYMOUS)
            place = str(outcome.location or route.location or route.entry.location)
            known, _ = found.setdefault(route.operation, (outcome.passage, place))
            # The most open server decides.
            if OPENNESS.index(outcome.passage) > OPENNESS.index(known):
                found[route.operation] = (outcome.passage, place)
    return {key: (PASSAGES[passage], place) for key, (passage, place) in found.items()}


def closed_by_gateways(result: Result) -> set[OperationKey]:
    """Return the operations that every server of a gateway keeps from anonymous clients: no service need do so."""
    routes = [route for view in result.gateways for route in view.routes]
    open_ones = {route.operation for route in routes if not route.of(GatewayCaller.ANONYMOUS).passage.refused}
    return {route.operation for route in routes} - open_ones
