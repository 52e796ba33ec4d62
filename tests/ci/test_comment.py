"""The summary as a comment: one for all runs of a request, on GitHub and on GitLab, and never a reason to pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from specdrift.ci.comment import PAGE
from specdrift.errors import ExitStatus
from specdrift.reports.markdown.layout import LIMIT, MARKER
from tests.ci.comment_server import TOKEN, CommentServer, comment_server
from tests.ci.repository import OPENED, Ended, Repository
from tests.ci.test_files import GITLAB, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

COMMENT = "Comment the summary"


@pytest.fixture
def server() -> Iterator[CommentServer]:
    """The server of the comments."""
    with comment_server() as running:
        yield running


def on_github(
    repository: Repository, server: CommentServer, *, token: str = TOKEN, number: int | None = 7
) -> Ended:
    """Run the action's own script."""
    temp = repository.folder.parent / "runner"
    repository.link_python(temp / "specdrift/bin/python")
    event = temp / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": number}} if number else {}), encoding="utf-8")
    return repository.run(
        "bash",
        "-e",
        "-c",
        STEPS[COMMENT]["run"],
        RUNNER_TEMP=str(temp),
        OUTPUT="specdrift-report",
        GITHUB_ACTIONS="true",
        GITHUB_TOKEN=token,
        GITHUB_API_URL=server.base_url,
        GITHUB_REPOSITORY="group/api",
        GITHUB_EVENT_PATH=str(event),
    )


def test_a_later_run_changes_the_comment_of_the_earlier_one(
    offline: Repository, server: CommentServer
) -> None:
    """Ten pushes leave one comment, among those of people, and it says what the last of them found."""
    for number in range(PAGE):
        server.add(f"a person's comment {number}")
    server.add(f"{MARKER}\n## ✅ specdrift: pass, says a person")
    offline.commit(document=OPENED)
    offline.job("--against", "main")
    assert on_github(offline, server).status == 0
    (note,) = [note for note in server.notes if note["user"]["type"] == "Bot"]
    assert note["body"] == offline.summary()
    assert note["body"].startswith(f"{MARKER}\n## ❌ specdrift: drift\n")
    assert "security-downgrade" in note["body"]
    offline.job("--mode", "lint")
    assert on_github(offline, server).status == 0
    assert "## ✅ specdrift: pass" in note["body"]
    assert len(server.notes) == PAGE + 2
    assert server.asked[-1] == f"PATCH /repos/group/api/issues/comments/{PAGE + 2}"


def test_two_services_have_a_comment_each(offline: Repository, server: CommentServer) -> None:
    """The name of a job is part of its marker, and a later run updates its own comment."""
    for name in ("orders", "bank", "", "orders"):
        offline.job("--mode", "lint", "--name", name)
        assert on_github(offline, server).status == 0
    titles = [note["body"].splitlines()[1] for note in server.notes]
    assert titles == [
        "## ✅ specdrift (orders): pass",
        "## ✅ specdrift (bank): pass",
        "## ✅ specdrift: pass",
    ]
    assert offline.job("--name", "a b").status == ExitStatus.USAGE


def test_gitlab_has_its_own_script(offline: Repository, server: CommentServer) -> None:
    """The lines of the template, in a merge request whose project has a token; without one nothing is sent."""
    (script,) = GITLAB["after_script"]
    offline.link_python(Path(f"{offline.folder}.tmp") / "specdrift/bin/python")
    where = {
        "CI_API_V4_URL": f"{server.base_url}/api/v4",
        "CI_PROJECT_ID": "12",
        "CI_MERGE_REQUEST_IID": "34",
    }
    where |= {"CI_PROJECT_DIR": str(offline.folder)}
    offline.job("--mode", "lint")
    assert offline.run("bash", "-e", "-c", script, SPECDRIFT_GITLAB_TOKEN="", **where).status == 0
    assert server.asked == []
    for _ in range(2):
        ended = offline.run("bash", "-e", "-c", script, SPECDRIFT_GITLAB_TOKEN=TOKEN, **where)
        assert ended.status == 0, ended.log
    notes = "/api/v4/projects/12/merge_requests/34/notes"
    assert server.asked == [f"GET {notes}", f"POST {notes}", f"GET {notes}", f"PUT {notes}/1"]


def test_what_keeps_it_from_commenting_is_said(offline: Repository, server: CommentServer) -> None:
    """A token that may not, no pull request, no summary, no such variables: each in one line, never a crash."""
    assert "cannot read specdrift-report/summary.md" in on_github(offline, server).log
    offline.job("--mode", "lint")
    refused = on_github(offline, server, token="another")
    assert (refused.status, "rejected with HTTP 403" in refused.log) == (ExitStatus.USAGE, True)
    assert TOKEN not in refused.log
    assert "has no pull request to comment" in on_github(offline, server, number=None).log
    lost = offline.run(offline.python, "-m", "specdrift.ci.comment", "specdrift-report")
    assert (lost.status, "CI_API_V4_URL is not set" in lost.log) == (ExitStatus.USAGE, True)


def test_the_step_cannot_change_how_the_job_ends() -> None:
    """And it is left out where it is not asked for, and for forks."""
    step = STEPS[COMMENT]
    assert step["continue-on-error"] is True
    assert "inputs.comment == 'true'" in step["if"]
    assert "!github.event.pull_request.head.repo.fork" in step["if"]


def test_a_summary_is_never_longer_than_a_comment_may_be(offline: Repository) -> None:
    """A thousand operations lose their requirement, and their names are long."""
    names = "".join(f"  /{'x' * 150}/{n}:\n    get:\n      responses: {{}}\n" for n in range(1000))
    secured = "security: [{mtls: []}]\n"
    head = "openapi: 3.1.0\ninfo: {title: Big, version: '1'}\n"
    schemes = "components: {securitySchemes: {mtls: {type: mutualTLS}}}\n"
    offline.commit(document=f"{head}{schemes}{secured}paths:\n{names}")
    offline.git("branch", "--force", "main", "change")
    offline.commit(document=f"{head}{schemes}paths:\n{names}")
    assert offline.job("--against", "main").status == ExitStatus.DRIFT
    assert "security-downgrade" in offline.summary()
    assert len(offline.summary().encode()) < LIMIT + 2_000


@pytest.mark.parametrize("planted", ["summary.md", "folder"])
def test_a_link_is_not_published(offline: Repository, server: CommentServer, planted: str) -> None:
    """A checkout could name a file of the runner by it, such as its environment."""
    secret = offline.folder.parent / "secret"
    secret.mkdir()
    (secret / "summary.md").write_text("k-1")
    if planted == "folder":
        offline.output.symlink_to(secret)
    else:
        offline.output.mkdir()
        (offline.output / planted).symlink_to(secret / "summary.md")
    assert on_github(offline, server).status == ExitStatus.USAGE
    assert (server.notes, server.asked) == ([], [])
