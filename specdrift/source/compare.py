"""Holds the routes of the source against the document."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.contract.templates import without_names
from specdrift.model.result.drift import Severity
from specdrift.model.result.source import (
    ANY_METHOD,
    ClientAuth,
    Guarding,
    RouteKind,
    SourceFinding,
    SourceRoute,
    SourceView,
    TlsFact,
)
from specdrift.model.result.verdict import Confidence
from specdrift.source.route_matcher import Matching, match

DEMANDS = frozenset({Demand.REQUIRED})
NO_TLS = " There is no TLS in what serves it: a proxy in front of it may demand the certificate."
CONDITION = " A condition decides whether it is so."
LOOSE = " Where its router is mounted was not understood: the path may be longer."


@dataclass(frozen=True, slots=True)
class Doubt:
    """An operation that the source leaves open, and what would settle it."""

    operation: OperationKey
    reason: str
    how_to_decide: str


def compare(contract: Contract, view: SourceView) -> tuple[tuple[SourceFinding, ...], tuple[Doubt, ...]]:
    """Where they disagree, and what cannot be told from the source."""
    matching = match(contract, view.routes)
    findings: list[SourceFinding] = []
    doubts: list[Doubt] = []
    for number, operation in enumerate(contract.operations):
        routes = matching.routes[number]
        findings += _missing(operation, view) if not routes else ()
        findings += _of_guards(operation, routes, view)
        findings += _of_roles(operation, routes, view)
        findings += _of_input(operation, routes)
        doubts += _doubts(operation, routes, view)
    findings += _strangers(matching, contract)
    findings += _listener(contract, matching, view)
    return tuple(findings), tuple(doubts)


def _missing(operation: Operation, view: SourceView) -> Iterator[SourceFinding]:
    unclear = bool(view.unresolved)
    rest = f" {len(view.unresolved)} parts of the source were not understood." if unclear else ""
    yield SourceFinding(
        rule="documented-route-missing",
        message=f"No route in the source answers it.{rest}",
        location=operation.declared_at,
        confidence=Confidence.LOW if unclear else Confidence.HIGH,
        operation=operation.key,
        severity=Severity.NOTE if unclear else None,
    )


def _strangers(matching: Matching, contract: Contract) -> Iterator[SourceFinding]:
    """Routes that the document does not have: one finding for each path and method."""
    seen: dict[tuple[str, tuple[str, ...]], list[SourceRoute]] = defaultdict(list)
    documented = {without_names(operation.key.path) for operation in contract.operations}
    demanding = any(operation.requirement.demand in DEMANDS for operation in contract.operations)
    entries = {route.entry for routes in matching.routes.values() for route in routes}
    for route in matching.strangers:
        if (route.kind is RouteKind.FALLBACK and not route.path) or _is_extra(route, documented):
            continue
        seen[route.path, route.methods].append(route)
    for (path, methods), variants in seen.items():
        route = variants[0]
        words = "any method" if ANY_METHOD in methods else ", ".join(methods)
        kind = "A fallback answers everything below" if route.kind is RouteKind.FALLBACK else f"{words}:"
        open_ones = [v for v in variants if not v.guard.certain]
        said = " No guard is around it." if open_ones and demanding else ""
        # A router that answers what the document has stands where it says, whoever mounts it.
        loose = not any(v.mounted or v.entry in entries for v in variants)
        yield SourceFinding(
            rule="route-not-documented",
            message=f"{kind} {path or '/'} is wired to {route.handler} and is not in the document."
            f"{said}{_some(variants)}{LOOSE if loose else ''}",
            location=route.location,
            confidence=_confidence(variants, loose=loose),
            severity=Severity.NOTE if loose else None,
            related=route.trail,
            operation=OperationKey(
                path=path or "/", method=methods[0] if methods[0] != ANY_METHOD else "ANY"
            ),
            subject=f"{' '.join(methods)} {path}",
        )


def _confidence(variants: Sequence[SourceRoute], *, loose: bool) -> Confidence:
    if loose:
        return Confidence.LOW
    return Confidence.MEDIUM if all(v.conditional for v in variants) else Confidence.HIGH


def _is_extra(route: SourceRoute, documented: set[str]) -> bool:
    """HEAD and OPTIONS of a path that is documented."""
    return (
        set(route.methods) <= {"HEAD", "OPTIONS"}
        and without_names(route.path) in documented
        and route.guard.certain
    )


def _some(variants: Sequence[SourceRoute]) -> str:
    return " It is so in some runs: a condition decides." if all(v.conditional for v in variants) else ""


def listener_demands(facts: Sequence[TlsFact]) -> bool:
    """Whether the handshake keeps out who has no certificate, in every run."""
    required = [fact for fact in facts if fact.client_auth is ClientAuth.REQUIRED and not fact.conditional]
    others = [fact for fact in facts if fact.client_auth in (ClientAuth.OPTIONAL, ClientAuth.NONE)]
    return bool(required) and not others


def _behind_no_handshake(routes: Sequence[SourceRoute], view: SourceView) -> list[SourceRoute]:
    """The routes that somebody without a certificate may reach: those whose binary's listener does not demand one."""
    return [route for route in routes if not listener_demands(view.tls_of(route.binaries))]


