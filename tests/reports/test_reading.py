"""Navigation of the page: links into collapsed sections, keys from drift to drift, copies for an issue."""

from pathlib import Path
from typing import Literal

import pytest

from specdrift.reports import render
from tests.reports import factory
from tests.reports.browser import Tab

pytestmark = pytest.mark.browser
FOLDED = "mtls-not-enforced-get-items-id"
"""A drift that is not the first one of its cause."""
CAUSE = "cause-mtls-not-enforced-get-admin-users"


@pytest.fixture
def story(tab: Tab, tmp_path: Path) -> Path:
    """The page of the realistic run, opened."""
    path = tmp_path / "report.html"
    path.write_bytes(render(factory.story(), "html"))
    tab.open(path)
    return path


def seen(tab: Tab, identifier: str) -> bool:
    """Whether an element is unfolded and in the window."""
    return bool(
        tab.run(f"""(() => {{
            const element = document.getElementById('{identifier}');
            const box = element.getBoundingClientRect();
            return element.checkVisibility() && box.top >= 0 && box.top < innerHeight;
        }})()""")
    )


@pytest.mark.parametrize("scripts", ["on", "off"])
def test_a_link_to_a_folded_drift_unfolds_it(tab: Tab, story: Path, scripts: Literal["on", "off"]) -> None:
    """A shared link leads there; without scripts the browser itself does so."""
    tab.scripts(scripts)
    tab.open(story, fragment=f"#{FOLDED}")
    tab.scripts("on")
    assert tab.until(f"document.getElementById('{FOLDED}').checkVisibility()")
    assert seen(tab, FOLDED)


def test_the_top_leads_to_the_causes(tab: Tab, story: Path) -> None:
    """The first line of what to look at first."""
    assert story.is_file()
    tab.page.click("[aria-labelledby=worst] a")
    assert tab.run("location.hash") == f"#{CAUSE}"
    assert seen(tab, CAUSE)


def test_keys_go_through_all_drifts_also_the_folded_ones(tab: Tab, story: Path) -> None:
    """Eight drifts, eight times n."""
    assert story.is_file()
    visited = []
    for _ in range(8):
        tab.press("n")
        visited.append(tab.run("document.activeElement.id"))
    assert len(set(visited)) == 8
    assert visited[:2] == ["mtls-not-enforced-get-admin-users", FOLDED]
    tab.press("p")
    assert tab.run("document.activeElement.id") == visited[-2]


def test_a_drift_is_copied_as_markdown_and_its_command_as_it_is(tab: Tab, story: Path) -> None:
    """Into an issue, and into a terminal."""
    assert story.is_file()
    tab.run("void (navigator.clipboard.writeText = async (text) => { window.copied = text; })")
    card = "#mtls-not-enforced-get-admin-users"
    tab.page.click(f"{card} [data-markdown]")
    assert tab.until("window.copied")
    markdown = tab.run("window.copied")
    assert markdown.startswith("**error: `mtls-not-enforced`** `GET /admin/users`")
    assert "Fix: " in markdown
    tab.page.click(f"{card} [data-copy]")
    assert tab.until("window.copied.startsWith('curl ')")
    assert tab.page.inner_text(f"{card} .command code") == tab.run("window.copied")


def test_the_theme_can_be_turned_around(tab: Tab, story: Path) -> None:
    """By a key; the system's choice is only the start."""
    assert story.is_file()
    paper = "getComputedStyle(document.body).backgroundColor"
    light = tab.run(paper)
    tab.press("t")
    assert tab.run(paper) != light
    tab.press("t")
    assert tab.run(paper) == light


def test_the_matrix_is_one_tab_stop(tab: Tab, story: Path) -> None:
    """Sixty cells must not stand between a reader and the rest of the page."""
    assert story.is_file()
    stops = tab.run("[...document.querySelectorAll('#grid td')].filter(cell => cell.tabIndex >= 0).length")
    assert stops == 1
    assert tab.run("document.querySelector('#grid').getAttribute('role')") == "grid"
