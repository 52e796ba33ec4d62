"""Several processes give the result of one: real processes, on real servers."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.app.check import run_check
from specdrift.app.notices import ignore
from specdrift.app.output import NO_OUTPUT
from specdrift.app.running.time_limit import TimeLimit
from specdrift.app.workers.processes import PartError, started
from specdrift.errors import ExitStatus
from specdrift.events import Event, PhaseStarted, ProbeFinished, Warned
from specdrift.scan.conclusion.recording import rejudge
from specdrift.settings import Identity, RecordingSettings
from tests.changed_settings import changed
from tests.cli.conftest import finished, start
from tests.scan.running import settings_for
from tests.scan.test_shards import found, outcomes
from tests.servers.cases import FOLDER, case_named

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from specdrift.model.result.result import Result
    from specdrift.scan.preparation.run import Run
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow

LATE_S = 2.0
CASES = ("python-cert-optional", "python-cert-required", "python-cert-none", "odd-one-of-four-open")


def shared(settings: Settings, workers: int, watch: Callable[[Event], None] = lambda _: None) -> Result:
    """The result of a run that several processes share."""
    wanted = replace(settings, network=replace(settings.network, workers=workers))
    return run_check(wanted, NO_OUTPUT, watch=watch, notify=ignore)


@pytest.mark.parametrize("name", CASES)
def test_processes_give_the_result_of_one(name: str, pki: TestPki, tmp_path: Path) -> None:
    """Outcomes, verdicts, drifts with their fingerprints, exit status."""
    case = case_named(name)
    with case.start(pki, tmp_path / "server") as server:
        settings = settings_for(pki, server.base_url, spec=str(case.document), skip_checks=())
        alone, together = shared(settings, 1), shared(settings, 3)
    assert outcomes(together) == outcomes(alone)
    assert found(together) == found(alone)
    assert together.exit_status == alone.exit_status
    assert {u.operation for u in together.undecided} == {u.operation for u in alone.undecided}
    assert together.setting("shard") is None
    assert together.setting("network.concurrency") == alone.setting("network.concurrency")


def test_progress_is_that_of_the_whole_run(pki: TestPki, tmp_path: Path) -> None:
    """Every probe of every process is counted, and shown without what it received."""
    events: list[Event] = []
    with case_named("python-cert-optional").start(pki, tmp_path) as server:
        result = shared(settings_for(pki, server.base_url), 2, events.append)
    probes = [event for event in events if isinstance(event, ProbeFinished)]
    assert len(probes) >= result.counts.probed > 0
    assert any(isinstance(event, PhaseStarted) for event in events)
    assert not any(event.observation.http.body_excerpt for event in probes if event.observation.http)


def test_what_one_process_must_do_is_done_by_one(pki: TestPki, tmp_path: Path) -> None:
    """With a warning that says why."""
    events: list[Event] = []
    with case_named("python-cert-optional").start(pki, tmp_path) as server:
        settings = changed(settings_for(pki, server.base_url), shard=(1, 2), origins={"shard": "--shard"})
        shared(settings, 2, events.append)
    warnings = [event.message for event in events if isinstance(event, Warned)]
    assert "one process checks, not 2 (--workers): --shard already divides the operations" in warnings


def test_a_key_that_cannot_be_used_is_one_error(pki: TestPki, tmp_path: Path) -> None:
    """As without processes: exit 2, before anything is sent."""
    settings = settings_for(pki, "https://127.0.0.1:1")
    absent = Identity(name="alice", cert_file=tmp_path / "absent.pem", key_file=pki.alice.key)
    with pytest.raises(PartError, match="no such file") as raised:
        shared(replace(settings, identities=(absent,)), 2)
    assert raised.value.exit_status is ExitStatus.USAGE


def test_recordings_are_of_the_parts(pki: TestPki, tmp_path: Path) -> None:
    """Each of them can be judged again."""
    with case_named("python-cert-optional").start(pki, tmp_path / "server") as server:
        settings = settings_for(pki, server.base_url)
        recording = RecordingSettings(record=tmp_path / "run.rec", resume=tmp_path / "run.json")
        result = shared(replace(settings, recording=recording), 2)
    assert sorted(file.name for file in tmp_path.glob("run.*")) == ["run.rec.1-2", "run.rec.2-2"]
    again = [rejudge(tmp_path / f"run.rec.{part}-2") for part in (1, 2)]
    assert sum(one.counts.requests for one in again) == result.counts.requests
    assert result.setting("record") is None or "1-2" not in str(result.setting("record"))


def _check(pki: TestPki, base_url: str, folder: Path) -> subprocess.Popen[bytes]:
    arguments = (
        *("check", str(FOLDER / "openapi.yaml"), base_url, "--cacert", str(pki.server_ca)),
        *("--identity", f"alice={pki.alice.cert},{pki.alice.key},role=reader", "--rate-limit", "40/s"),
        *("--workers", "2", "--report", "json=r.json"),
    )
    return start(*arguments, cwd=folder)


def _children(process: subprocess.Popen[bytes]) -> list[int]:
    """Wait for its processes to send."""
    assert process.stderr is not None
    for line in process.stderr:
        if b"%" in line:
            break
    return [
        int(number) for number in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    ]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads Linux's list of children")


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_writes_the_result_of_all(
    pki: TestPki, tmp_path: Path, number: signal.Signals
) -> None:
    """Exit 130, and no process remains."""
    with case_named("python-cert-optional").start(pki, tmp_path / "server") as server:
        process = _check(pki, server.base_url, tmp_path)
        children = _children(process)
        process.send_signal(number)
        outcome = finished(process)
    assert outcome.status == ExitStatus.INTERRUPTED
    assert len(children) == 2
    assert json.loads((tmp_path / "r.json").read_text())["interrupted"] is True
    assert not any(map(_lives, children))


def test_a_process_that_prepares_is_stopped_with_a_result(
    pki: TestPki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads its document while another one is stopped: what that one found is kept."""
    prepare = scan.prepare

    def late(settings: Settings) -> Run:
        time.sleep(LATE_S if settings.selection.shard == (2, 2) else 0)
        return prepare(settings)

    monkeypatch.setattr(scan, "prepare", late)
    with case_named("python-cert-optional").start(pki, tmp_path / "server") as server:
        settings = settings_for(pki, server.base_url)
        settings = replace(settings, network=replace(settings.network, rate_limit=100.0))
        limit = TimeLimit(None, cancel=lambda: None)

        def stop_at_the_first_response(event: Event) -> None:
            if isinstance(event, ProbeFinished) and event.observation.http and not limit.is_stopped:
                limit.stop()

        with started(settings, 2) as processes:
            result = processes.run_to_end(stop_at_the_first_response, limit).result
    assert result.interrupted
    assert result.counts.requests > 0
    assert result.counts.operations == len(result.operations) == 4


@needs_proc
def test_a_lost_process_is_no_verdict(pki: TestPki, tmp_path: Path) -> None:
    """Exit 3: its part was not checked. The other ends with it."""
    with case_named("python-cert-optional").start(pki, tmp_path / "server") as server:
        process = _check(pki, server.base_url, tmp_path)
        children = _children(process)
        os.kill(children[1], signal.SIGKILL)
        outcome = finished(process)
    assert outcome.status == ExitStatus.INCOMPLETE
    assert "process 2 of 2 ended with status -9 and without a result" in outcome.err
    assert not (tmp_path / "r.json").exists()
    assert not any(map(_lives, children))


@needs_proc
def test_processes_do_not_outlive_their_parent(pki: TestPki, tmp_path: Path) -> None:
    """They stop with the next thing that they have to tell it."""
    with case_named("python-cert-optional").start(pki, tmp_path / "server") as server:
        process = _check(pki, server.base_url, tmp_path)
        children = _children(process)
        process.kill()
        finished(process)
        end = time.monotonic() + 20
        while any(map(_lives, children)) and time.monotonic() < end:
            time.sleep(0.1)
    assert not any(map(_lives, children))
