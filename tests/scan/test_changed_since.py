"""``--changed-since`` probes operations that differ from an older document, removed operations, and the listener."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.demo.certificates import write_certificates
from specdrift.demo.server import running
from specdrift.errors import DocumentError, ExitStatus
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import Severity
from specdrift.settings import Identity, Resolve, ServerSettings, Settings
from tests.changed_settings import changed
from tests.scan.running import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.model.result.result import Result

DEMO = (files("specdrift.demo") / "openapi.yaml").read_text(encoding="utf-8")
QUICK = ("mtls-not-enforced", "undocumented-endpoint")
STATUS = DEMO[DEMO.index("  /status:") : DEMO.index("  /help:")]
ACCOUNT = DEMO[DEMO.index("  /accounts/{id}:") : DEMO.index("  /transfers:")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's certificates."""
    where = tmp_path_factory.mktemp("demo")
    write_certificates(where)
    return where


@pytest.fixture(scope="module")
def settings(folder: Path) -> Iterator[Settings]:
    """What the demo's server is checked with, in a folder of documents."""
    with running(folder) as port:
        basis = Settings(
            base_url=f"https://localhost:{port}",
            server=ServerSettings(ca_file=folder / "server-ca.pem"),
            identities=(
                Identity(name="alice", cert_file=folder / "alice.pem", key_file=folder / "alice.key"),
            ),
        )
        address = Resolve(host="localhost", port=port, address="127.0.0.1")
        yield replace(basis, network=replace(basis.network, resolve=(address,)))


def checked(settings: Settings, folder: Path, older: str, newer: str, **changes: object) -> Result:
    """The result of a run on what has changed between two texts."""
    for name, text in (("old.yaml", older), ("new.yaml", newer)):
        (folder / name).write_text(text, encoding="utf-8")
    own = changed(settings, spec=str(folder / "new.yaml"), changed_since=str(folder / "old.yaml"))
    return run(changed(own, **changes))


def asked(result: Result) -> list[str]:
    """The operations that were judged."""
    return [str(entry.operation.key) for entry in result.operations]


def left_out(result: Result) -> dict[str, str]:
    """The operations that were not, and why."""
    return {str(entry.operation): entry.reason for entry in result.skipped if entry.operation}


CHANGED = [
    (
        "security",
        DEMO.replace("      security:\n        - clientCertificate: []\n        - {}\n", ""),
        "/greeting",
    ),
    ("a parameter", DEMO.replace("example: 7", "example: 8"), "/accounts/{id}"),
    (
        "an optional parameter",
        DEMO.replace(
            "      operationId: getAuditTrail",
            "      operationId: getAuditTrail\n      parameters: [{name: q, in: query, schema: {}}]",
        ),
        "/audit",
    ),
    (
        "servers",
        DEMO.replace(
            "      operationId: listTransfers",
            "      operationId: listTransfers\n      servers: [{url: /v2}]",
        ),
        "/transfers",
    ),
    ("a new operation", DEMO.replace(ACCOUNT, ""), "/accounts/{id}"),
]


@pytest.mark.servers
@pytest.mark.parametrize(("older", "path"), [case[1:] for case in CHANGED], ids=[case[0] for case in CHANGED])
def test_only_changed_operations_are_probed(
    settings: Settings, tmp_path: Path, older: str, path: str
) -> None:
    """The others are reported by name."""
    result = checked(settings, tmp_path, older, DEMO, checks=("mtls-not-enforced",))
    assert f"GET {path}" in asked(result)
    assert set(asked(result)) <= {f"GET {path}", "GET /accounts"}
    assert set(left_out(result).values()) == {f"unchanged since {tmp_path / 'old.yaml'} (--changed-since)"}
    assert len(asked(result)) + len(left_out(result)) == 8


@pytest.mark.servers
def test_without_changes_the_listener_is_probed(settings: Settings, tmp_path: Path) -> None:
    """A reworded summary is no change, and a run without requests would show nothing."""
    result = checked(settings, tmp_path, DEMO, DEMO.replace("All accounts.", "Every account."), checks=QUICK)
    assert asked(result) == ["GET /accounts"]
    assert any(record.probe.check == "certificate" for record in result.probes)
    assert result.undocumented == ()
    assert "no well-known paths" in next(entry.reason for entry in result.skipped if entry.check)
    assert "GET /transfers" in left_out(result)
    assert not [drift for drift in result.drifts if drift.operation]


@pytest.mark.servers
def test_a_change_of_an_open_operation_is_judged(settings: Settings, tmp_path: Path) -> None:
    """The guarded ones were left out because they did not change, not by a filter."""
    older = DEMO.replace(
        STATUS, STATUS.replace("getStatus", "getStatus\n      parameters: [{name: q, in: query, schema: {}}]")
    )
    result = checked(settings, tmp_path, older, DEMO, checks=("mtls-not-enforced",))
    assert "GET /status" in asked(result)
    assert result.problem is None


@pytest.mark.servers
def test_a_removed_operation_that_still_answers_is_drift(settings: Settings, tmp_path: Path) -> None:
    """A removed operation may still be served; the finding names its former line."""
    result = checked(settings, tmp_path, DEMO, DEMO.replace(ACCOUNT, "").replace(STATUS, ""), checks=QUICK)
    (account,) = (drift for drift in result.drifts if "/accounts/{id}" in drift.message)
    line = DEMO[: DEMO.index("  /accounts/{id}:")].count("\n") + 2
    assert account.rule == "undocumented-endpoint"
    assert f"{tmp_path / 'old.yaml'}:{line}" in account.message
    assert "GET /status" in {f"{one.method} {one.path}" for one in result.undocumented}
    assert account.severity is Severity.WARNING
    failing = checked(
        settings, tmp_path, DEMO, DEMO.replace(ACCOUNT, ""), checks=QUICK, fail_on=FailOn.WARNING
    )
    assert failing.exit_status == ExitStatus.DRIFT


@pytest.mark.servers
def test_a_removed_operation_that_is_gone_is_no_drift(settings: Settings, tmp_path: Path) -> None:
    """Nothing is reported of a path that the server answers like an unknown one."""
    older = DEMO.replace(
        "  /help:", STATUS.replace("/status", "/gone").replace("getStatus", "x") + "  /help:"
    )
    result = checked(settings, tmp_path, older, DEMO, checks=QUICK)
    assert any(record.probe.variant == "GET /gone" for record in result.probes)
    assert "/gone" not in {one.path for one in result.undocumented}


@pytest.mark.servers
def test_a_moved_operation_is_probed_at_both_paths(settings: Settings, tmp_path: Path) -> None:
    """The same operationId on another path: the new path is judged, the old one must not answer."""
    result = checked(settings, tmp_path, DEMO.replace("  /audit:", "  /status/old:"), DEMO, checks=QUICK)
    assert "GET /audit" in asked(result)
    assert any(record.probe.variant == "GET /status/old" for record in result.probes)


def test_an_older_document_that_cannot_be_read_ends_the_run(settings: Settings, tmp_path: Path) -> None:
    """Nothing is sent while the changes are unknown."""
    with pytest.raises(DocumentError):
        checked(settings, tmp_path, "not: openapi", DEMO)
