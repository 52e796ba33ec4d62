"""The job of a CI system, run as such a system runs it: in a repository, on a branch, against a live server."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift import reports
from specdrift.ci.steps import Step, combined
from specdrift.ci.summary import outputs
from specdrift.ci.whole_report import write_report
from specdrift.demo.certificates import write_certificates
from specdrift.errors import ExitStatus
from specdrift.model.result.setting import AGAINST, Setting
from specdrift.reports.content.headline import headline
from tests.ci.repository import ACCOUNTS, DEMO, DOCUMENT, OPENED, REWORDED, Repository
from tests.reports import factory

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

DOWNGRADE = ("security-downgrade", "error", "GET /accounts")


@pytest.mark.servers
def test_a_downgrade_is_blocked_and_passes_again_when_it_is_taken_back(repository: Repository) -> None:
    """What the branch opens is named with both lines; other operations are not probed."""
    repository.commit(document=OPENED)
    ended = repository.job("--against", "main")
    assert ended.status == ExitStatus.DRIFT
    assert repository.findings("lint") == [DOWNGRADE]
    (drift,) = repository.result("lint")["drifts"]
    assert drift["location"]["line"] == OPENED[: OPENED.index(ACCOUNTS)].count("\n") + 2
    assert (drift["related"][0]["file"], drift["related"][0]["line"]) == (f"main:{DOCUMENT}", 6)
    assert set(repository.judged()) == {"GET /accounts", "GET /accounts/{id}"}
    assert repository.findings("check") == [("mtls-over-enforced", "warning", "GET /accounts")]
    assert repository.outputs() == {
        "verdict": "drift",
        "exit-status": "1",
        "findings": "2",
        "report-path": "specdrift-report/report.html",
    }

    repository.commit(document=REWORDED)
    ended = repository.job("--against", "main")
    assert (ended.status, repository.outputs()["verdict"]) == (ExitStatus.OK, "pass")
    assert repository.judged() == ["GET /accounts"]


@pytest.mark.servers
def test_only_what_changed_is_sent_and_the_rest_is_said_to_be_left_out(repository: Repository) -> None:
    """A new parameter is a reason to look again at one operation, not at its neighbours."""
    repository.commit(
        document=DEMO.replace(
            "operationId: listTransfers",
            "operationId: listTransfers\n      parameters: [{name: q, in: query, required: true, schema: {}}]",
        )
    )
    ended = repository.job("--against", "main")
    result = repository.result("check")
    targets = [probe["request"]["target"] for probe in result["probes"] if probe["request"]]
    sent = {target.partition("?")[0] for target in targets if target}
    assert ended.status == ExitStatus.DRIFT
    assert repository.findings("check") == [("mtls-not-enforced", "error", "GET /transfers")]
    assert {path for path in sent if not path.rpartition("/")[2].startswith("specdrift-")} == {"/transfers"}
    assert sum("unchanged since main:" in entry["reason"] for entry in result["skipped"]) == 7


@pytest.mark.servers
def test_a_removed_operation_that_still_answers_is_found(repository: Repository) -> None:
    """The document is shorter, the server is not."""
    repository.commit(document=DEMO[: DEMO.index("  /audit:")] + DEMO[DEMO.index("components:") :])
    ended = repository.job(
        "--against",
        "main",
        SPECDRIFT_FAIL_ON="warning",
        SPECDRIFT_CERT=repository.environ["SPECDRIFT_CERT"].replace("alice", "bob"),
        SPECDRIFT_KEY=repository.environ["SPECDRIFT_KEY"].replace("alice", "bob"),
    )
    assert [(one["method"], one["path"]) for one in repository.result("check")["undocumented"]] == [
        ("GET", "/audit")
    ]
    assert ended.status == ExitStatus.DRIFT


def test_a_downgrade_that_was_accepted_passes(offline: Repository) -> None:
    """The owner allows the entry of the baseline, which names the reason; another downgrade fails again."""
    offline.commit(document=OPENED)
    assert offline.job("--against", "main").status == ExitStatus.DRIFT
    offline.specdrift(
        "lint", "--against", f"main:{DOCUMENT}", "--baseline", "accepted.json", "--update-baseline"
    )
    baseline = json.loads((offline.folder / "accepted.json").read_text(encoding="utf-8"))
    for entry in baseline["accepted"]:
        entry |= {"reason": "open to everybody from now on", "owner": "Ada"}
    offline.commit(
        **{"accepted.json": json.dumps(baseline), "specdrift.toml": 'baseline = "accepted.json"\n'}
    )
    assert offline.job("--against", "main").status == ExitStatus.DRIFT
    assert DOWNGRADE in offline.findings("lint")
    ended = offline.job("--against", "main", "--allow-gate-changes")
    assert (ended.status, {rule for rule, _, _ in offline.findings("lint")}) == (
        ExitStatus.OK,
        {"configuration-changed"},
    )
    offline.git("branch", "--force", "main")
    offline.git("checkout", "--quiet", "-b", "next")

    offline.commit(
        document=OPENED.replace(
            "      operationId: getAuditTrail\n", "      operationId: getAuditTrail\n      security: []\n"
        )
    )
    assert offline.job("--against", "main").status == ExitStatus.DRIFT
    assert offline.findings("lint") == [("security-downgrade", "error", "GET /audit")]


def test_without_a_server_the_document_is_linted(offline: Repository) -> None:
    """And it is said that nothing else was done; in mode lint also where a server is known."""
    ended = offline.job("--against", "main")
    assert ended.status == ExitStatus.OK
    assert "no base URL is configured" in offline.summary()
    offline.job("--against", "main", "--mode", "lint", SPECDRIFT_BASE_URL="https://127.0.0.1:1")
    assert "lint only" in offline.summary()
    assert not (offline.output / "check.json").exists()


def test_the_null_device_is_an_empty_certificate(offline: Repository) -> None:
    """A job without secrets names it, where another one writes an empty file."""
    variables = {"SPECDRIFT_BASE_URL": "https://127.0.0.1:1", "SPECDRIFT_CERT": os.devnull}
    ended = offline.job("--against", "main", **variables)
    assert ended.status == ExitStatus.INCOMPLETE, ended.log
    assert "is empty, as where a job gets no secrets" in offline.summary()


def test_a_mistyped_variable_is_in_the_summary(offline: Repository) -> None:
    """Without the base URL, the job passes by the document alone."""
    assert offline.job("--against", "main", SPECDRIFT_BASEURL="https://127.0.0.1:1").status == ExitStatus.OK
    assert "`SPECDRIFT_BASEURL` is not a variable of specdrift" in offline.summary()
    offline.job("--against", "main", SPECDRIFT_TIMEOUT="5s")
    assert "is not a variable" not in offline.summary()


@pytest.mark.parametrize(("content", "checked"), [("", False), ("\n\n", False), ("no certificate", True)])
def test_empty_certificates_are_incomplete_and_no_error(
    offline: Repository,
    content: str,
    checked: bool,  # noqa: FBT001 - a table's column
) -> None:
    """A job without secrets writes empty files; another text is a mistake. Both are linted, and neither passes."""
    file = offline.folder.parent / "alice.pem"
    file.write_text(content, encoding="utf-8")
    variables = {"SPECDRIFT_BASE_URL": "https://127.0.0.1:1", "SPECDRIFT_CERT": str(file)}
    ended = offline.job("--against", "main", **variables)
    assert ended.status == (ExitStatus.USAGE if checked else ExitStatus.INCOMPLETE), ended.log
    assert (offline.result("lint")["exit_status"], "internal" in ended.log) == (0, False)
    assert ("is empty, as where a job gets no secrets" in offline.summary()) is not checked
    insisted = offline.job("--against", "main", "--mode", "check", **variables)
    assert insisted.status == ExitStatus.USAGE


def test_exit_zero_changes_the_exit_status_and_no_verdict(offline: Repository) -> None:
    """The owner wishes that the job passes; its reader sees what it found."""
    zero = {"SPECDRIFT_EXIT_ZERO": "true"}
    certificates = offline.folder.parent
    write_certificates(certificates)
    unreachable = {
        "SPECDRIFT_BASE_URL": "https://127.0.0.1:1",
        "SPECDRIFT_CERT": str(certificates / "alice.pem"),
        "SPECDRIFT_KEY": str(certificates / "alice.key"),
    }
    assert offline.job("--against", "main", **unreachable).status == ExitStatus.INCOMPLETE
    for variables, word in ((unreachable, "incomplete"), ({}, "drift")):
        if not variables:
            offline.commit(document=OPENED)
        ended = offline.job("--against", "main", **variables, **zero)
        assert ended.status == ExitStatus.OK, ended.log
        assert (offline.outputs()["verdict"], offline.outputs()["exit-status"]) == (word, "0")
        assert offline.summary().splitlines()[1].endswith(f"specdrift: {word}")
        assert "(`exit-zero`)" in offline.summary()
        assert offline.result("report")["exit_status"] != ExitStatus.OK
    offline.commit(document=REWORDED)
    offline.git("branch", "--force", "main")
    assert offline.job("--against", "main", **zero).status == ExitStatus.OK
    assert offline.outputs()["verdict"] == "pass"
    assert "exit-zero" not in offline.summary()


def test_a_new_document_is_compared_with_nothing(offline: Repository) -> None:
    """There is no older one, which is said and is no failure."""
    offline.git("checkout", "--quiet", "--orphan", "empty")
    offline.git("rm", "--quiet", "-r", "--cached", ".")
    (offline.folder / "README").touch()
    offline.git("add", "README")
    offline.git("commit", "--quiet", "--message", "Begin")
    offline.commit(document=DEMO)
    assert offline.job("--against", "empty~1").status == ExitStatus.OK
    assert "does not have `api/openapi.yaml`" in offline.summary()


def test_a_branch_is_compared_with_where_it_began(offline: Repository) -> None:
    """What main has gained meanwhile is not taken for a loss of the branch."""
    offline.commit(document=REWORDED)
    offline.git("checkout", "--quiet", "main")
    offline.commit(
        document=DEMO.replace(
            "How to become a client. Open to everyone.\n      security: []\n", "How to become a client.\n"
        )
    )
    offline.git("checkout", "--quiet", "change")
    assert offline.job("--against", "main").status == ExitStatus.OK
    assert offline.findings("lint") == []


def test_a_shallow_clone_fetches_what_it_is_compared_with(offline: Repository, tmp_path: Path) -> None:
    """CI systems clone one commit of one branch."""
    offline.commit(document=OPENED)
    clone = Repository(folder=tmp_path / "clone", environ=offline.environ)
    command = [
        "git",
        "clone",
        "--quiet",
        "--depth=1",
        "--branch=change",
        f"file://{offline.folder}",
        str(clone.folder),
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert clone.job("--against", "origin/main").status == ExitStatus.DRIFT
    assert clone.findings("lint") == [DOWNGRADE]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--against", "nowhere"), "unknown git revision nowhere"),
        (("--against", "origin/nowhere"), "unknown git revision origin/nowhere"),
        (("--against", "--output=x"), '"--output=x" is not a git revision'),
        (("--output", "api/openapi.yaml/x"), "cannot write api/openapi.yaml/x"),
    ],
)
def test_a_job_that_cannot_compare_does_not_pass(
    offline: Repository, arguments: tuple[str, ...], said: str
) -> None:
    """Silence about a missing revision would be taken for consent."""
    ended = offline.job(*arguments)
    assert (ended.status, said in ended.log) == (ExitStatus.USAGE, True), ended.log


def test_a_document_that_cannot_be_used_is_no_pass(offline: Repository) -> None:
    """An unreadable document causes no request."""
    offline.commit(document="openapi: 3.1.0\npaths: [")
    ended = offline.job("--against", "main", "--mode", "check", SPECDRIFT_BASE_URL="https://127.0.0.1:1")
    assert (ended.status, offline.outputs()["verdict"]) == (ExitStatus.USAGE, "unusable")
    assert "the document cannot be used" in offline.summary()


def test_a_change_that_repairs_a_broken_document_is_incomplete(offline: Repository) -> None:
    """It is linted by itself, and whether it weakens a requirement is unknown; the owner may allow that."""
    offline.commit(document="openapi: 3.1.0\npaths: [")
    offline.git("branch", "--force", "main")
    offline.commit(document=DEMO)
    ended = offline.job("--against", "main", "--mode", "lint")
    assert (ended.status, offline.outputs()["verdict"]) == (ExitStatus.INCOMPLETE, "incomplete")
    assert f"warning: not compared with an older document: main:{DOCUMENT} cannot be read: " in ended.log
    assert "not compared with an older document" in offline.summary()
    assert "against" not in offline.result("lint")["config"]
    ended = offline.job("--against", "main", "--mode", "lint", SPECDRIFT_ALLOW_INCOMPLETE="true")
    assert ended.status == ExitStatus.OK


def test_one_report_has_the_findings_of_all_steps(tmp_path: Path) -> None:
    """Those of the document that the check repeats stand there once, and the headline follows the job."""
    steps = []
    linted, checked = factory.document_only(), factory.consistent()
    older = {AGAINST: Setting(value="main:openapi.yaml", text='"main:openapi.yaml"')}
    for name, result in (("lint", replace(linted, settings=older)), ("check", checked)):
        step = Step(name=name, status=0, result=tmp_path / f"{name}.json")
        step.result.write_bytes(reports.render(result, "json"))
        steps.append(step)
    report = write_report(steps, ExitStatus.DRIFT, output=tmp_path)
    assert report == tmp_path / "report.html"
    whole = reports.read((tmp_path / "report.json").read_bytes())
    expected = {drift.fingerprint for drift in (*linted.drifts, *checked.drifts)}
    assert sorted(drift.fingerprint for drift in whole.drifts) == sorted(expected)
    assert whole.operations == reports.read((tmp_path / "check.json").read_bytes()).operations
    assert (headline(whole).word, AGAINST in whole.settings) == ("Drift", True)
    written = outputs(steps, ExitStatus.DRIFT, report, exit_status=ExitStatus.OK)
    assert (written["report-path"], written["verdict"], written["exit-status"]) == (str(report), "drift", "0")
    only = write_report(steps[:1], ExitStatus.DRIFT, output=tmp_path)
    assert only is not None
    assert headline(reports.read((tmp_path / "report.json").read_bytes())).word == "Findings"
    assert write_report([], ExitStatus.USAGE, output=tmp_path / "none") is None


def test_a_job_without_a_document_says_what_is_missing(offline: Repository) -> None:
    """No guess at which of the repository's files is meant."""
    ended = offline.job(SPECDRIFT_SPEC="")
    assert (ended.status, "set SPECDRIFT_SPEC" in ended.log) == (ExitStatus.USAGE, True)


