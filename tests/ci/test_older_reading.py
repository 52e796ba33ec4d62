"""The older document is read as its own revision read it: overlays, meanings of schemes, and added requirements."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from specdrift import config
from specdrift.differ.contract_changes import requirement_changes
from specdrift.errors import ExitStatus, UsageError
from specdrift.scan.older.older_document import load_older
from specdrift.scan.preparation.documents import DocumentReading, load_contract
from tests.ci.repository import DOCUMENT, Repository

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

PLAIN = """\
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /a: {get: {security: [{gateway: []}], responses: {}}}
  /b: {get: {responses: {}}}
components:
  securitySchemes:
    gateway: {type: http, scheme: basic, x-mtls: true}
    other: {type: apiKey, in: header, name: K}
"""
OVERLAY = """\
overlay: 1.0.0
info: {title: t, version: "1"}
actions: [{target: "$.paths['/a'].get", update: %s}]
"""
EMPTY, TAGGED, OPENED = OVERLAY % "{}", OVERLAY % "{tags: [x]}", OVERLAY % "{security: [{}]}"
SPEC = f'spec = "{DOCUMENT}"\n'
KIND = SPEC + '[schemes.gateway]\nkind = "mutualTLS"\n'
BOTH = KIND + '[schemes.other]\nkind = "mutualTLS"\n'
OVERLAID = KIND + '[loader]\noverlays = ["ov.yaml"]\n'
EXTENSION = SPEC + '[loader]\nmtls-extension = "x-mtls"\n'
REQUIRED = SPEC + '[contract]\nrequire = "mutualTLS"\n'


class Row(NamedTuple):
    """The files before and after a change, and the operations that require less, or more."""

    name: str
    before: dict[str, str]
    after: dict[str, str]
    weaker: tuple[str, ...] = ()
    stronger: tuple[str, ...] = ()


ROWS = (
    Row("overlay-changed", {"specdrift.toml": OVERLAID, "ov.yaml": TAGGED}, {"ov.yaml": OPENED}, ("GET /a",)),
    Row("overlay-added", {"specdrift.toml": KIND}, {"specdrift.toml": OVERLAID, "ov.yaml": OPENED}, ("GET /a",)),
    Row("overlay-removed", {"specdrift.toml": OVERLAID, "ov.yaml": OPENED}, {"specdrift.toml": KIND},
        stronger=("GET /a",)),
    Row("overlay-renamed", {"specdrift.toml": OVERLAID, "ov.yaml": OPENED},
        {"specdrift.toml": OVERLAID.replace("ov.yaml", "other.yaml"), "other.yaml": OPENED}),
    Row("overlay-reworded", {"specdrift.toml": OVERLAID, "ov.yaml": TAGGED}, {"ov.yaml": EMPTY}),
    Row("kind-removed", {"specdrift.toml": KIND}, {"specdrift.toml": SPEC}, ("GET /a",)),
    Row("kind-added", {"specdrift.toml": SPEC}, {"specdrift.toml": KIND}, stronger=("GET /a",)),
    Row("kind-unused", {"specdrift.toml": KIND}, {"specdrift.toml": BOTH}),
    Row("another-scheme-for-a-kind", {"specdrift.toml": KIND}, {DOCUMENT: PLAIN.replace("[{gateway", "[{other")},
        ("GET /a",)),
    Row("extension-for-kind", {"specdrift.toml": KIND}, {"specdrift.toml": EXTENSION}),
    Row("extension-removed", {"specdrift.toml": EXTENSION}, {"specdrift.toml": SPEC}, ("GET /a",)),
    Row("requirement-removed", {"specdrift.toml": REQUIRED}, {"specdrift.toml": SPEC}, ("GET /a", "GET /b")),
    Row("requirement-added", {"specdrift.toml": SPEC}, {"specdrift.toml": REQUIRED}, stronger=("GET /a", "GET /b")),
    Row("configuration-emptied", {"specdrift.toml": REQUIRED}, {"specdrift.toml": ""}, ("GET /a", "GET /b")),
)  # fmt: skip


@pytest.fixture
def plain(offline: Repository) -> Repository:
    """A repository whose document cannot declare mutual TLS."""
    offline.environ["SPECDRIFT_SPEC"] = DOCUMENT
    offline.commit(document=PLAIN)
    offline.git("branch", "--force", "main")
    return offline


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_what_reads_the_document_is_compared_too(plain: Repository, row: Row) -> None:
    """The reviewer sees what an allowed change of the configuration does to each operation."""
    plain.commit(**row.before)
    plain.git("branch", "--force", "main")
    plain.commit(**row.after)
    ended = plain.job("--against", "main", SPECDRIFT_ALLOW_GATE_CHANGES="true")
    found = plain.findings("lint")
    assert {key for rule, _, key in found if rule == "security-downgrade"} == set(row.weaker), ended.log
    assert {key for rule, _, key in found if rule == "security-upgrade"} == set(row.stronger), ended.log
    table = [line for line in plain.summary().splitlines() if line.startswith("| `GET ")]
    assert len(table) == len(row.weaker + row.stronger)


def of_work_tree(repository: Repository, **options: str) -> list[str]:
    """Return the operations whose requirement changed since ``main``."""
    file = repository.folder / "specdrift.toml"
    given = {f"loader.{name}": [value] for name, value in options.items()}
    named = file if file.is_file() else None
    settings = config.read(given, config=named, cwd=repository.folder, environ={})
    older = load_older(f"main:{DOCUMENT}", settings, cwd=repository.folder)
    newer = load_contract(DOCUMENT, DocumentReading.of(settings), cwd=repository.folder)
    return [str(change.operation) for change in requirement_changes(older, newer)]


def test_an_overlay_that_an_option_names_is_read_at_the_revision(plain: Repository) -> None:
    """The job names the file, and the change writes it."""
    plain.commit(**{"specdrift.toml": KIND, "ov.yaml": TAGGED})
    plain.git("branch", "--force", "main")
    assert of_work_tree(plain, overlays="ov.yaml") == []
    plain.commit(**{"ov.yaml": OPENED})
    assert of_work_tree(plain, overlays="ov.yaml") == ["GET /a"]


def test_an_overlay_outside_of_the_repository_is_read_for_both(plain: Repository) -> None:
    """It is the owner's. One that only the older configuration names is not read."""
    outside = plain.folder.parent / "own.yaml"
    outside.write_text(OPENED, encoding="utf-8")
    named = OVERLAID.replace("ov.yaml", str(outside))
    plain.commit(**{"specdrift.toml": named})
    plain.git("branch", "--force", "main")
    assert of_work_tree(plain) == []
    plain.commit(**{"specdrift.toml": KIND})
    with pytest.raises(UsageError, match="outside of the repository"):
        of_work_tree(plain)


