"""Mode lint runs nothing and fetches nothing that the configuration of the repository names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from specdrift.errors import ExitStatus
from tests.ci.repository import DOCUMENT, OPENED, REWORDED, Repository
from tests.ci.test_unknown_base import forget

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

PARTIAL = {
    "core.repositoryFormatVersion": "1",
    "extensions.partialClone": "origin",
    "remote.origin.promisor": "true",
}


class Row(NamedTuple):
    """A configuration whose values name CANARY, the program, and the URL of the remote."""

    name: str
    url: str
    settings: dict[str, str]


ROWS = (
    Row("uploadpack", "./", {"remote.origin.uploadpack": "CANARY"}),
    Row("ssh", "ssh://localhost/x", {"core.sshCommand": "CANARY"}),
    Row("ext", "ext::CANARY", {"protocol.ext.allow": "always"}),
    Row(
        "url-that-becomes-ext",
        "safe:",
        {"url.ext::CANARY .insteadOf": "safe:", "protocol.ext.allow": "always"},
    ),
    Row("allowed-file", "./", {"remote.origin.uploadpack": "CANARY", "protocol.file.allow": "always"}),
    Row("git-proxy", "git://localhost/x", {"core.gitProxy": "CANARY"}),
)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A program that leaves a mark beside it."""
    program = tmp_path / "canary"
    program.write_text(f'#!/bin/sh\ntouch "{program}.ran"\nexit 1\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def ran(canary: Path) -> bool:
    """Return whether the program ran."""
    return canary.with_name("canary.ran").exists()


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_no_program_of_a_remote_runs(offline: Repository, canary: Path, row: Row) -> None:
    """Neither for missing content, nor for a revision that is not here. The control: git runs it."""
    offline.commit(document=OPENED)
    forget(offline, f"main:{DOCUMENT}")
    for key, value in {"remote.origin.url": row.url, **PARTIAL, **row.settings}.items():
        offline.git("config", key.replace("CANARY", str(canary)), value.replace("CANARY", str(canary)))
    lint = ("--mode", "lint")
    assert offline.job("--against", "main", *lint).status == ExitStatus.INCOMPLETE
    assert offline.job("--against", "origin/other", *lint).status == ExitStatus.USAGE
    assert offline.specdrift("lint", DOCUMENT, "--against", f"main:{DOCUMENT}").status == ExitStatus.USAGE
    assert not ran(canary)
    offline.run("git", "-c", "fetch.negotiationAlgorithm=noop", "fetch", "origin")
    assert ran(canary)


def test_no_filter_of_the_repository_runs(offline: Repository, canary: Path) -> None:
    """The attributes come with the change, the program with the repository. The control: git runs it."""
    offline.commit(**{".gitattributes": "*.yaml filter=x diff=x\n", "document": REWORDED, "old.yaml": OPENED})
    offline.git("branch", "--force", "main")
    offline.git("rm", "--quiet", "old.yaml")
    offline.git("mv", DOCUMENT, "api/renamed.yaml")
    offline.commit(note="renamed")
    offline.environ["SPECDRIFT_SPEC"] = "api/renamed.yaml"
    for key in ("filter.x.clean", "filter.x.process", "diff.x.command", "diff.x.textconv", "diff.external"):
        offline.git("config", key, str(canary))
    offline.git("config", "core.fsmonitor", str(canary))
    (offline.folder / "api/renamed.yaml").write_text(REWORDED + "# x\n", encoding="utf-8")
    offline.job("--against", "main", "--mode", "lint")
    assert "compared with" in offline.summary()
    assert not ran(canary)
    offline.run("git", "diff", "main")
    assert ran(canary)


def test_a_revision_that_is_not_here_is_fetched_in_other_modes_only(
    offline: Repository, tmp_path: Path
) -> None:
    """Mode lint ends with what to fetch."""
    offline.commit(document=OPENED)
    clone = Repository(folder=tmp_path / "clone", environ=offline.environ)
    offline.git(
        "clone", "--quiet", "--depth=1", "--branch=change", f"file://{offline.folder}", str(clone.folder)
    )
    ended = clone.job("--against", "origin/main", "--mode", "lint")
    assert (ended.status, "fetch it first" in ended.log) == (ExitStatus.USAGE, True), ended.log
    assert clone.job("--against", "origin/main").status == ExitStatus.DRIFT
    assert clone.job("--against", "origin/main", "--mode", "lint").status == ExitStatus.DRIFT


def test_a_replaced_object_is_read_as_it_was(offline: Repository) -> None:
    """`git replace` would show another older document."""
    offline.commit(document=OPENED)
    older, newer = (offline.git("rev-parse", f"{name}:{DOCUMENT}").strip() for name in ("main", "HEAD"))
    offline.git("replace", older, newer)
    assert offline.job("--against", "main", "--mode", "lint").status == ExitStatus.DRIFT
