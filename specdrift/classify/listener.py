"""What is inferred once for a whole listener. Pure.

It refuses an identity: inferred only from refusals that came before any HTTP was possible. In TLS the server knows
address, SNI, ALPN and version, but no path. If several probes of different operations are all refused that early, the
others would be too. A sample of them is sent nevertheless; one that gets a later answer revokes the inference.

It closes the connection with each refusal: over HTTP/1.1 each then costs a handshake, over HTTP/2 (RFC 9113 §5.1) only
a stream. Each operation is still probed, and a sample of them over HTTP/1.1.
"""

from collections.abc import Sequence
from typing import TypeVar

from specdrift.model.exchange.observation import Ending, Observation, WirePhase

T = TypeVar("T")

BAD_REQUEST = 400

FIRST = 5
"""Probes that must all be refused before anything is inferred."""
LEAST, SHARE = 20, 0.05
"""Sample of the others that is sent nevertheless: at least this many, and this share."""


def refused_by_listener(observation: Observation) -> bool:
    """Return whether the server refused before it received the request.

    A refusal in a renegotiation (TLS 1.2) or in post-handshake authentication (RFC 8446 §4.6.2) depends on the path. A
    close without an alert after the request may depend on it too: some applications refuse so.
    """
    if observation.ending not in (Ending.ALERT, Ending.CLOSED) or observation.http is not None:
        return False
    if observation.phase is WirePhase.HANDSHAKE:
        return True
    requested = observation.tls.certificate_requested and not observation.tls.post_handshake
    early = observation.phase is WirePhase.LISTEN or (
        observation.phase is WirePhase.REQUEST and observation.ending is Ending.ALERT
    )
    return early and observation.tls.version == "TLSv1.3" and requested


def refused_and_closed(observation: Observation) -> bool:
    """Return whether an HTTP/1.1 response refused, and closed the connection (RFC 9112 §9.6)."""
    http = observation.http
    return (
        http is not None
        and http.status >= BAD_REQUEST
        and http.http_version != "HTTP/2"
        and "close" in http.header("connection").lower()
    )


def spread(items: Sequence[T], count: int) -> tuple[list[T], list[T]]:
    """Return ``count`` evenly spaced items, and the others, both in their order."""
    if count >= len(items):
        return list(items), []
    chosen = {round(number * (len(items) - 1) / max(1, count - 1)) for number in range(count)}
    return (
        [item for index, item in enumerate(items) if index in chosen],
        [item for index, item in enumerate(items) if index not in chosen],
    )


def sample_size(others: int) -> int:
    """Return how many of the others are sent as a sample."""
    return max(LEAST, round(others * SHARE))
