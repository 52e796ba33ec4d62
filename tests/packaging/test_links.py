"""What the documents point at is there."""

import re
from functools import cache
from pathlib import Path

from tests.packaging.tree import ROOT, tracked_files

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def pages() -> list[Path]:
    """All Markdown files of the repository."""
    return [path for path in tracked_files() if path.suffix == ".md"]


def anchor(heading: str) -> str:
    """As GitHub makes it of a heading."""
    plain = re.sub(r"[^\w\- ]", "", heading.lower())
    return plain.strip().replace(" ", "-")


def targets(page: Path) -> list[str]:
    """The links of a page that lead somewhere in the repository; none inside of code."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = [first or second for first, second in LINK.findall(text)]
    return [link for link in found if not link.startswith(("http://", "https://", "mailto:"))]


@cache
def anchors(file: Path) -> frozenset[str]:
    """The anchors of a page's headings."""
    return frozenset(anchor(heading) for heading in HEADING.findall(file.read_text(encoding="utf-8")))


def test_no_link_is_broken() -> None:
    """Files and headings."""
    links = [(page, link) for page in pages() for link in targets(page)]
    assert links
    for page, link in links:
        name, _, fragment = link.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page}: {link}"
        if fragment and file.suffix == ".md":
            assert fragment in anchors(file), f"{page}: {link}"


def test_a_broken_link_is_detected(tmp_path: Path) -> None:
    """The reader of links finds the kinds that there are."""
    page = tmp_path / "page.md"
    page.write_text("[a](absent.md) ![b](picture.png) `[no](code.md)` [c](https://example.test) [d](#there)")
    assert targets(page) == ["absent.md", "picture.png", "#there"]


MODULE = re.compile(r"`((?:\w+/)+\w+\.(?:py|md|toml))`")
PLACES = ("", "specdrift", "tests")
"""Folders below which a guide names files."""


def test_the_files_that_the_guides_name_exist() -> None:
    """A contributor looks for them by these paths."""
    guides = [
        ROOT / name for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", "tests/README.md", "docs/verdicts.md")
    ]
    guides += (ROOT / "docs" / "decisions").glob("*.md")
    named = {path for guide in guides for path in MODULE.findall(guide.read_text(encoding="utf-8"))}
    assert len(named) > 40
    missing = {path for path in named if not any((ROOT / place / path).is_file() for place in PLACES)}
    assert missing == set()
