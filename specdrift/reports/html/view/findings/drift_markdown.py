"""Writes a drift as Markdown, for an issue or a chat. Untrusted text never becomes markup."""

from collections.abc import Iterator

from specdrift.model.result.drift import Drift
from specdrift.reports.html.view.findings.evidence_types import DocumentQuote, ExchangeView
from specdrift.reports.markdown.commonmark import fence, prose, span
from specdrift.result.printable import printable


def markdown(
    drift: Drift, subject: str, place: DocumentQuote | None, exchanges: tuple[ExchangeView, ...]
) -> str:
    """A heading, what is wrong, the document's lines, what was seen, how to reproduce and how to fix it."""
    return "\n\n".join(_paragraphs(drift, subject, place, exchanges))


def _paragraphs(
    drift: Drift, subject: str, place: DocumentQuote | None, exchanges: tuple[ExchangeView, ...]
) -> Iterator[str]:
    yield f"**{drift.severity.value}: {span(drift.rule)}** {span(subject)}"
    yield f"Found: {prose(drift.message)}"
    if place:
        lines = "\n".join(f"{line.number} {line.text}" for line in place.lines)
        yield f"{span(place.place)}\n{fence(lines)}"
    for observed in exchanges:
        yield f"{observed.role}: {span(observed.caller)} sent {span(observed.request)} and got {span(observed.answer)}."
    if drift.reproduce:
        yield f"Reproduce:\n{fence(printable(drift.reproduce, limit=4000))}"
    yield f"Fix: {prose(drift.remediation)}"
