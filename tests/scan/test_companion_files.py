"""Files with values beside a traffic file: those of its collection or project, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.scan.feeds import companion_files
from specdrift.scan.feeds.companion_files import CompanionFiles

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, *names: str) -> None:
    """Write files that have something."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("vars {\n  a: b\n}\n")


def found(folder: Path, file: str, *, named: str = ".") -> list[str]:
    """Return the companions of a file, in a folder that is also the working folder."""
    companions = CompanionFiles(
        named=folder / named, cwd=folder, display=lambda one: str(one.relative_to(folder))
    )
    return [one.name for one in companions.of(folder / file)]


@pytest.mark.parametrize("named", [".", "c", "c/people", "c/people/get.bru"])
def test_a_request_of_bruno_has_its_collection_and_folders(tmp_path: Path, named: str) -> None:
    """Whatever was named of it: the mark of a collection is around."""
    write(tmp_path, "c/bruno.json", "c/collection.bru", "c/environments/b.bru", "c/environments/a.bru")
    write(tmp_path, "c/people/folder.bru", "c/people/get.bru", "c/other/folder.bru", "environments/no.bru")
    assert found(tmp_path, "c/people/get.bru", named=named) == [
        "c/collection.bru",
        "c/environments/a.bru",
        "c/environments/b.bru",
        "c/people/folder.bru",
    ]


def test_a_folder_without_a_mark_is_a_collection(tmp_path: Path) -> None:
    """Some are kept without it."""
    write(tmp_path, "c/environments/a.bru", "c/people/get.bru", "environments/no.bru")
    assert found(tmp_path, "c/people/get.bru", named="c") == ["c/environments/a.bru"]


def test_an_http_file_has_the_environments_of_the_project(tmp_path: Path) -> None:
    """Above the working folder is another project; private values are not read."""
    project = tmp_path / "project"
    write(tmp_path, "http-client.env.json")
    write(project, "http-client.env.json", "a/http-client.env.json", "a/http-client.private.env.json")
    write(project, ".vscode/settings.json", "a/x.http", "b/http-client.env.json")
    assert found(project, "a/x.http") == [
        "a/http-client.env.json",
        "http-client.env.json",
        ".vscode/settings.json",
    ]


def test_other_files_have_none(tmp_path: Path) -> None:
    """A log has no variables."""
    write(tmp_path, "http-client.env.json", "access.log")
    assert found(tmp_path, "access.log") == []


def test_links_and_large_files_are_no_companions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout is not trusted."""
    write(
        tmp_path, "outside.json", "p/x.http", "p/c/bruno.json", "p/c/x.bru", "p/c/collection.bru", "e/a.bru"
    )
    (tmp_path / "p/http-client.env.json").symlink_to(tmp_path / "outside.json")
    (tmp_path / "p/c/environments").symlink_to(tmp_path / "e")
    assert found(tmp_path / "p", "x.http") == []
    assert found(tmp_path / "p", "c/x.bru") == ["c/collection.bru"]
    monkeypatch.setattr(companion_files, "MOST_BYTES", 3)
    assert found(tmp_path / "p", "c/x.bru") == []
