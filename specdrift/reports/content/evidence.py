"""What a drift or a consistent operation rests on, in one line."""

from collections.abc import Iterator

from specdrift.model.plural import plural
from specdrift.model.result.evidence import Evidence
from specdrift.model.result.result import OperationResult
from specdrift.model.result.verdict import Confidence, Layer, Verdict


def rests_on(evidence: Evidence | None) -> str:
    """Return the line; empty if there is nothing to say."""
    return "; ".join(_parts(evidence)) if evidence else ""


ERRORS_ALONE = "low confidence: valid certificates got an error there, so that no success was compared"


def refused_like(item: OperationResult, *, with_attempts: bool = True) -> str:
    """Return how a consistent operation refuses callers; empty if it is not consistent, or inferred."""
    if item.verdict is not Verdict.CONSISTENT or item.evidence is None or item.layer is None:
        return ""
    attempts = (plural(item.evidence.attempts, "attempt"),) if with_attempts else ()
    weak = (ERRORS_ALONE,) if rests_on_errors(item) else ()
    return "; ".join((*_refusal(item.evidence, item.layer), *attempts, *weak))


def rests_on_errors(item: OperationResult) -> bool:
    """Return whether a consistent operation answered valid certificates with errors alone, such as 404."""
    return item.verdict is Verdict.CONSISTENT and item.confidence is Confidence.LOW


def _refusal(evidence: Evidence, layer: Layer) -> Iterator[str]:
    others = evidence.denial_operations - 1
    if layer is Layer.TLS:
        yield "refused in the TLS handshake"
    elif others > 0:
        yield f"refused like {plural(others, 'other operation')} with HTTP {evidence.denial_status}"
    else:
        yield "refused by the application"
    if layer is Layer.APPLICATION and evidence.recognisable:
        yield "none of the resource's values"


def _parts(evidence: Evidence) -> Iterator[str]:
    if evidence.shared:
        yield f"{evidence.share} % of the resource's values in the response ({', '.join(evidence.shared)})"
    if evidence.attempts:
        yield plural(evidence.attempts, "attempt")
    if evidence.denial_operations:
        where = plural(evidence.denial_operations, "operation")
        yield f"this server refuses with HTTP {evidence.denial_status} on {where}"
    yield from evidence.learned
