"""What evaluations ask of the requests that a function gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from specdrift.source.axum.guards.absent.absent_case import AbsentCase
    from specdrift.source.axum.guards.absent.absent_values import Atom, Value


class Inserted(Struct, frozen=True):
    """What may be in the extensions as a type; ``None`` if no code of the crates inserts it."""

    type: str

    def of(self, case: AbsentCase) -> Value | None:
        """Return the answer of a case."""
        return case.inserted(self.type)


class Lacked(Struct, frozen=True):
    """Whether a type is inserted, but never in this case."""

    type: str

    def of(self, case: AbsentCase) -> bool:
        """Return the answer of a case."""
        return case.insertions.lacks(self.type, case.every)


class PutAround(Struct, frozen=True):
    """Whether the layers around surely put a type into the extensions."""

    type: str

    def of(self, case: AbsentCase) -> bool:
        """Return the answer of a case."""
        around = case.context.around
        return around is not None and self.type in around.present


class SurelyThere(Struct, frozen=True):
    """Whether a type is surely in the extensions: if the layers around put it there, or all code that may."""

    type: str

    def of(self, case: AbsentCase) -> bool:
        """Return the answer of a case."""
        around = case.context.around
        if around is not None and self.type in around.present:
            return True
        functions = around.functions if around is not None else None
        return case.insertions.surely(self.type, case.every, functions)


class Extracted(Struct, frozen=True):
    """What an extractor of axum gives; ``None`` for others, and for what is not known."""

    name: str

    def of(self, case: AbsentCase) -> Atom | None:
        """Return the answer of a case."""
        request = case.context.request
        return request.extracted(self.name) if request is not None else None


class OfRequest(Struct, frozen=True):
    """The value of a method or a field of the request; ``None`` for what is not known."""

    name: str

    def of(self, case: AbsentCase) -> Value | None:
        """Return the answer of a case."""
        request = case.context.request
        found = request.of_request(self.name) if request is not None else None
        return None if found is None else frozenset(found)


class OfRoute(Struct, frozen=True):
    """Whether the requests of one route are meant; ``True`` only for those whose method or path may be known."""

    known: bool = False

    def of(self, case: AbsentCase) -> bool:
        """Return the answer of a case."""
        return case.context.request is not None or (not self.known and case.context.is_of_route)
