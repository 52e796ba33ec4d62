"""A recording is judged again without network, and gives the same result."""

from __future__ import annotations

import json
import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.errors import ExitStatus, UsageError
from specdrift.events import ScanFinished
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.result.schema.result import DRIFT_COUNTS
from specdrift.result.serialize import serialize
from specdrift.rules import source
from specdrift.scan.conclusion import recording
from specdrift.settings import SourceSettings
from tests.changed_settings import changed
from tests.scan.running import run, settings_for
from tests.servers.cases import case_named
from tests.source.crates import crate, served

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from specdrift.events import Event
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("server", ["optional_server", "required_server"])
def test_judging_again_gives_the_same_result(
    server: str, pki: TestPki, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The recording contains all evidence, refusals inferred from the listener too."""
    file = tmp_path / "run.json"
    settings = settings_for(pki, request.getfixturevalue(server), record=file, skip_checks=())
    result = run(settings)
    assert scan.rejudge(file) == result


def test_exchanges_before_a_timeout_count(pki: TestPki, tmp_path: Path) -> None:
    """An open operation is drift however the run ended."""
    file = tmp_path / "run.json"
    with case_named("python-cert-optional-unguarded").start(pki, tmp_path / "server") as server:
        result = run(settings_for(pki, server.base_url, record=file))
    assert result.drifts
    whole = json.loads(file.read_text())
    whole["judging"]["end"]["problem"] = {
        "kind": "stopped",
        "text": "the time is used up (--overall-timeout)",
    }
    file.write_text(json.dumps(whole))
    again = scan.rejudge(file)
    stopped = Problem(kind=ProblemKind.STOPPED, text="the time is used up (--overall-timeout)")
    assert (again.problem, again.drifts) == (stopped, result.drifts)


@pytest.mark.parametrize("variant", ["guards-get-only", "guards-the-spelling", "plain-too", "guards-by-host"])
def test_bypass_attempts_are_judged_to_the_same_findings(variant: str, pki: TestPki, tmp_path: Path) -> None:
    """With all controls and texts."""
    file = tmp_path / "run.json"
    with case_named(f"odd-{variant}").start(pki, tmp_path / "server") as server:
        result = run(settings_for(pki, server.base_url, record=file))
    assert len({drift.operation for drift in result.drifts}) == 2
    assert scan.rejudge(file) == result


@pytest.mark.parametrize("variant", ["joins-path", "input-unchecked", "validates-first"])
def test_invalid_input_is_judged_with_the_recorded_constraints(
    variant: str, pki: TestPki, tmp_path: Path
) -> None:
    """The document itself is not in the recording."""
    file, case = tmp_path / "run.json", case_named(f"odd-{variant}")
    with case.start(pki, tmp_path / "server") as server:
        result = run(settings_for(pki, server.base_url, spec=str(case.document), record=file))
    assert len(result.drifts) == 1
    assert scan.rejudge(file) == result


def test_a_recording_of_an_older_version_is_judged(
    pki: TestPki, optional_server: str, tmp_path: Path
) -> None:
    """It has the exchanges in its result. Missing members have default values."""
    file = tmp_path / "run.json"
    checks = ("mtls-not-enforced", "path-variant-bypass")
    result = run(settings_for(pki, optional_server, record=file, checks=checks, skip_checks=()))
    whole = json.loads(file.read_text(encoding="utf-8"))
    del whole["judging"]["context"]["prior_sessions"], whole["exchanges"]
    whole |= {"specdrift_recording": 2, "result": json.loads(serialize(result))}
    for probe in whole["result"]["probes"]:
        del (
            probe["ahead"],
            probe["request"]["resumes"],
            probe["request"]["early_data"],
            probe["tls"]["early_data"],
        )
    file.write_text(json.dumps(whole), encoding="utf-8")
    assert scan.rejudge(file) == result


def test_exchanges_are_recorded_in_portions(
    pki: TestPki, optional_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has its own columns, so that the memory which they take does not grow with the run."""
    monkeypatch.setattr(recording, "PORTION", 10)
    file = tmp_path / "run.json"
    result = run(settings_for(pki, optional_server, record=file))
    assert len(json.loads(file.read_text(encoding="utf-8"))["exchanges"]) == -(-len(result.probes) // 10) > 1
    assert scan.rejudge(file) == result


def test_probes_that_were_not_sent_keep_their_reason(
    pki: TestPki, optional_server: str, tmp_path: Path
) -> None:
    """And their advice."""
    file, document = tmp_path / "run.json", tmp_path / "openapi.yaml"
    document.write_text(
        "openapi: 3.1.0\npaths:\n  /secure/{id}: {get: {parameters: [{name: id, in: path, required: true, "
        "schema: {const: me}}]}}\n  /secure/me: {get: {security: []}}\n  /secure: {trace: {}}\n",
        encoding="utf-8",
    )
    checks = ("mtls-not-enforced",)
    result = run(settings_for(pki, optional_server, spec=str(document), record=file, checks=checks))
    why = {str(entry.operation): entry.reason for entry in result.undecided}
    assert why["GET /secure/{id}"] == "its values make it GET /secure/me"
    assert why["TRACE /secure"] == "TRACE is never sent: servers echo it before any handler"
    assert scan.rejudge(file) == result


@pytest.mark.parametrize("variant", ["python-cert-optional-checks-once", "libssl-early-data-at-once"])
def test_resumed_sessions_are_judged_to_the_same_findings(variant: str, pki: TestPki, tmp_path: Path) -> None:
    """With the owner of each session, and with early data."""
    file, case = tmp_path / "run.json", case_named(variant)
    if missing := case.available():
        pytest.skip(missing)
    with case.start(pki, tmp_path / "server") as server:
        result = run(settings_for(pki, server.base_url, record=file, skip_checks=()))
    assert {drift.rule for drift in result.drifts} == {"resumption-bypass"}
    assert scan.rejudge(file) == result


OPEN_SOURCE = served(
    'Router::new().route("/secure", get(shown)).route("/extra", get(shown))', "async fn shown() {}\n"
)


@pytest.mark.parametrize(
    ("name", "status"),
    [("odd-guards-get-only", ExitStatus.DRIFT), ("python-cert-optional", ExitStatus.OK)],
)
def test_source_findings_are_in_the_result_once(
    name: str, status: ExitStatus, pki: TestPki, tmp_path: Path
) -> None:
    """They are not judged again; the exit status follows from all findings."""
    file = tmp_path / "run.json"
    with case_named(name).start(pki, tmp_path / "server") as server:
        settings = settings_for(pki, server.base_url, record=file)
        result = run(
            replace(settings, source=SourceSettings(paths=(crate(tmp_path / "crate", OPEN_SOURCE),)))
        )
    assert {drift.rule for drift in result.drifts} & source.IDS
    whole = json.loads(file.read_text(encoding="utf-8"))
    # As a version with other rules for what the server did would have recorded it.
    whole["result"]["exit_status"] = ExitStatus.OK if status is ExitStatus.DRIFT else ExitStatus.DRIFT
    kept: Any = replace(result, drifts=tuple(drift for drift in result.drifts if drift.rule in source.IDS))
    whole["result"]["drifts"] = [one for one in whole["result"]["drifts"] if one["rule"] in source.IDS]
    whole["result"]["counts"]["drifts"] = DRIFT_COUNTS.dump(kept)
    file.write_text(json.dumps(whole), encoding="utf-8")
    again = scan.rejudge(file)
    assert again == result
    assert again.exit_status == status


def test_a_recording_is_for_its_owner_only(pki: TestPki, optional_server: str, tmp_path: Path) -> None:
    """Bodies of answers may be confidential."""
    file = tmp_path / "run.json"
    run(settings_for(pki, optional_server, record=file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("linked", [False, True], ids=["itself", "through a link"])
def test_a_recording_over_a_world_readable_file_is_for_its_owner_only(
    linked: bool,  # noqa: FBT001 - a table's column
    pki: TestPki,
    tmp_path: Path,
) -> None:
    """The previous content is gone."""
    file, real = tmp_path / "run.json", tmp_path / "real.json"
    if linked:
        file.symlink_to(real)
    file.write_text("x" * 1_000_000, encoding="utf-8")
    file.chmod(0o644)
    result = run(settings_for(pki, "https://127.0.0.1:9", record=file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.is_symlink() is linked
    assert scan.rejudge(file) == result


def test_a_recording_can_be_written_to_a_pipe(pki: TestPki, tmp_path: Path) -> None:
    """Such as `/dev/stdout`: its mode is not changed."""
    pipe, kept = tmp_path / "pipe", tmp_path / "run.json"
    os.mkfifo(pipe, 0o644)
    reader = threading.Thread(target=lambda: kept.write_bytes(pipe.read_bytes()))
    reader.start()
    result = run(settings_for(pki, "https://127.0.0.1:9", record=pipe))
    reader.join(5)
    assert stat.S_IMODE(pipe.stat().st_mode) == 0o644
    assert scan.rejudge(kept) == result


def test_a_recording_that_cannot_be_written_keeps_the_result(
    pki: TestPki, optional_server: str, tmp_path: Path
) -> None:
    """The last event has both the result and the system's reason."""
    finished: list[ScanFinished] = []

    def watch(event: Event) -> None:
        if isinstance(event, ScanFinished):
            finished.append(event)

    result = run(settings_for(pki, optional_server, record=tmp_path), watch)
    assert finished[0].unrecorded == f"cannot write {tmp_path}: Is a directory"
    assert finished[0].result == result
    assert result.operations


def test_a_failed_run_is_recorded_with_its_reason(pki: TestPki, tmp_path: Path) -> None:
    """Judged again, it is still a failed run."""
    file = tmp_path / "run.json"
    result = run(changed(settings_for(pki, "https://127.0.0.1:9"), record=file))
    assert scan.rejudge(file) == result
    assert result.problem


def _without(*path: str) -> Callable[[dict[str, Any]], None]:
    def damage(whole: dict[str, Any]) -> None:
        for name in path[:-1]:
            whole = whole[name]
        del whole[path[-1]]

    return damage


def _with(value: object, *path: str) -> Callable[[dict[str, Any]], None]:
    def damage(whole: dict[str, Any]) -> None:
        for name in path[:-1]:
            whole = whole[name]
        whole[path[-1]] = value

    return damage


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_without("judging", "decisions"), "decisions"),
        (_without("judging", "input", "repeater"), "repeater"),
        (_without("result", "operations"), "operations"),
        (_with("sometimes", "judging", "input", "fail_on"), "sometimes"),
        (_with(["text"], "judging", "planned"), "not a recording"),
        (_with([["none"]], "judging", "decisions"), "none"),
        (_with(9, "specdrift_recording"), "version 9"),
    ],
)
def test_a_damaged_recording_is_a_usage_error(
    damage: Callable[[dict[str, Any]], None], words: str, pki: TestPki, optional_server: str, tmp_path: Path
) -> None:
    """Or one of an unknown version."""
    file = tmp_path / "run.json"
    run(settings_for(pki, optional_server, record=file, checks=("certificate",)))
    whole = json.loads(file.read_text())
    damage(whole)
    file.write_text(json.dumps(whole))
    with pytest.raises(UsageError, match=words):
        scan.rejudge(file)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"judging": {}, "result": {}}', json.dumps({"result": 1})]
)
def test_a_file_that_is_no_recording_is_a_usage_error(content: str, tmp_path: Path) -> None:
    """One sentence, no traceback."""
    file = tmp_path / "no.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError):
        scan.rejudge(file)


def test_a_missing_recording_is_a_usage_error(tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(UsageError, match="No such file"):
        scan.rejudge(tmp_path / "gone.json")


def test_redirects_are_judged_to_the_same_findings(pki: TestPki, tmp_path: Path) -> None:
    """Also where the recording does not have the cookies of the target's request."""
    file, case = tmp_path / "run.json", case_named("odd-adds-slash")
    with case.start(pki, tmp_path / "server") as server:
        settings = settings_for(pki, server.base_url, record=file, skip_checks=(), spec=str(case.document))
        result = run(settings)
    again = scan.rejudge(file)
    assert (again.drifts, again.undecided) == (result.drifts, result.undecided)
