"""Uses a connection and TLS sessions of a certificate after its validity has ended.

Servers check the validity in full handshakes. A connection that is kept alive, or a session that is resumed, can
outlive the certificate that it rests on (RFC 8446 §4.6.1 recommends that its lifetime limits theirs). The certificate
is generated for the run with ``[client-ca] short-validity``. Controls: it is admitted before, and a new connection with
it is refused after its end. Nothing can be repeated then, so attempts are sent twice from the start.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import ids_of, probe_ids
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Connection, Phase, Probe, ProbeTag, Reuse, TlsRange
from specdrift.model.result.drift import Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Confidence, Outcome

NAME, RULE = "outlived", "session-outlives-certificate"
SHORT_LIVED = "valid-short"
"""Name of the generated identity."""
MARGIN = timedelta(seconds=2)
"""From the end of the validity to the requests: validity has whole seconds, and clocks differ."""
ATTEMPTS = (1, 2)


class Way(StrEnum):
    """How the certificate is used."""

    BEFORE = "before its end"
    KEPT = "kept-alive connection"
    RESUMED_1_2 = "session of TLS 1.2"
    RESUMED = "session"
    AFTER = "new connection after its end"

    @property
    def is_resumed(self) -> bool:
        return self in (Way.RESUMED, Way.RESUMED_1_2)


class OutlivedCheck(Struct, frozen=True, kw_only=True):
    """One operation, one certificate."""

    name: str = NAME
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """First in the run: the certificate must be valid when connections and sessions are made."""
        caller, planned = context.identities.get(SHORT_LIVED), _operation(context)
        if caller is None or caller.certificate is None or planned is None:
            return
        main = context.connection(context.tls[0])
        before = _probe(planned, caller, Way.BEFORE, main)
        yield replace(before, control=True, why="whether the certificate is admitted while it is valid")
        ended = caller.certificate.not_after + MARGIN
        fresh = replace(main, reuse=Reuse.FRESH)
        for attempt in ATTEMPTS:
            for way, connection in _ways(context, fresh):
                probe = _probe(planned, caller, way, connection)
                yield replace(probe, priming=probe.request, after=ended, attempt=attempt)
        last = _probe(planned, caller, Way.AFTER, fresh)
        yield replace(last, control=True, after=ended, why="whether the expired certificate is refused")

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:  # noqa: ARG002
        """Nothing: the certificate has expired."""
        return iter(())

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:  # noqa: ARG002
        """One finding for kept connections, and one for resumed sessions."""
        exchanges = list(classifier.log.by_check(NAME))
        if not exchanges:
            return Conclusions()
        reason = _inconclusive(exchanges, classifier)
        if reason:
            skipped = Skipped(check=NAME, kind=SkipReason.NOT_AVAILABLE, reason=reason)
            return Conclusions(skipped=(skipped,))
        controls = [entry for entry in exchanges if entry.probe.control]
        kept = [entry for entry in exchanges if _way(entry) is Way.KEPT and _is_in_place(entry)]
        resumed = [entry for entry in exchanges if _way(entry).is_resumed and _is_in_place(entry)]
        found = (
            _finding(kept, controls, classifier, how="on a kept-alive connection", severity=Severity.NOTE),
            _finding(resumed, controls, classifier, how="with a resumed TLS session", severity=None),
        )
        return Conclusions(findings=tuple(finding for finding in found if finding))


def _operation(context: PlanContext) -> PlannedOperation | None:
    """Return the first guarded operation that the certificate's control may call, a GET if there is one."""
    admitted = [
        planned
        for planned in context.guarded
        if any(must_be_admitted(identity, planned) for identity in context.accepted[:1])
    ]
    return next((one for one in admitted if one.request.method == "GET"), None)


def _ways(context: PlanContext, fresh: Connection) -> Iterator[tuple[Way, Connection]]:
    yield Way.KEPT, fresh
    for tls in context.tls:
        resumed = replace(fresh, tls=tls, resumes=context.endpoint)
        yield Way.RESUMED_1_2 if tls is TlsRange.ONLY_1_2 else Way.RESUMED, resumed


def _probe(planned: PlannedOperation, caller: ClientIdentity, way: Way, connection: Connection) -> Probe:
    return Probe(
        check=NAME,
        operation=planned.key,
        identity=caller.name,
        connection=connection,
        request=planned.request_for(caller.beside),
        phase=Phase.PREFLIGHT,
        variant=way.value,
        tag=ProbeTag(name=way.value),
        why="whether it outlives the certificate",
    )


def _way(entry: Exchange) -> Way:
    assert entry.probe.tag is not None  # noqa: S101 - as made above
    return Way(entry.probe.tag.name)


def _is_in_place(entry: Exchange) -> bool:
    """Return whether the connection was really kept, or the session really resumed."""
    seen = entry.observation
    return seen.tls.resumed if _way(entry).is_resumed else seen.reused_connection


def _inconclusive(exchanges: Sequence[Exchange], classifier: Classifier) -> str:
    """Return why nothing follows; empty if the controls are as they must be."""
    outcomes = {_way(entry): classifier.compared(entry).outcome for entry in exchanges if entry.probe.control}
    if outcomes.get(Way.BEFORE) is not Outcome.ADMITTED:
        return "the certificate of [client-ca] short-validity was not admitted while it was valid: is it too short?"
    if Way.AFTER not in outcomes or not outcomes[Way.AFTER].refused:
        return "a new connection with the expired certificate of [client-ca] short-validity is not refused"
    return ""


def _finding(
    attempts: Sequence[Exchange],
    controls: Sequence[Exchange],
    classifier: Classifier,
    *,
    how: str,
    severity: Severity | None,
) -> Finding | None:
    """Return a finding if each attempt of one way was admitted; attempts of a TLS version are a way of their own."""
    by_way = {way: [entry for entry in attempts if _way(entry) is way] for way in Way}
    admitted = [
        entry
        for entries in by_way.values()
        if len(entries) == len(ATTEMPTS)
        and all(classifier.compared(entry).outcome is Outcome.ADMITTED for entry in entries)
        for entry in entries
    ]
    if not admitted:
        return None
    probe = admitted[0].probe
    versions = ", ".join(dict.fromkeys(entry.observation.tls.version for entry in admitted))
    return Finding(
        rule=RULE,
        severity=severity,
        operation=probe.operation,
        identity=probe.identity,
        message=f"A client whose certificate has expired is admitted {how} ({versions}), and refused on a new "
        "connection.",
        confidence=Confidence.HIGH,
        probes=probe_ids(ids_of(admitted), ids_of(controls)),
        subject=how,
    )


CHECK: Check = OutlivedCheck()
