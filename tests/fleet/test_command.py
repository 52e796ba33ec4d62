"""The command, on real servers of several stacks and with processes of this machine."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specdrift.cli.main import cli
from tests.fleet.stand import Stand, judged, service, silent_server

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def fleet(folder: Path, text: str, *options: str) -> Result:
    """Write the inventory and run the command; its files go to ``folder / "out"``."""
    (folder / "inventory.toml").write_text(text)
    arguments = ["fleet", str(folder / "inventory.toml"), "-o", str(folder / "out"), *options]
    return CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)


@pytest.fixture(scope="module")
def first(servers: Stand, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """One undisturbed run, with a service beside it whose document is missing."""
    folder = tmp_path_factory.mktemp("first")
    missing = '[[services]]\nname = "lost"\nspec = "no.yaml"\nbase-url = "https://127.0.0.1:1"\n'
    return folder, fleet(folder, servers.inventory(first=missing))


def test_the_worst_service_comes_first_and_decides(first: tuple[Path, Result]) -> None:
    """Drift wins over a document that cannot be read, which is named with its reason."""
    _, outcome = first
    lines = outcome.stdout.splitlines()
    assert outcome.return_value == 1
    assert {line.split()[0] for line in lines[1:3]} == {
        "nginx-optional-unguarded",
        "python-cert-optional-unguarded",
    }
    assert next(line for line in lines if line.startswith("lost")).endswith("no.yaml: no such file.")
    assert lines[-1] == "3 of 5 services drift; 2 errors, 2 warnings; 1 could not be judged."


def test_the_overview_links_a_page_for_each(first: tuple[Path, Result]) -> None:
    """Only its own script may run, nothing is fetched, and no link leads nowhere."""
    out = first[0] / "out"
    page = (out / "index.html").read_text()
    pages = sorted(path.name for path in (out / "services").glob("*.html"))
    assert [name for name in pages if f'href="services/{name}"' not in page] == []
    assert len(pages) == 4
    policy = html.unescape(re.findall(r'Content-Security-Policy" content="([^"]*)', page)[0])
    scripts = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    assert page.count("<script") == len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_each_service_has_its_own_category_in_sarif(first: tuple[Path, Result]) -> None:
    """So that code scanning does not take one service's upload for the end of another's alerts."""
    logs = {path.stem: json.loads(path.read_text()) for path in (first[0] / "out/services").glob("*.sarif")}
    categories = {
        name: [run["automationDetails"]["id"].rpartition("/")[0] for run in log["runs"]]
        for name, log in logs.items()
    }
    assert categories == {name: [f"specdrift/{name}"] for name in logs}


def test_a_service_has_the_result_of_check(first: tuple[Path, Result], servers: Stand) -> None:
    """A fleet adds and omits nothing."""
    name = "nginx-on"
    result = first[0] / "alone.json"
    pki = servers.pki
    arguments = [
        *("check", str(Path(__file__).parents[1] / "servers/openapi.yaml"), servers.base_urls[name]),
        *("--cacert", str(pki.server_ca), "--identity", f"alice={pki.alice.cert},{pki.alice.key}"),
        *("--checks", "mtls-not-enforced", "--checks", "mtls-over-enforced", "-q", "-o", str(result)),
    ]
    CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)
    alone, beside = (
        json.loads(result.read_text()),
        json.loads((first[0] / f"out/services/{name}.json").read_text()),
    )
    assert [one["verdict"] for one in alone["operations"]] == [one["verdict"] for one in beside["operations"]]
    assert len(alone["drifts"]) == len(beside["drifts"]) == 2


def test_a_second_run_reports_new_and_fixed_drifts(servers: Stand, tmp_path: Path) -> None:
    """The guard of one service is repaired in between; the history has the time."""
    names = ("nginx-optional-unguarded", "nginx-on")
    url = {name: servers.base_urls[name] for name in names}
    before = Stand(pki=servers.pki, base_urls={"api": url["nginx-optional-unguarded"]})
    assert fleet(tmp_path, before.inventory()).return_value == 1
    after = Stand(pki=servers.pki, base_urls={"api": url["nginx-on"]})
    second = fleet(tmp_path, after.inventory(), "--format", "json")
    row = json.loads(second.stdout)["services"][0]
    assert (row["change"]["new"], row["change"]["fixed"]) == (2, 1)
    assert row["trend"] == [1, 2]
    assert "▼ 1 fixed" in (tmp_path / "out/index.html").read_text()
    history = CliRunner().invoke(
        cli, ["history", "api", "--history", str(tmp_path / "specdrift-history.sqlite")]
    )
    assert "api: 0 errors, 2 warnings, 0 undecided, 2 opened, 1 fixed (exit 0)" in history.stdout
    assert "api: mtls-not-enforced on GET /items/{id}" in history.stdout


def test_no_history_leaves_no_file(servers: Stand, tmp_path: Path) -> None:
    """And the next run is a first one again."""
    fleet(tmp_path, servers.inventory(), "--no-history", "--only", "nginx-on")
    assert not list(tmp_path.glob("*.sqlite"))


def test_a_target_that_hangs_does_not_block_others(servers: Stand, tmp_path: Path) -> None:
    """It is incomplete after its time limit; the others are unchanged."""
    with silent_server() as silent:
        slow = service("silent", silent.url, more='[services.network]\noverall-timeout = "3s"')
        begun = time.monotonic()
        fleet(tmp_path, servers.inventory(fleet="workers = 2", first=slow))
    found = judged(tmp_path / "out")
    assert time.monotonic() - begun < 60
    assert found["judged"]["silent"]["exit_status"] == 3
    assert {one["exit_status"] for name, one in found["judged"].items() if name != "silent"} == {0, 1}


def workers_of(pid: int) -> list[int]:
    """The workers of a fleet (Linux): all children of its fork server."""
    return [worker for server in children(pid) if is_fork_server(server) for worker in children(server)]


def children(pid: int) -> list[int]:
    """The processes that a process has started (Linux)."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_fork_server(pid: int) -> bool:
    """Not the other process that multiprocessing starts, which tracks resources."""
    return b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()


