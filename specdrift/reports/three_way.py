"""Document, source and runtime of each operation in a few words each, and whether they agree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from specdrift.model.drift import Drift
from specdrift.model.operation import OperationKey
from specdrift.model.requirement import Demand
from specdrift.model.result import OperationResult, Result
from specdrift.model.source import ANY_METHOD, Guarding, SourceRoute
from specdrift.model.verdict import Enforcement
from specdrift.reports import summary
from specdrift.rules import source

DOCUMENT: Mapping[Demand, str] = {
    Demand.REQUIRED: "a certificate",
    Demand.ONE_OF_SEVERAL: "a certificate or something else",
    Demand.OPTIONAL: "a certificate or nothing",
    Demand.FORGONE: "open",
    Demand.OTHER: "something else than a certificate",
    Demand.UNDECLARED: "says nothing",
    Demand.UNKNOWN: "cannot be told",
}
RUNTIME: Mapping[Enforcement, str] = {
    Enforcement.ENFORCED: "refuses strangers",
    Enforcement.NOT_ENFORCED: "admits strangers",
    Enforcement.BYPASSABLE: "can be stepped around",
    Enforcement.INDETERMINATE: "not asked",
}
GUARDS: Mapping[Guarding, str] = {
    Guarding.CERTIFICATE: "guarded",
    Guarding.IDENTITY: "guarded",
    Guarding.NAMED: "guarded",
    Guarding.TOKEN: "a header or cookie only",
    Guarding.NONE: "no guard",
    Guarding.UNKNOWN: "perhaps guarded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """``rules`` are those that say where they disagree; ``place`` is where the source has the route."""

    operation: str
    document: str
    source: str
    runtime: str
    place: str
    rules: tuple[str, ...]


def rows(result: Result) -> tuple[Row, ...]:
    """One for each operation, and one for each route that the document does not have, disagreements first."""
    if result.source is None:
        return ()
    by_operation: dict[OperationKey, list[Drift]] = {}
    for drift in summary.active(result):
        if drift.operation is not None:
            by_operation.setdefault(drift.operation, []).append(drift)
    routes = {
        (method, route.path): route for route in reversed(result.source.routes) for method in route.methods
    }
    found = [
        _row(item, by_operation.get(item.operation.key, []), routes, result) for item in result.operations
    ]
    found += _strangers(by_operation, result)
    return tuple(sorted(found, key=lambda row: not row.rules))


def _row(
    item: OperationResult, drifts: list[Drift], routes: Mapping[tuple[str, str], SourceRoute], result: Result
) -> Row:
    key = item.operation.key
    own = [drift for drift in drifts if drift.rule in source.IDS]
    route = routes.get((key.method, key.path)) or routes.get((ANY_METHOD, key.path)) or _similar(key, result)
    said = f"{GUARDS[route.guard]}{_name(route)}" if route else "not found"
    if any(drift.rule == "documented-route-missing" for drift in own):
        said = "not wired"
    elif any(drift.rule == "route-not-guarded" for drift in own):
        some = route is not None and (route.conditional or route.guard_conditional)
        said = "no guard, in some runs" if some else "no guard on it"
    return Row(
        operation=str(key),
        document=DOCUMENT[item.operation.requirement.demand],
        source=said,
        runtime=RUNTIME[item.enforcement],
        place=str(route.location) if route else "",
        rules=tuple(dict.fromkeys(drift.rule for drift in drifts)),
    )


def _similar(key: OperationKey, result: Result) -> SourceRoute | None:
    """A route below the server's base path, or whose expressions have other names."""
    from specdrift.reports.shapes import shape

    wanted = shape(key.path)
    fitting = (
        route
        for route in (result.source.routes if result.source else ())
        if {key.method, ANY_METHOD} & set(route.methods) and shape(route.path).endswith(wanted)
    )
    return min(fitting, key=lambda route: len(route.path), default=None)


def _name(route: SourceRoute) -> str:
    return f" by {route.guard_name}" if route.guard_name and route.guard.certain else ""


def _strangers(by_operation: Mapping[OperationKey, list[Drift]], result: Result) -> Iterator[Row]:
    documented = {item.operation.key for item in result.operations}
    answered = {(item.method, item.path): item for item in result.undocumented}
    for key, drifts in by_operation.items():
        own = [drift for drift in drifts if drift.rule == "route-not-documented"]
        if key in documented or not own:
            continue
        seen = answered.get((key.method, key.path))
        yield Row(
            operation=str(key),
            document="not in it",
            source="wired",
            runtime=f"answers {seen.status}" if seen else "not seen",
            place=str(own[0].location or ""),
            rules=("route-not-documented",),
        )
