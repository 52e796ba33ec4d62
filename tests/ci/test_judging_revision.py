"""The tip of the named revision judges, and no branch or tag of a change takes its name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.ci.repository import DOCUMENT, OPENED, REWORDED, Repository

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

LAX = 'fail-on = "never"\n'
RULE = "configuration-changed"
LINT = ("--mode", "lint")


@pytest.fixture
def moved(offline: Repository) -> Repository:
    """A repository whose main was lax, and is strict since the branch began."""
    offline.commit(**{"specdrift.toml": LAX})
    offline.git("branch", "--force", "main")
    offline.git("checkout", "--quiet", "main")
    offline.commit(**{"specdrift.toml": 'exclude-path = ["/old"]\n'})
    offline.git("checkout", "--quiet", "change")
    return offline


def gate_findings(repository: Repository) -> list[tuple[str, str]]:
    """Return subject and severity of each change of the gate."""
    drifts = repository.result("lint")["drifts"]
    return [(drift["subject"], drift["severity"]) for drift in drifts if drift["rule"] == RULE]


def test_where_a_branch_begins_does_not_choose_its_gate(moved: Repository) -> None:
    """What main changed since is no change of the branch, and judges it."""
    moved.commit(document=REWORDED)
    ended = moved.job("--against", "main", *LINT)
    assert (ended.status, gate_findings(moved)) == (ExitStatus.OK, []), ended.log
    moved.commit(document=OPENED)
    ended = moved.job("--against", "main", *LINT)
    assert (ended.status, gate_findings(moved)) == (ExitStatus.DRIFT, []), ended.log
    against = ("--against", f"main:{DOCUMENT}")
    assert moved.specdrift("lint", DOCUMENT, *against).status == ExitStatus.DRIFT
    assert moved.hook("--against", "main", DOCUMENT).status == ExitStatus.DRIFT


def test_a_branch_that_takes_what_main_has_is_no_change(moved: Repository) -> None:
    """A key of its own is one."""
    moved.commit(**{"specdrift.toml": 'exclude-path = ["/old"]\n'})
    assert moved.job("--against", "main", *LINT).status == ExitStatus.OK
    assert gate_findings(moved) == []
    moved.commit(**{"specdrift.toml": 'exclude-path = ["/old", "/accounts"]\n'})
    assert moved.job("--against", "main", *LINT).status == ExitStatus.DRIFT
    assert gate_findings(moved) == [("exclude-path", "error")]


@pytest.mark.parametrize("broken", ["tip", "fork"])
def test_an_unreadable_configuration_hides_no_change(offline: Repository, broken: str) -> None:
    """Of the tip, or of where the branch began."""
    texts = {"tip": 'fail-on = "error"\n', "fork": 'fail-on = "error"\n'} | {broken: "fail-on ="}
    offline.commit(**{"specdrift.toml": texts["fork"]})
    offline.git("branch", "--force", "main")
    offline.git("checkout", "--quiet", "main")
    offline.commit(**{"specdrift.toml": texts["tip"], "note": "x"})
    offline.git("checkout", "--quiet", "change")
    offline.commit(**{"specdrift.toml": LAX, "document": OPENED})
    ended = offline.job("--against", "main", *LINT)
    assert ended.status == ExitStatus.DRIFT, ended.log
    assert ("fail-on", "error") in gate_findings(offline)


def test_an_entry_that_main_removed_accepts_nothing(offline: Repository) -> None:
    """The twin: one that main added since accepts what it names."""
    offline.commit(document=OPENED)
    offline.specdrift("lint", "--against", f"main:{DOCUMENT}", "--baseline", "b.json", "--update-baseline")
    accepted = json.loads((offline.folder / "b.json").read_text(encoding="utf-8"))
    for entry in accepted["accepted"]:
        entry |= {"reason": "open from now on"}
    none = json.dumps(accepted | {"accepted": []})
    (offline.folder / "b.json").unlink()
    begun = offline.git("rev-parse", "main").strip()
    for before, after, status in (
        (json.dumps(accepted), none, ExitStatus.DRIFT),
        (none, json.dumps(accepted), ExitStatus.OK),
    ):
        offline.git("checkout", "--quiet", "--force", "-B", "main", begun)
        offline.commit(**{"specdrift.toml": 'baseline = "b.json"\n', "b.json": before})
        offline.git("checkout", "--quiet", "-B", "change")
        offline.commit(document=OPENED)
        offline.git("checkout", "--quiet", "main")
        offline.commit(**{"b.json": after})
        offline.git("checkout", "--quiet", "change")
        ended = offline.job("--against", "main", *LINT)
        assert ended.status == status, ended.log


def test_whether_incomplete_jobs_pass_is_decided_by_the_tip(offline: Repository) -> None:
    """The branch began where they did."""
    offline.commit(document="openapi: 3.1.0\npaths: [", **{"specdrift.toml": "allow-incomplete = true\n"})
    offline.git("branch", "--force", "main")
    offline.commit(document=REWORDED)
    assert offline.job("--against", "main", *LINT).status == ExitStatus.OK
    offline.git("checkout", "--quiet", "main")
    offline.commit(**{"specdrift.toml": "# strict\n"})
    offline.git("checkout", "--quiet", "change")
    assert offline.job("--against", "main", *LINT).status == ExitStatus.INCOMPLETE


@pytest.mark.parametrize("ref", ["refs/tags/main", "refs/main", "refs/remotes/main"])
def test_a_name_with_two_meanings_is_refused(offline: Repository, ref: str) -> None:
    """A tag of the change would be compared with itself. The complete name is no such name."""
    offline.commit(document=OPENED)
    offline.git("update-ref", ref, "main")
    assert offline.job("--against", "main", *LINT).status == ExitStatus.DRIFT
    offline.git("update-ref", ref, "HEAD")
    for ended in (
        offline.job("--against", "main", *LINT),
        offline.job("--against", "main~0", *LINT),
        offline.hook("--against", "main", DOCUMENT),
        offline.specdrift("lint", DOCUMENT, "--against", f"main:{DOCUMENT}"),
        offline.specdrift("lint", DOCUMENT, "--gate-from", "main"),
    ):
        assert (ended.status, "more than one revision" in ended.log) == (ExitStatus.USAGE, True), ended.log
    assert offline.job("--against", "refs/heads/main", *LINT).status == ExitStatus.DRIFT


def test_a_tag_takes_no_name_of_a_remote_branch(offline: Repository, tmp_path: Path) -> None:
    """Also in a clone that has not fetched the branch, and under its name without the remote."""
    offline.commit(document=OPENED)
    offline.git("tag", "origin/main")
    offline.git("tag", "other")
    offline.git("branch", "other", "main")
    clone = Repository(folder=tmp_path / "clone", environ=offline.environ)
    offline.git("clone", "--quiet", "--branch=change", f"file://{offline.folder}", str(clone.folder))
    for name, status in (
        ("origin/main", ExitStatus.USAGE),
        ("other", ExitStatus.USAGE),
        ("refs/remotes/origin/main", ExitStatus.DRIFT),
        ("refs/tags/other", ExitStatus.OK),
        ("origin/other", ExitStatus.DRIFT),
    ):
        ended = clone.job("--against", name, *LINT)
        assert ended.status == status, ended.log
    clone.git("update-ref", "-d", "refs/remotes/origin/main")
    assert clone.job("--against", "origin/main", *LINT).status == ExitStatus.USAGE
    clone.git("tag", "refs/heads/gone", "HEAD")
    assert clone.job("--against", "refs/heads/gone", *LINT).status == ExitStatus.USAGE


def test_an_abbreviated_commit_is_no_tag(offline: Repository) -> None:
    """Git takes the tag. Tags and annotated tags without a double meaning are revisions as before."""
    offline.git("tag", "v1", "main")
    offline.git("tag", "--annotate", "--message", "x", "v2", "main")
    offline.commit(document=OPENED)
    short = offline.git("rev-parse", "--short=10", "main").strip()
    for name in ("v1", "v2", "v2^{}", "HEAD~1", short, f"{short}^0", "@~1"):
        assert offline.job("--against", name, *LINT).status == ExitStatus.DRIFT, name
    offline.git("tag", short, "HEAD")
    assert offline.job("--against", short, *LINT).status == ExitStatus.USAGE


GUARDING = """\
overlay: 1.1.0
info: {title: o, version: "1"}
actions: [{target: "$.paths.*.get", update: {security: [{clientCertificate: []}]}}]
"""
BARE = """\
openapi: 3.1.0
info: {title: Orders, version: "1"}
paths:
  /orders: {get: {responses: {}}}
