"""Operations of the older document that cannot be read. Pure."""

from collections.abc import Iterable

from specdrift.model.contract.contract import Unread
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.templates import without_names

ANY = ""
"""Every path, or every method."""


class Lost:
    """Where an operation may stand that cannot be read."""

    def __init__(self, unread: Iterable[Unread]) -> None:
        self._places: dict[tuple[str, str], SourceLocation] = {}
        for one in unread:
            self._places.setdefault((without_names(one.path), one.method), one.at)

    def place_of(self, operation: Operation) -> SourceLocation | None:
        """Return the place that may have been this operation, if there is one."""
        path, method = without_names(operation.key.path), operation.key.method
        names = ((path, method), (path, ANY), (ANY, ANY))
        return next((self._places[name] for name in names if name in self._places), None)
