"""What cannot be read before the change is never taken for absent: the change does not pass, and the reason is given.

Each way in which content can be missing has a twin in which it can be read.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from specdrift.errors import ExitStatus
from tests.ci.repository import ACCOUNTS, DEMO, DOCUMENT, OPENED, REWORDED, Repository

pytestmark = pytest.mark.slow

OVERLAY = """\
overlay: 1.0.0
info: {title: t, version: "1"}
actions: [{target: "$.paths['/accounts'].get", update: {security: %s}}]
"""
GUARDING, OPENING = OVERLAY % "[{clientCertificate: []}]", OVERLAY % "[]"
SMALL = """\
openapi: 3.1.0
info: {title: Orders, version: "1"}
paths: {/orders: {get: {security: [{tls: []}], responses: {}}}}
components: {securitySchemes: {tls: {type: mutualTLS}}}
"""
DOWNGRADE = ("security-downgrade", "error", "GET /accounts")
LINT = ("--against", "main", "--mode", "lint")
_NAMED = re.compile(r"git diff --stat (\S+) HEAD")


def main_is_here(repository: Repository) -> None:
    """Move the branch that the job compares with."""
    repository.git("branch", "--force", "main")


def forget(repository: Repository, name: str) -> None:
    """Remove the object of a revision from the repository."""
    blob = repository.git("rev-parse", name).strip()
    (repository.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()


def outcome(repository: Repository, *arguments: str) -> tuple[int, bool]:
    """Run the job; return its exit status and whether the downgrade was found."""
    ended = repository.job(*(arguments or LINT))
    found = (repository.output / "lint.json").is_file() and DOWNGRADE in repository.findings("lint")
    assert "Traceback" not in ended.log
    return ended.status, found


def submodule(repository: Repository, place: str, name: str, text: str) -> Repository:
    """Add a submodule with one file at the branch main; return its clone in the work tree."""
    other = Repository(folder=repository.folder.parent / "other")
    other.folder.mkdir()
    other.git("init", "--quiet", "--initial-branch=main")
    other.commit(**{name: text})
    repository.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.folder), place
    )
    repository.git("commit", "--quiet", "--message", "Add a submodule")
    main_is_here(repository)
    return Repository(folder=repository.folder / place)


def test_a_missing_document_is_not_a_new_one(offline: Repository) -> None:
    """The twin has the content."""
    offline.commit(document=OPENED)
    assert outcome(offline) == (ExitStatus.DRIFT, True)
    forget(offline, f"main:{DOCUMENT}")
    assert outcome(offline) == (ExitStatus.INCOMPLETE, False)
    assert "this clone has no content of" in offline.summary()
    assert offline.specdrift("lint", DOCUMENT, "--against", f"main:{DOCUMENT}").status == ExitStatus.USAGE


def test_a_missing_folder_is_not_a_missing_file(offline: Repository) -> None:
    """As in a clone without trees."""
    offline.commit(document=OPENED)
    forget(offline, "main:api")
    assert outcome(offline)[0] == ExitStatus.INCOMPLETE


@pytest.mark.parametrize("change", ["content", "name"])
def test_a_partial_clone_without_its_origin_is_incomplete(
    offline: Repository, tmp_path: Path, change: str
) -> None:
    """A renamed document is searched for among contents that the clone does not have."""
    if change == "name":
        offline.git("mv", DOCUMENT, "api/renamed.yaml")
        offline.commit(**{"api/renamed.yaml": OPENED})
        offline.environ["SPECDRIFT_SPEC"] = "api/renamed.yaml"
    offline.commit(**({"document": OPENED} if change == "content" else {"other": "x"}))
    offline.git("config", "uploadpack.allowFilter", "true")
    clone = Repository(folder=tmp_path / "clone", environ=offline.environ)
    command = ["git", "clone", "--quiet", "--filter=blob:none", "--branch=change", f"file://{offline.folder}"]
    subprocess.run([*command, str(clone.folder)], check=True, capture_output=True)
    online = clone.job("--against", "origin/main")
    assert (online.status, DOWNGRADE in clone.findings("lint")) == (ExitStatus.DRIFT, True), online.log
    subprocess.run(["rm", "-rf", str(clone.folder)], check=True)
    subprocess.run([*command, str(clone.folder)], check=True, capture_output=True)
    clone.git("remote", "set-url", "origin", f"file://{tmp_path}/gone")
    for mode in ("lint", "auto"):
        ended = clone.job("--against", "origin/main", "--mode", mode)
        assert ended.status == ExitStatus.INCOMPLETE, ended.log


@pytest.mark.parametrize("named", ["in the message", "in the docs"])
@pytest.mark.parametrize("advanced", [False, True])
def test_a_partial_clone_is_complete_after_the_command_that_is_named(
    offline: Repository,
    tmp_path: Path,
    named: str,
    advanced: bool,  # noqa: FBT001
) -> None:
    """Mode lint runs git without a transport; the owner of the clone fetches before it."""
    toml = {"specdrift.toml": "[server]\ninsecure = false\n"}
    offline.git("checkout", "--quiet", "main")
    offline.commit(**toml)
    offline.git("checkout", "--quiet", "-B", "change")
    offline.commit(document=OPENED, **{"specdrift.toml": "# of the change\n"})
    if advanced:
        offline.git("checkout", "--quiet", "main")
        offline.commit(**{"specdrift.toml": "# of the tip\n"})
    offline.git("config", "uploadpack.allowFilter", "true")
    clone = Repository(folder=tmp_path / "clone", environ=offline.environ)
    command = ["git", "clone", "--quiet", "--filter=blob:none", "--branch=change", f"file://{offline.folder}"]
    subprocess.run([*command, str(clone.folder)], check=True, capture_output=True)
    lint = ("--against", "origin/main", "--mode", "lint")
    first = clone.job(*lint)
    assert first.status in (ExitStatus.INCOMPLETE, ExitStatus.USAGE), first.log
    if named == "in the docs":
        clone.git("diff", "--stat", "origin/main", "HEAD")
        clone.git("diff", "--stat", "origin/main...HEAD")
    else:
        for _ in range(2 if advanced else 1):
            clone.git("diff", "--stat", _NAMED.findall(clone.job(*lint).log)[0], "HEAD")
    last = clone.job(*lint)
    assert (last.status, DOWNGRADE in clone.findings("lint")) == (ExitStatus.DRIFT, True), last.log


def test_a_document_in_a_submodule_is_compared(offline: Repository) -> None:
    """Its clone has the older commit. A shallow one does not."""
    inside = submodule(offline, "contract", "openapi.yaml", DEMO)
    offline.environ["SPECDRIFT_SPEC"] = "contract/openapi.yaml"
    older = inside.git("rev-parse", "HEAD").strip()
    inside.commit(**{"openapi.yaml": REWORDED})
    offline.commit(note="moved")
    assert outcome(offline) == (ExitStatus.OK, False)
    inside.commit(**{"openapi.yaml": OPENED})
    offline.commit(note="opened")
    assert outcome(offline) == (ExitStatus.DRIFT, True)
    folder = Path(inside.git("rev-parse", "--absolute-git-dir").strip())
    (folder / "objects" / older[:2] / older[2:]).unlink()
    assert outcome(offline) == (ExitStatus.INCOMPLETE, False)
    assert "is in a submodule" in offline.summary()


def test_a_submodule_that_is_not_cloned_is_unknown(offline: Repository) -> None:
    """Git would find the repository around the empty folder."""
    submodule(offline, "contract", "openapi.yaml", DEMO)
    offline.git("submodule", "--quiet", "deinit", "--force", "contract")
    ended = offline.specdrift("lint", DOCUMENT, "--against", "main:contract/openapi.yaml")
    assert (ended.status, "is in a submodule" in ended.log) == (ExitStatus.USAGE, True), ended.log


def test_an_overlay_in_a_submodule_is_read_at_its_commit(offline: Repository) -> None:
    """The pointer moves to an overlay that opens an operation."""
    inside = submodule(offline, "gate", "ov.yaml", GUARDING)
    offline.commit(**{"specdrift.toml": '[loader]\noverlays = ["gate/ov.yaml"]\n'})
    main_is_here(offline)
    assert outcome(offline) == (ExitStatus.OK, False)
    inside.commit(**{"ov.yaml": OPENING})
    offline.commit(note="moved")
    assert outcome(offline) == (ExitStatus.DRIFT, True)


@pytest.mark.parametrize("added", [False, True])
def test_an_overlay_that_git_ignores_is_unknown(offline: Repository, added: bool) -> None:  # noqa: FBT001
    """A build may have made it, also where the change is the first to add it. The twin has it in git."""
    offline.commit(
        **{
            "specdrift.toml": '[loader]\noverlays = ["ov.yaml"]\n',
            ".gitignore": "ov.yaml\n",
            "ov.yaml": GUARDING,
        }
    )
    main_is_here(offline)
    unopened = DEMO.replace(ACCOUNTS, f"{ACCOUNTS}      tags: [a]\n")
    offline.commit(document=unopened)
    if added:
        offline.git("add", "--force", "ov.yaml")
        offline.git("commit", "--quiet", "--message", "Add the overlay")
    assert outcome(offline)[0] == (ExitStatus.DRIFT if added else ExitStatus.INCOMPLETE)
    assert outcome(offline, *LINT, "--allow-gate-changes")[0] == ExitStatus.INCOMPLETE
    assert "ov.yaml" in offline.summary()
    assert offline.specdrift("lint", DOCUMENT, "--against", f"main:{DOCUMENT}").status == ExitStatus.USAGE
    offline.git("add", "--force", "ov.yaml")
    offline.commit(note="tracked")
    main_is_here(offline)
    assert outcome(offline)[0] == ExitStatus.OK


def test_a_document_that_git_ignores_is_unknown(offline: Repository) -> None:
    """It is no new one, which the change would add. The gate that judges may allow that."""
    offline.commit(**{".gitignore": "generated.yaml\n", "generated.yaml": SMALL})
    main_is_here(offline)
    offline.environ["SPECDRIFT_SPEC"] = "generated.yaml"
    assert outcome(offline)[0] == ExitStatus.INCOMPLETE
    assert "git does not track `generated.yaml`" in offline.summary()
    assert offline.hook("--against", "main", "generated.yaml").status == ExitStatus.INCOMPLETE
    assert offline.job(*LINT, SPECDRIFT_ALLOW_INCOMPLETE="true").status == ExitStatus.OK
    offline.git("add", "--force", "generated.yaml")
    offline.commit(note="tracked")
    assert outcome(offline)[0] == ExitStatus.OK
    assert "does not have `generated.yaml`" in offline.summary()


def test_a_document_that_the_older_configuration_names_and_git_has_not_is_unknown(
    offline: Repository,
) -> None:
    """The change adds it, and before it was made by a build."""
    offline.environ.clear()
    offline.commit(**{"specdrift.toml": 'spec = "made.yaml"\n'})
    main_is_here(offline)
    offline.commit(**{"made.yaml": OPENED})
    assert outcome(offline)[0] == ExitStatus.INCOMPLETE
    main_is_here(offline)
    offline.commit(**{"made.yaml": OPENED + "# reworded\n"})
    assert outcome(offline)[0] == ExitStatus.OK


def test_linked_folders_are_followed_at_the_revision(offline: Repository) -> None:
    """For overlays and for the files of the gate, as for documents."""
    config = '[loader]\noverlays = ["link/ov.yaml"]\n\n[server]\nca-file = "link/ca.pem"\n'
    (offline.folder / "link").symlink_to("real")
    offline.commit(**{"specdrift.toml": config, "real/ov.yaml": GUARDING, "real/ca.pem": "one\n"})
    main_is_here(offline)
    offline.commit(document=REWORDED)
    assert outcome(offline) == (ExitStatus.OK, False)
    offline.commit(**{"real/ov.yaml": OPENING})
    assert outcome(offline) == (ExitStatus.DRIFT, True)
    offline.commit(**{"real/ov.yaml": GUARDING, "real/ca.pem": "two\n"})
    assert outcome(offline) == (ExitStatus.DRIFT, False)
    assert "link/ca.pem" in offline.summary()


def test_a_file_of_the_gate_outside_of_the_repository_has_not_changed(offline: Repository) -> None:
    """The link leads to the same file of the machine; one that leads elsewhere is a change."""
    for name in ("one", "two"):
        (offline.folder.parent / name).mkdir()
        (offline.folder.parent / name / "ca.pem").write_text(name, encoding="utf-8")
    (offline.folder / "link").symlink_to("../one")
    offline.commit(**{"specdrift.toml": '[server]\nca-file = "link/ca.pem"\n'})
    main_is_here(offline)
    offline.commit(document=REWORDED)
    assert outcome(offline, "--against", "main") == (ExitStatus.OK, False)
    (offline.folder / "link").unlink()
    (offline.folder / "link").symlink_to("../two")
    offline.commit(note="elsewhere")
    assert outcome(offline, "--against", "main") == (ExitStatus.DRIFT, False)


def test_a_file_of_the_gate_in_a_submodule_is_compared(offline: Repository) -> None:
    """A pointer that moves to other content is a change; one that moves beside it is none."""
    inside = submodule(offline, "gate", "ca.pem", "one\n")
    offline.commit(**{"specdrift.toml": '[server]\nca-file = "gate/ca.pem"\n'})
    main_is_here(offline)
    inside.commit(README="x")
    offline.commit(note="moved")
    assert outcome(offline) == (ExitStatus.OK, False)
    inside.commit(**{"ca.pem": "two\n"})
    offline.commit(note="changed")
    assert outcome(offline) == (ExitStatus.DRIFT, False)


def test_a_job_writes_a_certificate_that_git_does_not_track(offline: Repository) -> None:
    """It belongs to the job and is no change. One that the change brings in its place is a change."""
    offline.commit(**{"specdrift.toml": '[server]\nca-file = "ca.pem"\n', ".gitignore": "ca.pem\n"})
    main_is_here(offline)
    (offline.folder / "ca.pem").write_text("secret\n", encoding="utf-8")
    offline.commit(document=REWORDED)
    assert outcome(offline) == (ExitStatus.OK, False)
    offline.git("add", "--force", "ca.pem")
    offline.git("commit", "--quiet", "--message", "Bring a certificate in its place")
    assert outcome(offline) == (ExitStatus.DRIFT, False)
    assert "ca.pem" in offline.summary()


def test_removed_documents_that_cannot_be_read_are_unknown(offline: Repository) -> None:
    """The new document may replace them. A removed file of another kind is no document."""
    offline.commit(**{"api/old.yaml": OPENED, "data.json": "{}"})
    main_is_here(offline)
    offline.git("rm", "--quiet", "data.json")
    offline.commit(note="removed")
    assert outcome(offline)[0] == ExitStatus.OK
    offline.git("rm", "--quiet", "api/old.yaml")
    offline.commit(note="removed too")
    forget(offline, "main:api/old.yaml")
    assert outcome(offline)[0] == ExitStatus.INCOMPLETE


def test_a_removed_document_is_searched_for_in_what_attributes_call_binary(offline: Repository) -> None:
    """The change brings the attributes, and a document that does not resemble the removed one."""
    offline.commit(**{"api/old.yaml": SMALL})
    main_is_here(offline)
    offline.environ["SPECDRIFT_SPEC"] = "new.json"
    opened = '{"openapi": "3.1.0", "info": {"title": "t", "version": "2"}, "paths": {"/orders": {"get": {}}}}'
    offline.git("rm", "--quiet", "api/old.yaml")
    offline.commit(**{"new.json": opened, ".gitattributes": "*.yaml binary\n"})
    ended = offline.job(*LINT)
    assert (ended.status, "main:api/old.yaml" in offline.summary()) == (ExitStatus.DRIFT, True), ended.log


def test_a_removed_document_that_is_unreadable_is_incomplete(offline: Repository) -> None:
    """It may have described operations of the present one. The twin removes a readable one."""
    offline.commit(**{"api/old.yaml": SMALL, "api/broken.yaml": f"{SMALL}paths: ["})
    main_is_here(offline)
    offline.git("rm", "--quiet", "api/old.yaml")
    offline.commit(note="removed")
    assert outcome(offline)[0] == ExitStatus.OK
    offline.git("rm", "--quiet", "api/broken.yaml")
    offline.commit(note="removed too")
    assert outcome(offline)[0] == ExitStatus.INCOMPLETE
    assert "`main:api/broken.yaml` cannot be read" in offline.summary()


def test_a_document_that_is_renamed_in_a_submodule_is_unknown(offline: Repository) -> None:
    """The document of a submodule that the change adds is new."""
    inside = submodule(offline, "contract", "openapi.yaml", DEMO)
    offline.environ["SPECDRIFT_SPEC"] = "contract/renamed.yaml"
    inside.git("mv", "openapi.yaml", "renamed.yaml")
    inside.commit(**{"renamed.yaml": OPENED})
    offline.commit(note="moved")
    assert outcome(offline)[0] == ExitStatus.INCOMPLETE
    offline.git("branch", "--force", "main", "main~1")
    assert outcome(offline)[0] == ExitStatus.OK


def test_a_configuration_that_git_does_not_track_is_unknown_if_it_reads_the_document(
    offline: Repository,
) -> None:
    """Its other keys do not change what the older document requires."""
    file = offline.folder / "specdrift.toml"
    for text, is_unknown in (('fail-on = "error"\n', False), ('[loader]\nmtls-extension = "x-tls"\n', True)):
        file.write_text(text, encoding="utf-8")
        ended = offline.specdrift("lint", DOCUMENT, "--against", f"main:{DOCUMENT}")
        assert ("git does not track specdrift.toml" in ended.log) is is_unknown, ended.log
