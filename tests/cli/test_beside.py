"""`check --beside URL`: two real servers with one document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from specdrift.cli.main import cli
from specdrift.errors import ExitStatus
from tests.servers.cases import FOLDER, case_named
from tests.servers.pki import TestPki, make_pki

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.slow]

CHECKS = ("--checks", "certificate", "--fail-on", "error")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    """A complete set of certificates."""
    return make_pki(tmp_path_factory.mktemp("pki"))


def compared(pki: TestPki, folder: Path, old: str, new: str) -> tuple[int, dict[str, Any]]:
    """Check `new` beside `old`; return the exit status and the result."""
    cases = case_named(old), case_named(new)
    if missing := [reason for case in cases if (reason := case.available())]:
        pytest.skip(missing[0])
    with cases[0].start(pki, folder / "old") as before, cases[1].start(pki, folder / "new") as after:
        arguments = ["check", str(FOLDER / "openapi.yaml"), after.base_url, "--beside", before.base_url]
        arguments += ["--cacert", str(pki.server_ca), "--identity"]
        arguments += [f"alice={pki.alice.cert},{pki.alice.key},role=reader", *CHECKS]
        arguments += ["-o", str(folder / "result.json"), "-q"]
        ended = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert ended.exception is None, ended.exception
    return ended.return_value, json.loads((folder / "result.json").read_text())


def differences(result: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the subject and operation of each difference."""
    return {
        (drift["subject"], f"{drift['operation']['method']} {drift['operation']['path']}")
        for drift in result["drifts"]
        if drift["rule"] == "target-differs"
    }


def test_an_operation_that_a_migration_opened_is_named(pki: TestPki, tmp_path: Path) -> None:
    """And the operations beside it are not."""
    status, result = compared(pki, tmp_path, "nginx-optional", "nginx-optional-unguarded")
    assert status == ExitStatus.DRIFT
    assert differences(result) == {("admits", "GET /items/{id}")}


def test_targets_that_decide_alike_do_not_differ(pki: TestPki, tmp_path: Path) -> None:
    """Though they are different servers."""
    status, result = compared(pki, tmp_path, "go-verify-if-given", "nginx-optional")
    assert status == ExitStatus.OK
    assert differences(result) == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [("haproxy-optional-broken", "haproxy-optional"), ("haproxy-optional", "haproxy-optional-broken")],
)
def test_a_target_that_leaves_an_operation_open_is_no_agreement(
    pki: TestPki, tmp_path: Path, old: str, new: str
) -> None:
    """Whichever of the two it is: /items answers 503 there."""
    status, result = compared(pki, tmp_path, old, new)
    assert status == ExitStatus.INCOMPLETE
    assert differences(result) == set()
    first = result["beside"]["operations"][0]
    assert (first["path"], first["agreement"]) == ("/items/{id}", "undecided")
    assert {item["path"] for item in result["beside"]["operations"][1:] if item["agreement"] == "alike"}
    reasons = [item for item in result["undecided"] if item["kind"] == "no-comparison"]
    assert [item["operation"]["path"] for item in reasons] == ["/items/{id}"]
