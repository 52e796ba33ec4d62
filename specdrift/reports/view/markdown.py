"""A drift as Markdown, for an issue or a chat. Nothing in the text of strangers becomes markup in it."""

import re
from collections.abc import Iterator

from specdrift.model.drift import Drift
from specdrift.reports.printable import printable
from specdrift.reports.view.evidence_types import Exchange, Quote
from specdrift.reports.view.inline import inline

BACKTICKS = re.compile("`+")
SPECIAL = re.compile(r"([\\*_\[\]<>|~#])")


def markdown(drift: Drift, subject: str, place: Quote | None, exchanges: tuple[Exchange, ...]) -> str:
    """A heading, what is wrong, the document's lines, what was seen, how to reproduce and how to fix it."""
    return "\n\n".join(_paragraphs(drift, subject, place, exchanges))


def _paragraphs(
    drift: Drift, subject: str, place: Quote | None, exchanges: tuple[Exchange, ...]
) -> Iterator[str]:
    yield f"**{drift.severity.value}: {span(drift.rule)}** {span(subject)}"
    yield prose(drift.message)
    if place:
        lines = "\n".join(f"{line.number} {line.text}" for line in place.lines)
        yield f"{span(place.place)}\n{fence(lines)}"
    for seen in exchanges:
        yield f"{seen.role}: {span(seen.caller)} sent {span(seen.request)} and got {span(seen.answer)}."
    if drift.reproduce:
        yield f"Reproduce:\n{fence(printable(drift.reproduce, limit=4000))}"
    yield f"Fix: {prose(drift.remediation)}"


def prose(text: str) -> str:
    """Running text: what stands in backticks stays code, and everything else is text."""
    return "".join(span(part.text) if part.code else escape(part.text) for part in inline(text))


def escape(text: str) -> str:
    """Text without any markup (CommonMark 2.4), and without addressing anybody by an @."""
    return SPECIAL.sub(r"\\\1", text).replace("`", "\\`").replace("@", "&#64;")


def span(text: str) -> str:
    """A code span that no backtick inside can end (CommonMark 6.1)."""
    shown = printable(text)
    ticks = "`" * (_longest(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}" if shown else ""


def fence(text: str) -> str:
    """A fenced code block that no fence inside can end (CommonMark 4.5)."""
    ticks = "`" * max(3, _longest(text) + 1)
    return f"{ticks}\n{text}\n{ticks}"


def _longest(text: str) -> int:
    return max((len(run) for run in BACKTICKS.findall(text)), default=0)
