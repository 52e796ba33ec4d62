"""A change that also changes what judges it does not pass unnoticed: configuration, baseline, and their files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from specdrift import config
from specdrift.app.gate_review.gate import gate_at
from specdrift.config.describe.show import toml
from specdrift.errors import ExitStatus
from tests.ci.repository import ACCOUNTS, DEMO, DOCUMENT, OPENED, REWORDED, Repository

pytestmark = pytest.mark.slow

RULE = "configuration-changed"
CONFIG = f"""\
spec = "{DOCUMENT}"
fail-on = "warning"
baseline = "accepted.json"
exclude-path = ["/old"]

[server]
ca-file = "certs/ca.pem"
listeners = ["http://localhost:8080"]

[battery]
no-eku = "refuse"

[[operations]]
include-path = "/accounts/{{id}}"
parameters = {{ id = 7 }}

[network]
timeout = "10s"
allow-hosts = ["docs.example"]
"""
ACCEPTED = {"rule": "ambiguous-path", "fingerprint": "0" * 16, "reason": "old", "expires": "2099-01-01"}


def baseline(*entries: dict[str, Any]) -> str:
    """Return the text of a baseline."""
    return json.dumps({"specdrift_baseline": 1, "accepted": list(entries)})


@pytest.fixture
def gated(offline: Repository) -> Repository:
    """A repository whose branch ``main`` has a configuration, a baseline and a certificate."""
    del offline.environ["SPECDRIFT_SPEC"]
    offline.commit(**{"specdrift.toml": CONFIG, "accepted.json": baseline(ACCEPTED), "certs/ca.pem": "one\n"})
    offline.git("branch", "--force", "main")
    return offline


def changes(repository: Repository) -> dict[str, str]:
    """Return the severity of each finding about the gate, by its subject."""
    drifts = repository.result("lint")["drifts"]
    return {drift["subject"]: drift["severity"] for drift in drifts if drift["rule"] == RULE}


class Row(NamedTuple):
    """One change of the repository."""

    name: str
    files: dict[str, str]
    subject: str


def edited(before: str, after: str) -> dict[str, str]:
    """Return the configuration with one replacement."""
    assert before in CONFIG
    return {"specdrift.toml": CONFIG.replace(before, after)}


WEAKER = (
    Row("fail-on", edited('fail-on = "warning"', 'fail-on = "never"'), "fail-on"),
    Row("fail-on-is-left-out", edited('fail-on = "warning"\n', ""), "fail-on"),
    Row("exit-zero", edited('fail-on = "warning"', 'fail-on = "warning"\nexit-zero = true'), "exit-zero"),
    Row("incomplete", edited("exclude", "allow-incomplete = true\nexclude"), "allow-incomplete"),
    Row("exclude", edited('["/old"]', '["/old", "/accounts"]'), "exclude-path"),
    Row("include", edited("exclude", 'include-tag = "x"\nexclude'), "include-tag"),
    Row("checks", edited("exclude", 'checks = ["certificate"]\nexclude'), "checks"),
    Row("skip-checks", edited("exclude", 'skip-checks = ["certificate"]\nexclude'), "skip-checks"),
    Row("severity-of-a-profile", edited('"refuse"', '"accept"'), "battery.no-eku"),
    Row("profile-without-policy", edited('no-eku = "refuse"\n', ""), "battery.no-eku"),
    Row("insecure", edited("[server]", "[server]\ninsecure = true"), "server.insecure"),
    Row("listener-removed", edited('["http://localhost:8080"]', "[]"), "server.listeners"),
    Row("another-address", edited("[network]", '[network]\nresolve = ["localhost:1:127.0.0.1"]'), "network.resolve"),
    Row("meaning-of-a-scheme", edited("[network]", '[schemes.key]\nkind = "mutualTLS"\n\n[network]'),
        "schemes.key.kind"),
    Row("meaning-of-an-extension", edited("[network]", '[loader]\nmtls-extension = "x-tls"\n\n[network]'),
        "loader.mtls-extension"),
    Row("first-base-url", edited("exclude", 'base-url = "https://localhost:1"\nexclude'), "base-url"),
    Row("host-removed", edited('["docs.example"]', "[]"), "network.allow-hosts"),
    Row("planted-checkpoint", edited("exclude", 'resume = "planted"\nexclude'), "resume"),
    Row(
        "disabled-operation",
        edited("[network]", '[[operations]]\ninclude-path = "/accounts"\nenabled = false\nreason = "x"\n\n[network]'),
        'operations.{"include-path": "/accounts"}.enabled',
    ),
    Row("entry-added", {"accepted.json": baseline(ACCEPTED, ACCEPTED | {"fingerprint": "1" * 16})},
        "baseline entry ambiguous-path (1111111111111111)"),
    Row("entry-without-end", {"accepted.json": baseline(ACCEPTED | {"expires": None})},
        "baseline entry ambiguous-path (0000000000000000)"),
    Row("certificate-replaced", {"certs/ca.pem": "another\n"}, "server.ca-file: certs/ca.pem"),
    Row("another-document", edited(DOCUMENT, "api/other.yaml") | {"api/other.yaml": REWORDED}, "spec"),
)  # fmt: skip

STRICTER = (
    Row("fail-on", edited('fail-on = "warning"', 'fail-on = "note"'), "fail-on"),
    Row("exclude", edited('["/old"]', "[]"), "exclude-path"),
    Row("listener-added", edited('8080"]', '8080", "http://localhost:8081"]'), "server.listeners"),
    Row("entry-removed", {"accepted.json": baseline()}, "baseline entry ambiguous-path (0000000000000000)"),
    Row("entry-ends-earlier", {"accepted.json": baseline(ACCEPTED | {"expires": "2098-01-01"})},
        "baseline entry ambiguous-path (0000000000000000)"),
    Row("operation-added",
        edited("[network]", '[[operations]]\ninclude-path = "/a"\nparameters = { a = 1 }\n\n[network]'),
        'operations.{"include-path": "/a"}.parameters'),
)  # fmt: skip

SAME = (
    Row("limits", edited('timeout = "10s"', 'timeout = "20s"\nconcurrency = 4'), ""),
    Row("comments-and-defaults", edited("exclude", "# none\nexit-zero = false\nexclude"), ""),
    Row("reason", {"accepted.json": baseline(ACCEPTED | {"reason": "better said"})}, ""),
    Row("reports", edited("[network]", '[reports]\nhtml = "out.html"\n\n[network]'), ""),
)  # fmt: skip


def of_work_tree(repository: Repository) -> dict[str, bool]:
    """Return whether each change of the gate since ``main`` is weaker, by its subject."""
    settings = config.read(config=Path("specdrift.toml"), cwd=repository.folder, environ={})
    return {
        change.subject: change.weaker for change in gate_at(settings, "main", cwd=repository.folder).changes
    }


@pytest.mark.parametrize("row", WEAKER, ids=[row.name for row in WEAKER])
def test_a_weaker_gate_is_found(gated: Repository, row: Row) -> None:
    """A run may pass by it that failed before."""
    gated.commit(**row.files)
    assert of_work_tree(gated)[row.subject] is True


@pytest.mark.parametrize("row", STRICTER, ids=[row.name for row in STRICTER])
def test_a_stricter_gate_is_distinguished(gated: Repository, row: Row) -> None:
    """No run can pass by it that failed before."""
    gated.commit(**row.files)
    assert of_work_tree(gated) == {row.subject: False}


@pytest.mark.parametrize("row", SAME, ids=[row.name for row in SAME])
def test_what_cannot_change_the_exit_status_is_no_change(gated: Repository, row: Row) -> None:
    """Limits, reports, comments and wording."""
    gated.commit(**row.files)
    assert of_work_tree(gated) == {}


def test_what_makes_a_run_incomplete_counts_where_incomplete_runs_pass(gated: Repository) -> None:
    """One request for the whole run would find nothing, and pass."""
    limited = CONFIG.replace('timeout = "10s"', 'timeout = "10s"\nmax-requests = 1')
    gated.commit(**{"specdrift.toml": limited})
    assert of_work_tree(gated) == {}
    tolerant = "allow-incomplete = true\n"
    gated.commit(**{"specdrift.toml": tolerant + CONFIG})
    gated.git("branch", "--force", "main")
    assert of_work_tree(gated) == {}
    gated.commit(**{"specdrift.toml": tolerant + limited})
    assert of_work_tree(gated) == {"network.max-requests": True}


@pytest.mark.parametrize("row", [WEAKER[0], WEAKER[-1]], ids=lambda row: row.name)
def test_a_weaker_gate_does_not_pass(gated: Repository, row: Row) -> None:
    """The first line of the summary and a finding say so; it passes if the owner allows it."""
    gated.commit(**row.files)
    ended = gated.job("--against", "main")
    assert ended.status == ExitStatus.DRIFT, ended.log
    assert changes(gated)[row.subject] == "error"
    assert gated.summary().splitlines()[1].endswith("the change also changes the gate that judges it")
    allowed = gated.job("--against", "main", SPECDRIFT_ALLOW_GATE_CHANGES="true")
    assert allowed.status == ExitStatus.OK, allowed.log
    assert changes(gated)[row.subject] == "note"
    assert (
        gated.summary()
        .splitlines()[1]
        .endswith("the change also changes its gate, which is stricter or allowed")
    )


def test_a_stricter_gate_passes(gated: Repository) -> None:
    """It is a note, and the first line mentions it; other changes of the configuration are not mentioned."""
    gated.commit(**STRICTER[0].files)
    assert gated.job("--against", "main").status == ExitStatus.OK
    assert changes(gated) == {"fail-on": "note"}
    gated.commit(**SAME[0].files)
    assert gated.job("--against", "main").status == ExitStatus.OK
    assert gated.summary().splitlines()[1].endswith("specdrift: pass")


def test_the_gate_of_the_base_judges_the_downgrade(gated: Repository) -> None:
    """``fail-on`` and an entry of the baseline in the change itself excuse nothing."""
    gated.commit(document=OPENED)
    gated.specdrift("lint", "--against", f"main:{DOCUMENT}", "--update-baseline")
    accepted = json.loads((gated.folder / "accepted.json").read_text(encoding="utf-8"))
    for entry in accepted["accepted"]:
        entry["reason"] = entry["reason"] or "please"
    files = edited('fail-on = "warning"', 'fail-on = "never"') | {"accepted.json": json.dumps(accepted)}
    gated.commit(**files)
    ended = gated.job("--against", "main")
    assert ended.status == ExitStatus.DRIFT
    assert ("security-downgrade", "error", "GET /accounts") in gated.findings("lint")
    assert gated.result("lint")["config"]["fail-on"]["origin"] == "main:specdrift.toml:2"
    assert gated.job("--against", "main", "--allow-gate-changes").status == ExitStatus.OK


@pytest.mark.parametrize("file", ["specdrift.toml", "accepted.json"])
def test_a_removed_file_of_the_gate_does_not_pass(gated: Repository, file: str) -> None:
    """A removed configuration is a change of each of its keys; a removed baseline accepts nothing more."""
    gated.git("rm", "--quiet", file)
    gated.git("commit", "--quiet", "--message", "Remove")
    ended = gated.job("--against", "main", SPECDRIFT_SPEC=DOCUMENT)
    assert ended.status == (ExitStatus.DRIFT if file == "specdrift.toml" else ExitStatus.OK), ended.log
    assert changes(gated).get("fail-on") == ("error" if file == "specdrift.toml" else None)


def test_a_nearer_configuration_is_a_change(gated: Repository) -> None:
    """The job of a folder found the one of the root before."""
    gated.commit(**{"api/specdrift.toml": 'spec = "openapi.yaml"\nfail-on = "never"\n'})
    inside = Repository(folder=gated.folder / "api", environ=gated.environ)
    ended = inside.job("--against", "main")
    assert ended.status == ExitStatus.DRIFT, ended.log
    assert changes(inside)["fail-on"] == "error"


def test_options_and_variables_belong_to_the_job(gated: Repository) -> None:
    """The owner's own severity, and a configuration outside of the repository, are no change."""
    own = gated.folder.parent / "own.toml"
    own.write_text(f'spec = "{gated.folder}/{DOCUMENT}"\nfail-on = "never"\n', encoding="utf-8")
    gated.commit(document=OPENED)
    ended = gated.job("--against", "main", SPECDRIFT_CONFIG=str(own))
    assert (ended.status, changes(gated)) == (ExitStatus.OK, {}), ended.log
    ended = gated.job("--against", "main", SPECDRIFT_FAIL_ON="never")
    assert (ended.status, changes(gated)) == (ExitStatus.OK, {}), ended.log