components: {securitySchemes: {clientCertificate: {type: mutualTLS}}}
"""
INLINED = BARE.replace("{get: {", "{get: {security: [{clientCertificate: []}], ")


@pytest.mark.parametrize(
    ("since", "status", "severity"),
    [
        (BARE.replace("title: Orders", "title: Shop"), ExitStatus.OK, "note"),
        (
            BARE.replace("components:", "  /items: {get: {responses: {}}}\ncomponents:"),
            ExitStatus.DRIFT,
            "error",
        ),
    ],
    ids=["main was reworded", "main gained an operation that only the overlay guards"],
)
def test_an_overlay_moves_into_the_document_as_main_has_it(
    offline: Repository, since: str, status: ExitStatus, severity: str
) -> None:
    """The merge of both would have the new operation without its requirement."""
    offline.commit(
        **{"specdrift.toml": '[loader]\noverlays = ["o.yaml"]\n', "o.yaml": GUARDING, "document": BARE}
    )
    offline.git("branch", "--force", "main")
    offline.git("checkout", "--quiet", "main")
    offline.commit(document=since)
    offline.git("checkout", "--quiet", "change")
    (offline.folder / "o.yaml").unlink()
    offline.commit(**{"specdrift.toml": "", "document": INLINED})
    ended = offline.job("--against", "main", *LINT)
    assert (ended.status, gate_findings(offline)) == (status, [("loader.overlays", severity)]), ended.log
