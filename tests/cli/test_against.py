"""``lint --against``: the security changes between two documents, in every format."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from specdrift import reports
from specdrift.errors import ExitStatus
from specdrift.reports import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

ENTRY = """\
openapi: 3.1.0
info: {title: t, version: '1'}
security: [{mtls: []}]
paths:
  /items: {$ref: paths/items.yaml}
components: {securitySchemes: {mtls: {type: mutualTLS}}}
"""
GUARDED = "get:\n  responses: {}\n"
OPEN = f"{GUARDED}  security: []\n"
WHO = ("-c", "user.name=Ada", "-c", "user.email=ada@example.test", "-c", "commit.gpgsign=false")


@pytest.fixture
def branch(command: Run, tmp_path: Path) -> Run:
    """The command line in a repository whose last commit guards what the working tree opens, by a reference."""

    def git(*arguments: str) -> None:
        subprocess.run(["git", *WHO, *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / ".git").rmdir()
    (tmp_path / "paths").mkdir()
    (tmp_path / "openapi.yaml").write_text(ENTRY, encoding="utf-8")
    (tmp_path / "paths/items.yaml").write_text(GUARDED, encoding="utf-8")
    git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    git("commit", "--quiet", "--message", "Guard")
    (tmp_path / "paths/items.yaml").write_text(OPEN, encoding="utf-8")
    return command


NUMBERS_ONLY = ("openmetrics",)
"""Formats that count findings and show none."""


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_both_lines(branch: Run, form: str) -> None:
    """The line that decides now, in a file that is referred to, and the one that did, with its revision."""
    outcome = branch("lint", "openapi.yaml", "--against", "main:openapi.yaml", "--format", form)
    assert outcome.status == ExitStatus.DRIFT
    assert "security-downgrade" in outcome.out
    if form in NUMBERS_ONLY:
        return
    assert "main:openapi.yaml:3" in outcome.out
    assert "paths/items.yaml" in outcome.out


def test_the_result_is_that_of_every_command(branch: Run) -> None:
    """One schema: an operation without outcomes, the change as a drift with both places."""
    outcome = branch("lint", "openapi.yaml", "--against", "main:openapi.yaml", "--format", "json")
    result = reports.read(outcome.out.encode())
    drift = next(drift for drift in result.drifts if drift.rule == "security-downgrade")
    assert str(drift.location) == "paths/items.yaml:3"
    assert str(drift.related[0]) == "main:openapi.yaml:3"
    assert (len(result.operations), result.exit_status) == (1, ExitStatus.DRIFT)


def test_the_comparison_names_the_other_document(branch: Run) -> None:
    """Also where nothing has changed: the output must show that a comparison took place."""
    same = branch("lint", "main:openapi.yaml", "--against", "main:openapi.yaml").out
    assert same.startswith("○ NO FINDINGS  The document was read, compared with main:openapi.yaml; no")
    alone = branch("lint", "main:openapi.yaml").out
    assert alone.startswith("○ NO FINDINGS  The document was read; no request was sent.")


@pytest.mark.parametrize(
    ("spec", "older", "status", "severities"),
    [
        ("openapi.yaml", "main:openapi.yaml", ExitStatus.DRIFT, ["error"]),
        ("main:openapi.yaml", "openapi.yaml", ExitStatus.OK, ["note"]),
        ("main:openapi.yaml", "main:./openapi.yaml", ExitStatus.OK, []),
        ("openapi.yaml", "openapi.yaml", ExitStatus.INCOMPLETE, []),
    ],
)
def test_any_form_of_a_document_can_be_either_side(
    branch: Run, spec: str, older: str, status: ExitStatus, severities: list[str]
) -> None:
    """Files and revisions, both ways round; a document is no different from itself.

    Where neither requires a client certificate, nothing was compared that counts.
    """
    outcome = branch("lint", spec, "--against", older, "--format", "json")
    rules = ("security-downgrade", "security-upgrade")
    drifts = [d for d in json.loads(outcome.out)["drifts"] if d["rule"] in rules]
    assert (outcome.status, [drift["severity"] for drift in drifts]) == (status, severities)


def test_fail_on_decides_the_exit_status(branch: Run) -> None:
    """A note can fail a job, and an error need not."""
    assert branch("lint", "main:openapi.yaml", "--against", "openapi.yaml", "--fail-on", "note").status == 1
    assert branch("lint", "openapi.yaml", "--against", "main:openapi.yaml", "--fail-on", "never").status == 0


def test_a_missing_older_document_is_an_error(branch: Run) -> None:
    """A comparison with nothing must not look like one without changes."""
    outcome = branch("lint", "openapi.yaml", "--against", "main:other.yaml")
    assert outcome.status == ExitStatus.USAGE
    assert "main:other.yaml" in outcome.out


@pytest.mark.parametrize(
    ("older", "status"),
    [
        (f"{ENTRY.partition('paths')[0]}paths: {{}}\n", ExitStatus.INCOMPLETE),
        (ENTRY.replace("/items:", "/others:"), ExitStatus.INCOMPLETE),
        (ENTRY, ExitStatus.OK),
    ],
)
def test_documents_without_an_operation_in_common_are_not_compared(
    command: Run, tmp_path: Path, older: str, status: ExitStatus
) -> None:
    """An older document without any operation is no proof that nothing requires less."""
    (tmp_path / "paths").mkdir()
    (tmp_path / "paths/items.yaml").write_text(GUARDED, encoding="utf-8")
    (tmp_path / "older.yaml").write_text(older, encoding="utf-8")
    (tmp_path / "openapi.yaml").write_text(ENTRY, encoding="utf-8")
    assert command("lint", "openapi.yaml", "--against", "older.yaml").status == status


def test_a_removed_operation_has_its_place_in_the_older_document(command: Run, tmp_path: Path) -> None:
    """Code scanning links to files of the newer revision: there it is a finding about the document."""
    older = f"{ENTRY.replace('{$ref: paths/items.yaml}', '{get: {}}')}"
    (tmp_path / "older.yaml").write_text(
        older.replace("paths:\n", "paths:\n  /more: {get: {}}\n"), encoding="utf-8"
    )
    (tmp_path / "openapi.yaml").write_text(older, encoding="utf-8")
    outcome = command("lint", "openapi.yaml", "--against", "older.yaml", "--format", "json")
    (drift,) = reports.read(outcome.out.encode()).drifts
    assert (drift.rule, str(drift.location)) == ("operation-removed", "older.yaml:5")
    sarif = json.loads(command("lint", "openapi.yaml", "--against", "older.yaml", "--format", "sarif").out)
    (found,) = sarif["runs"][0]["results"]
    place = found["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == "openapi.yaml"


TWO = ENTRY.replace("{$ref: paths/items.yaml}", "{get: {}}").replace(
    "paths:\n", "paths:\n  /more: {get: {}}\n"
)
"""A document of two guarded operations."""
ONE = ENTRY.replace("{$ref: paths/items.yaml}", "{get: {}}")
OPEN_MORE = ONE.replace("/items: {get: {}}", "/more: {get: {security: []}}")


def compared(command: Run, folder: Path, newer: str, **others: str) -> tuple[int, list[str], list[str]]:
    """Exit status, findings with their severities, and undecided operations of a comparison of two files."""
    (folder / "older.yaml").write_text(TWO, encoding="utf-8")
    (folder / "openapi.yaml").write_text(newer, encoding="utf-8")
    for name, text in others.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    outcome = command("lint", "openapi.yaml", "--against", "older.yaml", "--format", "json")
    result = reports.read(outcome.out.encode())
    found = [f"{drift.severity.value} {drift.rule}" for drift in result.drifts if "unused" not in drift.rule]
    return outcome.status, found, [str(one.operation) for one in result.undecided]


def test_an_operation_that_another_document_opens_is_undecided_without_a_revision(
    command: Run, tmp_path: Path
) -> None:
    """It may have moved there, or have been open there before: a file does not tell."""
    found = compared(command, tmp_path, ONE, more=OPEN_MORE)
    assert found == (ExitStatus.INCOMPLETE, ["note operation-removed"], ["GET /more"])
    outcome = command("lint", "openapi.yaml", "--against", "older.yaml")
    assert "--against REV:PATH" in " ".join(outcome.out.split())


def test_an_operation_that_another_document_guards_is_only_removed(command: Run, tmp_path: Path) -> None:
    """No other document requires less for it."""
    guarded = ONE.replace("/items", "/more")
    found = compared(command, tmp_path, ONE, more=guarded, other=OPEN_MORE.replace("/more", "/other"))
    assert found == (ExitStatus.OK, ["note operation-removed"], [])


@pytest.mark.parametrize(
    "kept",
    [
        "  x-more: {get: {}}\n",
        "  x-/more: {get: {}}\n",
        "  x-removed: {/more: {get: {}}}\n",
        "  /more: {x-get: {}}\n",
        "  /more: {x-internal: {get: {}}}\n",
    ],
)
def test_an_operation_that_an_extension_keeps_is_a_warning(command: Run, tmp_path: Path, kept: str) -> None:
    """Its author has not given it up, and no tool reads it any more."""
    newer = ONE.replace("paths:\n", f"paths:\n{kept}")
    assert compared(command, tmp_path, newer) == (ExitStatus.OK, ["warning operation-removed"], [])


@pytest.mark.parametrize(
    "other",
    [
        "  x-more: removed\n",
        "  x-more: {post: {}}\n",
        "  x-others: {get: {}}\n",
        "  /more: {x-get: 1}\n",
        "  x-more: {get: {post: {}}}\n",
    ],
)
def test_another_extension_keeps_no_operation(command: Run, tmp_path: Path, other: str) -> None:
    """A note as for every removed operation."""
    newer = ONE.replace("paths:\n", f"paths:\n{other}")
    assert compared(command, tmp_path, newer) == (ExitStatus.OK, ["note operation-removed"], [])


def test_an_extension_beside_the_operation_is_no_finding(command: Run, tmp_path: Path) -> None:
    """Nothing was removed."""
    newer = TWO.replace("paths:\n", "paths:\n  x-more: {get: {}}\n")
    assert compared(command, tmp_path, newer) == (ExitStatus.OK, [], [])
