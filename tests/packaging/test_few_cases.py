"""The quick tests run few cases of each test, and at least one."""

import pytest

from tests.few_cases import left_out

NAMES = ("a.py::test_of_one", *(f"a.py::test_of_many[{number}-[x]]" for number in range(7)))


@pytest.mark.parametrize(
    ("most", "kept"), [(1, [0]), (2, [0, 6]), (3, [0, 3, 6]), (7, range(7)), (8, range(7))]
)
def test_the_first_and_the_last_stay_and_the_distances_are_equal(most: int, kept: list[int]) -> None:
    """Cases are written in groups of those that are alike."""
    assert set(NAMES) - left_out(NAMES, most) == {NAMES[0], *(NAMES[1 + number] for number in kept)}
