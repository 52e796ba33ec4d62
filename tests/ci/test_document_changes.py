"""What a job reports about changes of a document: renames, splits, merges, other formats, and the requirements."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from specdrift.ci.job import Job, Mode, run
from specdrift.errors import ExitStatus
from tests.ci.document_changes import CONFIGURATION, DOWN, ROWS, UP, Files, Row
from tests.ci.repository import DOCUMENT, OPENED, REWORDED, Repository

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
RULES = (DOWN, UP, CONFIGURATION)


def commit(repository: Repository, files: Files) -> None:
    """Write and remove files, and commit the change."""
    for name, content in files.items():
        if content is None:
            (repository.folder / name).unlink()
    repository.commit(**{name: content for name, content in files.items() if content is not None})


def job(repository: Repository, spec: str) -> ExitStatus:
    """Run the job of a change in this process, without a server."""
    environ = {"SPECDRIFT_SPEC": spec} if spec else {}
    return run(Job(against="main", mode=Mode.LINT, output=repository.output, environ=environ))


@pytest.fixture
def changed(offline: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository in the working folder of this process."""
    for name in os.environ:
        if name.startswith(("SPECDRIFT_", "GITHUB_", "GIT_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(offline.folder)
    return offline


def findings(repository: Repository) -> set[tuple[str, str, str]]:
    """Return the security changes and those of the configuration."""
    return {found for found in repository.findings("lint") if found[0] in RULES}


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_every_change_is_compared(changed: Repository, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weakening is an error wherever the document went; what nothing can be compared with is no pass."""
    if row.base:
        commit(changed, row.base)
        changed.git("branch", "--force", "main")
    commit(changed, row.change)
    if row.spec:
        monkeypatch.setenv("SPECDRIFT_SPEC", row.spec)
    status = job(changed, row.spec)
    errors = any(severity == "error" for _, severity, _ in row.expected)
    expected = ExitStatus.DRIFT if errors else row.status
    assert (status, findings(changed)) == (expected, set(row.expected)), changed.summary()


def test_the_table_is_large() -> None:
    """Forty changes, each once."""
    assert len({row.name for row in ROWS}) == len(ROWS) >= 40


def test_a_symbolic_link_is_followed(changed: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """The document of the job may be a link, in the older revision too; a link out of the repository is not read."""
    (changed.folder / "openapi.yaml").symlink_to(DOCUMENT)
    changed.commit(document=REWORDED)
    changed.git("branch", "--force", "main")
    changed.commit(document=OPENED)
    monkeypatch.setenv("SPECDRIFT_SPEC", "openapi.yaml")
    assert job(changed, "openapi.yaml") == ExitStatus.DRIFT
    linted = changed.specdrift("lint", DOCUMENT, "--against", "main:openapi.yaml")
    assert linted.status == ExitStatus.DRIFT, linted.log
    (changed.folder / "out.yaml").symlink_to("../../etc/hostname")
    changed.commit()
    linted = changed.specdrift("lint", DOCUMENT, "--against", "change:out.yaml")
    assert (linted.status, "out of the repository" in linted.log) == (ExitStatus.USAGE, True), linted.log


def test_the_hook_follows_a_rename(offline: Repository) -> None:
    """The staged document is compared with the one that it was, and with nothing if it is new."""
    offline.git("mv", DOCUMENT, "api/openapi-v2.yaml")
    (offline.folder / "api/openapi-v2.yaml").write_text(OPENED, encoding="utf-8")
    offline.git("add", "--all")
    ended = offline.hook("--against", "HEAD", "api/openapi-v2.yaml")
    assert (ended.status, "security-downgrade" in ended.log) == (ExitStatus.DRIFT, True), ended.log


def test_the_summary_shows_each_operation_before_and_after(changed: Repository) -> None:
    """A reviewer sees what changed without the diff."""
    commit(changed, {DOCUMENT: OPENED})
    job(changed, DOCUMENT)
    assert "| `GET /accounts` |" in changed.summary()
    assert "weaker" in changed.summary()


def test_two_documents_can_be_compared_at_once(changed: Repository, tmp_path: Path) -> None:
    """``--against`` is repeatable: the operations of both are held against the new document."""
    del tmp_path
    rows = {row.name: row for row in ROWS}
    commit(changed, rows["merged-and-weakened"].base)
    changed.git("branch", "--force", "main")
    commit(changed, rows["merged-and-weakened"].change)
    ended = changed.specdrift("lint", "a.yaml", "--against", "main:a.yaml", "--against", "main:b.yaml")
    assert (ended.status, "GET /audit" in ended.log) == (ExitStatus.DRIFT, True), ended.log
