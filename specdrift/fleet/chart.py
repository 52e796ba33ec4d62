"""A small line chart as the points of an SVG polyline. Pure."""

from collections.abc import Sequence


def line(values: Sequence[int], *, width: int, height: int) -> str:
    """``x,y x,y …``: the oldest left, the most at the top, 0 at the bottom, one pixel of margin."""
    most = max((*values, 1))
    step = (width - 2) / max(len(values) - 1, 1)
    points = (
        (1 + index * step, height - 1 - value / most * (height - 2)) for index, value in enumerate(values)
    )
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
