"""The listeners that Alt-Svc names (RFC 7838), and those for HTTP/3 of the target. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import PlanContext
from specdrift.classify.exchange import Exchange
from specdrift.model.exchange.probe import Endpoint, Request

MAX_LISTENERS = 4
"""Alternatives of the target's host that are probed: a server may announce any number."""
LONGEST = 2000
"""Characters of a field that are read."""
ALTERNATIVE = re.compile(r'(h3|h2|http%2F1\.1)="([^"\s:\\]{0,253}|\[[0-9a-fA-F:.]{2,45}\]):([0-9]{1,5})"')
"""An alternative: its protocol, percent-encoded, and a quoted ``[host] ":" port`` (RFC 7838 §3)."""
H3, OVER_TCP = frozenset({"h3"}), frozenset({"h2", "http%2F1.1"})
"""Protocols of alternatives, as they are written."""
PORT_RANGE = range(1, 65536)
ANNOUNCED, CONFIGURED = "announced by Alt-Svc", "configured"


class Http3Listener(Struct, frozen=True, kw_only=True):
    """A listener for HTTP/3."""

    endpoint: Endpoint
    where: str
    """Host and port, for messages."""
    source: str
    """How it was found, for messages."""


def listeners(context: PlanContext, exchanges: Iterable[Exchange]) -> tuple[Http3Listener, ...]:
    """Return the configured listener, or those that Alt-Svc names on the target's own host."""
    configured = context.http3.listener
    if configured is not None:
        return (Http3Listener(endpoint=configured, where=context.http3.where, source=CONFIGURED),)
    if not context.http3.announced:
        return ()
    own = (port for host, port in announced(context, exchanges, H3) if is_own(host, context))
    ports = sorted(set(own))[:MAX_LISTENERS]
    return tuple(
        Http3Listener(
            endpoint=endpoint, where=f"{_bracketed(endpoint.host)}:{endpoint.port}", source=ANNOUNCED
        )
        for endpoint in (replace(context.endpoint, port=port) for port in ports)
    )


def as_alternative(context: PlanContext, listener: Endpoint, request: Request) -> Request:
    """Return the request with the authority of the target, whose alternative the listener is (RFC 7838 §2)."""
    own = context.endpoint.authority
    if listener.authority == own or any(name.lower() == "host" for name, _ in request.headers):
        return request
    return replace(request, headers=(("Host", own), *request.headers))


def elsewhere(context: PlanContext, exchanges: Iterable[Exchange]) -> tuple[str, ...]:
    """Return the other hosts that Alt-Svc names, with their ports."""
    if not context.http3.announced or context.http3.listener is not None or not context.guarded:
        return ()
    named = {
        f"{host}:{port}" for host, port in announced(context, exchanges, H3) if not is_own(host, context)
    }
    return tuple(sorted(named))[:MAX_LISTENERS]


def is_own(host: str, context: PlanContext) -> bool:
    """Return whether a host is the target's; an empty one is the origin's (RFC 7838 §3)."""
    return host.strip("[]").lower() in ("", context.endpoint.host.lower())


def announced(
    context: PlanContext, exchanges: Iterable[Exchange], protocols: Collection[str]
) -> set[tuple[str, int]]:
    """Return host and port of each alternative of these protocols in answers of the target's own listener."""
    own = context.endpoint
    fields = set()
    for exchange in exchanges:
        connection, http = exchange.probe.connection, exchange.observation.http
        place = connection.endpoint
        same = (place.host, place.port, place.tls) == (own.host, own.port, True)
        if http is not None and same and not connection.quic:
            fields |= {value for name, value in http.headers if name == "alt-svc"}
    return {found for field in fields for found in alternatives(field, protocols)}


def alternatives(field: str, protocols: Collection[str] = H3) -> Iterator[tuple[str, int]]:
    """Return host (empty: the origin's) and port of each alternative of these protocols in a value of Alt-Svc."""
    for match in ALTERNATIVE.finditer(field[:LONGEST]):
        before = field[: match.start()].rstrip()
        protocol, host, port = match[1], match[2], int(match[3])
        # The name of a protocol begins a member of the list.
        if protocol in protocols and port in PORT_RANGE and before[-1:] in ("", ","):
            yield host, port


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
