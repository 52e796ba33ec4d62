"""Values of which some fields say where they come from, and do not make two of them different."""

from operator import attrgetter
from typing import Any, ClassVar

from msgspec import Struct


class PartlyCompared(Struct, frozen=True, eq=False):
    """Compares and hashes without the fields that ``aside`` names."""

    aside: ClassVar[frozenset[str]] = frozenset()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def _compared(self) -> Any:  # noqa: ANN401
        kind = type(self)
        get = _GETTERS.get(kind)
        if get is None:
            get = _GETTERS[kind] = attrgetter(
                *(name for name in self.__struct_fields__ if name not in kind.aside)
            )
        return get(self)


_GETTERS: dict[type[PartlyCompared], "attrgetter[Any]"] = {}
