"""Finds a server that requests URLs of client certificates before it trusts them (CVE-2026-21945).

The untrusted certificates of the run name the issuer's certificate, its CRL and its OCSP responder at the run's own
listener, each by a path that occurs nowhere else. Who requests such a path has read it in the certificate.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import Check, Conclusions, PlanContext
from specdrift.checks.core.confirm import ids_of
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.fetch import CertificateFetch, UrlKind
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Phase, Probe, Reuse
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Confidence
from specdrift.pki.battery import CALLBACKS
from specdrift.rules.ids import CERTIFICATE_URL_FETCHED

NAME = "callbacks"
WORDS = {
    UrlKind.CA_ISSUERS: "the certificate of the issuer (authority information access)",
    UrlKind.OCSP: "the OCSP responder (authority information access)",
    UrlKind.CRL: "the CRL (distribution point)",
}
CITED = 3


class Callbacks(Struct, frozen=True):
    """One finding for the listener."""

    name: str = NAME
    rules: frozenset[str] = frozenset({CERTIFICATE_URL_FETCHED})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Make a handshake with each certificate and TLS version; the battery sends requests with them too."""
        for identity in _callers(context):
            for tls in context.tls:
                yield Probe(
                    check=self.name,
                    operation=None,
                    identity=identity.name,
                    connection=replace(context.connection(tls), reuse=Reuse.FRESH),
                    request=None,
                    phase=Phase.MAIN,
                    variant="handshake",
                    why="whether the server requests the URLs of an untrusted certificate",
                )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterable[Probe]:  # noqa: ARG002
        """Return nothing: a request to a path of the run is certain."""
        return ()

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """Report the requests that the listener received. None shows nothing: the server may not reach it."""
        if not context.callback_url:
            return Conclusions()
        if not context.fetches:
            reason = (
                f"no URL of an untrusted certificate was requested at {context.callback_url}: the server requests "
                "none, or cannot reach this address"
            )
            return Conclusions(skipped=(Skipped(check=NAME, kind=SkipReason.UNDECIDABLE, reason=reason),))
        return Conclusions(findings=(_finding(context, context.fetches, classifier.log),))


def _callers(context: PlanContext) -> Iterator[ClientIdentity]:
    return (identity for identity in context.refused if identity.name in CALLBACKS)


def _finding(context: PlanContext, fetches: Sequence[CertificateFetch], log: ExchangeLog) -> Finding:
    names = dict.fromkeys(fetch.identity for fetch in fetches)
    kinds = sorted({fetch.kind for fetch in fetches})
    first = context.identities.get(next(iter(names)))
    exchanges = [entry for entry in log.by_check(NAME) if entry.probe.identity in names]
    return Finding(
        rule=CERTIFICATE_URL_FETCHED,
        identity=first.name if first else None,
        profile=first.profile if first else None,
        message=f"The server requested {', '.join(WORDS[kind] for kind in kinds)} of a certificate that no trusted CA "
        f"issued ({', '.join(names)}): a client without a trusted certificate can make it send requests.",
        confidence=Confidence.HIGH,
        probes=tuple(list(ids_of(exchanges))[:CITED]),
    )


CHECK: Check = Callbacks()
