"""Small charts as the numbers of an SVG. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


def line(values: Sequence[int], *, width: int, height: int) -> str:
    """The points of a polyline, ``x,y x,y …``: the oldest left, the most at the top, 0 at the bottom, one pixel of
    margin.
    """
    most = max((*values, 1))
    step = (width - 2) / max(len(values) - 1, 1)
    points = (
        (1 + index * step, height - 1 - value / most * (height - 2)) for index, value in enumerate(values)
    )
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
    ``line`` of as many values and the same width.
    """
    most = max((*(count for pair in pairs for count in pair), 1))
    step = (width - 2) / max(len(pairs) - 1, 1)
    wide, middle = min(step * 0.6, 8.0), height / 2
    for index, pair in enumerate(pairs):
        for count, tone in zip(pair, ("worse", "better"), strict=True):
            if count:
                tall = count / most * middle
                top = middle - tall if tone == "worse" else middle
                x = 1 + index * step - wide / 2
                yield Bar(x=f"{x:.1f}", y=f"{top:.1f}", width=f"{wide:.1f}", height=f"{tall:.1f}", tone=tone)
