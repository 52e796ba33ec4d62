"""Findings about undocumented endpoints. Pure."""

from collections.abc import Mapping

from msgspec import Struct

from specdrift.checks.core.base import PlanContext
from specdrift.checks.undocumented.candidates import EndpointCandidate
from specdrift.checks.undocumented.endpoint_answers import EndpointEvidence
from specdrift.checks.undocumented.wordlist import SEVERITY, EndpointKind
from specdrift.classify.exchange import Exchange
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.drift import Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import Undocumented
from specdrift.model.result.verdict import Confidence
from specdrift.rules.ids import UNDOCUMENTED_ENDPOINT


class Discovery(Struct, frozen=True, kw_only=True):
    """A candidate that answered."""

    candidate: EndpointCandidate
    hits: Mapping[str, list[tuple[Exchange, EndpointEvidence]]]
    """The exchanges of each caller that show it, in their order."""
    context: PlanContext

    @property
    def best(self) -> tuple[Exchange, EndpointEvidence]:
        """The strongest exchange: one that admitted the caller, else the first."""
        pairs = [pair for pairs in self.hits.values() for pair in pairs]
        return next((pair for pair in pairs if pair[1] is EndpointEvidence.ADMITTED), pairs[0])

    @property
    def kind(self) -> EndpointKind:
        """By its name, else a leak if anonymous callers get what its sibling, or every operation, guards."""
        if self.candidate.kind is not EndpointKind.SERVES or not self._anonymous_admitted:
            return self.candidate.kind
        sibling = self.candidate.sibling
        guarded = (
            sibling.is_guarded
            if sibling
            else self.candidate.imported and all(s.is_guarded for s in self.context.operations)
        )
        return EndpointKind.LEAKS if guarded else EndpointKind.SERVES

    @property
    def _anonymous_admitted(self) -> bool:
        return any(evidence is EndpointEvidence.ADMITTED for _, evidence in self.hits.get(ANONYMOUS.name, ()))


def endpoint_of(found: Discovery) -> Undocumented:
    """The entry of the result."""
    http = found.best[0].observation.http
    return Undocumented(
        method=found.candidate.method,
        path=found.candidate.path,
        kind=found.kind.value,
        status=http.status if http else 0,
        admitted=tuple(found.hits),
        probes=_probes(found),
        source=found.candidate.source,
    )


def finding_of(found: Discovery) -> Finding:
    """Return the finding: severity by kind if a caller was admitted; else, or of a leak to holders alone, a warning."""
    exchange, evidence = found.best
    admitted = evidence is EndpointEvidence.ADMITTED
    return Finding(
        rule=UNDOCUMENTED_ENDPOINT,
        severity=SEVERITY[found.kind] if admitted and not _leaks_to_holders(found) else Severity.WARNING,
        message=f"{found.candidate.method} {found.candidate.path} {_what(found)}, and the document does not have it "
        f"({_about(found)}).",
        identity=exchange.probe.identity,
        confidence=Confidence.HIGH if admitted else Confidence.MEDIUM,
        probes=_probes(found),
        subject=f"{found.candidate.method} {found.candidate.path}",
    )


def _leaks_to_holders(found: Discovery) -> bool:
    """Return whether it leaks to callers with a valid certificate alone, who are trusted with other data too."""
    return found.kind is EndpointKind.LEAKS and ANONYMOUS.name not in found.hits


def _what(found: Discovery) -> str:
    exchange, evidence = found.best
    status = exchange.observation.http.status if exchange.observation.http else 0
    anonymous = ANONYMOUS.name in found.hits
    callers = "callers without a certificate" if anonymous else _valid_callers(found)
    words = {
        EndpointEvidence.ADMITTED: f"answers {status} to {callers}",
        EndpointEvidence.HANDLED: f"answers {status} to holders of a valid certificate, as only its own handler does",
        EndpointEvidence.ALLOWED: f"is in the Allow header of the answer to {found.candidate.sent}",
    }
    return words[evidence]


def _valid_callers(found: Discovery) -> str:
    """Return the valid identities; by name if the first one is not among them."""
    first = next(iter(found.context.accepted), None)
    if first is not None and first.name in found.hits:
        return "holders of a valid certificate"
    return " and ".join(f'"{name}"' for name in found.hits) + (
        f', and not to "{first.name}"' if first else ""
    )


def _about(found: Discovery) -> str:
    parts = [f"it {found.kind}"] if found.kind is not EndpointKind.SERVES else []
    parts += [found.candidate.source] if found.candidate.source else []
    return "; ".join(parts) or "nothing in its name shows its purpose"


def _probes(found: Discovery) -> tuple[str, ...]:
    first = found.best[0].probe.id
    every = (exchange.probe.id for pairs in found.hits.values() for exchange, _ in pairs)
    return tuple(dict.fromkeys((first, *every)))