def _listener(contract: Contract, matching: Matching, view: SourceView) -> Iterator[SourceFinding]:
    """TLS that asks nobody, in what serves an operation for which the document demands certificates."""
    demanding = [n for n, o in enumerate(contract.operations) if o.requirement.demand in DEMANDS]
    serving = {route.binaries for number in demanding for route in matching.routes[number]}
    asked = [view.tls_of(binaries) for binaries in sorted(serving or {()}) if demanding]
    open_ones = (facts for facts in asked if all(fact.client_auth is ClientAuth.NONE for fact in facts))
    for fact in dict.fromkeys(fact for facts in open_ones for fact in facts):
        yield SourceFinding(
            rule="client-certificate-not-requested",
            message="The document demands client certificates, and no TLS of what serves it asks for one.",
            location=fact.location,
            confidence=Confidence.MEDIUM,
            subject=fact.location.text.strip(),
        )


def _of_guards(
    operation: Operation, routes: Sequence[SourceRoute], view: SourceView
) -> Iterator[SourceFinding]:
    requirement = operation.requirement
    if requirement.demand in DEMANDS:
        yield from _unguarded(operation, _behind_no_handshake(routes, view), view)
    elif requirement.anonymous_allowed and requirement.demand is not Demand.UNDECLARED:
        yield from _guarded(operation, routes)


def _unguarded(
    operation: Operation, routes: Sequence[SourceRoute], view: SourceView
) -> Iterator[SourceFinding]:
    """Ways in which the route is reached without anybody asking for the certificate."""
    ways = [
        r for r in routes if (not r.guard.certain or r.guard_conditional) and r.guard is not Guarding.UNKNOWN
    ]
    places: dict[str, SourceRoute] = {}
    for route in sorted(ways, key=lambda r: (r.conditional, r.guard.certain)):
        places.setdefault(str(route.location), route)
    for route in places.values():
        tls = "" if view.tls_of(route.binaries) else NO_TLS
        some = route.conditional or route.guard.certain
        yield SourceFinding(
            rule="route-not-guarded",
            message=f"The document demands a client certificate, and {_what_guards(route)}."
            f"{CONDITION if some else ''}{tls}",
            location=route.location,
            confidence=Confidence.MEDIUM if some or tls else Confidence.HIGH,
            severity=Severity.WARNING if tls else None,
            operation=operation.key,
            related=(*route.trail, operation.location),
            subject=route.handler_subject,
        )


def _what_guards(route: SourceRoute) -> str:
    if route.guard is Guarding.TOKEN:
        return f"{route.handler} is guarded by a header or cookie only ({route.guard_name})"
    if route.guard.certain:
        return f"{route.guard_name} is around {route.handler} in some runs only"
    inner = ", ".join(layer.name for layer in route.layers) or "none"
    return f"no guard is around {route.handler} (layers in effect: {inner})"


