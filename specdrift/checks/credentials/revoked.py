"""Sends a certificate that the owner revokes at the end of the run, until it is refused or the time for it has passed.

Servers learn of a revocation when they read a CRL again, ask OCSP again, or are restarted. The control is the run
itself: the certificate was admitted before, and nothing else has changed.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import ids_of, probe_ids
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Phase, Probe, ProbeTag, Reuse
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Confidence, Outcome
from specdrift.rules.ids import INVALID_CERTIFICATE_ACCEPTED

NAME = "revoked"
REFUSALS = 3
"""Refusals in a row that end the wait: of several servers one may learn of it later."""
MOST = 60
"""Requests until the time has passed."""
LEAST_PAUSE_S = 1.0
TAG = ProbeTag(name="after its revocation")


def times(within: float) -> tuple[float, ...]:
    """Return when the requests are sent, in seconds after the command: the last when the time has passed."""
    count = max(REFUSALS, min(MOST, int(within / LEAST_PAUSE_S)))
    return tuple(within * number / count for number in range(1, count + 1))


def operation_for(context: PlanContext, identity: ClientIdentity) -> PlannedOperation | None:
    """Return the first guarded operation that must admit the identity, a GET if there is one."""
    admitting = [planned for planned in context.guarded if must_be_admitted(identity, planned)]
    return next((one for one in admitting if one.request.method == "GET"), None)


def probe_of(context: PlanContext, planned: PlannedOperation, identity: ClientIdentity, number: int) -> Probe:
    """Return the request with this number, on a new connection."""
    return Probe(
        check=NAME,
        operation=planned.key,
        identity=identity.name,
        connection=replace(context.connection(context.tls[0]), reuse=Reuse.FRESH),
        request=planned.request_for(identity.name),
        phase=Phase.CONFIRM,
        variant=TAG.name,
        tag=TAG,
        attempt=number,
        why="whether the revoked certificate is refused",
    )


def is_admitted_before(classifier: Classifier, planned: PlannedOperation, identity: ClientIdentity) -> bool:
    """Return whether the certificate was admitted each time before its revocation."""
    own = classifier.log.of(CERTIFICATE, planned.key, identity.name)
    return bool(own) and all(classifier.control(entry).outcome is Outcome.ADMITTED for entry in own)


def is_refused_by_now(exchanges: Sequence[Exchange], classifier: Classifier) -> bool:
    """Return whether the last answers are refusals."""
    last = exchanges[-REFUSALS:]
    return len(last) == REFUSALS and all(classifier.compared(entry).outcome.refused for entry in last)


class RevokedCheck(Struct, frozen=True, kw_only=True):
    """Judges what the end of the run sends."""

    name: str = NAME
    rules: frozenset[str] = frozenset({INVALID_CERTIFICATE_ACCEPTED})

    def plan(self, context: PlanContext) -> Iterator[Probe]:  # noqa: ARG002
        """Nothing: the certificate is revoked when everything else has been sent."""
        return iter(())

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:  # noqa: ARG002
        """Nothing."""
        return iter(())

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each certificate that is still admitted when the time has passed."""
        findings, skipped = [], []
        for name, within in context.revoked_within.items():
            exchanges = [entry for entry in classifier.log.by_check(NAME) if entry.probe.identity == name]
            if not exchanges or classifier.compared(exchanges[-1]).outcome.refused:
                continue
            if all(classifier.compared(entry).outcome is Outcome.ADMITTED for entry in exchanges[-REFUSALS:]):
                findings.append(_finding(context.identities[name], within, exchanges, classifier))
            else:
                reason = (
                    f'"{name}" is neither refused nor admitted each time {within:g} s after its revocation'
                )
                skipped.append(Skipped(check=NAME, kind=SkipReason.UNDECIDABLE, reason=reason))
        return Conclusions(findings=tuple(findings), skipped=tuple(skipped))


def _finding(
    identity: ClientIdentity, within: float, exchanges: Sequence[Exchange], classifier: Classifier
) -> Finding:
    last = exchanges[-REFUSALS:]
    operation = last[-1].probe.operation
    before = classifier.log.of(CERTIFICATE, operation, identity.name)
    given = identity.certificate
    return Finding(
        rule=INVALID_CERTIFICATE_ACCEPTED,
        operation=operation,
        identity=identity.name,
        message=f'The certificate of "{identity.name}" is admitted on a new connection {within:g} s after its '
        f"revocation: {classifier.compared(last[-1]).reason}. revoke-command ended with exit status 0"
        + (f", and had the serial number {given.serial_in_bytes}." if given else "."),
        confidence=Confidence.HIGH,
        probes=probe_ids(ids_of(last), ids_of(before[:1])),
        subject=TAG.name,
    )


CHECK: Check = RevokedCheck()
