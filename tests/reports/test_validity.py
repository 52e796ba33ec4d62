"""The page before two independent judges: html-validate for its markup, axe for people with impairments."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from specdrift.model.result.result import Result
from specdrift.reports import render
from tests.reports import extremes, factory
from tests.reports.browser import Tab
from tests.reports.node_tools import axe, html_complaints

EVERY = [
    factory.story,
    factory.consistent,
    factory.hopeless,
    factory.document_only,
    extremes.hostile,
]


def written(folder: Path, result: Result) -> Path:
    """The page as a file."""
    path = folder / "report.html"
    path.write_bytes(render(result, "html"))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("make", EVERY)
def test_html_validate_finds_nothing(tmp_path: Path, make: Callable[[], Result]) -> None:
    """Valid HTML5, with its whole recommended set of rules."""
    assert html_complaints(written(tmp_path, make())) == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("make", EVERY)
def test_axe_finds_no_violation(
    tab: Tab, tmp_path: Path, make: Callable[[], Result], scheme: Literal["light", "dark"]
) -> None:
    """WCAG 2.2 AA and axe's best practices, in light and in dark."""
    script = axe()
    tab.prefers(scheme)
    tab.open(written(tmp_path, make()))
    tab.run(f"(() => {{ {script} }})()")
    found = tab.run("axe.run().then(r => r.violations.map(v => [v.id, ...v.nodes.map(n => n.html)]))")
    assert found == []
