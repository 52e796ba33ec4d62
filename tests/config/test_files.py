"""The files that a configuration names: read, written, missing."""

from pathlib import Path

import pytest

from specdrift.config.describe.files import files_read, files_written, missing_files
from tests.config.reading import read_text

EVERYTHING = """\
spec = "api.yaml"
baseline = "baseline.json"
previous = "last.json"
changed-since = "old.yaml"
record = "run.json"
resume = "run.lines"
[server]
ca-file = "ca.pem"
[[identities]]
name = "a"
cert-file = "a.pem"
session-file = "a.session"
[loader]
ref-root = "schemas"
[undocumented]
feeds = ["access.log", "routes.txt"]
[source]
crate = "service"
"""


def test_missing_files_are_listed(tmp_path: Path) -> None:
    """With their origin; outputs and empty values are not missing."""
    (tmp_path / "a.pem").touch()
    text = '[[identities]]\nname = "a"\ncert-file = "a.pem"\nkey-file = "a.key"\n[client-ca]\nkey-file = ""\n'
    assert missing_files(read_text(tmp_path, text)) == [
        f"specdrift.toml:4: identities.a.key-file: there is no file {tmp_path / 'a.key'}"
    ]


def test_whatever_a_run_would_miss_is_listed(tmp_path: Path) -> None:
    """Also documents, folders, the baseline and a session; what is only written need not be there."""
    missing = [line.split(": ")[1:3] for line in missing_files(read_text(tmp_path, EVERYTHING))]
    assert [where for where, _ in missing] == [
        *("spec", "baseline", "previous", "changed-since", "server.ca-file"),
        *("identities.a.cert-file", "identities.a.session-file", "loader.ref-root"),
        *("undocumented.feeds", "undocumented.feeds", "source.crate"),
    ]
    assert [where for where, what in missing if what.startswith("there is no folder ")] == [
        *("loader.ref-root", "source.crate")
    ]


def test_existing_files_are_not_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder as a folder, a file as a file."""
    monkeypatch.chdir(tmp_path)
    for name in ("schemas", "service"):
        (tmp_path / name).mkdir()
    for line in missing_files(read_text(tmp_path, EVERYTHING)):
        if "there is no file " in line:
            Path(line.rpartition("there is no file ")[2]).touch()
    assert missing_files(read_text(tmp_path, EVERYTHING)) == []


def test_remote_documents_are_not_checked(tmp_path: Path) -> None:
    """A URL, standard input and a revision of git are no files."""
    for spec in ("https://api.example.test/openapi.yaml", "-", "origin/main:api.yaml"):
        assert missing_files(read_text(tmp_path, f'spec = "{spec}"\nchanged-since = "{spec}"\n')) == []


def test_a_baseline_that_will_be_written_may_be_missing(tmp_path: Path) -> None:
    """With `update-baseline` it is an output, otherwise the run leans on it."""
    settings = read_text(tmp_path, 'baseline = "b.json"\nupdate-baseline = true\n')
    assert missing_files(settings) == []
    assert [file.what for file in files_written(settings)] == ["baseline"]
    assert [file.what for file in files_read(settings)] == ["the configuration"]
