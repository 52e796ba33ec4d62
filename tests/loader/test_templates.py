"""Whether a path fits a template: as a regular expression would have it, in a time that a document cannot blow up."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.model.contract.templates import EXPRESSION, fits, without_names

SEGMENTS = st.lists(st.sampled_from(["a", "b", "ab", ".", "{x}", "{y}"]), max_size=4).map("".join)
TEMPLATES = st.lists(SEGMENTS, min_size=1, max_size=3).map(lambda segments: "/" + "/".join(segments))
PATHS = st.text("ab./", max_size=9).map(lambda text: f"/{text}")


@given(template=TEMPLATES, path=PATHS)
def test_it_fits_where_a_regular_expression_does(template: str, path: str) -> None:
    """An expression stands for one character or more, and for no slash."""
    pattern = "[^/]+".join(map(re.escape, EXPRESSION.split(template)))
    assert fits(template, path) is (re.fullmatch(pattern, path) is not None)


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("/{a}{b}", "/x", False),
        ("/{a}{b}", "/xy", True),
        ("/{a}.{b}", "/x.", False),
        ("/{a}.{b}", "/..x", True),
        ("/{a/b}", "/x", True),
        ("/{a}", "/x/y", False),
        ("/a{b}", "/a", False),
        ("/odd{", "/odd{", True),
    ],
)
def test_a_path_fits_a_template(template: str, path: str, expected: bool) -> None:  # noqa: FBT001
    """Several expressions in a segment share it; braces of no expression are themselves."""
    assert fits(template, path) is expected


def test_templates_that_differ_in_names_only_are_equal_without_names() -> None:
    """Also with several expressions in a segment, and with a slash in a name."""
    assert without_names("/a/{b}/{c}.{d}") == without_names("/a/{x/y}/{z}.{}") == "/a/{}/{}.{}"


@pytest.mark.parametrize("between", ["", ".", "a"])
def test_many_expressions_in_a_segment_take_no_time(between: str) -> None:
    """Two thousand of them, and a text that fits but for its end."""
    template = "/" + between.join(f"{{p{number}}}" for number in range(2000)) + "!"
    begun = time.perf_counter()
    assert not fits(template, "/" + "a." * 20_000)
    assert fits(template, "/" + "a." * 20_000 + "!")
    assert time.perf_counter() - begun < 2
