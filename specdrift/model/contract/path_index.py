"""Which paths a request may mean at all: a look into a table for each shape, not at every path. Pure."""

from collections import defaultdict
from collections.abc import Iterable

from specdrift.model.contract.templates import without_names

_Shape = tuple[int, ...]
"""The positions of the segments without an expression."""


class PathIndex:
    """Path templates by what is fixed in them."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._shapes: dict[int, dict[_Shape, dict[tuple[str, ...], list[str]]]] = defaultdict(dict)
        for path in paths:
            segments = without_names(path).split("/")
            shape = tuple(at for at, segment in enumerate(segments) if "{}" not in segment)
            table = self._shapes[len(segments)].setdefault(shape, {})
            table.setdefault(tuple(segments[at] for at in shape), []).append(path)

    def candidates(self, path: str) -> tuple[str, ...]:
        """The paths that have as many segments, and the same ones where they have no expression."""
        segments = path.split("/")
        return tuple(
            one
            for shape, table in self._shapes.get(len(segments), {}).items()
            for one in table.get(tuple(segments[at] for at in shape), ())
        )
