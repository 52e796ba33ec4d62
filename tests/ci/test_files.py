"""The files that CI systems read: their own steps, run here; and linters that know such files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from specdrift.config.reading.overlay import CI_VARIABLES, scalar_keys
from specdrift.errors import ExitStatus
from tests.ci.linters import actionlint, zizmor
from tests.ci.repository import DEMO, DOCUMENT, OPENED, ROOT, Ended, Repository, clean_environ

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}
GITLAB: dict[str, Any] = yaml.safe_load((ROOT / "ci/gitlab-ci.yml").read_text(encoding="utf-8"))["specdrift"]
HOOK: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")

JOB = "Lint the document and check what has changed"
END = "End as specdrift ended"


def step_environ(name: str, values: dict[str, str]) -> dict[str, str]:
    """The variables of a step, each expression having the value that GitHub would give it."""
    return {
        variable: EXPRESSION.sub(lambda found: values[found[1]], text)
        for variable, text in STEPS[name]["env"].items()
    }


def on_github(
    repository: Repository, *, fork: bool = False, allowed: bool = False, name: str = ""
) -> tuple[int, dict[str, str]]:
    """Run the action's own script as a pull request to main does; its status and outputs."""
    temp = repository.folder.parent / "runner"
    repository.link_python(temp / "specdrift/bin/python")
    files = {name: temp / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("", encoding="utf-8")
    known = (
        "SPECDRIFT_SPEC",
        "SPECDRIFT_BASE_URL",
        "SPECDRIFT_CONFIG",
        "SPECDRIFT_FAIL_ON",
        "SPECDRIFT_BASELINE",
    )
    words = {name: name.removeprefix("SPECDRIFT_").lower().replace("_", "-") for name in known}
    values = {
        f"inputs.{word} || env.{name}": repository.environ.get(name, "") for name, word in words.items()
    }
    values |= {
        "inputs.against || github.base_ref && format('origin/{0}', github.base_ref)": "origin/main",
        "(github.event.pull_request.head.repo.fork || github.event.pull_request.user.login == 'dependabot[bot]')"
        " && 'lint' || inputs.mode": "lint" if fork else "auto",
        "inputs.name": name,
        "inputs.output": ACTION["inputs"]["output"]["default"],
        "inputs.allow-gate-changes": "true" if allowed else "false",
    }
    variables = step_environ(JOB, values) | {name: str(file) for name, file in files.items()}
    repository.run(
        "bash", "-e", "-c", STEPS[JOB]["run"], RUNNER_TEMP=str(temp), GITHUB_ACTIONS="true", **variables
    )
    lines = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
    outputs = dict(line.split("=", 1) for line in lines)
    status = outputs.get("exit-status", "4")
    ended = repository.run("bash", "-e", "-c", STEPS[END]["run"], STATUS=status)
    assert files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8") == repository.summary()
    return ended.status, outputs


def with_origin(repository: Repository) -> Repository:
    """The repository with itself as its origin."""
    repository.git("remote", "add", "origin", f"file://{repository.folder}")
    return repository


@pytest.mark.servers
def test_the_action_blocks_a_downgrade_and_passes_when_it_is_taken_back(repository: Repository) -> None:
    """Its own lines, in a repository whose origin has to be asked for the target branch."""
    with_origin(repository).commit(document=OPENED)
    status, outputs = on_github(repository)
    assert (status, outputs["verdict"], outputs["findings"]) == (1, "drift", "2")
    assert (repository.folder / outputs["report-path"]).is_file()
    assert (repository.output / "lint.sarif").is_file()
    assert (repository.output / "check.sarif").is_file()
    assert "security-downgrade" in repository.summary()
    repository.commit(document=DEMO.replace("All accounts.", "Every account."))
    status, outputs = on_github(repository)
    assert (status, outputs["verdict"], outputs["findings"]) == (0, "pass", "0")


@pytest.mark.slow
def test_a_pull_request_of_a_fork_is_linted(offline: Repository) -> None:
    """It gets no keys; a base URL is no reason to ask."""
    with_origin(offline).commit(document=OPENED)
    offline.environ["SPECDRIFT_BASE_URL"] = "https://127.0.0.1:1"
    status, outputs = on_github(offline, fork=True)
    assert (status, outputs["verdict"]) == (1, "drift")
    assert "lint only" in offline.summary()


def test_no_script_of_the_action_has_an_expression_in_it() -> None:
    """A value that is pasted into a script can be a script; variables cannot."""
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(scripts) == 4
    assert not [script for script in scripts if "${{" in script]


def test_other_actions_are_named_by_commit() -> None:
    """A tag can be moved to other code."""
    used = [step["uses"] for step in ACTION["runs"]["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name) for name in used), used


def test_no_identity_is_an_input() -> None:
    """Inputs are shown in logs."""
    assert not [name for name in ACTION["inputs"] if re.search("key|cert|pass|token|identit|secret", name)]
    assert ACTION["outputs"].keys() == {"verdict", "findings", "report-path", "exit-status"}


def test_the_page_has_every_input_and_output() -> None:
    """What the action takes is what its page says."""
    page = (ROOT / "docs/ci/github.md").read_text(encoding="utf-8")
    assert not [name for name in (*ACTION["inputs"], *ACTION["outputs"]) if f"`{name}`" not in page]


def workflow(folder: Path, *, action: str) -> Path:
    """The workflow of the page, which uses the action by this name, and the action itself."""
    page = (ROOT / "docs/ci/github.md").read_text(encoding="utf-8")
    text = page.partition("```yaml\n")[2].partition("```")[0]
    file = folder / ".github/workflows/specdrift.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text.replace("OWNER/specdrift@COMMIT", action), encoding="utf-8")
    shutil.copy(ROOT / "action.yml", folder)
    return file


def test_zizmor_finds_nothing_in_the_action_and_its_workflow(tmp_path: Path) -> None:
    """No injection, no unpinned action, no permission too many."""
    file = workflow(tmp_path, action=f"owner/specdrift@{'0' * 40}")
    command = [
        zizmor(),
        "--offline",
        "--no-progress",
        "--persona=pedantic",
        str(tmp_path / "action.yml"),
        str(file),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=clean_environ())
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_actionlint_finds_nothing_in_the_workflow(tmp_path: Path) -> None:
    """Inputs that the action does not have, and expressions that GitHub would refuse."""
    file = workflow(tmp_path, action="./")
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    command = [actionlint(), "-no-color", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def on_gitlab(repository: Repository, **variables: str) -> Ended:
    """Run the script of the template as a merge request to main does, with the package already installed."""
    repository.link_python(Path(f"{repository.folder}.tmp") / "specdrift/bin/python")
    known = {name: str(value) for name, value in GITLAB["variables"].items()}
    known |= {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_DEFAULT_BRANCH": "main"}
    known |= {"CI_PROJECT_DIR": str(repository.folder)}
    return repository.run("sh", "-e", "-c", "\n".join(GITLAB["script"]), **known | variables)


@pytest.mark.slow
def test_the_owner_allows_changes_of_the_gate(offline: Repository) -> None:
    """By an input of the action, and by a label in GitLab; a similar label is not that one."""
    with_origin(offline).commit(**{"specdrift.toml": 'fail-on = "never"\n'})
    assert on_github(offline)[0] == ExitStatus.DRIFT
    assert on_github(offline, allowed=True)[0] == ExitStatus.OK
    assert on_gitlab(offline, CI_MERGE_REQUEST_LABELS="a,not-specdrift-gate").status == ExitStatus.DRIFT
    assert on_gitlab(offline, CI_MERGE_REQUEST_LABELS="a,specdrift-gate,b").status == ExitStatus.OK


@pytest.mark.slow
def test_gitlab_lints_merge_requests_of_forks(offline: Repository) -> None:
    """Also where the project of the target runs the pipeline, with its own variables."""
    with_origin(offline).commit(document=OPENED)
    variables = {"SPECDRIFT_BASE_URL": "https://127.0.0.1:1", "CI_MERGE_REQUEST_PROJECT_ID": "1"}
    ended = on_gitlab(offline, CI_MERGE_REQUEST_SOURCE_PROJECT_ID="2", SPECDRIFT_NAME="bank", **variables)
    assert (ended.status, "lint only" in offline.summary()) == (ExitStatus.DRIFT, True), ended.log
    assert "is not a variable" not in ended.log
    ended = on_gitlab(offline, CI_MERGE_REQUEST_SOURCE_PROJECT_ID="1", **variables)
    assert "lint only" not in offline.summary()


def test_the_variables_of_the_template_are_known() -> None:
    """None of them is reported as a misspelt key."""
    known = {group.variable(key) for group, key in scalar_keys()} | CI_VARIABLES
    text = (ROOT / "ci/gitlab-ci.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"SPECDRIFT_[A-Z_]+", text)) <= known


def test_gitlab_installs_into_no_shared_folder() -> None:
    """Others can write a predictable path in /tmp before the job does."""
    scripts = [line for part in ("before_script", "script", "after_script") for line in GITLAB[part]]
    assert not [line for line in scripts if "/tmp/" in line]


@pytest.mark.servers
def test_the_script_of_gitlab_blocks_a_downgrade(repository: Repository) -> None:
    """A merge request's pipeline, with the package already installed."""
    with_origin(repository).commit(document=OPENED)
    ended = on_gitlab(repository)
    assert (ended.status, repository.outputs()["verdict"]) == (ExitStatus.DRIFT, "drift"), ended.log
    reports = GITLAB["artifacts"]["reports"]
    assert (repository.folder / reports["codequality"]).is_file()
    assert {file.name for file in repository.folder.glob(reports["junit"])} == {"lint.xml", "check.xml"}


@pytest.mark.slow
def test_the_hook_is_offline_and_takes_the_documents_it_says(offline: Repository) -> None:
    """Its entry is a module of ours, its pattern the usual names."""
    names = {DOCUMENT: True, "swagger.json": True, "openapi/v1.yml": False, "notes.yaml": False}
    assert {name: bool(re.search(HOOK["files"], name)) for name in names} == names
    offline.commit(document=OPENED)
    entry = HOOK["entry"].replace("python ", f"{sys.executable} ", 1).split()
    assert offline.run(*entry, DOCUMENT).status == ExitStatus.OK
    assert offline.run(*entry, "--against", "main", DOCUMENT).status == ExitStatus.DRIFT
