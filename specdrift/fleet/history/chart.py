"""Coordinates of small SVG charts. Pure."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

BESIDE = 4
"""Margin left and right of a bar chart in pixels: half the width of a bar."""


def line(values: Sequence[int], *, width: int, height: int, beside: int = 1) -> str:
    """Return the points of a polyline, ``x,y x,y …``: the oldest left, the largest at the top, 0 at the bottom.

    The margin is one pixel, and ``beside`` pixels left and right.
    """
    most = max((*values, 1))
    places = _places(len(values), width=width, beside=beside)
    points = ((x, height - 1 - value / most * (height - 2)) for x, value in zip(places, values, strict=True))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


class Bar(Struct, frozen=True, kw_only=True):
    """A rectangle, in pixels."""

    x: str
    y: str
    width: str
    height: str
    tone: str
    """``worse`` or ``better``."""


def bars(pairs: Sequence[tuple[int, int]], *, width: int, height: int) -> Iterator[Bar]:
    """Yield two bars for each pair: the first number upwards from the middle, the second downwards.

    They align with the points of a ``line`` of as many values, the same width and ``BESIDE``.
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
    """Return the x coordinates of the values, the oldest left."""
    step = (width - 2 * beside) / max(count - 1, 1)
    return [beside + index * step for index in range(count)]
