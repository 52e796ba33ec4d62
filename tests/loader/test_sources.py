"""Where a description may come from: files, pipes, standard input, URLs and git revisions."""

import hashlib
import io
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from specdrift.errors import DocumentError
from specdrift.loader import load
from specdrift.loader.sources import files
from specdrift.model.contract.contract import Contract
from specdrift.settings import LoaderSettings
from tests.loader.documents import loaded, refusals, said, written
from tests.loopback import answering

ENTRY = "openapi: 3.1.0\ninfo: {title: A}\npaths:\n  /a:\n    $ref: paths/a.yaml\n  /b: {get: {}}\n"
ITEM = "get:\n  security: []\n"


def names(contract: Contract) -> list[str]:
    """Return operations and where they are decided."""
    return [f"{o.key} {o.location}" for o in contract.operations]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A description of two files."""
    written(tmp_path, ENTRY)
    written(tmp_path, ITEM, "paths/a.yaml")
    return tmp_path


def test_a_file_is_identified_by_its_bytes(folder: Path) -> None:
    """Version, title and digest of the entry document."""
    document = loaded(folder).document
    assert (document.source, document.openapi, document.title) == ("openapi.yaml", "3.1.0", "A")
    assert document.sha256 == hashlib.sha256(ENTRY.encode()).hexdigest()


def test_standard_input_refers_to_the_working_directory(folder: Path) -> None:
    """As the shell's user does."""
    contract = load("-", LoaderSettings(), stdin=io.BytesIO(ENTRY.encode()), cwd=folder)
    assert contract.document.source == "<stdin>"
    assert names(contract) == ["GET /a paths/a.yaml:2", "GET /b <stdin>:6"]


def test_standard_input_has_the_same_limit() -> None:
    """An endless stream ends."""
    with pytest.raises(DocumentError, match="larger than 1 MiB"), Path("/dev/zero").open("rb") as zeros:
        load("-", LoaderSettings(max_bytes=2**20), stdin=zeros)