def _guarded(operation: Operation, routes: Sequence[SourceRoute]) -> Iterator[SourceFinding]:
    route = next((r for r in routes if r.guard.certain and not r.guard_conditional), None)
    if route is None or route.guard_by_request:
        return
    layer = next((layer for layer in route.layers if layer.guarding.certain), None)
    yield SourceFinding(
        rule="open-route-guarded",
        message=f"The document lets callers in without a certificate, and {route.guard_name} refuses them."
        f"{CONDITION if route.conditional else ''}",
        location=layer.location if layer else route.location,
        confidence=Confidence.MEDIUM if route.conditional else Confidence.HIGH,
        operation=operation.key,
        related=(route.location, *route.trail, operation.location),
        subject=route.handler,
    )


def _of_roles(
    operation: Operation, routes: Sequence[SourceRoute], view: SourceView
) -> Iterator[SourceFinding]:
    """Roles that the document names and nothing around a route asks for, and roles that a layer is told and nobody else
    knows.
    """
    wanted = operation.roles
    unasked = next((r for r in routes if wanted and not wanted & set(r.roles) and not _unclear(r)), None)
    if unasked is not None:
        known = any(wanted & set(route.roles) for route in view.routes)
        said = f"needs {_names(wanted)}, and nothing around {unasked.handler} asks for that"
        confidence = Confidence.MEDIUM if known or _some_ask(unasked) else Confidence.LOW
        yield _role("role-not-guarded", operation, unasked, said, confidence)
    for route in routes:
        for layer in route.layers:
            foreign = set(layer.arguments) - wanted if layer.guarding is Guarding.IDENTITY else set()
            if foreign:
                said = f"does not know {_names(foreign)}, which {layer.name} demands"
                yield _role("role-not-documented", operation, route, said)
                return


def _unclear(route: SourceRoute) -> bool:
    """Whether code that was not understood may ask for anything."""
    return any(layer.guarding is Guarding.UNKNOWN for layer in route.layers)


def _some_ask(route: SourceRoute) -> bool:
    """Whether a layer asks for something in some runs."""
    return any(layer.conditional and layer.arguments for layer in route.layers)


def _names(roles: frozenset[str] | set[str]) -> str:
    return "the role " + ", ".join(sorted(roles))


def _role(
    rule: str,
    operation: Operation,
    route: SourceRoute,
    said: str,
    confidence: Confidence = Confidence.MEDIUM,
) -> SourceFinding:
    layer = next((layer for layer in route.layers if layer.arguments), None)
    some = route.conditional or _some_ask(route)
    return SourceFinding(
        rule=rule,
        message=f"By the document it {said}.{CONDITION if some else ''}",
        location=layer.location if layer else route.location,
        confidence=confidence,
        operation=operation.key,
        related=(route.location, *route.trail, operation.location),
    )


def _of_input(operation: Operation, routes: Sequence[SourceRoute]) -> Iterator[SourceFinding]:
    """Input that is read before the caller is looked at, and bodies without a type."""
    late = [r for r in routes if r.guard_after_input and r.guard.certain]
    if late and operation.requirement.demand in DEMANDS:
        said = f"Input is read before {late[0].guard_name} looks at the caller."
        yield _remark(operation, late[0], "guard-after-input", said)
    untyped = [r for r in routes if r.untyped_body]
    if untyped and operation.body is not None:
        said = f"The document has a type for the body, and {untyped[0].handler} takes any JSON."
        yield _remark(operation, untyped[0], "untyped-body", said)


def _remark(operation: Operation, route: SourceRoute, rule: str, message: str) -> SourceFinding:
    return SourceFinding(
        rule=rule,
        message=message,
        location=route.handler_at or route.location,
        confidence=Confidence.MEDIUM,
        operation=operation.key,
        related=(route.location, operation.declared_at),
    )


def _doubts(operation: Operation, routes: Sequence[SourceRoute], view: SourceView) -> Iterator[Doubt]:
    if operation.requirement.demand not in DEMANDS:
        return
    unknown = next((r for r in _behind_no_handshake(routes, view) if r.guard is Guarding.UNKNOWN), None)
    if unknown is not None:
        yield Doubt(
            operation.key,
            f"{unknown.guard_name} is around {unknown.handler}, and what it does is not in this source",
            'if it refuses callers without a certificate, name it: guards = ["…"] under [source]',
        )
