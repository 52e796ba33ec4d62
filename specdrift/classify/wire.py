"""Classifies exchanges that ended without an HTTP response.

The table gives the meaning of each ending. Sources: RFC 8446 §6.2 and the measured behaviour
of real servers. Alert names are evidence of a refusal, not of its reason: servers differ.
"""

from collections.abc import Mapping

from specdrift.model.exchange.observation import Ending, Observation, WirePhase
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Classification, Confidence, Obstacle, Outcome

CERTIFICATE_ALERTS = frozenset(
    {
        "bad_certificate",
        "unsupported_certificate",
        "certificate_revoked",
        "certificate_expired",
        "certificate_unknown",
        "unknown_ca",
        "access_denied",
        "decrypt_error",
        "certificate_required",
        "bad_certificate_status_response",
        "no_certificate",
    }
)
"""Alerts that can only be about the client's certificate once our own side has accepted the server's."""

AMBIGUOUS_ALERTS = frozenset({"handshake_failure", "decode_error", "internal_error", "illegal_parameter"})
"""Alerts that some stacks send for a missing or invalid certificate, and others for other reasons. They count only if a
valid certificate gets an HTTP response on the same kind of connection."""

UNREADABLE: Mapping[Ending, tuple[Outcome, str]] = {
    Ending.SILENCE: (Outcome.INCONCLUSIVE, "not refused in TLS; only a request can decide"),
    Ending.TIMEOUT: (Outcome.INCONCLUSIVE, "no answer in time"),
    Ending.NO_CONNECTION: (Outcome.UNREACHABLE, "nothing accepted the connection"),
    Ending.NOT_HTTP: (Outcome.INCONCLUSIVE, "the answer was not HTTP over TLS"),
    Ending.CLIENT_ERROR: (Outcome.INCONCLUSIVE, "the client gave up"),
    Ending.NOT_SENT: (Outcome.INCONCLUSIVE, "not sent"),
    Ending.STREAM_RESET: (Outcome.INCONCLUSIVE, "the HTTP/2 stream was reset"),
    Ending.CONTINUE: (Outcome.INCONCLUSIVE, "100 Continue to the head; the server decides after the body"),
}


UNANSWERED = Classification(
    outcome=Outcome.INCONCLUSIVE,
    reason="no answer, as to requests that the server answered before",
    obstacle=Obstacle.TROUBLE,
)
HEAD_CONTINUED = Classification(
    outcome=Outcome.INCONCLUSIVE,
    reason="100 Continue to the head: a server that reads the body before it decides sends it to everyone",
    obstacle=Obstacle.HEAD,
)
HEAD_UNANSWERED = Classification(
    outcome=Outcome.INCONCLUSIVE,
    reason="no answer to the head alone in time (expect100-timeout): the server waits for the body, or is slow",
    obstacle=Obstacle.HEAD,
)
HEAD_NOT_REFUSED = Classification(
    outcome=Outcome.INCONCLUSIVE,
    reason="no answer to the head without Expect in time (expect100-timeout): the server decides after the body, or is "
    "slow",
    obstacle=Obstacle.HEAD,
)
HEAD_AWAITED = Classification(
    outcome=Outcome.ADMITTED,
    reason="no refusal of the head without Expect: the server waits for the body, which was not sent",
    confidence=Confidence.MEDIUM,
)
HEAD_ADMITTED = Classification(
    outcome=Outcome.ADMITTED,
    reason="100 Continue to the head; the body was not sent",
    confidence=Confidence.MEDIUM,
)


def classify_head(observation: Observation, head: Request, *, control: bool) -> Classification | None:
    """Classify a head without a final response (RFC 9110 §10.1.1); None where something else ended the exchange.

    ``control``: of a valid identity. 100 Continue shows that its head was not refused, and so does silence where the
    client did not say that it waits. To others it shows nothing.
    """
    if observation.ending is Ending.CONTINUE:
        return HEAD_ADMITTED if control else HEAD_CONTINUED
    if observation.ending is Ending.TIMEOUT and observation.phase in (WirePhase.REQUEST, WirePhase.RESPONSE):
        if head.expects_continue:
            return HEAD_UNANSWERED
        return HEAD_AWAITED if control else HEAD_NOT_REFUSED
    return None


def classify_wire(observation: Observation, *, control_responded: bool) -> Classification:
    """Classify an exchange without a response.

    ``control_responded``: a valid identity got an HTTP response on the same kind of connection. Without it, an
    ambiguous alert, or a close without an alert, is no refusal.
    """
    if observation.unanswered:
        return UNANSWERED
    if observation.ending is Ending.ALERT:
        return _alert(observation.tls.alert_received, control_responded=control_responded)
    if observation.ending is Ending.CLOSED:
        return _closed(observation, control_responded=control_responded)
    if observation.ending is Ending.STREAM_REFUSED:
        return _stream_refused(observation, control_responded=control_responded)
    outcome, reason = UNREADABLE[observation.ending]
    return Classification(
        outcome=outcome, reason=f"{reason} ({observation.detail})" if observation.detail else reason
    )


def _alert(name: str, *, control_responded: bool) -> Classification:
    if name in CERTIFICATE_ALERTS:
        return Classification(outcome=Outcome.REFUSED_IN_TLS, reason=f"TLS alert {name}", certificate=True)
    if name in AMBIGUOUS_ALERTS and control_responded:
        return Classification(outcome=Outcome.REFUSED_IN_TLS, reason=f"TLS alert {name}", certificate=True)
    return Classification(
        outcome=Outcome.INCONCLUSIVE, reason=f"TLS alert {name}, which is not about a certificate"
    )


def _stream_refused(observation: Observation, *, control_responded: bool) -> Classification:
    """A refusal of the stream (RFC 9113 §8.7) may be for too many of them, hence the repetition and the control."""
    if not control_responded or observation.attempts < 2:
        reason = f"the server refused the stream ({observation.detail})"
        return Classification(outcome=Outcome.INCONCLUSIVE, reason=reason)
    return Classification(
        outcome=Outcome.REFUSED_BY_APPLICATION,
        reason=f"the server refused the stream {observation.attempts} times, where a valid certificate gets an answer "
        f"({observation.detail})",
        confidence=Confidence.MEDIUM,
    )


def _closed(observation: Observation, *, control_responded: bool) -> Classification:
    if not control_responded:
        reason = "the connection was closed without an alert, and no valid certificate got a response either"
        return Classification(outcome=Outcome.INCONCLUSIVE, reason=reason)
    if observation.attempts < 2:
        return Classification(
            outcome=Outcome.INCONCLUSIVE, reason="closed without an alert, observed only once"
        )
    return Classification(
        outcome=Outcome.REFUSED_IN_TLS,
        reason=f"closed without an alert, {observation.attempts} times, where a valid certificate gets an answer",
        certificate=True,
        confidence=Confidence.MEDIUM,
    )