def runs(pid: int) -> bool:
    """Whether the process has not ended yet (Linux)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def started(folder: Path, *options: str) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    command = [sys.executable, "-m", "specdrift", "fleet", "inventory.toml", "-o", "out", *options]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds workers by /proc")
def test_a_killed_worker_changes_no_result(
    first: tuple[Path, Result], servers: Stand, tmp_path: Path
) -> None:
    """Another worker repeats its service."""
    (tmp_path / "inventory.toml").write_text(servers.inventory(fleet="workers = 2"))
    process = started(tmp_path)
    killed = threading.Event()

    def kill_one() -> None:
        for _ in range(400):
            workers = workers_of(process.pid)
            if workers:
                time.sleep(1.0)
                os.kill(workers[0], signal.SIGKILL)
                killed.set()
                return
            time.sleep(0.05)

    thread = threading.Thread(target=kill_one)
    thread.start()
    _, errors = process.communicate(timeout=120)
    thread.join()
    assert killed.is_set()
    assert "its worker ended with status -9; again" in errors
    undisturbed, found = judged(first[0] / "out"), judged(tmp_path / "out")
    assert found["judged"] == {
        name: one | {"spec": found["judged"][name]["spec"]} for name, one in undisturbed["judged"].items()
    }


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds workers by /proc")
def test_an_interrupted_run_keeps_its_results_and_leaves_no_process(servers: Stand, tmp_path: Path) -> None:
    """Ctrl-C: status 130, an overview that states it, and no worker left."""
    with silent_server() as silent:
        (tmp_path / "inventory.toml").write_text(
            servers.inventory(fleet="workers = 2", first=service("silent", silent.url))
        )
        process = started(tmp_path)
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("[1 of 5]"):
                break
        (fork_server,) = filter(is_fork_server, children(process.pid))
        workers = children(fork_server)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert workers
    assert not [pid for pid in workers if runs(pid)]
    deadline = time.monotonic() + 20
    while runs(fork_server) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not runs(fork_server), "it ends when it sees that the command has ended"
    assert "interrupted" in (tmp_path / "out/index.html").read_text()
