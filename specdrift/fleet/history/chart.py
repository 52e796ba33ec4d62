"""Small charts as the numbers of an SVG. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BESIDE = 4
"""Pixels left and right of a chart with bars: half a bar, of which the first and the last stand under an end."""


def line(values: Sequence[int], *, width: int, height: int, beside: int = 1) -> str:
    """The points of a polyline, ``x,y x,y …``: the oldest left, the most at the top, 0 at the bottom, one pixel of
    margin, and ``beside`` pixels left and right.
    """
    most = max((*values, 1))
    places = _places(len(values), width=width, beside=beside)
    points = ((x, height - 1 - value / most * (height - 2)) for x, value in zip(places, values, strict=True))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A rectangle; ``tone`` is that of what came (``worse``) or went (``better``)."""

    x: str
    y: str
    width: str
    height: str
    tone: str


def bars(pairs: Sequence[tuple[int, int]], *, width: int, height: int) -> Iterator[Bar]:
    """For each pair what came, upwards from the middle, and what went, downwards. They stand below the points of
    ``line`` of as many values, the same width and ``BESIDE``.
    """
    most = max((*(count for pair in pairs for count in pair), 1))
    places = _places(len(pairs), width=width, beside=BESIDE)
    step = (width - 2 * BESIDE) / max(len(pairs) - 1, 1)
    wide, middle = min(step * 0.6, 2.0 * BESIDE), height / 2
    for place, pair in zip(places, pairs, strict=True):
        for count, tone in zip(pair, ("worse", "better"), strict=True):
            if count:
                tall = count / most * middle
                top = middle - tall if tone == "worse" else middle
                x = place - wide / 2
                yield Bar(x=f"{x:.1f}", y=f"{top:.1f}", width=f"{wide:.1f}", height=f"{tall:.1f}", tone=tone)


def _places(count: int, *, width: int, beside: int) -> list[float]:
    """Where the values stand, the oldest left."""
    step = (width - 2 * beside) / max(count - 1, 1)
    return [beside + index * step for index in range(count)]