def test_an_invalid_configuration_of_the_revision_is_replaced(plain: Repository) -> None:
    """No run could use it; that it changed is a finding."""
    plain.commit(**{"specdrift.toml": KIND + "unknown = 1\n"})
    plain.git("branch", "--force", "main")
    plain.commit(**{"specdrift.toml": KIND})
    assert of_work_tree(plain) == []


@pytest.mark.parametrize("planted", [f"main:{DOCUMENT}", f"main:./{DOCUMENT}"])
@pytest.mark.parametrize("command", ["lint", "check"])
def test_a_file_with_the_name_of_the_older_document_is_refused(
    plain: Repository, planted: str, command: str
) -> None:
    """A change could bring its own older document."""
    plain.commit(**{planted: PLAIN.replace("[{gateway: []}]", "[]")})
    compared = ("https://localhost:1", "--changed-since") if command == "check" else ("--against",)
    ended = plain.specdrift(command, DOCUMENT, *compared, planted)
    assert ended.status == ExitStatus.USAGE, ended.log
    assert "names a document of the revision" in ended.log


@pytest.mark.parametrize("command", ["lint", "plan", "check"])
def test_a_file_with_the_name_of_a_document_at_a_revision_is_refused(plain: Repository, command: str) -> None:
    """The document itself may be one of a revision."""
    target = () if command == "lint" else ("https://localhost:1",)
    ended = plain.specdrift(command, f"main:{DOCUMENT}", *target)
    assert "names a document of the revision" not in ended.log
    plain.commit(**{f"main:{DOCUMENT}": PLAIN.replace("[{gateway: []}]", "[]")})
    ended = plain.specdrift(command, f"main:{DOCUMENT}", *target)
    assert ended.status == ExitStatus.USAGE, ended.log
    assert "names a document of the revision" in ended.log


def test_a_file_that_is_named_as_one_is_read(plain: Repository) -> None:
    """A name with a colon is no planted document if its writer says so."""
    plain.commit(**{f"main:{DOCUMENT}": PLAIN})
    ended = plain.specdrift("lint", DOCUMENT, "--against", f"./main:{DOCUMENT}")
    assert ended.status == ExitStatus.INCOMPLETE, ended.log


def test_the_job_refuses_a_planted_document(plain: Repository) -> None:
    """It compares with git's, or ends."""
    assert plain.job("--against", "main").status != ExitStatus.USAGE
    plain.commit(**{f"main:{DOCUMENT}": PLAIN})
    assert plain.job("--against", "main").status == ExitStatus.USAGE


def test_a_planted_overlay_is_refused(plain: Repository) -> None:
    """The commit of the revision is known to the author of the change."""
    plain.commit(**{"specdrift.toml": OVERLAID, "ov.yaml": TAGGED})
    plain.git("branch", "--force", "main")
    commit = plain.git("rev-parse", "main").strip()
    (plain.folder / f"{commit}:ov.yaml").write_text(OPENED, encoding="utf-8")
    with pytest.raises(UsageError, match="remove the file"):
        of_work_tree(plain)


def test_a_file_with_a_colon_is_no_revision(tmp_path: Path) -> None:
    """Git knows no revision of that name."""
    (tmp_path / "a:b.yaml").write_text(PLAIN, encoding="utf-8")
    settings = config.read(config=None, cwd=tmp_path, environ={})
    assert load_older("a:b.yaml", settings, cwd=tmp_path).operations
