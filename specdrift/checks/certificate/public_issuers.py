"""Finds a listener that names public CAs as acceptable issuers of client certificates.

Sends nothing: the certificate requests of all other checks are the evidence. A listener that does so trusts the root
store of its operating system or runtime instead of, or beside, the owner's CA. A server that lists no issuers shows
nothing.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from specdrift.checks.certificate.never_requested import with_listener
from specdrift.checks.core.base import Check, Conclusions, PlanContext
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.probe import Probe
from specdrift.model.plural import plural
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence
from specdrift.pki.inspection.public_roots import public_root_names
from specdrift.rules.ids import PUBLIC_CA_REQUESTED

NAMED = 2
"""Number of CAs that the message names."""
CITED = 2
"""Number of exchanges that the finding cites."""


class PublicIssuers(Struct, frozen=True):
    """One finding for the listener."""

    name: str = "public-issuers"
    rules: frozenset[str] = frozenset({PUBLIC_CA_REQUESTED})

    def plan(self, context: PlanContext) -> Iterable[Probe]:  # noqa: ARG002
        """Return nothing: the handshakes of the other checks are the evidence."""
        return ()

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterable[Probe]:  # noqa: ARG002
        """Return nothing."""
        return ()

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """Report the listener if one of its certificate requests names a public root."""
        found = list(_naming(context, classifier.log))
        if not found or not any(s.operation.requirement.may_need_certificate for s in context.operations):
            return Conclusions()
        issuers = sorted({issuer for _, names in found for issuer in names})
        shown = "; ".join(issuers[:NAMED])
        more = f" and {len(issuers) - NAMED} more" if len(issuers) > NAMED else ""
        return Conclusions(
            findings=(
                Finding(
                    rule=PUBLIC_CA_REQUESTED,
                    message=f"The listener's certificate request names {plural(len(issuers), 'public CA')} among the "
                    f"acceptable issuers: {shown}{more}. A certificate of any customer of theirs may be accepted.",
                    confidence=Confidence.HIGH,
                    probes=tuple(exchange.probe.id for exchange, _ in found[:CITED]),
                ),
            )
        )


def _naming(context: PlanContext, log: ExchangeLog) -> Iterator[tuple[Exchange, frozenset[str]]]:
    public = public_root_names()
    for exchange in with_listener(context, log):
        if names := public.intersection(exchange.observation.tls.acceptable_issuers):
            yield exchange, names


CHECK: Check = PublicIssuers()