def test_the_log_of_github_takes_no_commands_from_the_document(offline: Repository) -> None:
    """A line of the log that begins with two colons is a command to the runner."""
    hostile = OPENED.replace("/accounts:", '"/accounts\\n::add-mask::x":')
    offline.commit(document=hostile)
    ended = offline.job("--against", "main", GITHUB_ACTIONS="true")
    lines = ended.log.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("::stop-commands::"))
    end = lines.index(f"::{lines[begin].rpartition('::')[2]}::")
    assert begin < next(i for i, line in enumerate(lines) if "security-downgrade" in line) < end
    assert not [
        line for line in (*lines[:begin], *lines[end + 1 :]) if line.lstrip().startswith("::add-mask")
    ]


def test_the_summary_shows_untrusted_names_as_code(offline: Repository) -> None:
    """The name of a file does not become markup for reviewers."""
    name = "[x](y)<img src=x>.yaml"
    offline.commit(**{name: OPENED})
    offline.job("--against", "main", SPECDRIFT_SPEC=name)
    assert "`[x](y)<img` `src=x>.yaml`" in offline.summary().splitlines()[3]


def test_every_report_is_written_beside_the_result(offline: Repository) -> None:
    """For uploads that later steps make; an earlier run's result is never taken for this one's."""
    offline.output.mkdir()
    (offline.output / "check.json").write_text("{}", encoding="utf-8")
    offline.commit(document=OPENED)
    offline.job("--against", "main")
    written = {file.name for file in offline.output.iterdir()}
    assert {
        "lint.json",
        "lint.html",
        "lint.sarif",
        "report.html",
        "report.json",
        "summary.md",
        "outputs.env",
        "codequality.json",
    } <= written
    assert "check.json" not in written
    (entry,) = json.loads((offline.output / "codequality.json").read_text(encoding="utf-8"))
    assert entry["check_name"] == "security-downgrade"
    assert entry["location"]["path"] == DOCUMENT


@pytest.mark.parametrize(
    ("statuses", "status"),
    [((0, 0), 0), ((0, 3), 3), ((1, 3), 1), ((1, 2), 2), ((0, 4), 4), ((1, -9), 4), ((1, 130), 130)],
)
def test_one_status_stands_for_all_steps(statuses: tuple[int, ...], status: int) -> None:
    """Failures precede findings; drift precedes incompleteness."""
    assert combined(statuses) == status


def test_the_hook_lints_every_changed_document_offline(offline: Repository) -> None:
    """As pre-commit calls it: with the files of the commit, and the worst of them as its status."""
    (offline.folder / "api/other-openapi.json").write_text("{}", encoding="utf-8")
    fine = offline.hook(DOCUMENT)
    both = offline.hook(DOCUMENT, "api/other-openapi.json")
    assert (fine.status, both.status) == (ExitStatus.OK, ExitStatus.USAGE)
    (offline.folder / DOCUMENT).write_text(OPENED, encoding="utf-8")
    against = offline.hook("--against", "HEAD", DOCUMENT)
    assert (against.status, "security-downgrade" in against.log) == (ExitStatus.DRIFT, True)
    assert offline.hook("--against", "nowhere", DOCUMENT).status == ExitStatus.USAGE
