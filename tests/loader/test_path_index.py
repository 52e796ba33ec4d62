"""The paths that a request may mean are found without a look at every path."""

import re

from hypothesis import given
from hypothesis import strategies as st

from specdrift.model.contract.path_index import PathIndex
from specdrift.model.contract.templates import EXPRESSION

SEGMENTS = st.sampled_from(["", "a", "b", "ab", "{x}", "{y}", "a{x}", "{x}.{y}", "{x/y}"])
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map(lambda segments: "/" + "/".join(segments))
TARGETS = st.lists(st.sampled_from(["", "a", "b", "ab", "a.b", "7"]), min_size=1, max_size=4)


def _matches(template: str, path: str) -> bool:
    """An expression stands for anything but a slash."""
    literal = EXPRESSION.split(template)
    return re.fullmatch("[^/]*".join(map(re.escape, literal)), path) is not None


@given(templates=st.lists(PATHS, unique=True, max_size=12), target=TARGETS.map("/".join))
def test_no_path_that_matches_is_left_out(templates: list[str], target: str) -> None:
    """Omitted paths cannot match; the matcher decides among the others."""
    path = f"/{target}"
    found = PathIndex(templates).candidates(path)
    assert {one for one in templates if _matches(one, path)} <= set(found)


def test_only_paths_of_the_same_fixed_segments_are_candidates() -> None:
    """However many others there are."""
    index = PathIndex([f"/items/{number}/{{part}}" for number in range(1000)] + ["/{any}/7/parts"])
    assert index.candidates("/items/7/parts") == ("/items/7/{part}", "/{any}/7/parts")
    assert index.candidates("/items/7") == ()
