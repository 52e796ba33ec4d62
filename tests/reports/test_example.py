"""The report in examples/: small, of no particular machine, and made again by one command."""

import re
from pathlib import Path

import pytest

from specdrift.reports.html.packed_files import unpacked
from tests.lab.axum_lab import cargo_available
from tests.reports import example
from tests.reports.browser import executable
from tests.reports.markup import parse

SHOWN = example.TARGET / example.REPORT
MACHINE = re.compile(r"/tmp/|/home/|/root\b|PRIVATE KEY|nologin")


def test_the_picture_is_small_and_the_report_is_no_load() -> None:
    """They are in the repository, and the picture is on its front page."""
    assert (example.TARGET / example.PICTURE).stat().st_size < 300_000
    assert SHOWN.stat().st_size < 1_200_000


def test_the_report_tells_nothing_about_the_machine_that_made_it() -> None:
    """No path, no user and no key, also not in what is packed."""
    text = SHOWN.read_text()
    packed = re.findall(r'id="archive[^"]*">([^<]*)', text)
    assert packed
    assert MACHINE.findall(text) == []
    assert MACHINE.findall("".join(unpacked(content).decode() for content in packed)) == []


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(not cargo_available() or executable() is None, reason="needs cargo and Chromium")
def test_the_command_makes_all_again(tmp_path: Path) -> None:
    """Every fault is found each time, and what is in the repository is what this version makes: the same drifts. The
    test leaves the repository as it is.
    """
    before = (example.TARGET / example.DEMO).read_bytes()
    assert example.main(tmp_path) == 0
    assert (example.TARGET / example.DEMO).read_bytes() == before
    assert "planted" in (tmp_path / example.DEMO).read_text()
    assert (tmp_path / example.PICTURE).stat().st_size < 300_000
    made, shown = cards(tmp_path / example.REPORT), cards(SHOWN)
    assert set(made.values()) == set(shown.values())
    assert {"mtls-not-enforced", "invalid-certificate-accepted", "forwarded-certificate-trusted"} <= set(
        made.values()
    )


def cards(report: Path) -> dict[str, str]:
    """The rule of every drift, by what links to it."""
    return {
        card.attributes["id"]: card.attributes["data-rule"]
        for card in parse(report.read_bytes()).all("article", class_="card")
    }
