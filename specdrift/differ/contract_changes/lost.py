"""Operations of a document that cannot be read, and those that it keeps in extensions. Pure."""

import re
from collections.abc import Iterable

from specdrift.model.contract.contract import SetAside, Unread
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.templates import without_names

ANY = ""
"""Every path, or every method."""
_NO_LETTER = re.compile(r"[^a-z0-9{}]+")


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


class Kept:
    """Where a document keeps operations that it no longer has."""

    def __init__(self, set_aside: Iterable[SetAside]) -> None:
        self._by_id: dict[tuple[str, str], SetAside] = {}
        self._by_path: dict[tuple[str, str], SetAside] = {}
        for one in set_aside:
            if one.operation_id:
                self._by_id.setdefault((one.method, one.operation_id), one)
            self._by_path.setdefault((one.method, _letters(one.path)), one)

    def place_of(self, operation: Operation) -> SetAside | None:
        """Return the description of an operation, by its id, else by the letters of its path."""
        method = operation.key.method
        return self._by_id.get((method, operation.operation_id)) or self._by_path.get(
            (method, _letters(operation.key.path))
        )


def _letters(path: str) -> str:
    return _NO_LETTER.sub("", without_names(path).lower())
