"""A key for one object, whatever others equal it."""

from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class SameObject(Generic[T_co]):
    """Equals another key for the same object alone.

    It holds the object: while the key exists, no other object gets its identity. A number of ``id`` may be that of
    another object, once the first one is gone.
    """

    __slots__ = ("held",)

    def __init__(self, held: T_co) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameObject) and self.held is other.held

    def __hash__(self) -> int:
        return id(self.held)

    def __repr__(self) -> str:
        return f"SameObject({self.held!r})"
