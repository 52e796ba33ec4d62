"""Marks the parts in which texts differ. Pure."""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from specdrift.reports.html.view.findings.evidence_types import Stretch


def differences(texts: Sequence[str]) -> tuple[tuple[Stretch, ...], ...]:
    """Return each text in parts: what all begin with, what differs, what all end with."""
    if len(set(texts)) < 2:
        return tuple((Stretch(text=text, differs=False),) for text in texts)
    start = _alike(texts)
    end = _alike([text[start:][::-1] for text in texts])
    return tuple(_parts(text, start, len(text) - end) for text in texts)


def _alike(texts: Iterable[str]) -> int:
    """Return with how many equal characters all texts begin."""
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*texts, strict=False)))


def _parts(text: str, start: int, end: int) -> tuple[Stretch, ...]:
    cut = ((text[:start], False), (text[start:end], True), (text[end:], False))
    return tuple(Stretch(text=part, differs=differs) for part, differs in cut if part)
