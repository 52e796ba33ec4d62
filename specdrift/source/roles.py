"""Roles that the document requires, compared with the code around a route."""

from collections.abc import Iterator, Sequence

from specdrift.model.contract.operation import Operation
from specdrift.model.result.source import Guarding, SourceFinding, SourceRoute, SourceView
from specdrift.model.result.verdict import Confidence

CONDITION = " It depends on a condition."


def findings(
    operation: Operation, routes: Sequence[SourceRoute], view: SourceView
) -> Iterator[SourceFinding]:
    """Report roles that the document requires and no code checks, and roles that only a layer has."""
    roles = operation.roles
    if (open_route := unchecked(operation, routes)) is not None:
        known = any(roles & set(route.roles) for route in view.routes)
        statement = f"requires {_names(roles)}, and no code around {open_route.handler} checks it"
        confidence = Confidence.MEDIUM if known or _some_check(open_route) else Confidence.LOW
        yield _role("role-not-guarded", operation, open_route, statement, confidence)
    for route in routes:
        for layer in route.layers:
            foreign = set(layer.arguments) - roles if layer.guarding is Guarding.IDENTITY else set()
            if foreign:
                statement = f"has no {_names(foreign).removeprefix('the ')}, which {layer.name} requires"
                yield _role("role-not-documented", operation, route, statement)
                return


def unchecked(operation: Operation, routes: Sequence[SourceRoute]) -> SourceRoute | None:
    """Return a route around which no code checks the roles of an operation."""
    return next((route for route in not_established(operation, routes) if not _unclear(route)), None)


def not_established(operation: Operation, routes: Sequence[SourceRoute]) -> Sequence[SourceRoute]:
    """Return the routes around which no code is known to check the roles of an operation."""
    roles = operation.roles
    return [route for route in routes if roles and not roles & set(route.roles)]


def _unclear(route: SourceRoute) -> bool:
    """Return whether a layer with unknown code may check anything."""
    return any(layer.guarding is Guarding.UNKNOWN for layer in route.layers)


def _some_check(route: SourceRoute) -> bool:
    """Return whether a conditional layer checks something."""
    return any(layer.conditional and layer.arguments for layer in route.layers)


def _names(roles: frozenset[str] | set[str]) -> str:
    return "the role " + ", ".join(sorted(roles))


def _role(
    rule: str,
    operation: Operation,
    route: SourceRoute,
    statement: str,
    confidence: Confidence = Confidence.MEDIUM,
) -> SourceFinding:
    layer = next((layer for layer in route.layers if layer.arguments), None)
    some = route.conditional or _some_check(route)
    return SourceFinding(
        rule=rule,
        message=f"The document {statement}.{CONDITION if some else ''}",
        location=layer.location if layer else route.location,
        confidence=confidence,
        operation=operation.key,
        related=(route.location, *route.trail, operation.location),
    )
