"""What a drift rests on, in one line."""

from collections.abc import Iterator

from specdrift.model.result.evidence import Evidence
from specdrift.reports.content.summary import plural


def rests_on(evidence: Evidence | None) -> str:
    """Return the line; empty if there is nothing to say."""
    return "; ".join(_parts(evidence)) if evidence else ""


def _parts(evidence: Evidence) -> Iterator[str]:
    if evidence.shared:
        yield f"{evidence.share} % of the resource's values in the response ({', '.join(evidence.shared)})"
    if evidence.attempts:
        yield plural(evidence.attempts, "attempt")
    if evidence.denial_operations:
        where = plural(evidence.denial_operations, "operation")
        yield f"this server refuses with HTTP {evidence.denial_status} on {where}"
