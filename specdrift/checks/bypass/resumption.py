"""Resumes TLS sessions where a certificate is due: sessions of other names of the listener, or of its own.

A session carries what was known of the client when it was made (RFC 8446 §2.2), and no certificate is sent again. So a
server that shares sessions among virtual hosts, or looks at a certificate only while a session is made, lets in a
caller whom it would refuse. Each caller resumes its own sessions, and nobody else's: who resumes the session of a good
certificate is its bearer, by design, unless that certificate has to be refused since then: then the owner can say where
such a session is kept. An attempt counts only where the connection was really resumed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from specdrift.checks.bypass.attempt import Detour, DetourCheck, Good
from specdrift.checks.bypass.names import MAX_NAMES
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.classify.listener import spread
from specdrift.model.contract.hosts import is_address
from specdrift.model.exchange.identity import ANONYMOUS, Identity, IdentityKind
from specdrift.model.exchange.probe import Connection, Endpoint, Request
from specdrift.model.result.result import Skipped

NAME, OLDER = "resumption", "older session"
ENOUGH = 2
"""Operations that are asked with each session; once one of them is there, all are."""
STRANGER = "self-signed"
"""The profile that stands for every certificate nobody trusts: what some listeners take and others refuse."""
MAX_CONFIGURED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A connection that resumes a session; ``words`` say how."""

    name: str
    words: str
    connection: Connection


def detours(context: PlanContext) -> Iterator[Detour]:
    """A few operations with a session of each source, over each TLS version, and all others once one is there."""
    few = spread(context.guarded, ENOUGH)[0]
    own = ((caller, way) for caller in _callers(context) for way in _ways(context, caller))
    for caller, way in (*own, *_older(context)):
        key = f"{caller.name} {way.name}"
        for subject in context.guarded:
            first = subject in (few[:1] if way.connection.early_data else few)
            yield replace(
                _detour(context, subject, way, caller),
                opens=key if first else "",
                awaits="" if first else key,
            )


def _callers(context: PlanContext) -> Iterator[Identity]:
    """Nobody, whom the owner says is refused, and one certificate that nobody trusts."""
    configured = [identity for identity in context.refused if identity.kind is IdentityKind.CONFIGURED]
    strangers = [identity for identity in context.refused if identity.profile == STRANGER]
    yield from (ANONYMOUS, *configured[:MAX_CONFIGURED], *strangers[:1])


def _ways(context: PlanContext, caller: Identity) -> Iterator[Way]:
    """Each session over each TLS version; and with early data, of who has no key that a program would have to have."""
    for tls in context.tls:
        for name, words, source in _sources(context, caller):
            connection = replace(context.connection(tls), resumes=source)
            yield Way(
                name=f"{name} {tls.value}", words=f"with a TLS session of {words}", connection=connection
            )
    if caller is ANONYMOUS and context.early_data:
        for name, words, source in _sources(context, caller):
            # A client sends early data only by the name of its session (RFC 8446 §4.2.10); Host may still be another.
            here = replace(context.endpoint, server_name=source.server_name)
            connection = replace(
                context.connection(context.tls[0]), endpoint=here, resumes=source, early_data=True
            )
            yield Way(
                name=f"{name} early",
                words=f"in early data on a TLS session of {words}",
                connection=connection,
            )


def _sources(context: PlanContext, caller: Identity) -> list[tuple[str, str, Endpoint]]:
    """Where sessions are made: under this name, none, one that nobody serves, others of listener and caller, and at the
    other doors, which may share the keys of tickets.
    """
    own = context.endpoint
    unknown = f"{context.nonce}.invalid"
    places = [("own", "this name", own)]
    if own.server_name and not is_address(own.server_name):
        places.append(("no sni", "no server name", replace(own, server_name="")))
    names = dict.fromkeys((unknown, *context.names[:MAX_NAMES], *caller.names[:MAX_NAMES]))
    places += [(f"sni {name}", name, replace(own, host=name, server_name=name)) for name in names]
    beside = {door.url: door.endpoint for door in context.doors if door.endpoint.tls}
    return places + [(f"at {url}", url, where) for url, where in list(beside.items())[:MAX_NAMES]]


def _older(context: PlanContext) -> Iterator[tuple[Identity, Way]]:
    """Sessions that identities made before they had to be refused, in the one version that each of them is of."""
    for caller in context.refused if context.early_data else ():
        if caller.name in context.older_sessions:
            connection = replace(context.connection(context.older_sessions[caller.name]), older=True)
            words = "with a TLS session from before it had to be refused"
            yield caller, Way(name=OLDER, words=words, connection=connection)


def _detour(context: PlanContext, subject: PlannedOperation, way: Way, caller: Identity) -> Detour:
    request = subject.request
    return Detour(
        subject=subject,
        caller=caller,
        name=way.name,
        words=way.words,
        request=request,
        nowhere=replace(request, target=f"{context.base_of(subject)}/{context.nonce}"),
        connection=way.connection,
        cause=OLDER if way.connection.older else "",
        # In TLS 1.3 tickets come with the first answer (RFC 8446 §4.6.1).
        ahead=None if way.connection.older else Request(method="GET", target=context.public_target or "/"),
        # A good certificate that resumes is let in by design: that tells nothing.
        good=Good.CANNOT,
    )


def _tell(ways: Sequence[Detour]) -> str:
    return f"on a resumed connection, {', or '.join(dict.fromkeys(way.words for way in ways))}"


def _skipped(context: PlanContext, evidence: ExchangeLog) -> Iterator[Skipped]:
    if not context.early_data:
        what = " nor sessions of session-file" if context.older_sessions else ""
        reason = f"early data was not tried{what}: the program openssl is not installed"
        yield Skipped(check=NAME, reason=reason)
        return
    for caller, _ in _older(context):
        seen = [
            s for s in evidence.by_check(NAME) if s.probe.connection.older and s.probe.identity == caller.name
        ]
        if seen and not any(s.observation.tls.resumed for s in seen):
            reason = f'the server did not take up the session of "{caller.name}": it has ended, or time has ended it'
            yield Skipped(check=NAME, reason=reason)


CHECK: Check = DetourCheck(
    name=NAME,
    rule="resumption-bypass",
    why="whether a resumed TLS session steps around the certificate",
    detours=detours,
    tell=_tell,
    skipped=_skipped,
)
