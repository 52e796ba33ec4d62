"""What an answer shows of an endpoint that is not in the document. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from specdrift.checks.undocumented.candidates import EndpointCandidate
from specdrift.checks.undocumented.wordlist import CONTENTS
from specdrift.classify.exchange import Exchange
from specdrift.classify.likeness import related_answer, same_answer
from specdrift.model.exchange.observation import HttpFacts

HANDLED = frozenset({400, 415, 422})
"""Statuses of a handler that received the request: its query or body is invalid."""
FAILED = frozenset({"error-member", "denial"})
"""Signs of an error despite the status."""
WITHHELD = frozenset({401, 403})


class EndpointEvidence(StrEnum):
    """What an answer shows of an undocumented endpoint."""

    ADMITTED = "admitted"
    """The caller got the resource."""
    HANDLED = "handled"
    """A handler exists that expects another request."""
    ALLOWED = "allowed"
    """The Allow header (RFC 9110 §10.2.1) names the method."""


def evidence_of(
    candidate: EndpointCandidate, exchange: Exchange, controls: Sequence[HttpFacts], *, valid: bool
) -> EndpointEvidence | None:
    """Return what an exchange shows of the candidate; ``None`` for nothing.

    ``controls`` are answers for paths that do not exist. ``valid``: the caller has a valid certificate; a client error
    to others may be a rejection only.
    """
    http = exchange.observation.http
    if http is None:
        return None
    if candidate.sent != candidate.method:
        blanket = {method for control in controls for method in allowed(control)}
        return EndpointEvidence.ALLOWED if valid and candidate.method in allowed(http) - blanket else None
    if any(same_answer(http, other) or related_answer(http, other) for other in controls):
        return None
    if 200 <= http.status < 300:
        other = FAILED.intersection(http.shape.signs) or _is_another_file(candidate, http)
        return None if other else EndpointEvidence.ADMITTED
    return EndpointEvidence.HANDLED if valid and candidate.imported and http.status in HANDLED else None


def _is_another_file(candidate: EndpointCandidate, http: HttpFacts) -> bool:
    """Return whether a well-known file has a content that this file cannot have."""
    begins = (begin for path, begin in CONTENTS.items() if candidate.path.endswith(path))
    return any(not begin.search(http.body_excerpt) for begin in begins)


def withheld(candidate: EndpointCandidate, exchange: Exchange, controls: Sequence[HttpFacts]) -> bool:
    """Return whether the endpoint exists and rejects this caller: paths that do not exist get another status."""
    http = exchange.observation.http
    if http is None or http.status not in WITHHELD or candidate.sent != candidate.method:
        return False
    return bool(controls) and all(other.status not in WITHHELD for other in controls)


def allowed(http: HttpFacts) -> frozenset[str]:
    """Return the methods in the Allow header."""
    return frozenset(method.strip().upper() for method in http.header("allow").split(",") if method.strip())
