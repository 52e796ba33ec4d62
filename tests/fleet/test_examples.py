"""The published examples are valid, and their scripts run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from specdrift.fleet.inventory.inventory import read
from specdrift.fleet.inventory.inventory_keys import FLEET, SERVICE
from specdrift.fleet.inventory.service import FleetSettings
from specdrift.fleet.plan import Choice, plan
from tests.ci.linters import actionlint, zizmor

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fleet.stand import Stand

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def manifest(name: str) -> dict[str, Any]:
    """A job of Kubernetes."""
    found: dict[str, Any] = yaml.safe_load(
        (EXAMPLES / "kubernetes" / "fleet" / name).read_text(encoding="utf-8")
    )
    return found


def container(name: str) -> dict[str, Any]:
    """Its only container; every mount has its volume."""
    pod = manifest(name)["spec"]["template"]["spec"]
    (only,) = pod["containers"]
    assert {mount["name"] for mount in only["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    found: dict[str, Any] = only
    return found


def test_the_example_inventory_has_the_described_services() -> None:
    """Two documents and one more service, their targets, and the shards of the large one."""
    folder = EXAMPLES / "fleet"
    found = plan(read(folder / "inventory.toml", cwd=folder), Choice(), cwd=folder, elsewhere=False)
    assert {(task.name, task.target) for task in found.tasks} == {
        *((f"{name}@staging", f"{name}.staging.example.test:443") for name in ("orders", "payments")),
        *((f"{name}@production", f"{name}.example.test:443") for name in ("orders", "payments")),
        *((f"ledger@production, part {n} of 3", "ledger.example.test:8443") for n in (1, 2, 3)),
    }


def shell(script: str, folder: Path, **environ: str) -> int:
    """Run it where `specdrift` is this one; its status."""
    shims = folder / "bin"
    shims.mkdir(exist_ok=True)
    (shims / "specdrift").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m specdrift "$@"\n')
    (shims / "specdrift").chmod(0o755)
    path = f"{shims}:{os.environ['PATH']}"
    whole = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **environ}
    return subprocess.run(["sh", "-c", script], cwd=folder, env=whole, check=False, timeout=300).returncode


@pytest.mark.servers
@pytest.mark.slow
def test_the_jobs_of_kubernetes_check_all_and_join_it(servers: Stand, tmp_path: Path) -> None:
    """Every index its part, whatever drifts; the job that joins them ends as one run would."""
    for name in ("reports", "etc/specdrift"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "etc/specdrift/inventory.toml").write_text(servers.inventory(fleet="workers = 1"))
    count = manifest("fleet.yaml")["spec"]["completions"]
    (script,) = container("fleet.yaml")["args"]
    script = re.sub(r"(?<![\w.])/(reports|etc)/", rf"{tmp_path}/\1/", script)
    assert [shell(script, tmp_path, JOB_COMPLETION_INDEX=str(index)) for index in range(count)] == [0] * count
    joining = " ".join(container("fleet-merge.yaml")["args"])
    assert shell("specdrift " + re.sub(r"(?<=[ =])/reports/", f"{tmp_path}/reports/", joining), tmp_path) == 1
    found = json.loads((tmp_path / "reports/fleet/fleet.json").read_text())
    assert {row["service"] for row in found["services"]} == servers.base_urls.keys()
    assert (tmp_path / "reports/specdrift-history.sqlite").exists()


@pytest.mark.slow
def test_a_pod_without_a_result_fails(tmp_path: Path) -> None:
    """An unreadable inventory is no shard without drift; nor is an old file."""
    (script,) = container("fleet.yaml")["args"]
    script = re.sub(r"(?<![\w.])/(reports|etc)/", rf"{tmp_path}/\1/", script)
    old = tmp_path / "reports/shard-1/fleet.json"
    old.parent.mkdir(parents=True)
    old.write_text("{}")
    assert shell(script, tmp_path, JOB_COMPLETION_INDEX="0") != 0
    assert not old.exists()


WORKFLOW = EXAMPLES / "github" / "fleet.yml"


@pytest.mark.servers
@pytest.mark.slow
def test_the_jobs_of_github_check_all_and_join_it(servers: Stand, tmp_path: Path) -> None:
    """The lines of the matrix, then of the job behind it."""
    jobs = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
    (tmp_path / "inventory.toml").write_text(servers.inventory(fleet="workers = 1"))
    lines = {step.get("name"): step.get("run", "") for job in jobs.values() for step in job["steps"]}
    check, join = lines["Check this part of the services"], lines["Join them"]
    shards = jobs["shard"]["strategy"]["matrix"]["shard"]
    assert [shell(check, tmp_path, SHARD=str(number)) for number in shards] == [0] * len(shards)
    assert shell(join, tmp_path) == 1
    found = json.loads((tmp_path / "specdrift-fleet/fleet.json").read_text())
    assert {row["service"] for row in found["services"]} == servers.base_urls.keys()


@pytest.mark.parametrize(
    ("linter", "options"),
    [(zizmor, ("--offline", "--no-progress", "--persona=pedantic")), (actionlint, ("-no-color",))],
)
def test_the_workflow_has_no_linter_findings(
    linter: Callable[[], str], options: tuple[str, ...], tmp_path: Path
) -> None:
    """No unpinned action, no expression in a script, no excessive permission."""
    file = tmp_path / ".github/workflows/fleet.yml"
    file.parent.mkdir(parents=True)
    shutil.copy(WORKFLOW, file)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    done = subprocess.run(
        [linter(), *options, str(file)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr


PAGE = (ROOT / "docs" / "fleet.md").read_text(encoding="utf-8")


def test_the_page_has_every_key_with_its_default() -> None:
    """What an inventory takes is what its page says."""
    assert not [key.name for group in (FLEET, SERVICE) for key in group.keys if f"`{key.name}`" not in PAGE]
    usual = FleetSettings(folder=Path(), name="")
    assert f"| `keep` | {usual.keep} |" in PAGE
    assert f"| `attempts` | {usual.attempts} |" in PAGE
    assert f"| `timeout` | {usual.timeout / 60:.0f}m |" in PAGE
    for name in ("grace", "patience"):
        assert f"| `{name}` | {getattr(usual, name):.0f}s |" in PAGE


def test_the_inventory_of_the_page_is_one(tmp_path: Path) -> None:
    """Every table of it, read."""
    for name in ("orders", "cash"):
        (tmp_path / "apis" / name).mkdir(parents=True)
        (tmp_path / "apis" / name / "openapi.yaml").write_text("openapi: 3.1.0\n")
    (tmp_path / "inventory.toml").write_text(PAGE.partition("```toml\n")[2].partition("```")[0])
    found = plan(read(tmp_path / "inventory.toml", cwd=tmp_path), Choice(), cwd=tmp_path, elsewhere=False)
    assert {task.name: task.target for task in found.tasks} == {
        "orders@staging": "orders.staging.example.test:443",
        "orders@production": "orders.example.test:443",
        "cash@staging": "cash.staging.example.test:443",
        "cash@production": "cash.example.test:443",
        "ledger@production": "ledger.example.test:443",
    }
