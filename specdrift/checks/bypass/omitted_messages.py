"""Makes handshakes without the messages in which a client proves that it holds the key of its certificate.

A certificate is public, and everybody can show it. Only CertificateVerify needs the key (RFC 8446 §4.4.3), and a
state machine that does not insist on it admits everybody (CVE-2022-25640). The client is that of the extra
``tls-messages``. The control is the same client with all messages.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import SAFE_METHODS, Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.sharing.bypass_attempt import BypassAttempt, PositiveControl
from specdrift.checks.sharing.representatives import Sharing
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.errors import extra_command
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import (
    HTTP_1,
    Connection,
    Control,
    Omission,
    Phase,
    Probe,
    ProbeTag,
    Reuse,
    TlsRange,
)
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Outcome

NAME, RULE = "omitted-messages", "key-proof-not-required"
INSTALL = (
    "handshakes without CertificateVerify were not tried: the extra tls-messages is not installed "
    f"({extra_command('tls-messages')})"
)
OMITTED = (Omission.PROOF, Omission.CERTIFICATE)
VERSIONS = {TlsRange.ANY: "", TlsRange.ONLY_1_2: " of TLS 1.2", TlsRange.ONLY_1_3: " of TLS 1.3"}


def _where(context: PlanContext) -> tuple[PlannedOperation, str] | None:
    """Return a guarded operation that can be sent, and the valid identity whose certificate is shown.

    Preferably one whose requests are the same with and without a certificate: then nothing else can be missing.
    """
    found = [
        (planned, identity.name)
        for planned in context.guarded
        if planned.request.method in SAFE_METHODS and not planned.request.upgrades
        for identity in context.accepted
        if must_be_admitted(identity, planned)
    ]
    alike = (one for one in found if one[0].request_for(one[1]) == one[0].request)
    return next(alike, next(iter(found), None))


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """One operation over each range of TLS versions, without each set of messages."""
    place = _where(context) if context.omits_messages and context.exhaustive else None
    if place is None:
        return
    planned, shown = place
    for tls in context.tls:
        for omitted in OMITTED:
            yield BypassAttempt(
                planned=planned,
                name=f"{omitted} {tls}",
                words=_words(omitted, shown, tls),
                request=planned.request,
                negative_control=replace(
                    planned.request, target=f"{context.base_of(planned)}/{context.nonce}"
                ),
                connection=replace(_connection(context, tls, omitted), shows=shown),
                cause=omitted.value,
                # A valid certificate without its proof is no valid caller; the control has all messages.
                positive_control=PositiveControl.IMPOSSIBLE,
            )


def _connection(context: PlanContext, tls: TlsRange, omitted: Omission) -> Connection:
    return Connection(endpoint=context.endpoint, tls=tls, alpn=HTTP_1, reuse=Reuse.FRESH, omits=omitted)


def _words(omitted: Omission, shown: str, tls: TlsRange) -> str:
    handshake = f"in a handshake{VERSIONS[tls]}"
    if omitted is Omission.CERTIFICATE:
        return f"{handshake} without Certificate and CertificateVerify"
    return (
        f'{handshake} that shows the certificate of "{shown}" without CertificateVerify, the proof of its key'
    )


def _describe(found: Sequence[BypassAttempt]) -> str:
    return ", or ".join(dict.fromkeys(attempt.words for attempt in found))


_BYPASS = BypassCheck(
    name=NAME,
    rule=RULE,
    why="whether the server requires the messages that prove the client's certificate",
    attempts=attempts,
    describe=_describe,
    sharing=Sharing.NONE,  # there is one operation
)


class OmittedMessagesCheck(Struct, frozen=True, kw_only=True):
    """A bypass check whose control is the same client with all messages."""

    name: str = NAME
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """The controls and the attempts."""
        place = _where(context)
        for tls in dict.fromkeys(attempt.connection.tls for attempt in attempts(context)):
            if place is not None:
                yield _control(context, tls, *place)
        yield from _BYPASS.plan(context)

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Repetitions and negative controls of attempts that seem to arrive."""
        return _BYPASS.follow_up(context, log)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """The findings, and what is not known."""
        found = _BYPASS.judge(context, classifier)
        reported = {finding.subject for finding in found.findings}
        return replace(found, skipped=(*found.skipped, *_skipped(context, classifier, reported)))


def _control(context: PlanContext, tls: TlsRange, planned: PlannedOperation, identity: str) -> Probe:
    name = f"{Omission.NOTHING} {tls}"
    return Probe(
        check=NAME,
        operation=planned.key,
        identity=identity,
        connection=_connection(context, tls, Omission.NOTHING),
        request=planned.request_for(identity),
        phase=Phase.BEFORE,
        variant=name,
        control=True,
        tag=ProbeTag(name=name, control=Control.POSITIVE),
        why="whether the client that omits messages is admitted with all of them",
    )


def _skipped(context: PlanContext, classifier: Classifier, reported: set[str]) -> Iterator[Skipped]:
    """Yield why nothing follows: the extra is missing, the control was refused, or an answer is unclear."""
    place = _where(context)
    if not context.exhaustive or place is None:
        return
    if not context.omits_messages:
        yield Skipped(check=NAME, kind=SkipReason.NOT_AVAILABLE, reason=INSTALL)
        return
    planned, _ = place
    for tls in context.tls:
        control = classifier.log.by_id.get(_control(context, tls, *place).id)
        if control is None:
            continue
        if classifier.control(control).outcome is not Outcome.ADMITTED:
            why = control.observation.detail or classifier.control(control).reason
            reason = (
                f"handshakes{VERSIONS[tls]} without CertificateVerify: the same client with all messages is not "
                f"admitted ({why})"
            )
            yield Skipped(check=NAME, kind=SkipReason.CONTROL_REFUSED, reason=reason)
            continue
        for attempt in attempts(context):
            exchange = classifier.log.by_id.get(_BYPASS.probe(attempt).id)
            if attempt.connection.tls is tls and exchange is not None and attempt.cause not in reported:
                yield from _unclear(planned, attempt, exchange, classifier)


def _unclear(
    planned: PlannedOperation, attempt: BypassAttempt, exchange: Exchange, classifier: Classifier
) -> Iterator[Skipped]:
    """Yield an answer from which nothing follows.

    A listener that ends handshakes of anonymous clients, and answers this one, did not insist on the messages, though
    the request was refused for another reason.
    """
    ended = exchange.observation
    in_tls = _is_refused_in_tls(planned, classifier)
    if ended.ending in (Ending.CLIENT_ERROR, Ending.NO_CONNECTION, Ending.NOT_SENT, Ending.TIMEOUT):
        why = ended.detail or ended.ending.value
    elif ended.http is not None and in_tls:
        why = f"HTTP {ended.http.status}, where the handshake of a client without a certificate is refused"
    else:
        return
    reason = f"{planned.key} {attempt.words}: {why}"
    yield Skipped(check=NAME, kind=SkipReason.UNDECIDABLE, reason=reason)


def _is_refused_in_tls(planned: PlannedOperation, classifier: Classifier) -> bool:
    """Return whether anonymous clients are refused in the handshake."""
    own = classifier.log.of(CERTIFICATE, planned.key, ANONYMOUS.name)
    return bool(own) and all(classifier.compared(one).outcome is Outcome.REFUSED_IN_TLS for one in own)


CHECK: Check = OmittedMessagesCheck()
