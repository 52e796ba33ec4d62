"""`PartlyCompared`."""

from typing import ClassVar

import pytest

from specdrift.model.partly_compared import PartlyCompared


class Named(PartlyCompared, frozen=True, eq=False):
    """A name, and where it was found."""

    aside: ClassVar = frozenset({"line"})
    name: str
    line: int = 0


class Sized(Named, frozen=True, eq=False):
    """A subclass with a field that is compared."""

    size: int = 0


class Unnamed(PartlyCompared, frozen=True, eq=False):
    """Nothing is aside."""

    name: str
    line: int = 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Named("a", 1), Named("a", 2)),
        (Sized("a", 1, 3), Sized("a", 2, 3)),
        (Unnamed("a", 1), Unnamed("a", 1)),
    ],
)
def test_what_is_aside_makes_no_difference(one: PartlyCompared, other: PartlyCompared) -> None:
    """Neither to an equality nor to a set."""
    assert one == other
    assert len({one, other}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Named("a"), Named("b")),
        (Sized("a", 1, 3), Sized("a", 1, 4)),
        (Unnamed("a", 1), Unnamed("a", 2)),
        (Named("a"), Unnamed("a")),
        (Named("a"), Sized("a")),
        (Named("a"), "a"),
    ],
)
def test_all_else_does(one: object, other: object) -> None:
    """Another value of a field that is compared, and another type."""
    assert one != other