def test_the_entry_may_be_a_pipe(folder: Path) -> None:
    """``specdrift lint <(generate)`` is how shells hand over what a program writes."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("openapi: 3.1.0\npaths: {/a: {get: {}}}\n",))
    writer.start()
    assert names(loaded(folder, "pipe")) == ["GET /a pipe:2"]
    writer.join()


def test_a_folder_is_no_description(folder: Path) -> None:
    """The file in it is to be named."""
    assert said(refusals(folder, "paths")) == ["paths: this is a folder; name the file in it."]


@pytest.fixture
def repository(folder: Path) -> Path:
    """The description in a subfolder of a repository whose working tree has moved on."""

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    written(
        folder,
        ENTRY.replace("  /b: {get: {}}\n", "  /c: {$ref: ../outside.yaml}\n  /d: {$ref: d.yaml}\n"),
        "api/openapi.yaml",
    )
    written(folder, ITEM, "api/paths/a.yaml")
    written(folder, ITEM, "outside.yaml")
    (folder / "api" / "d.yaml").symlink_to("paths/a.yaml")
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    git("tag", "v1")
    written(folder, "changed\n", "api/openapi.yaml")
    written(folder, "changed\n", "api/paths/a.yaml")
    return folder


def test_a_revision_is_read_whole(repository: Path) -> None:
    """References stay inside it, whatever the working tree says; links in it are followed in it."""
    contract = loaded(repository, "v1:api/openapi.yaml")
    assert names(contract) == ["GET /a v1:api/paths/a.yaml:2", "GET /d v1:api/d.yaml:2"]
    assert [(d.rule, str(d.location)) for d in contract.diagnostics] == [
        ("reference-outside-root", "v1:api/openapi.yaml:6")
    ]


def test_a_revision_may_be_widened(repository: Path) -> None:
    """To a folder of the working tree that stands for the same in the revision."""
    contract = loaded(repository, "v1:api/openapi.yaml", settings=LoaderSettings(ref_root=repository))
    assert "GET /c v1:outside.yaml:2" in names(contract)


def test_a_path_in_a_revision_may_be_relative(repository: Path) -> None:
    """As git has it: ``./`` is relative to where one stands."""
    contract = loaded(repository / "api", "HEAD:./openapi.yaml")
    assert names(contract)[0] == "GET /a HEAD:api/paths/a.yaml:2"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            "v1:api/nothing.yaml",
            "no such file, and git has no api/nothing.yaml in v1.",
        ),
        ("v9:api/openapi.yaml", "no such file, and git has no revision v9."),
        ("--output=x:api/openapi.yaml", '"--output=x" is not a git revision.'),
        ("HEAD:api", "this is a folder; name the file in it."),
    ],
)
def test_a_missing_file_of_a_revision_is_reported(repository: Path, spec: str, message: str) -> None:
    """An option is no revision."""
    (found,) = refusals(repository, spec)
    assert (str(found.location), found.message) == (spec, message)
    assert not (repository / "x").exists()


def test_a_file_with_a_colon_is_a_file(folder: Path) -> None:
    """What exists is meant."""
    written(folder, ENTRY, "v1:openapi.yaml")
    assert "GET /b v1:openapi.yaml:6" in names(loaded(folder, "v1:openapi.yaml"))


def test_a_revision_outside_of_a_repository_is_reported_by_git(tmp_path: Path) -> None:
    """And nothing is made up."""
    (found,) = refusals(tmp_path, "main:openapi.yaml")
    assert found.message.startswith("no such file, and git reports: not a git repository")


@contextmanager
def served(pages: dict[str, bytes | int | str]) -> Iterator[tuple[str, list[str]]]:
    """Serve pages on loopback: bytes are a body, a number a status, a text the place of a redirect."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            page = pages.get(self.path, 404)
            self.send_response(page if isinstance(page, int) else 302 if isinstance(page, str) else 200)
            if isinstance(page, str):
                self.send_header("Location", page)
            self.end_headers()
            self.wfile.write(page if isinstance(page, bytes) else b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with answering(server):
        yield f"http://127.0.0.1:{server.server_address[1]}", asked


def test_a_url_is_fetched_with_what_lies_beside_it(tmp_path: Path) -> None:
    """Redirects of the entry are followed; the name shown holds neither password nor query."""
    pages: dict[str, bytes | int | str] = {
        "/old?token=secret": "/api/openapi.yaml",
        "/api/openapi.yaml": ENTRY.encode(),
        "/api/paths/a.yaml": ITEM.encode(),
    }
    with served(pages) as (url, _):
        contract = loaded(tmp_path, f"{url.replace('//', '//me:secret@')}/old?token=secret")
        assert names(contract) == [f"GET /a {url}/api/paths/a.yaml:2", f"GET /b {url}/old:6"]
    assert "secret" not in repr(contract.document)


def test_a_url_reaches_no_further_than_its_folder(tmp_path: Path) -> None:
    """Neither above it, however it is written, nor on other ports, nor through redirects."""
    entry = (
        "openapi: 3.1.0\npaths:\n  /a: {$ref: ../secret.yaml}\n  /b: {$ref: 'http://127.0.0.1:1/x.yaml'}\n"
        "  /c: {$ref: moved.yaml}\n  /d: {$ref: '%2e%2e/secret.yaml'}\n  /e: {$ref: /secret.yaml}\n"
    )
    pages: dict[str, bytes | int | str] = {
        "/api/openapi.yaml": entry.encode(),
        "/api/moved.yaml": "/secret.yaml",
        "/secret.yaml": ITEM.encode(),
    }
    with served(pages) as (url, asked):
        contract = loaded(tmp_path, f"{url}/api/openapi.yaml")
    assert asked == ["/api/openapi.yaml", "/api/moved.yaml"]
    assert contract.operations == ()
    assert [d.rule for d in contract.diagnostics] == [
        "reference-outside-root",
        "remote-reference-refused",
        "unresolved-reference",
        "reference-outside-root",
        "no-operations",
    ]


def test_an_allowed_host_is_contacted(tmp_path: Path) -> None:
    """Each host separately; its references to itself are allowed with it."""
    pages: dict[str, bytes | int | str] = {"/a.yaml": b"$ref: b.yaml\n", "/b.yaml": ITEM.encode()}
    with served(pages) as (url, _):
        written(tmp_path, f"openapi: 3.1.0\npaths: {{/a: {{$ref: '{url}/a.yaml'}}}}\n")
        contract = loaded(tmp_path, settings=LoaderSettings(allow_remote_refs=("127.0.0.1",)))
        assert names(contract) == [f"GET /a {url}/b.yaml:2"]


@pytest.mark.slow
def test_a_pipe_without_a_writer_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that was left behind; a slow writer is waited for."""
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(files, "PIPE_PATIENCE", 0.2)
    (found,) = refusals(tmp_path, "pipe")
    assert found.message == "no data was written to this pipe for 0.2 s."

    monkeypatch.setattr(files, "PIPE_PATIENCE", 60.0)
    slow = "exec > pipe; sleep 0.2; printf 'openapi: 3.1.0\\npaths: '; sleep 0.2; printf '{/a: {get: {}}}'"
    with subprocess.Popen(["sh", "-c", slow], cwd=tmp_path):
        assert names(loaded(tmp_path, "pipe")) == ["GET /a pipe:2"]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (404, "the server answered 404, not 200."),
        (500, "the server answered 500, not 200."),
        (b"x" * 2048, "the file is larger than 1,024 bytes. If it is wanted, raise [loader] max-bytes."),
        ("/openapi.yaml", "could not be fetched: Exceeded maximum allowed redirects."),
    ],
)
def test_a_url_without_an_answer_is_reported(tmp_path: Path, page: bytes | int | str, message: str) -> None:
    """With the server's answer, not with a parser's error."""
    with served({"/openapi.yaml": page}) as (url, _), pytest.raises(DocumentError) as error:
        load(f"{url}/openapi.yaml", LoaderSettings(max_bytes=1024), cwd=tmp_path)
    assert [d.message for d in error.value.diagnostics] == [message]


def test_a_url_without_a_listener_is_reported(tmp_path: Path) -> None:
    """In one line."""
    (found,) = refusals(tmp_path, "http://127.0.0.1:1/openapi.yaml")
    assert found.message == "could not be fetched: Connection refused."


def test_other_protocols_are_named_as_such(tmp_path: Path) -> None:
    """Not taken for a revision that git does not know."""
    (found,) = refusals(tmp_path, "ftp://127.0.0.1/openapi.yaml")
    assert found.message == "ftp URLs are not read; name a file, an http(s) URL or REV:PATH."
