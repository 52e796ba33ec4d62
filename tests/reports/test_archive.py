"""What the page carries packed comes out whole, says everything once, and is small."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.reports import read, render
from specdrift.reports.html.archive import archive
from tests.reports import extremes, factory
from tests.reports.browser import Tab

SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text("a/", max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=25,
)


def unpacked(text: str) -> Any:  # noqa: ANN401
    """The inverse, as the page's script has it."""
    table, node = json.loads(gzip.decompress(base64.b64decode(text)))
    (value,) = rows(node, table)
    return value


def rows(node: Any, table: list[Any]) -> list[Any]:  # noqa: ANN401
    """The rows of a column."""
    if isinstance(node, list):
        return [table[place] for place in node]
    if "j" in node:
        return ["/".join(parts) for parts in zip(*(rows(column, table) for column in node["j"]), strict=True)]
    present = node["n"] - len(node["z"])
    if "o" in node:
        columns = {name: rows(column, table) for name, column in node["o"].items()}
        made: list[Any] = [{name: column[row] for name, column in columns.items()} for row in range(present)]
    else:
        flat = iter(rows(node["v"], table))
        made = [[next(flat) for _ in range(length)] for length in node["l"]]
    left = iter(made)
    return [None if row in set(node["z"]) else next(left) for row in range(node["n"])]


@given(VALUES)
def test_any_value_comes_out_as_it_went_in(value: object) -> None:
    """Also where 1, 1.0 and true stand side by side."""
    assert json.dumps(unpacked(archive(value))) == json.dumps(value)


def test_what_is_said_twice_is_stored_once() -> None:
    """A body that a thousand probes brought."""
    probes = [{"id": number, "body": "the same words"} for number in range(1000)]
    text = gzip.decompress(base64.b64decode(archive(probes))).decode()
    assert text.count("the same words") == 1


def test_the_same_value_gives_the_same_text() -> None:
    """No clock in the gzip header."""
    assert archive({"a": [1, 2]}) == archive({"a": [1, 2]})


@pytest.mark.browser
@pytest.mark.parametrize("make", [factory.story, extremes.hostile])
def test_what_is_downloaded_is_the_result_itself(tab: Tab, tmp_path: Path, make: Any) -> None:  # noqa: ANN401
    """Unpacked by the page's own script, and ASCII as the tool writes it; SARIF beside it."""
    path = tmp_path / "report.html"
    path.write_bytes(render(make(), "html"))
    tab.open(path)
    data = downloaded(tab, "json", tmp_path)
    assert data.isascii()
    assert read(data) == make()
    sarif = downloaded(tab, "sarif", tmp_path)
    assert json.loads(sarif) == json.loads(render(make(), "sarif"))


def downloaded(tab: Tab, button: str, folder: Path) -> bytes:
    """What a click on a button of the top saves."""
    with tab.page.expect_download() as waiting:
        tab.page.click(f"#{button}")
    assert waiting.value.suggested_filename.endswith(f".{button}")
    waiting.value.save_as(folder / "saved")
    return (folder / "saved").read_bytes()
