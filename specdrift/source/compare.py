"""Compares the routes of the source with the document."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from specdrift.model.contract.contract import Contract
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.contract.templates import without_names
from specdrift.model.plural import with_verb
from specdrift.model.result.drift import Severity
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.source import (
    ANY_METHOD,
    ClientAuth,
    Guarding,
    ListenerKind,
    SourceFinding,
    SourceRoute,
    SourceView,
)
from specdrift.model.result.verdict import Confidence
from specdrift.source import roles
from specdrift.source.handshakes import (
    behind_no_handshake,
    configurations,
    handshake,
    is_exposed,
    is_protected,
    listener_demands,
    needless_handshakes,
    over_network,
    own_verifiers,
    surely_guarded,
    what_runs,
    why_unclear,
    without_tls,
)
from specdrift.source.open_to_all import gives_data, why_undecided
from specdrift.source.route_matcher import KINDS, MatchedRoutes, answers_the_rest, literal_twin, match

DEMANDS = frozenset({Demand.REQUIRED})
NO_TLS = " The binary has no TLS; a proxy in front of it may require the certificate."
PLAINTEXT = " It is served without TLS as well: that listener requests no certificate."
WITHOUT_TLS = " It is served without TLS, and other routes of the binary with it."
LOOSE = " The mount point of its router is unresolved; the path may be longer."


def compare(
    contract: Contract, view: SourceView
) -> tuple[tuple[SourceFinding, ...], tuple[UndecidedOperation, ...]]:
    """Return the differences, and the operations that the source cannot decide."""
    matching = match(contract, view.routes)
    findings: list[SourceFinding] = []
    undecided: list[UndecidedOperation] = []
    for number, operation in enumerate(contract.operations):
        routes = over_network(matching.routes[number])
        findings += _missing(operation, view) if not routes else ()
        findings += _of_guards(operation, routes, view)
        findings += needless_handshakes(operation, matching.routes[number], view)
        findings += roles.findings(operation, routes, view)
        findings += _of_input(operation, routes)
        undecided += _undecided(operation, routes, matching.rest[number], view)
    findings += _undocumented(matching, contract, view)
    findings += _listener(contract, matching, view)
    return tuple(findings), tuple(undecided)


def _missing(operation: Operation, view: SourceView) -> Iterator[SourceFinding]:
    unclear = bool(view.unresolved)
    expressions = with_verb(len(view.unresolved), "expression", "of the source is", "of the source are")
    rest = f" {expressions} unresolved." if unclear else ""
    yield SourceFinding(
        rule="documented-route-missing",
        message=f"The source has no route for this operation.{literal_twin(operation, view.routes)}{rest}",
        location=operation.declared_at,
        confidence=Confidence.LOW if unclear else Confidence.HIGH,
        operation=operation.key,
        severity=Severity.NOTE if unclear else None,
    )


def _undocumented(matching: MatchedRoutes, contract: Contract, view: SourceView) -> Iterator[SourceFinding]:
    """Report routes that the document does not have, once for each path and method."""
    registrations = defaultdict[tuple[str, tuple[str, ...]], list[SourceRoute]](list)
    documented = {without_names(operation.key.path) for operation in contract.operations}
    demanding = any(operation.requirement.demand in DEMANDS for operation in contract.operations)
    entries = {route.entry for routes in matching.routes.values() for route in routes}
    guarded = _guarded_handlers(matching, contract, view)
    for route in matching.undocumented:
        reported = is_exposed(route, guarded, view) or (demanding and gives_data(route, view))
        if answers_the_rest(route) and not reported:
            continue
        if _is_extra(route, documented):
            continue
        registrations[route.path, route.methods].append(route)
    for (path, methods), variants in registrations.items():
        route = variants[0]
        kind = KINDS.get(route.kind, "any method" if ANY_METHOD in methods else ", ".join(methods))
        unguarded = [v for v in variants if not v.guard.certain]
        note = " It has no guard." if unguarded and demanding else ""
        exposed = [v for v in unguarded if is_exposed(v, guarded, view)]
        if exposed:
            note = f" It has no guard, and {what_runs(route, guarded)} is guarded elsewhere, as the document requires."
        # Without TLS in the source, a proxy may demand the certificate.
        wide_open = any(_is_open(route) and view.tls_of(route.binaries) for route in exposed)
        # A router that answers documented operations is mounted where the document says.
        loose = not any(v.mounted or v.entry in entries for v in variants)
        yield SourceFinding(
            rule="route-not-documented",
            message=f"{kind} {path or '/'} (handler {route.handler}) is not in the document."
            f"{note}{_some(variants)}{LOOSE if loose else ''}",
            location=route.location,
            confidence=_confidence(variants, loose=loose),
            severity=Severity.NOTE if loose else Severity.ERROR if wide_open else None,
            related=route.trail,
            operation=OperationKey(
                path=path or "/", method=methods[0] if methods[0] != ANY_METHOD else "ANY"
            ),
            subject=f"{' '.join(methods)} {path}",
        )


def _guarded_handlers(
    matching: MatchedRoutes, contract: Contract, view: SourceView
) -> frozenset[SourceLocation | None]:
    """Return the handlers of operations that require a certificate, where a guard or the handshake protects them."""
    return frozenset(
        route.handler_at
        for number, operation in enumerate(contract.operations)
        for route in matching.routes[number]
        if operation.requirement.demand in DEMANDS and route.mounted and is_protected(route, view)
    )


def _is_open(route: SourceRoute) -> bool:
    return route.guard is Guarding.NONE and not route.conditional


def _confidence(variants: Sequence[SourceRoute], *, loose: bool) -> Confidence:
    if loose:
        return Confidence.LOW
    return Confidence.MEDIUM if all(v.conditional for v in variants) else Confidence.HIGH


def _is_extra(route: SourceRoute, documented: set[str]) -> bool:
    """Return whether the route is HEAD or OPTIONS of a documented path."""
    return (
        set(route.methods) <= {"HEAD", "OPTIONS"}
        and without_names(route.path) in documented
        and route.guard.certain
    )


def _some(variants: Sequence[SourceRoute]) -> str:
    return roles.CONDITION if all(v.conditional for v in variants) else ""


def _listener(contract: Contract, matching: MatchedRoutes, view: SourceView) -> Iterator[SourceFinding]:
    """Report TLS without client certificates in binaries that serve operations which require one."""
    demanding = [n for n, o in enumerate(contract.operations) if o.requirement.demand in DEMANDS]
    serving = {route.binaries for number in demanding for route in matching.routes[number]}
    by_binaries = [view.tls_of(binaries) for binaries in sorted(serving or {()}) if demanding]
    open_listeners = (
        facts for facts in by_binaries if all(fact.client_auth is ClientAuth.NONE for fact in facts)
    )
    for fact in dict.fromkeys(fact for facts in open_listeners for fact in facts):
        yield SourceFinding(
            rule="client-certificate-not-requested",
            message="The document requires client certificates, and the TLS configuration does not request any.",
            location=fact.location,
            confidence=Confidence.MEDIUM,
            subject=fact.location.text.strip(),
        )


def _of_guards(
    operation: Operation, routes: Sequence[SourceRoute], view: SourceView
) -> Iterator[SourceFinding]:
    requirement = operation.requirement
    if requirement.demand in DEMANDS:
        yield from _unguarded(operation, behind_no_handshake(routes, view), view)
    elif requirement.anonymous_allowed and requirement.demand is not Demand.UNDECLARED:
        yield from _guarded(operation, routes)


def _unguarded(
    operation: Operation, routes: Sequence[SourceRoute], view: SourceView
) -> Iterator[SourceFinding]:
    """Report registrations of the route without a guard."""
    # Where its router is mounted, a layer may be added.
    mounted = (route for route in routes if route.mounted)
    unguarded = [r for r in mounted if r.guard_conditional or r.guard in (Guarding.NONE, Guarding.TOKEN)]
    places: dict[str, SourceRoute] = {}
    for route in sorted(unguarded, key=lambda r: (r.conditional, r.guard_conditional, r.guard.certain)):
        places.setdefault(str(route.location), route)
    for route in places.values():
        yield from _checks_nothing(route)
        facts = tuple(dict.fromkeys(fact for every in configurations(route, view) for fact in every))
        without = PLAINTEXT if ListenerKind.TLS in route.listeners else WITHOUT_TLS
        tls = without if listener_demands(facts) else ""
        some = route.conditional or route.guard_conditional or route.guard.certain
        yield SourceFinding(
            rule="route-not-guarded",
            message=f"The document requires a client certificate, and {_what_guards(route)}."
            f"{roles.CONDITION if some else ''}{tls if facts else NO_TLS}",
            location=route.location,
            confidence=Confidence.HIGH if facts and not some else Confidence.MEDIUM,
            severity=None if facts else Severity.WARNING,
            operation=operation.key,
            related=(*route.trail, operation.location),
            subject=route.handler_subject,
        )


def _checks_nothing(route: SourceRoute) -> Iterator[SourceFinding]:
    """Report layers around an unguarded route that look like guards and pass every request on."""
    for layer in route.layers:
        if layer.checks_nothing_at is not None:
            place = layer.checks_nothing_at
            yield SourceFinding(
                rule="guard-checks-nothing",
                message=f"{layer.name} passes every request to the handler: no path through it rejects the caller.",
                location=place,
                related=(layer.location,),
                subject=place.text.strip(),
            )


def _what_guards(route: SourceRoute) -> str:
    if route.guard is Guarding.TOKEN:
        return f"{route.handler} is guarded by a header or cookie only ({route.guard_name})"
    if route.guard.certain or route.guard_conditional:
        return f"{route.guard_name} wraps {route.handler} only under a condition"
    inner = ", ".join(layer.name for layer in route.layers) or "none"
    return f"{route.handler} has no guard (layers in effect: {inner})"


def _guarded(operation: Operation, routes: Sequence[SourceRoute]) -> Iterator[SourceFinding]:
    route = next((r for r in routes if r.guard.certain and (r.conditional or not r.guard_conditional)), None)
    if route is None or route.guard_by_request:
        return
    layer = next((layer for layer in route.layers if layer.guarding.certain), None)
    yield SourceFinding(
        rule="open-route-guarded",
        message=f"The document allows anonymous callers, and {route.guard_name} rejects them."
        f"{roles.CONDITION if route.conditional else ''}",
        location=layer.location if layer else route.location,
        confidence=Confidence.MEDIUM if route.conditional else Confidence.HIGH,
        operation=operation.key,
        related=(route.location, *route.trail, operation.location),
        subject=route.handler,
    )


def _of_input(operation: Operation, routes: Sequence[SourceRoute]) -> Iterator[SourceFinding]:
    """Report input that is parsed before authorization, and untyped bodies."""
    late = [r for r in routes if r.guard_after_input and r.guard.certain]
    if late and operation.requirement.demand in DEMANDS:
        statement = f"Input is parsed before {late[0].guard_name} authorizes the caller."
        yield _remark(operation, late[0], "guard-after-input", statement)
    untyped = [r for r in routes if r.untyped_body]
    if untyped and operation.body is not None:
        statement = f"The document types the body, and {untyped[0].handler} accepts any JSON."
        yield _remark(operation, untyped[0], "untyped-body", statement)


def _remark(operation: Operation, route: SourceRoute, rule: str, message: str) -> SourceFinding:
    return SourceFinding(
        rule=rule,
        message=message,
        location=route.handler_at or route.location,
        confidence=Confidence.MEDIUM,
        operation=operation.key,
        related=(route.location, operation.declared_at),
    )


def _undecided(
    operation: Operation, routes: Sequence[SourceRoute], rest: Sequence[SourceRoute], view: SourceView
) -> Iterator[UndecidedOperation]:
    if operation.requirement.demand not in DEMANDS:
        return
    reachable = behind_no_handshake(routes, view)
    unknown = next((r for r in reachable if r.guard is Guarding.UNKNOWN), None)
    if not routes:
        yield _not_read(operation, "The source that was read has no route for it")
    elif reachable and not any(route.mounted for route in routes):
        yield _not_read(
            operation, f"No served router is known to contain the route of {reachable[0].handler}"
        )
    elif unclear := [r for r in routes if handshake(r, view) is None and not surely_guarded(r)]:
        yield _unclear_handshake(operation, unclear[0], view)
    elif unknown is not None:
        reason = f"{unknown.guard_name} is not known to reject callers without a certificate"
        yield _unknown_guard(operation, reason, _to_list(unknown.guard_listed_as))
    elif bare := [r for r in without_tls(reachable, view) if not surely_guarded(r)]:
        yield _unknown_guard(
            operation,
            f"The source has no TLS and no guard for {bare[0].handler}, and a proxy in front of it may require the"
            " certificate",
            "Name the configuration of its gateway, or probe the server with specdrift check.",
        )
    elif unchecked := roles.not_established(operation, routes):
        reason = f"No code around {unchecked[0].handler} is known to require the role that the document names"
        yield _unknown_guard(
            operation, reason, "Probe the server with specdrift check and an identity without it."
        )
    elif own := next((fact for r in routes for fact in own_verifiers(r, view)), None):
        reason = f"{own.what[:1].upper()}{own.what[1:]} ({own.location})"
        yield _unknown_guard(
            operation, reason, "Probe the server with specdrift check: it sends invalid certificates."
        )
    elif answering := [one for one in rest if gives_data(one, view)]:
        yield _unknown_guard(operation, *why_undecided(answering[0]))


def _to_list(name: str) -> str:
    """Return the advice for a guard: to list it, unless it is seen to pass requests on or has no name."""
    if not name:
        return "Let it reject callers without a certificate on each path, or probe the server with specdrift check."
    return f'If it rejects callers without a certificate, list it: guards = ["{name}"] under [source].'


def _unclear_handshake(operation: Operation, route: SourceRoute, view: SourceView) -> UndecidedOperation:
    why = why_unclear(route, view)
    if why is None:
        return _not_read(operation, f"The listener of the route of {route.handler} is not known to use TLS")
    return _unknown_guard(operation, *why)


def _unknown_guard(operation: Operation, reason: str, how_to_decide: str) -> UndecidedOperation:
    return UndecidedOperation(
        operation=operation.key,
        kind=UndecidedReason.UNKNOWN_GUARD,
        reason=reason,
        how_to_decide=how_to_decide,
    )


def _not_read(operation: Operation, reason: str) -> UndecidedOperation:
    return UndecidedOperation(
        operation=operation.key,
        kind=UndecidedReason.SOURCE_NOT_READ,
        reason=reason,
        how_to_decide="See the unresolved expressions, if any; name the router's function as entry under [source],"
        " or probe the server with specdrift check.",
    )
