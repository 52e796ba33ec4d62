"""What the TLS handshake of a route's listeners decides, with its guard."""

from collections.abc import Iterator, Sequence

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Demand
from specdrift.model.result.source import (
    ClientAuth,
    ListenerKind,
    SourceFinding,
    SourceRoute,
    SourceView,
    TlsFact,
)
from specdrift.model.result.verdict import Confidence

LENIENT = (ClientAuth.OPTIONAL, ClientAuth.NONE)
NOT_KNOWN: tuple[TlsFact, ...] = ()
"""The configuration of a listener that may have one of several."""


def listener_demands(facts: Sequence[TlsFact]) -> bool:
    """Return whether the TLS handshake always rejects anonymous callers."""
    required = [fact for fact in facts if fact.client_auth is ClientAuth.REQUIRED and not fact.conditional]
    others = [fact for fact in facts if fact.client_auth in (ClientAuth.OPTIONAL, ClientAuth.NONE)]
    return bool(required) and not others


def in_some_runs(facts: Sequence[TlsFact]) -> TlsFact | None:
    """Return what admits anonymous callers under a condition, if nothing else does and the handshake may demand one."""
    others = [fact for fact in facts if fact.client_auth in (ClientAuth.OPTIONAL, ClientAuth.NONE)]
    demanded = any(fact.client_auth is ClientAuth.REQUIRED for fact in facts)
    return others[0] if demanded and others and all(fact.conditional for fact in others) else None


def behind_no_handshake(routes: Sequence[SourceRoute], view: SourceView) -> list[SourceRoute]:
    """Return the routes whose listener does not require a certificate, as far as is known."""
    return [route for route in routes if handshake(route, view) is False]


def over_network(routes: Sequence[SourceRoute]) -> Sequence[SourceRoute]:
    """Return the routes without those that are on a loopback address alone, where others are not."""
    others = [route for route in routes if set(route.listeners) != {ListenerKind.LOCAL}]
    return others or routes


def handshake(route: SourceRoute, view: SourceView) -> bool | None:
    """Return whether a TLS handshake that requires a certificate precedes each request; ``None`` if that is unknown."""
    if ListenerKind.PLAINTEXT in route.listeners:
        return False
    found = {_of(route, facts, view) for facts in configurations(route, view)}
    return False if False in found else None if None in found else True


def needless_handshakes(
    operation: Operation, routes: Sequence[SourceRoute], view: SourceView
) -> Iterator[SourceFinding]:
    """Report an open operation that is served nowhere but behind a handshake that requires a certificate.

    If a guard rejects anonymous callers as well, that is reported.
    """
    requirement = operation.requirement
    if not requirement.anonymous_allowed or requirement.demand is Demand.UNDECLARED:
        return
    mounted = [route for route in routes if route.mounted]
    only_tls = all(set(one.listeners) == {ListenerKind.TLS} and handshake(one, view) for one in mounted)
    if not mounted or not only_tls or any(route.guard.certain for route in mounted):
        return
    route = mounted[0]
    facts = (fact for every in configurations(route, view) for fact in every)
    demanded = next(fact for fact in facts if fact.client_auth is ClientAuth.REQUIRED)
    yield SourceFinding(
        rule="open-route-guarded",
        message="The document allows anonymous callers, and the TLS handshake rejects them.",
        location=demanded.location,
        # Something in front of the service may present a certificate for all.
        confidence=Confidence.MEDIUM,
        operation=operation.key,
        related=(route.location, *route.trail, operation.location),
        subject=route.handler,
    )


def surely_guarded(route: SourceRoute) -> bool:
    """Return whether a guard rejects callers without a certificate in each run."""
    return route.guard.certain and not route.guard_conditional


def is_protected(route: SourceRoute, view: SourceView) -> bool:
    """Return whether a guard or the handshake surely rejects callers without a certificate."""
    return surely_guarded(route) or handshake(route, view) is True


def is_exposed(route: SourceRoute, guarded: frozenset[SourceLocation | None], view: SourceView) -> bool:
    """Return whether a route without a guard has a handler, or runs one, that is guarded elsewhere."""
    known = any(one is not None and one in guarded for one in (route.handler_at, *route.runs))
    return known and not route.guard.certain and bool(behind_no_handshake([route], view))


def what_runs(route: SourceRoute, guarded: frozenset[SourceLocation | None]) -> str:
    """Return, for people, the handler of an exposed route that is guarded elsewhere, or what it runs."""
    if route.handler_at in guarded:
        return route.handler
    place = next((one for one in route.runs if one in guarded), route.location)
    return f"what it runs ({place})"


def configurations(route: SourceRoute, view: SourceView) -> tuple[tuple[TlsFact, ...], ...]:
    """Return the TLS facts of each listener of a route."""
    return route.configurations or (view.tls_of(route.binaries),)


def why_unclear(route: SourceRoute, view: SourceView) -> tuple[str, str] | None:
    """Return why it is not known what a handshake requires, and what decides; ``None`` if TLS itself is not known."""
    fact = in_some_runs(view.tls_of(route.binaries))
    if NOT_KNOWN in route.configurations:
        return _which_configuration(route, view), "Probe the server with specdrift check."
    if fact is None:
        return None
    return (
        f"The TLS configuration admits clients without a certificate under a condition ({fact.location})",
        "State the condition as assume under [source], or probe the server with specdrift check.",
    )


def _which_configuration(route: SourceRoute, view: SourceView) -> str:
    known = view.tls_of(route.binaries)
    unread = next((one for one in known if one.client_auth is ClientAuth.CUSTOM), None)
    lenient = next((one for one in known if one.client_auth in LENIENT), unread)
    place = f" ({lenient.location})" if lenient is not None else ""
    if lenient is unread:
        of = "this listener" if lenient is not None else f"the listener of {route.handler}"
        return f"The TLS configuration of {of} is not known{place}"
    return (
        f"One of the TLS configurations requires no certificate{place}, and it is not known"
        f" whether the listener of {route.handler} has it"
    )


def _of(route: SourceRoute, facts: Sequence[TlsFact], view: SourceView) -> bool | None:
    if not facts and facts in route.configurations:
        return None
    if not listener_demands(facts):
        # A service with guards does not leave it to the handshake.
        guards = any(one.guard.certain for one in view.routes)
        return None if in_some_runs(facts) and not guards else False
    return True if set(route.listeners) - {ListenerKind.LOCAL} == {ListenerKind.TLS} else None


def without_tls(routes: Sequence[SourceRoute], view: SourceView) -> list[SourceRoute]:
    """Return the served routes of binaries without TLS: something in front of these may demand a certificate."""
    return [route for route in routes if route.mounted and not view.tls_of(route.binaries)]


def own_verifiers(route: SourceRoute, view: SourceView) -> Iterator[TlsFact]:
    """Yield the verifiers of the route's binaries that decide by code of their own."""
    return (fact for fact in view.tls_of(route.binaries) if fact.client_auth is ClientAuth.CUSTOM)
