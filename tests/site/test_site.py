"""The site has every page, in the order of `docs/README.md`, and no broken link."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from tests.site import pages

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "build" / "site-tools"


def named(tree: pages.Navigation) -> list[str]:
    """Return the pages of a navigation, sections included, in their order."""
    found: list[str] = []
    for entry in tree:
        for value in entry.values():
            found += [value] if isinstance(value, str) else named(value)
    return found


@pytest.mark.slow
def test_every_page_is_listed_once() -> None:
    """A page that no other links to could only be searched for."""
    listed = named(pages.navigation(pages.collect()))
    written = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert written <= set(listed)
    assert sorted(set(listed)) == sorted(listed)


@pytest.mark.slow
def test_the_navigation_is_that_of_the_contents() -> None:
    """`docs/README.md` alone decides about order and titles."""
    contents = pages.CONTENTS
    titles = [link.title for link in pages.links(contents, (ROOT / contents).read_text())]
    tops = [next(iter(entry)) for entry in pages.navigation(pages.collect())]
    assert tops[2:-1] == titles


def test_links_are_found_outside_of_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links to folders lead to the page of the folder; a link to nothing is an error."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.md").touch()
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    page = PurePosixPath("docs/page.md")
    text = "[A](../a.md#x) `[b](b.md)` [F](../folder) [e](https://example.test)\n```\n[c](c.md)\n```\n"
    assert [link.target.as_posix() for link in pages.links(page, text)] == ["a.md", "folder"]
    assert "[F](../folder/README.md)" in pages._with_folders(page, text)
    with pytest.raises(FileNotFoundError, match=r"absent\.md"):
        list(pages.links(page, "[x](absent.md)"))


@pytest.mark.slow
@pytest.mark.skipif(not TOOLS.exists(), reason="`./dev site` or `./dev test tests/site` installs MkDocs")
def test_the_site_is_built_without_a_broken_link(tmp_path: Path) -> None:
    """Strictly: pages, anchors and files. The pages load nothing from another host."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tests.site", str(tmp_path / "site")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, TOOLS)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    built = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.html")}
    assert {"index.html", "docs/index.html", "docs/rules.html", "docs/ci/github.html"} <= built
    page = (tmp_path / "site" / "docs" / "getting-started.html").read_text()
    assert 'src="http' not in page
    assert 'rel="stylesheet" href="http' not in page
