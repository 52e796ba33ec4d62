"""Nothing is imported from the checkout: in CI it holds the code of a pull request."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml

from tests.ci.repository import OPENED, ROOT, Repository
from tests.ci.test_files import ACTION, GITLAB, HOOK, on_github, with_origin
from tests.fleet.test_hostile_shards import row, shard

pytestmark = pytest.mark.slow

PLANTED = (
    "click",
    "specdrift",
    "multiprocessing",
    "json",
    "pip",
    "venv",
    "yaml",
    "sitecustomize",
    "usercustomize",
)
PYTHON = re.compile(r"(?:^|[\s/\"])python3?\"?\s+(-[^\n]*)")


@pytest.fixture
def hostile(offline: Repository) -> Repository:
    """Return a repository with modules that would shadow those of the job, and write MARK when they are imported."""
    payload = f"open({str(mark(offline))!r}, 'w').close()\n"
    for name in PLANTED:
        folder = offline.folder / name
        folder.mkdir()
        (folder / "__init__.py").write_text(payload)
        (folder / "__main__.py").write_text(payload)
    with_origin(offline).commit(document=OPENED)
    return offline


def mark(repository: Repository) -> Path:
    """Return the file that planted modules write."""
    return repository.folder.parent / "imported"


def test_planted_modules_work(hostile: Repository) -> None:
    """The control: without -I, Python imports them."""
    hostile.run(sys.executable, "-m", "specdrift.ci", "--help")
    assert mark(hostile).exists()


def test_the_action_imports_nothing_from_the_checkout(hostile: Repository) -> None:
    """The verdict is that of the installed package."""
    status, outputs = on_github(hostile, fork=True)
    assert (status, outputs["verdict"], mark(hostile).exists()) == (1, "drift", False)


def test_gitlab_imports_nothing_from_the_checkout(hostile: Repository) -> None:
    """Each line of the template runs in the checkout."""
    hostile.link_python(Path(f"{hostile.folder}.tmp") / "specdrift/bin/python")
    for line in GITLAB["script"] + GITLAB["after_script"]:
        variables = {"SPECDRIFT_MODE": "lint", "CI_DEFAULT_BRANCH": "main", "CI_MERGE_REQUEST_IID": "1"}
        variables |= {"CI_PROJECT_DIR": str(hostile.folder)}
        hostile.run("sh", "-c", line, SPECDRIFT_GITLAB_TOKEN="x", **variables)
    assert (hostile.output / "lint.json").exists()
    assert not mark(hostile).exists()


def test_the_hook_imports_nothing_from_the_repository(hostile: Repository) -> None:
    """pre-commit runs the entry in the repository."""
    name, *arguments = shlex.split(HOOK["entry"])
    assert name == "python"
    ended = hostile.run(sys.executable, *arguments, "--against", "main", "api/openapi.yaml")
    assert (ended.status, mark(hostile).exists()) == (1, False)


def test_worker_processes_import_nothing_from_the_working_folder(hostile: Repository) -> None:
    """The console script starts them with `python -c`, which would import from there first."""
    file = shard(hostile.folder / "shard", row(result="orders.json"))
    (hostile.folder / "shard" / "orders.json").write_text(json.dumps({}))
    start = "import sys; from specdrift.cli.main import run; sys.exit(run(sys.argv[1:]))"
    script = hostile.folder.parent / "console.py"
    script.write_text(f"if __name__ == '__main__':\n    {start}\n")
    ended = hostile.run(sys.executable, str(script), "merge", str(file), "-o", "out")
    assert "orders" in ended.log
    assert (ended.status, mark(hostile).exists()) == (2, False)


def scripts() -> dict[str, str]:
    """Return the shell text of each file that CI systems run."""
    fleet = yaml.safe_load((ROOT / "examples/github/fleet.yml").read_text(encoding="utf-8"))
    steps = [step for job in fleet["jobs"].values() for step in job["steps"]]
    return {
        "action.yml": "\n".join(step.get("run", "") for step in ACTION["runs"]["steps"]),
        "ci/gitlab-ci.yml": "\n".join(GITLAB["before_script"] + GITLAB["script"] + GITLAB["after_script"]),
        ".pre-commit-hooks.yaml": HOOK["entry"],
        "examples/github/fleet.yml": "\n".join(step.get("run", "") for step in steps),
        "docs/ci/README.md": (ROOT / "docs/ci/README.md").read_text(encoding="utf-8"),
    }


@pytest.mark.parametrize("file", scripts())
def test_every_python_in_ci_is_isolated(file: str) -> None:
    """Also where pip and venv are started, before the package is installed."""
    started = PYTHON.findall(scripts()[file].replace("`python", " python"))
    assert started
    assert [options for options in started if not options.startswith("-I ")] == []
