"""Finds a listener that never requests a client certificate although operations require one.

Sends nothing: judges the handshakes of all other checks. A server may request the certificate only for certain paths
(renegotiation in TLS 1.2, RFC 5246 §7.4.1.1; post-handshake authentication in TLS 1.3, RFC 8446 §4.6.2), so bare
handshakes alone give a finding of medium confidence.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, field

from specdrift.checks.core.assessment import classify_as, must_be_admitted
from specdrift.checks.core.base import SAFE_METHODS, Check, Conclusions, PlanContext, PlannedOperation
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import WirePhase
from specdrift.model.exchange.probe import Probe
from specdrift.model.plural import plural, with_verb
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence, Outcome
from specdrift.rules.ids import CERTIFICATE_NEVER_REQUESTED

NAMED = 3
"""Number of operations that the message names."""
CITED = 3
"""Number of exchanges of each kind that the finding cites."""
DURING_HANDSHAKE = frozenset({WirePhase.CONNECT, WirePhase.HANDSHAKE})


class NeverRequested(Struct, frozen=True):
    """One finding for the listener."""

    name: str = "certificate-request"
    rules: frozenset[str] = frozenset({CERTIFICATE_NEVER_REQUESTED})

    def plan(self, context: PlanContext) -> Iterable[Probe]:  # noqa: ARG002
        """Return nothing: the handshakes of the other checks are the evidence."""
        return ()

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterable[Probe]:  # noqa: ARG002
        """Return nothing."""
        return ()

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """Report the listener if it completed handshakes and requested a certificate in none."""
        demanding = [s for s in context.operations if s.operation.requirement.demand is Demand.REQUIRED]
        exchanges = list(with_listener(context, classifier.log))
        if not demanding or any(exchange.observation.tls.certificate_requested for exchange in exchanges):
            return Conclusions()
        completed = [exchange for exchange in exchanges if _is_full_handshake(exchange)]
        if not completed:
            return Conclusions()
        return Conclusions(
            findings=(_finding(demanding, completed, _answers(context, demanding, classifier)),)
        )


class _Answers(Struct):
    """The conclusive responses to plain requests of the operations that require a certificate."""

    answered: dict[OperationKey, Exchange] = field(default_factory=dict)
    """The first response of each operation; to the anonymous client if there is one."""
    decided_otherwise: list[PlannedOperation] = field(default_factory=list)
    """Operations that admitted a valid certificate and refused the anonymous client, both by a response."""


def with_listener(context: PlanContext, log: ExchangeLog) -> Iterator[Exchange]:
    """Yield the TLS exchanges with the target's own listener, at each of its addresses and under each server name.

    HTTP/3 is another listener: its port is of UDP.
    """
    own = context.endpoint
    for exchange in log.by_id.values():
        connection = exchange.probe.connection
        endpoint, tcp = connection.endpoint, not connection.quic
        if tcp and endpoint.tls and (endpoint.host, endpoint.port) == (own.host, own.port):
            yield exchange


def _is_full_handshake(exchange: Exchange) -> bool:
    """Whether a new connection completed a handshake in which a certificate could have been requested.

    A resumed session excludes the request (RFC 8446 §4.3.2).
    """
    observation = exchange.observation
    tls = observation.tls
    completed = bool(tls.version) and observation.phase not in DURING_HANDSHAKE
    return completed and not (tls.resumed or tls.early_data or observation.reused_connection)


def _answers(context: PlanContext, demanding: Sequence[PlannedOperation], classifier: Classifier) -> _Answers:
    found = _Answers()
    for planned in demanding:
        outcomes: set[tuple[bool, Outcome]] = set()
        for identity in sorted(context.identities.values(), key=lambda i: i.name != ANONYMOUS.name):
            anonymous, control = identity.name == ANONYMOUS.name, must_be_admitted(identity, planned)
            for exchange in classifier.log.of(CERTIFICATE, planned.key, identity.name):
                outcome = classify_as(classifier, identity, exchange, planned).outcome
                if exchange.observation.http and outcome in (
                    Outcome.ADMITTED,
                    Outcome.REFUSED_BY_APPLICATION,
                ):
                    found.answered.setdefault(planned.key, exchange)
                    outcomes |= {(anonymous, outcome)} if anonymous or control else set()
        if outcomes == {(True, Outcome.REFUSED_BY_APPLICATION), (False, Outcome.ADMITTED)}:
            found.decided_otherwise.append(planned)
    return found


def _finding(
    demanding: Sequence[PlannedOperation], completed: Sequence[Exchange], answers: _Answers
) -> Finding:
    versions = ", ".join(sorted({exchange.observation.tls.version for exchange in completed}))
    handshakes = plural(len(completed), "handshake")
    requested = f"The listener requested a client certificate in none of {handshakes} ({versions})."
    promised = f"{_count(demanding, 'requires', 'require')} one: {_names(demanding)}."
    sentences = [requested, promised, *_reservations(demanding, answers)]
    if answers.decided_otherwise:
        sentences.append(
            "The application admitted valid certificates and refused the anonymous client on "
            f"{_names(answers.decided_otherwise)}: something other than a client certificate of this connection "
            "decides there."
        )
    bare = [exchange for exchange in completed if exchange.probe.request is None]
    exchanges = (*bare[:CITED], *list(answers.answered.values())[:CITED], *completed[:1])
    return Finding(
        rule=CERTIFICATE_NEVER_REQUESTED,
        message=" ".join(sentences),
        confidence=Confidence.HIGH if answers.answered else Confidence.MEDIUM,
        probes=tuple(dict.fromkeys(exchange.probe.id for exchange in exchanges)),
    )


def _reservations(demanding: Sequence[PlannedOperation], answers: _Answers) -> Iterator[str]:
    """Say for which operations the server may still request a certificate, and what settles it."""
    others = [planned for planned in demanding if planned.key not in answers.answered]
    if not others:
        return
    unsafe = any(p.mode is not UnsafeMethods.SEND and p.request.method not in SAFE_METHODS for p in others)
    remedy = "send a request to them" + (" (`--unsafe-methods send`, on a test system)" if unsafe else "")
    if answers.answered:
        yield f"No request to {_names(others)} was answered conclusively."
    else:
        yield "No request to them was answered conclusively."
    yield (
        "A server can request the certificate for certain paths only (renegotiation, post-handshake authentication); "
        f"to settle it, {remedy}."
    )


def _count(planned: Sequence[PlannedOperation], singular: str, several: str) -> str:
    return with_verb(len(planned), "operation", singular, several)


def _names(planned: Sequence[PlannedOperation]) -> str:
    more = f" and {len(planned) - NAMED:,} more" if len(planned) > NAMED else ""
    return ", ".join(str(one.key) for one in planned[:NAMED]) + more


CHECK: Check = NeverRequested()
