"""Uses connections and TLS sessions that a certificate made before it was revoked.

Servers read revocation lists and the set of trusted CAs in full handshakes. A connection that is kept alive, or a
session that is resumed, needs none, and each resumption in TLS 1.3 gives a new ticket (RFC 8446 §4.6.1). The control
is the check ``revoked``: new connections with the certificate are refused. What is admitted then is sent once more
when the owner's time for the revocation has passed: of several servers one may learn of it later.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import ids_of, probe_ids
from specdrift.checks.credentials import revoked
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import Ending, NotSentReason
from specdrift.model.exchange.probe import Connection, Phase, Probe, ProbeTag, Reuse, TlsRange
from specdrift.model.result.drift import Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Confidence, Outcome

NAME, RULE = "revoked-session", "session-outlives-revocation"
AT_ONCE, AT_THE_END = 1, 2
"""Attempts: when new connections are refused, and when the time for the revocation has passed."""


class MadeBefore(StrEnum):
    """What was made before the revocation."""

    KEPT = "kept-alive connection"
    RESUMED = "session"
    RESUMED_1_2 = "session of TLS 1.2"

    @property
    def is_resumed(self) -> bool:
        return self is not MadeBefore.KEPT


def probes(context: PlanContext, planned: PlannedOperation, identity: ClientIdentity) -> tuple[Probe, ...]:
    """Return the requests, each for a connection or session of its own that is made before the revocation."""
    fresh = replace(context.connection(context.tls[0]), reuse=Reuse.FRESH)
    return tuple(
        _probe(planned, identity, way, connection, attempt)
        for attempt in (AT_ONCE, AT_THE_END)
        for way, connection in _ways(context, fresh)
    )


def _ways(context: PlanContext, fresh: Connection) -> Iterator[tuple[MadeBefore, Connection]]:
    yield MadeBefore.KEPT, fresh
    for tls in context.tls:
        resumed = replace(fresh, tls=tls, resumes=context.endpoint)
        yield MadeBefore.RESUMED_1_2 if tls is TlsRange.ONLY_1_2 else MadeBefore.RESUMED, resumed


def _probe(
    planned: PlannedOperation, identity: ClientIdentity, way: MadeBefore, connection: Connection, attempt: int
) -> Probe:
    request = planned.request_for(identity.name)
    return Probe(
        check=NAME,
        operation=planned.key,
        identity=identity.name,
        connection=connection,
        request=request,
        priming=request,
        phase=Phase.CONFIRM,
        variant=way.value,
        tag=ProbeTag(name=way.value),
        attempt=attempt,
        why="whether it outlives the revocation of its certificate",
    )


def to_repeat(classifier: Classifier, identity: str) -> frozenset[MadeBefore]:
    """Return the ways that neither ended nor were refused at once: they are sent again when the time has passed."""
    return frozenset(way for way, entry in _first(classifier, identity) if not _has_ended(entry, classifier))


def way_of(probe: Probe) -> MadeBefore:
    """Return what the probe uses."""
    assert probe.tag is not None  # noqa: S101 - as made above
    return MadeBefore(probe.tag.name)


def _first(classifier: Classifier, identity: str) -> Iterator[tuple[MadeBefore, Exchange]]:
    for entry in _exchanges(classifier, identity):
        if entry.probe.attempt == AT_ONCE:
            yield way_of(entry.probe), entry


def _exchanges(classifier: Classifier, identity: str) -> list[Exchange]:
    return [entry for entry in classifier.log.by_check(NAME) if entry.probe.identity == identity]


def _is_in_place(entry: Exchange) -> bool:
    """Return whether the connection was really kept, or the session really resumed."""
    seen = entry.observation
    return seen.tls.resumed if way_of(entry.probe).is_resumed else seen.reused_connection


def _has_ended(entry: Exchange, classifier: Classifier) -> bool:
    """Return whether the server dropped the connection or session, had none to resume, or refuses it."""
    seen = entry.observation
    if seen.ending is Ending.NOT_SENT:
        return seen.not_sent is NotSentReason.NO_SESSION
    closed = seen.ending in (Ending.CLOSED, Ending.ALERT)
    return closed or not _is_in_place(entry) or classifier.compared(entry).outcome.refused


class RevokedSessionCheck(Struct, frozen=True, kw_only=True):
    """Judges what the end of the run sends."""

    name: str = NAME
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:  # noqa: ARG002
        """Nothing: the certificate is revoked when everything else has been sent."""
        return iter(())

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:  # noqa: ARG002
        """Nothing."""
        return iter(())

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for kept connections, and one for resumed sessions."""
        findings: list[Finding] = []
        skipped: list[Skipped] = []
        for name, within in context.revoked_within.items():
            exchanges = _exchanges(classifier, name)
            polls = [entry for entry in classifier.log.by_check(revoked.NAME) if entry.probe.identity == name]
            if not exchanges or not revoked.is_refused_by_now(polls, classifier):
                continue
            by_way = {way: [e for e in exchanges if way_of(e.probe) is way] for way in MadeBefore}
            alive = {way: own for way, own in by_way.items() if own and not _ended_once(own, classifier)}
            admitted = {way: own for way, own in alive.items() if _are_admitted(own, classifier)}
            findings += _findings(name, within, admitted, polls)
            skipped += (_undecided(name, way, within) for way in alive if way not in admitted)
        return Conclusions(findings=tuple(findings), skipped=tuple(skipped))


def _ended_once(entries: Sequence[Exchange], classifier: Classifier) -> bool:
    return any(_has_ended(entry, classifier) for entry in entries)


def _are_admitted(entries: Sequence[Exchange], classifier: Classifier) -> bool:
    """Return whether both attempts were admitted."""
    outcomes = [classifier.compared(entry).outcome for entry in entries]
    return outcomes == [Outcome.ADMITTED] * AT_THE_END


def _undecided(name: str, way: MadeBefore, within: float) -> Skipped:
    reason = (
        f'whether a {way} of "{name}" outlives its revocation is not established: it was neither refused nor '
        f"admitted each time within {within:g} s"
    )
    return Skipped(check=NAME, kind=SkipReason.UNDECIDABLE, reason=reason)


def _findings(
    name: str, within: float, admitted: Mapping[MadeBefore, Sequence[Exchange]], polls: Sequence[Exchange]
) -> Iterator[Finding]:
    kept = admitted.get(MadeBefore.KEPT, ())
    resumed = [entry for way, entries in admitted.items() if way.is_resumed for entry in entries]
    for entries, how, severity in (
        (kept, "on a connection that is kept alive", Severity.WARNING),
        (resumed, "with a resumed TLS session", None),
    ):
        if not entries:
            continue
        versions = ", ".join(dict.fromkeys(entry.observation.tls.version for entry in entries))
        yield Finding(
            rule=RULE,
            severity=severity,
            operation=entries[0].probe.operation,
            identity=name,
            message=f'The certificate of "{name}" is revoked and refused on new connections, and its client is still '
            f"admitted {how} ({versions}) {within:g} s after the revocation.",
            confidence=Confidence.HIGH,
            probes=probe_ids(ids_of(entries), ids_of(polls[-revoked.REFUSALS :])),
            subject=how,
        )


CHECK: Check = RevokedSessionCheck()
