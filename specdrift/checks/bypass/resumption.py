"""Resumes TLS sessions for guarded operations: sessions of other names of the listener, and of its own.

A resumed session keeps the client authentication of its first handshake, and no certificate is sent again (RFC 8446
§2.2). A server that shares sessions among virtual hosts, or verifies certificates in full handshakes only, admits
callers that it would reject. Each caller resumes its own sessions; identities that lack a role do so too, since a
listener may verify them for one name and not for another. Sessions of a certificate that was revoked since
come from ``session-file``. An attempt counts only if the connection was really resumed.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.bypass.lower_roles import lower_roles
from specdrift.checks.bypass.names import MAX_NAMES
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.checks.sharing.bypass_attempt import BypassAttempt, PositiveControl
from specdrift.checks.sharing.representatives import Sharing
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.classify.listener import spread
from specdrift.model.contract.hosts import is_address
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity, IdentityKind
from specdrift.model.exchange.probe import Connection, Endpoint, Request
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped

NAME, OLDER = "resumption", "older session"
ENOUGH = 2
"""Operations sent with each session first; the others follow once one of these is admitted."""
UNTRUSTED = "self-signed"
"""The profile that stands for all untrusted certificates: some listeners accept them in the handshake."""
MAX_CONFIGURED = 3


class ResumedConnection(Struct, frozen=True, kw_only=True):
    """A connection that resumes a session."""

    name: str
    words: str
    """How, for a message."""
    connection: Connection


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """A few operations with a session of each source and TLS version, and all others once one is admitted."""
    return _attempts(context, further=True)


def first_attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """The few operations alone."""
    return _attempts(context, further=False)


def _attempts(context: PlanContext, *, further: bool) -> Iterator[BypassAttempt]:
    anywhere = ((caller, context) for caller in _callers(context))
    own = (
        (caller, resumed, below.guarded)
        for caller, below in (*anywhere, *lower_roles(context))
        for resumed in _connections(below, caller)
    )
    older = ((caller, resumed, context.guarded) for caller, resumed in _older(context))
    for caller, resumed, operations in (*own, *older):
        key = f"{caller.name} {resumed.name}"
        few = spread(operations, ENOUGH)[0]
        few = few[:1] if resumed.connection.early_data else few
        keys = {planned.key for planned in few}
        for planned in operations if further else few:
            first = planned.key in keys
            yield replace(
                _attempt(context, planned, resumed, caller),
                unlocks=key if first else "",
                requires="" if first else key,
            )


def _callers(context: PlanContext) -> Iterator[ClientIdentity]:
    """The anonymous caller, configured identities that another name accepts, others that must be rejected, and one
    untrusted certificate.
    """
    configured = [i for i in context.identities.values() if i.kind is IdentityKind.CONFIGURED and i.names]
    configured += [i for i in context.refused if i.kind is IdentityKind.CONFIGURED and not i.names]
    untrusted = [identity for identity in context.refused if identity.profile == UNTRUSTED]
    yield from (ANONYMOUS, *configured[:MAX_CONFIGURED], *untrusted[:1])


def _connections(context: PlanContext, caller: ClientIdentity) -> Iterator[ResumedConnection]:
    """Each session over each TLS version; with early data for the anonymous caller, whose key no program needs."""
    for tls in context.tls:
        for name, words, source in _sources(context, caller):
            connection = replace(context.connection(tls), resumes=source)
            yield ResumedConnection(
                name=f"{name} {tls.value}", words=f"with a TLS session of {words}", connection=connection
            )
    if caller is ANONYMOUS and context.early_data:
        for name, words, source in _sources(context, caller):
            # Early data needs the SNI of its session (RFC 8446 §4.2.10); Host may differ.
            own = replace(context.endpoint, server_name=source.server_name)
            connection = replace(
                context.connection(context.tls[0]), endpoint=own, resumes=source, early_data=True
            )
            yield ResumedConnection(
                name=f"{name} early",
                words=f"in early data on a TLS session of {words}",
                connection=connection,
            )


def _sources(context: PlanContext, caller: ClientIdentity) -> list[tuple[str, str, Endpoint]]:
    """Where sessions are made: with this SNI, none, an unknown one, other names of listener and caller, and at other
    endpoints, which may share ticket keys.
    """
    own = context.endpoint
    unknown = f"{context.nonce}.invalid"
    places = [("own", "this name", own)]
    if own.server_name and not is_address(own.server_name):
        places.append(("no sni", "no server name", replace(own, server_name="")))
    names = dict.fromkeys((unknown, *context.names[:MAX_NAMES], *caller.names[:MAX_NAMES]))
    places += [(f"sni {name}", name, replace(own, host=name, server_name=name)) for name in names]
    others = (other for other in context.alternate_endpoints if other.endpoint.tls and other.of_owner)
    beside = {other.url: other.endpoint for other in others}
    return places + [(f"at {url}", url, where) for url, where in list(beside.items())[:MAX_NAMES]]


def _older(context: PlanContext) -> Iterator[tuple[ClientIdentity, ResumedConnection]]:
    """Sessions that identities made before they had to be rejected, each in its TLS version."""
    for caller in context.refused if context.early_data else ():
        if caller.name in context.prior_sessions:
            connection = replace(context.connection(context.prior_sessions[caller.name]), prior_session=True)
            words = "with a TLS session from before it had to be refused"
            yield caller, ResumedConnection(name=OLDER, words=words, connection=connection)


def _attempt(
    context: PlanContext, planned: PlannedOperation, resumed: ResumedConnection, caller: ClientIdentity
) -> BypassAttempt:
    request = planned.request
    return BypassAttempt(
        planned=planned,
        caller=caller,
        name=resumed.name,
        words=resumed.words,
        request=request,
        negative_control=replace(request, target=f"{context.base_of(planned)}/{context.nonce}"),
        connection=resumed.connection,
        cause=OLDER if resumed.connection.prior_session else "",
        # In TLS 1.3 tickets come with the first answer (RFC 8446 §4.6.1).
        priming=None
        if resumed.connection.prior_session
        else Request(method="GET", target=context.public_target or "/"),
        # A valid certificate that resumes is admitted by design, so it is no control.
        positive_control=PositiveControl.IMPOSSIBLE,
    )


def _describe(attempts: Sequence[BypassAttempt]) -> str:
    return f"on a resumed connection, {', or '.join(dict.fromkeys(attempt.words for attempt in attempts))}"


def _skipped(context: PlanContext, log: ExchangeLog) -> Iterator[Skipped]:
    if not context.early_data:
        what = " nor sessions of session-file" if context.prior_sessions else ""
        reason = f"early data was not tried{what}: openssl is not installed"
        yield Skipped(check=NAME, kind=SkipReason.NOT_AVAILABLE, reason=reason)
        return
    for caller, _ in _older(context):
        exchanges = [
            s
            for s in log.by_check(NAME)
            if s.probe.connection.prior_session and s.probe.identity == caller.name
        ]
        if exchanges and not any(s.observation.tls.resumed for s in exchanges):
            reason = (
                f'the server did not resume the session of "{caller.name}": it has expired or was removed'
            )
            yield Skipped(check=NAME, kind=SkipReason.NOT_AVAILABLE, reason=reason)


CHECK: Check = BypassCheck(
    name=NAME,
    rule="resumption-bypass",
    why="whether a resumed TLS session bypasses the certificate",
    attempts=attempts,
    sharing=Sharing.LISTENER,
    first=first_attempts,
    describe=_describe,
    skipped=_skipped,
)
