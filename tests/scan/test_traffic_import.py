"""Traffic imports from the file to the result, on real servers: paths that still answer are found, others are not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from specdrift.cli.main import cli, run
from tests.servers.cases import case_named
from tests.traffic import texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow

LOG = """\
::1 - - [10/Oct/2025:13:55:36 +0000] "GET /items/17 HTTP/1.1" 200 12 "-" "-"
::1 - - [10/Oct/2025:13:55:36 +0000] "GET /reports/17?token=s3cret HTTP/1.1" 200 12 "-" "-"
cut o
::1 - - [10/Oct/2025:13:55:36 +0000] "GET /reports/18 HTTP/1.1" 200 12 "-" "-"
::1 - - [10/Oct/2025:13:55:36 +0000] "GET /pages/any HTTP/1.1" 200 12 "-" "-"
"""
ROUTES = "GET /secure\nPOST /reports/rebuild\nGET /gone\n"
OLDER = """\
openapi: 3.1.0
info: {title: older, version: '1'}
paths:
  /secure: {get: {responses: {'200': {description: ok}}}}
  /gone: {get: {responses: {'200': {description: ok}}}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One feed of each kind."""
    made = tmp_path_factory.mktemp("feeds")
    (made / "access.log").write_text(LOG)
    (made / "routes.txt").write_text(ROUTES)
    (made / "traffic.har").write_text(
        texts.har("https://127.0.0.1/reports/19", "https://cdn.test/reports/20")
    )
    (made / "openapi-v1.yaml").write_text(OLDER)
    (made / "requests.http").write_text("@host = https://staging.test\n\nGET {{host}}/accounts/17\n")
    return made


@pytest.fixture(params=["nginx-optional-unlisted", "nginx-optional", "odd-spa", "odd-soft-404"])
def server(request: pytest.FixtureRequest, pki: TestPki, tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """The name of a server, and the arguments that check it."""
    case = case_named(request.param)
    if missing := case.available():
        pytest.skip(missing)
    with case.start(pki, tmp_path) as running:
        yield (
            request.param,
            [str(case.document), running.base_url, *case.options(pki), "--checks=undocumented"],
        )


def check(arguments: list[str], *feeds: Path) -> Result:
    """What the command says with these feeds."""
    given = [f"--feed={feed}" for feed in feeds]
    return CliRunner().invoke(
        cli, ["check", *arguments, *given, "--format=json", "-q"], catch_exceptions=False
    )


def found(result: Result) -> dict[str, Any]:
    """What answered, by its subject, with where it is known from."""
    entries = json.loads(result.stdout)["undocumented"]
    return {f"{one['method']} {one['path']}": (one["source"] or "").rpartition("/")[2] for one in entries}


def test_endpoints_of_imported_traffic_are_found(server: tuple[str, list[str]], folder: Path) -> None:
    """The wordlist has none of them; the correct twins have none, two of them with a page for every path."""
    name, arguments = server
    result = check(arguments, *sorted(folder.iterdir()))
    there = {"GET /reports/{id}": "access.log:2", "POST /reports/rebuild": "routes.txt:2"}
    assert found(result) == (there if name.endswith("unlisted") else {})
    assert "s3cret" not in result.stdout


def test_a_malformed_line_is_reported_and_skipped(optional_server: str, pki: TestPki, folder: Path) -> None:
    """One warning, with file and line."""
    arguments = [*case_named("python-cert-optional").options(pki), "--checks=undocumented"]
    document = str(case_named("python-cert-optional").document)
    result = check([document, optional_server, *arguments], folder / "access.log")
    assert result.stderr.count("access.log:3: skipped 1 line that could not be read") == 1
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("notes.txt", "notes.txt:1: unknown traffic format"),
        ("none.log", "none.log: cannot read traffic: no"),
        (".", "a folder without requests (*.bru) is no traffic; name a file"),
    ],
)
def test_an_unknown_import_format_ends_with_status_2(
    optional_server: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], file: str, words: str
) -> None:
    """With its place; nothing is sent."""
    (tmp_path / "notes.txt").write_text("dear diary")
    document = str(case_named("python-cert-optional").document)
    assert run(["check", document, optional_server, f"--feed={tmp_path / file}"]) == 2
    assert words in capfd.readouterr().err


def test_a_har_of_other_hosts_only_is_reported(optional_server: str, tmp_path: Path) -> None:
    """None of it is requested, which must not look like an empty result."""
    feed = tmp_path / "cdn.har"
    feed.write_text(texts.har("https://cdn.test/reports/20"))
    document = str(case_named("python-cert-optional").document)
    result = CliRunner().invoke(cli, ["plan", document, optional_server, f"--feed={feed}"])
    assert "ignored requests to other hosts (cdn.test)" in result.stderr
    assert "/reports/20" not in result.stdout


def test_excluded_paths_and_logouts_are_not_imported(optional_server: str, tmp_path: Path) -> None:
    """As for operations of the document."""
    (tmp_path / "routes.txt").write_text("GET /old\nGET /private/x\nPOST /session/logout\nDELETE /old\n")
    (tmp_path / "specdrift.toml").write_text(
        f'spec = "{case_named("python-cert-optional").document}"\nbase-url = "{optional_server}"\n'
        'exclude-path = "/private/*"\n[undocumented]\nfeeds = ["routes.txt"]\n'
        '[[operations]]\ninclude-path = "/old"\nunsafe-methods = "send"\nallow-destructive = true\n'
    )
    result = CliRunner().invoke(cli, ["plan", "--config", str(tmp_path / "specdrift.toml"), "--format=json"])
    probes = json.loads(result.stdout)["probes"]
    fed = {
        f"{one['request']['method']} {one['request']['target']}"
        for one in probes
        if "routes.txt:" in one["why"]
    }
    assert fed == {"GET /old", "DELETE /old"}


@pytest.mark.parametrize(
    ("skipped", "words"),
    [
        ("undocumented,grpc", "traffic is not imported"),
        ("undocumented", "of imported traffic only gRPC's methods are called"),
    ],
)
def test_traffic_that_no_check_uses_is_reported(
    optional_server: str, folder: Path, skipped: str, words: str
) -> None:
    """A skipped check must not look like an empty result."""
    document = str(case_named("python-cert-optional").document)
    arguments = [document, optional_server, f"--feed={folder / 'routes.txt'}", f"--skip-checks={skipped}"]
    assert words in CliRunner().invoke(cli, ["plan", *arguments]).stderr


def test_imported_traffic_is_judged_the_same_from_a_recording(
    pki: TestPki, folder: Path, tmp_path: Path
) -> None:
    """Without the import, the document and the network."""
    case, recording = case_named("nginx-optional-unlisted"), tmp_path / "run.json"
    if missing := case.available():
        pytest.skip(missing)
    with case.start(pki, tmp_path / "server") as running:
        arguments = [str(case.document), running.base_url, *case.options(pki), "--checks=undocumented"]
        live = check([*arguments, f"--record={recording}"], *sorted(folder.iterdir()))
    again = CliRunner().invoke(cli, ["report", "--rejudge", str(recording), "--format=json"])
    assert found(live) == found(again) != {}
    assert json.loads(live.stdout)["drifts"] == json.loads(again.stdout)["drifts"]
