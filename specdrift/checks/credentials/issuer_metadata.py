"""Compares what the metadata of a token issuer announce of mutual TLS with what its endpoints and tokens do.

A client authenticates by its certificate, and gets a token that is bound to it, only where the endpoint requests the
certificate in the handshake. The metadata are requested before the probes are planned.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from specdrift.checks.core.base import Check, Conclusions, PlanContext
from specdrift.checks.core.confirm import CONFIRMATIONS, ids_of, probe_ids, repeat
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.issuer import IssuerMetadata, MutualTlsEndpoint
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Connection, Phase, Probe, ProbeTag, Request, Reuse
from specdrift.model.plural import plural, with_verb
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Confidence
from specdrift.rules.ids import ISSUER_BINDING_UNUSED, ISSUER_ENDPOINT_WITHOUT_MTLS

NAME = "issuer-metadata"
NAMED = 3
"""Number of endpoints that a message names."""


class IssuerMetadataCheck(Struct, frozen=True):
    """Sends GET without a certificate to each endpoint that is announced for mutual TLS."""

    name: str = NAME
    rules: frozenset[str] = frozenset({ISSUER_ENDPOINT_WITHOUT_MTLS, ISSUER_BINDING_UNUSED})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """One probe for each announced endpoint. GET lets a server request a certificate for one path only."""
        for metadata in context.issuers:
            for announced in metadata.endpoints:
                yield _probe(metadata, announced)

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:  # noqa: ARG002
        """Repeat the probes of endpoints that requested no certificate."""
        for exchange in list(log.by_check(self.name)):
            if exchange.probe.phase is Phase.MAIN and _requested_none(exchange):
                yield from repeat(exchange.probe)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each issuer whose endpoints request no certificate, and for each scheme without binding."""
        findings: list[Finding] = []
        skipped: list[Skipped] = []
        for metadata in context.issuers:
            without, unclear = [], []
            for announced in metadata.endpoints:
                exchanges = _of(announced, metadata, classifier.log)
                if len(exchanges) > CONFIRMATIONS and all(map(_requested_none, exchanges)):
                    without.append((announced, exchanges))
                elif not any(map(_requested, exchanges)):
                    unclear.append(announced)
            if without:
                findings.append(_no_certificate_requested(metadata, without))
            if unclear:
                skipped.append(_unclear(metadata, unclear))
            findings += _not_bound(context, metadata)
        return Conclusions(findings=tuple(findings), skipped=tuple(skipped))


def _probe(metadata: IssuerMetadata, announced: MutualTlsEndpoint) -> Probe:
    return Probe(
        check=NAME,
        operation=None,
        identity=ANONYMOUS.name,
        connection=Connection(endpoint=announced.endpoint, reuse=Reuse.FRESH),
        request=Request(method="GET", target=announced.target),
        phase=Phase.MAIN,
        variant=f"{announced.name} of {metadata.issuer}",
        tag=_tag(announced, metadata),
        why="whether an endpoint for mutual TLS requests a client certificate",
    )


def _tag(announced: MutualTlsEndpoint, metadata: IssuerMetadata) -> ProbeTag:
    return ProbeTag(name=announced.name, subject=metadata.issuer, per_subject=True)


def _of(announced: MutualTlsEndpoint, metadata: IssuerMetadata, log: ExchangeLog) -> list[Exchange]:
    tag = _tag(announced, metadata)
    return [exchange for exchange in log.by_check(NAME) if exchange.probe.tag == tag]


def _requested(exchange: Exchange) -> bool:
    return exchange.observation.tls.certificate_requested


def _requested_none(exchange: Exchange) -> bool:
    """Return whether a request was answered on a connection on which no certificate was requested."""
    observed = exchange.observation
    return observed.ending is Ending.RESPONSE and bool(observed.tls.version) and not _requested(exchange)


def _no_certificate_requested(
    metadata: IssuerMetadata, without: Sequence[tuple[MutualTlsEndpoint, list[Exchange]]]
) -> Finding:
    exchanges = [exchange for _, own in without for exchange in own]
    versions = ", ".join(sorted({exchange.observation.tls.version for exchange in exchanges}))
    named = ", ".join(f"{announced.name} ({announced.url})" for announced, _ in without[:NAMED])
    more = f" and {len(without) - NAMED} more" if len(without) > NAMED else ""
    return Finding(
        rule=ISSUER_ENDPOINT_WITHOUT_MTLS,
        message=f"The issuer {metadata.issuer} announces {_what(metadata)}, and {named}{more} requested no client "
        f"certificate in {plural(len(exchanges), 'answered GET request')} ({versions}).",
        confidence=Confidence.MEDIUM,
        probes=probe_ids([metadata.probe], ids_of(exchanges)),
        subject=metadata.issuer,
    )


def _what(metadata: IssuerMetadata) -> str:
    """Return what the metadata announce, for a message."""
    announced = [
        *(["certificate-bound tokens"] if metadata.binds_tokens else []),
        *(["client authentication by " + " and ".join(metadata.methods)] if metadata.methods else []),
    ]
    return " and ".join(announced) or "endpoints for mutual TLS"


def _unclear(metadata: IssuerMetadata, unclear: Sequence[MutualTlsEndpoint]) -> Skipped:
    named = ", ".join(announced.url for announced in unclear[:NAMED])
    more = f" and {len(unclear) - NAMED} more" if len(unclear) > NAMED else ""
    reason = f"whether {named}{more} of issuer {metadata.issuer} request a client certificate: not answered each time"
    return Skipped(check=NAME, kind=SkipReason.UNDECIDABLE, reason=reason)


def _not_bound(context: PlanContext, metadata: IssuerMetadata) -> Iterator[Finding]:
    """Yield a finding for each scheme whose token, required together with a certificate, names none."""
    if not metadata.binds_tokens:
        return
    for scheme in metadata.unbound:
        number = sum(_needs_both(alternatives, scheme) for alternatives in _alternatives(context))
        if number:
            yield Finding(
                rule=ISSUER_BINDING_UNUSED,
                message=f'The token of security scheme "{scheme}" names no certificate (cnf of RFC 8705 §3.1), its '
                f"issuer {metadata.issuer} announces certificate-bound tokens, and "
                f"{with_verb(number, 'operation', 'requires', 'require')} a certificate together with it.",
                confidence=Confidence.MEDIUM,
                probes=(metadata.probe,),
                subject=scheme,
            )


def _alternatives(context: PlanContext) -> Iterator[Sequence[frozenset[str]]]:
    """Yield the alternatives of each operation that name a certificate, by the names of their other schemes."""
    for planned in context.operations:
        yield [
            frozenset(use.scheme.name for use in alternative if not use.is_mutual_tls)
            for alternative in planned.operation.requirement.alternatives
            if any(use.is_mutual_tls for use in alternative)
        ]


def _needs_both(alternatives: Sequence[frozenset[str]], scheme: str) -> bool:
    return any(scheme in names for names in alternatives)


CHECK: Check = IssuerMetadataCheck()
