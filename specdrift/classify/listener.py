"""What may be decided once for a listener. Pure.

That it refuses an identity: only where the refusal came before any HTTP was possible.

The certificate is judged in TLS knowing address, SNI, ALPN and version, but no path. Where several probes over
different operations are all refused that early, the others would be too; a sample of them is asked all the same, and
one that gets further revokes the decision.

How its operations are asked: where each refusal over HTTP/1.1 ends the connection, it costs a handshake; over HTTP/2
(RFC 9113 §5.1) it ends a stream. Each operation is still asked, and a sample still over HTTP/1.1.
"""

from collections.abc import Sequence
from typing import TypeVar

from specdrift.model.exchange.observation import Ending, Observation, WirePhase

T = TypeVar("T")

BAD_REQUEST = 400

FIRST = 5
"""Probes that must all be refused before a decision is thought of."""
LEAST, SHARE = 20, 0.05
"""How many of the others are asked all the same: this many, and this share."""


def refused_by_listener(seen: Observation) -> bool:
    """Whether the server refused before it can have known what was asked.

    A refusal in a renegotiation (TLS 1.2) or in post-handshake authentication (RFC 8446 §4.6.2) is one of the path. So
    may be a close without an alert once the request is there: that is how an application refuses that says nothing.
    """
    if seen.ending not in (Ending.ALERT, Ending.CLOSED) or seen.http is not None:
        return False
    if seen.phase is WirePhase.HANDSHAKE:
        return True
    asked = seen.tls.certificate_requested and not seen.tls.post_handshake
    early = seen.phase is WirePhase.LISTEN or (
        seen.phase is WirePhase.REQUEST and seen.ending is Ending.ALERT
    )
    return early and seen.tls.version == "TLSv1.3" and asked


def refused_and_closed(seen: Observation) -> bool:
    """Whether an HTTP/1.1 response refused, and ended the connection (RFC 9112 §9.6)."""
    http = seen.http
    return (
        http is not None
        and http.status >= BAD_REQUEST
        and http.http_version != "HTTP/2"
        and "close" in http.header("connection").lower()
    )


def spread(items: Sequence[T], count: int) -> tuple[list[T], list[T]]:
    """``count`` items evenly spaced, and the others, both in their order."""
    if count >= len(items):
        return list(items), []
    chosen = {round(number * (len(items) - 1) / max(1, count - 1)) for number in range(count)}
    return (
        [item for index, item in enumerate(items) if index in chosen],
        [item for index, item in enumerate(items) if index not in chosen],
    )


def sample_size(others: int) -> int:
    """How many of the others are asked."""
    return max(LEAST, round(others * SHARE))