def test_an_unreadable_configuration_of_the_base_is_a_change(gated: Repository) -> None:
    """What judged before is unknown."""
    gated.commit(**{"specdrift.toml": "fail-on ="})
    gated.git("branch", "--force", "main")
    gated.commit(**{"specdrift.toml": CONFIG})
    assert gated.job("--against", "main").status == ExitStatus.DRIFT
    assert changes(gated)["the configuration"] == "error"


@pytest.mark.parametrize(("fixes", "status"), [(False, ExitStatus.USAGE), (True, ExitStatus.DRIFT)])
def test_a_baseline_that_was_unreadable_before_is_no_change(
    gated: Repository,
    fixes: bool,  # noqa: FBT001 - a column of the table
    status: ExitStatus,
) -> None:
    """The file is at fault, and is named; a change that repairs it decides what is accepted, and needs its owner."""
    gated.commit(**{"accepted.json": "{"})
    gated.git("branch", "--force", "main")
    repaired = json.dumps({"specdrift_baseline": 1, "accepted": []})
    gated.commit(**{"accepted.json": repaired} if fixes else {"README": "other"})
    ended = gated.job("--against", "main")
    assert ended.status == status, ended.log
    assert ("accepted.json:1: invalid JSON" in ended.log) is not fixes


def test_lint_reads_the_gate_of_the_revision_that_it_compares_with(gated: Repository) -> None:
    """Without the job too, also for the hook; a file has no gate."""
    gated.commit(document=OPENED, **edited('fail-on = "warning"', 'fail-on = "never"'))
    against = ("--against", f"main:{DOCUMENT}")
    assert gated.specdrift("lint", DOCUMENT, *against).status == ExitStatus.DRIFT
    assert gated.specdrift("lint", DOCUMENT, *against, "--allow-gate-changes").status == ExitStatus.OK
    assert gated.specdrift("lint", DOCUMENT, "--against", DOCUMENT).status == ExitStatus.OK
    assert gated.specdrift("lint", DOCUMENT, "--gate-from", "main").status == ExitStatus.DRIFT
    assert gated.hook("--against", "main", DOCUMENT).status == ExitStatus.DRIFT
    assert gated.hook("--against", "main", "--allow-gate-changes", DOCUMENT).status == ExitStatus.OK


def test_secrets_of_the_configuration_are_masked(gated: Repository) -> None:
    """A finding quotes values, and none of a secret or of a parameter."""
    gated.commit(**edited("{ id = 7 }", '{ id = 8, key = "hush" }'))
    assert gated.job("--against", "main").status == ExitStatus.DRIFT
    assert "hush" not in gated.summary()
    assert toml({"id": 7}) not in gated.summary()


def test_the_demo_has_the_operation() -> None:
    """The tables above rely on it."""
    assert ACCOUNTS in DEMO
