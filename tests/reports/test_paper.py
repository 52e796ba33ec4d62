"""The page on paper: a PDF that Chromium makes, read again."""

import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from specdrift.reports import render
from tests.reports import factory
from tests.reports.browser import Tab

pytestmark = pytest.mark.browser
FOLDED = (
    "CN=bob,OU=Payments,O=Example",  # a certificate
    "user-agent: specdrift/0.1.0",  # a header of a request
    "route_layer(from_fn(require_certificate",  # a snippet for one of eight stacks
    "1 more drift of this cause in the file: GET /items/{id} as self-signed",
    "https://cwe.mitre.org/data/definitions/306.html",  # where a link leads
)


@pytest.fixture(scope="module")
def pdf(chromium: Tab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The realistic run on A4, printed from a dark screen."""
    folder = tmp_path_factory.mktemp("paper")
    (folder / "report.html").write_bytes(render(factory.story(), "html"))
    chromium.prefers("dark")
    chromium.open(folder / "report.html")
    chromium.page.pdf(path=folder / "report.pdf", format="A4")
    return folder / "report.pdf"


def words_of(pdf: Path, *options: str) -> str:
    """Its text, with single blanks."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext here: install the package poppler-utils")
    text = subprocess.run(
        ["pdftotext", *options, pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    return " ".join(text.split())


def test_collapsed_sections_are_printed(pdf: Path) -> None:
    """Printed pages have no links."""
    joined = words_of(pdf).replace(" ", "")
    assert [part for part in FOLDED if part.replace(" ", "") not in joined] == []


def test_the_verdict_is_on_the_first_page(pdf: Path) -> None:
    """With what was not judged, and without buttons."""
    first = words_of(pdf, "-l", "1")
    assert f"Drift {factory.DRIFTING}." in first
    assert "Not judged" in first
    assert "Theme" not in first
    assert "Copy as Markdown" not in words_of(pdf)


def test_one_exchange_of_each_cause_is_printed(chromium: Tab, tmp_path: Path) -> None:
    """Sixty drifts of one cause made a book of 85 pages. The file has the others, and a screen shows them."""
    story = factory.story()
    first = story.drifts[0]
    many = tuple(replace(first, identity=f"caller-{number}", fingerprint=str(number)) for number in range(60))
    (tmp_path / "report.html").write_bytes(render(replace(story, drifts=many), "html"))
    chromium.open(tmp_path / "report.html")
    shown = "[...document.querySelectorAll('.card')].filter((card) => card.checkVisibility()).length"
    line = "[...document.querySelectorAll('.on-paper')].filter((text) => text.checkVisibility()).length"
    chromium.run("document.querySelectorAll('.folded').forEach((part) => { part.open = true; })")
    assert chromium.run(shown) > 20
    assert chromium.run(line) == 0
    chromium.medium("print")
    causes = chromium.run("document.querySelectorAll('.cause').length")
    assert chromium.run(shown) == causes
    assert chromium.run(line) == causes
    chromium.medium("screen")


def test_paper_is_light_and_short(chromium: Tab, pdf: Path) -> None:
    """Black on white, whatever the screen was; a run of eight drifts is no book."""
    assert pdf.stat().st_size < 1_500_000
    chromium.medium("print")
    assert chromium.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    chromium.medium("screen")
