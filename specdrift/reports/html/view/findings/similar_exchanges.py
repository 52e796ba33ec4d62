"""The other exchanges of a drift, in short: what is alike is one line, with its number."""

from collections import Counter
from collections.abc import Iterable

from specdrift.model.plural import plural
from specdrift.model.result.result import ProbeRecord
from specdrift.reports.html.view.findings.evidence_types import SimilarExchanges
from specdrift.reports.html.view.findings.exchanges import answer, request_line
from specdrift.result.printable import printable

ROWS = 12
"""So many kinds of exchanges are listed; the others are counted."""


def further(records: Iterable[ProbeRecord]) -> tuple[SimilarExchanges, ...]:
    """In the order in which they were first seen."""
    alike = Counter(_key(record) for record in records)
    rows = [
        SimilarExchanges(sent=sent, over=over, answer=came, reading=reading, times=f"{times:,}")
        for (sent, over, came, reading), times in alike.items()
    ]
    if len(rows) <= ROWS:
        return tuple(rows)
    more = f"{plural(len(rows) - ROWS + 1, 'other kind')}, in the JSON result"
    left = sum(alike.values()) - sum(list(alike.values())[: ROWS - 1])
    return (*rows[: ROWS - 1], SimilarExchanges(sent=more, over="", answer="", reading="", times=f"{left:,}"))


def _key(record: ProbeRecord) -> tuple[str, str, str, str]:
    observed = record.observation
    over = [observed.tls.version or "no TLS", observed.tls.alpn, "resumed" if observed.tls.resumed else ""]
    return (
        request_line(record.probe),
        ", ".join(printable(part, limit=40) for part in over if part),
        answer(observed),
        printable(record.reason, limit=300),
    )
