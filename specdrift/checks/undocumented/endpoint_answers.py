"""What an answer shows of an endpoint that is not in the document. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from specdrift.checks.undocumented.candidates import EndpointCandidate
from specdrift.checks.undocumented.wordlist import CONTENTS
from specdrift.classify.check_names import UNKNOWN_PATH
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.likeness import related_answer, same_answer
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Connection

HANDLED = frozenset({400, 415, 422})
"""Statuses of a handler that received the request: its query or body is invalid."""
FAILED = frozenset({"error-member", "denial"})
"""Signs of an error despite the status."""
WITHHELD = frozenset({401, 403})
NOT_FOUND = frozenset({404, 410})


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
    if any(_alike(http, other) for other in controls):
        return None
    if 200 <= http.status < 300:
        other = FAILED.intersection(http.shape.signs) or _is_another_file(candidate, http)
        return None if other else EndpointEvidence.ADMITTED
    return EndpointEvidence.HANDLED if valid and candidate.imported and http.status in HANDLED else None


def _is_another_file(candidate: EndpointCandidate, http: HttpFacts) -> bool:
    """Return whether a well-known file has a content that this file cannot have."""
    begins = (begin for path, begin in CONTENTS.items() if candidate.path.endswith(path))
    return any(not begin.search(http.body_excerpt) for begin in begins)


def is_of_sibling(candidate: EndpointCandidate, exchange: Exchange, classifier: Classifier) -> bool:
    """Return whether an answer has the data of the candidate's sibling, where only these count."""
    if not candidate.by_data or candidate.sibling is None:
        return True
    values = classifier.learned.values_of(exchange)
    return classifier.resource(candidate.sibling.key).carried_by(values).leaks


def withheld(candidate: EndpointCandidate, exchange: Exchange, controls: Sequence[HttpFacts]) -> bool:
    """Return whether the endpoint exists and rejects this caller: paths that do not exist get another status."""
    http = exchange.observation.http
    if http is None or http.status not in WITHHELD or candidate.sent != candidate.method:
        return False
    return bool(controls) and all(other.status not in WITHHELD for other in controls)


def is_missing(exchange: Exchange, controls: Sequence[HttpFacts]) -> bool:
    """Return whether an answer shows that nothing is there: it is that for paths that do not exist, and no rejection.

    A rejection may be all that this caller gets anywhere.
    """
    http = exchange.observation.http
    if http is None or not (http.status in NOT_FOUND or 200 <= http.status < 400):
        return False
    return any(_alike(http, control) for control in controls)


def anonymous_is_elsewhere(log: ExchangeLog, valid: str) -> bool:
    """Return whether a valid certificate may not reach what an anonymous client reaches.

    A proxy may choose the service by the certificate. Then paths that do not exist are not found for both, each in its
    own way.
    """
    anonymous = _unknown_answers(log, ANONYMOUS.name)
    return any(
        anonymous[where].status in NOT_FOUND and not _alike(anonymous[where], http)
        for where, http in _unknown_answers(log, valid).items()
        if where in anonymous
    )


def _unknown_answers(log: ExchangeLog, caller: str) -> dict[tuple[str, Connection], HttpFacts]:
    """Return the answers for paths that do not exist, by request target and kind of connection."""
    found = {}
    for exchange in log.of(UNKNOWN_PATH, None, caller):
        request, http = exchange.probe.request, exchange.observation.http
        if request is not None and http is not None and request.method == "GET":
            found[request.target, exchange.probe.connection.kind] = http
    return found


def _alike(one: HttpFacts, other: HttpFacts) -> bool:
    return same_answer(one, other) or related_answer(one, other)


def allowed(http: HttpFacts) -> frozenset[str]:
    """Return the methods in the Allow header."""
    return frozenset(method.strip().upper() for method in http.header("allow").split(",") if method.strip())
