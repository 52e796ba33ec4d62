"""What an answer tells of an endpoint that is not in the document. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from specdrift.checks.undocumented.candidates import EndpointCandidate
from specdrift.classify.exchange_log import Exchange
from specdrift.classify.likeness import related_answer, same_answer
from specdrift.model.exchange.observation import HttpFacts

HANDLED = frozenset({400, 415, 422})
"""What a handler says of a request that reached it: its query or its body does not suit."""
FAILED = frozenset({"error-member", "denial"})
"""Signs of a success that is none."""
WITHHELD = frozenset({401, 403})


class Told(StrEnum):
    """What an answer shows."""

    ADMITTED = "admitted"
    """The caller got what is there."""
    HANDLED = "handled"
    """Something is there that wants another request."""
    ALLOWED = "allowed"
    """The Allow header (RFC 9110 §10.2.1) names the method."""


def told(
    candidate: EndpointCandidate, seen: Exchange, controls: Sequence[HttpFacts], *, good: bool
) -> Told | None:
    """What an exchange tells of the candidate; ``None`` for nothing.

    ``controls`` are answers to paths that do not exist. ``good``: the caller is the one with the good certificate;
    whoever else gets a client error was perhaps only refused.
    """
    http = seen.observation.http
    if http is None:
        return None
    if candidate.sent != candidate.method:
        blanket = {method for control in controls for method in allowed(control)}
        return Told.ALLOWED if good and candidate.method in allowed(http) - blanket else None
    if any(same_answer(http, other) or related_answer(http, other) for other in controls):
        return None
    if 200 <= http.status < 300:
        return None if FAILED.intersection(http.shape.signs) else Told.ADMITTED
    return Told.HANDLED if good and candidate.fed and http.status in HANDLED else None


def withheld(candidate: EndpointCandidate, seen: Exchange, controls: Sequence[HttpFacts]) -> bool:
    """Whether something is there and kept from this caller: refused as no path is that does not exist."""
    http = seen.observation.http
    if http is None or http.status not in WITHHELD or candidate.sent != candidate.method:
        return False
    return bool(controls) and all(other.status not in WITHHELD for other in controls)


def allowed(http: HttpFacts) -> frozenset[str]:
    """The methods that an answer's Allow header names."""
    return frozenset(method.strip().upper() for method in http.header("allow").split(",") if method.strip())
