"""The pages of the site, and their order. `docs/README.md` is the one source of the navigation. Reads files only.

The site has the folders of the repository, so that each link leads to the same place here, on a forge and there.
"""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
HOME: Final = PurePosixPath("README.md")
CONTENTS: Final = PurePosixPath("docs/README.md")
PROJECT: Final = "Project"
"""Section of the pages that others link to and the contents do not list."""

_LINK = re.compile(r"```.*?```|`[^`\n]*`|(?P<text>!?\[[^\]]*\])\((?P<target>[^)\s]+)\)", re.DOTALL)
_EXTERNAL = ("http://", "https://", "mailto:", "#")
_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)

Navigation = list[dict[str, "str | Navigation"]]
"""Titles, each with a page or a section, as MkDocs has it."""


class Link(Struct, frozen=True):
    """A link of a page to a place in the repository, without its fragment."""

    title: str
    target: PurePosixPath


class Site(Struct, frozen=True):
    """Everything that the contents reach."""

    pages: dict[PurePosixPath, str]
    """Text by path; of folders that a page links to, a list of their files."""
    files: frozenset[PurePosixPath]
    """Other files, which are copied."""

    def title(self, page: PurePosixPath) -> str:
        """Return the first heading of a page."""
        heading = _HEADING.search(self.pages[page])
        return heading[1].replace("`", "") if heading else page.stem


def collect() -> Site:
    """Follow every link from the home page and from the contents."""
    pages: dict[PurePosixPath, str] = {}
    files: set[PurePosixPath] = set()
    waiting = [CONTENTS, HOME]
    while waiting:
        page = waiting.pop()
        if page in pages:
            continue
        pages[page] = _text(page)
        for link in links(page, pages[page]):
            reached = {link.target, *_below(link.target)} if _is_folder(link.target) else {link.target}
            waiting += [_page_of(each) for each in reached if _is_page(each)]
            files |= {each for each in reached if not _is_page(each)}
    return Site({page: _with_folders(page, text) for page, text in pages.items()}, frozenset(files))


def navigation(site: Site) -> Navigation:
    """Return home, the pages in the order of the contents, and the rest."""
    titles = {HOME: "specdrift", CONTENTS: "Documentation"}
    for link in links(CONTENTS, site.pages[CONTENTS]):
        titles.setdefault(link.target, link.title)
    others = sorted(
        site.pages.keys() - titles.keys() - {each for page in titles for each in _section(site, page)}
    )
    listed: Navigation = [{title: _entry(site, page)} for page, title in titles.items()]
    return [*listed, {PROJECT: [{site.title(page): str(page)} for page in others]}]


def _entry(site: Site, page: PurePosixPath) -> str | Navigation:
    """Return the page, or a section where it introduces the other pages of its folder."""
    section = _section(site, page)
    if not section:
        return str(page)
    return [{site.title(each): str(each)} for each in (page, *section)]


def _section(site: Site, page: PurePosixPath) -> list[PurePosixPath]:
    if page.name != "README.md" or page in (HOME, CONTENTS):
        return []
    return sorted(each for each in site.pages if each.parent == page.parent and each != page)


def links(page: PurePosixPath, text: str) -> Iterator[Link]:
    """Yield the links of a page to places in the repository; none inside of code. Raises FileNotFoundError."""
    for found in _LINK.finditer(text):
        target = found["target"]
        if target is None or target.startswith(_EXTERNAL):
            continue
        place = _resolved(page, target.partition("#")[0])
        if not (ROOT / place).exists():
            raise FileNotFoundError(f"{page}: {target}")
        yield Link(found["text"].strip("![]"), place)


def _resolved(page: PurePosixPath, target: str) -> PurePosixPath:
    return PurePosixPath(os.path.normpath(page.parent / target))


def _with_folders(page: PurePosixPath, text: str) -> str:
    """Let links to folders lead to the page of the folder."""

    def changed(found: re.Match[str]) -> str:
        target = found["target"]
        if target is None or target.startswith(_EXTERNAL) or not _is_folder(_resolved(page, target)):
            return found[0]
        return f"{found['text']}({target.rstrip('/')}/README.md)"

    return _LINK.sub(changed, text)


def _text(page: PurePosixPath) -> str:
    """Return the text of a page; of a folder without one, the list of its files."""
    if (ROOT / page).exists():
        return (ROOT / page).read_text(encoding="utf-8")
    rows = [
        f"- [{each.relative_to(page.parent)}]({each.relative_to(page.parent)})"
        for each in _below(page.parent)
    ]
    return "\n".join([f"# {page.parent}", "", *rows, ""])


def _below(folder: PurePosixPath) -> list[PurePosixPath]:
    return [path for path in _tracked() if path.is_relative_to(folder) and not _hidden(path)]


@cache
def _tracked() -> list[PurePosixPath]:
    """Return the files of the repository; all files outside of a checkout, as in an sdist."""
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files", "-z"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return [PurePosixPath(name) for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]
    return sorted(PurePosixPath(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file())


def _hidden(path: PurePosixPath) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _is_folder(path: PurePosixPath) -> bool:
    return (ROOT / path).is_dir()


def _is_page(path: PurePosixPath) -> bool:
    return _is_folder(path) or path.suffix == ".md"


def _page_of(path: PurePosixPath) -> PurePosixPath:
    return path / "README.md" if _is_folder(path) else path


def write(site: Site, folder: Path) -> None:
    """Write the sources of the site into a folder."""
    for path in (*site.pages, *site.files):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    for page, text in site.pages.items():
        (folder / page).write_text(text, encoding="utf-8")
    for file in site.files:
        (folder / file).write_bytes((ROOT / file).read_bytes())
