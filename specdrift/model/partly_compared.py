"""Values of which some fields say where they come from, and do not make two of them different."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar

from msgspec import Struct


def _first(value: "PartlyCompared") -> Any:  # noqa: ANN401
    """Return the fields that are compared, and keep for the type what returns them: it knows its fields by now."""
    kind = type(value)
    kind.compared = attrgetter(*(name for name in kind.__struct_fields__ if name not in kind.aside))
    return kind.compared(value)


class PartlyCompared(Struct, frozen=True, eq=False):
    """Compares and hashes without the fields that ``aside`` names."""

    aside: ClassVar[frozenset[str]] = frozenset()
    compared: ClassVar[Callable[[Any], Any]] = _first

    def __init_subclass__(cls) -> None:
        cls.compared = staticmethod(_first)

    def __eq__(self, other: object) -> bool:
        kind = type(self)
        return type(other) is kind and kind.compared(self) == kind.compared(other)

    def __hash__(self) -> int:
        return hash(type(self).compared(self))
