"""What the answer to a gRPC call shows ("gRPC over HTTP2", Responses). Pure."""

from enum import StrEnum

from specdrift.classify.exchange import Exchange
from specdrift.model.exchange.observation import Ending, HttpFacts

CONTENT_TYPE = "application/grpc"
STATUS = "grpc-status"
"""In the trailers, or in the head of a response without a body."""
OK = "0"
UNIMPLEMENTED = "12"
REFUSALS = frozenset({"7", "16"})
"""PERMISSION_DENIED and UNAUTHENTICATED."""
PREFIX = 5
"""Bytes before each message."""
BUSY = frozenset({408, 415, 425, 429})
"""Statuses that decide nothing: 415 of a service that is called by another protocol."""
METHOD_REFUSED = frozenset({405, 415})


class CallEvidence(StrEnum):
    """What an answer shows of a call."""

    RAN = "ran"
    """The method returned a message, or ended well."""
    REFUSED = "refused"
    """By gRPC, by a proxy, or in TLS: no method answers with such a status."""
    ABSENT = "absent"
    """The server has no such service."""
    UNCLEAR = "unclear"
    """A method, or what is in front of it, ended the call otherwise, or did not answer."""


def is_grpc(http: HttpFacts) -> bool:
    """Return whether an answer is gRPC's."""
    return bool(http.header(STATUS)) or http.header("content-type").lower().startswith(CONTENT_TYPE)


def is_method_refused(http: HttpFacts) -> bool:
    """Return whether an answer refuses GET or the media type, as gRPC behind an HTTP server does."""
    return http.status in METHOD_REFUSED


def evidence_of(exchange: Exchange) -> CallEvidence:
    """Return what one exchange shows."""
    http = exchange.observation.http
    if http is None:
        refused = exchange.observation.ending is Ending.ALERT
        return CallEvidence.REFUSED if refused else CallEvidence.UNCLEAR
    if http.status != 200:
        failed = http.status >= 500 or http.status in BUSY
        return CallEvidence.UNCLEAR if failed else CallEvidence.REFUSED
    status = http.header(STATUS)
    if status in REFUSALS:
        return CallEvidence.REFUSED
    if status == UNIMPLEMENTED:
        return CallEvidence.ABSENT
    sent = status == OK or (not status and http.length >= PREFIX)
    return CallEvidence.RAN if sent and is_grpc(http) else CallEvidence.UNCLEAR
