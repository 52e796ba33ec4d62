"""What the TLS handshake of a route's listeners decides."""

from collections.abc import Iterator, Sequence

from specdrift.model.result.source import ClientAuth, ListenerKind, SourceRoute, SourceView, TlsFact


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


def handshake(route: SourceRoute, view: SourceView) -> bool | None:
    """Return whether a TLS handshake that requires a certificate precedes each request; ``None`` if that is unknown."""
    facts = view.tls_of(route.binaries)
    if ListenerKind.PLAINTEXT in route.listeners:
        return False
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
