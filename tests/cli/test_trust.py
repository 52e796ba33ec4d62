"""`specdrift trust`, and the owner's word for servers that only the document names."""

import os
from pathlib import Path

import pytest

from specdrift.cli.terminal.streams import Terminal
from specdrift.errors import UsageError
from specdrift.model.contract.contract import Contract, DocumentIdentity
from specdrift.scan.preparation.target import base_url_of
from tests.cli.conftest import Run

DOCUMENT = """\
openapi: 3.1.0
info: {title: T, version: "1"}
servers: [{url: "https://api.example.test/v1"}]
components: {securitySchemes: {mtls: {type: mutualTLS}, oauth: {type: http, scheme: bearer}}}
paths: {/a: {get: {security: [{mtls: [], oauth: []}], responses: {"200": {description: ok}}}}}
"""
CONFIGURATION = """\
spec = "openapi.yaml"
base-url = "https://api.example.test/v1"
[schemes.oauth]
token-command = ["sh", "-c", "touch ran; echo token"]
"""


@pytest.fixture
def files(command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a configuration that needs trust; its records go elsewhere."""
    del command  # it makes the repository
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    (tmp_path / "specdrift.toml").write_text(CONFIGURATION)
    monkeypatch.setenv("XDG_CONFIG_HOME", f"{tmp_path}-xdg")
    return tmp_path


def test_trust_lasts_until_the_file_changes(command: Run, files: Path) -> None:
    """It shows what the file may do from now on; --list and --revoke are the other side."""
    refused = command("plan")
    assert refused.status == 2
    assert "specdrift.toml:4: schemes.oauth.token-command: runs a command" in refused.err
    assert "specdrift trust specdrift.toml" in refused.err

    trusted = command("trust")
    assert trusted.status == 0
    assert "specdrift.toml:4: schemes.oauth.token-command: runs a command" in trusted.err
    assert "specdrift.toml is trusted until it changes" in trusted.err
    assert command("trust", "--list").out == f"{files / 'specdrift.toml'}\n"
    assert command("plan").status == 0

    (files / "specdrift.toml").write_text(f"{CONFIGURATION}# a change\n")
    assert command("plan").status == 2
    assert command("trust", "specdrift.toml", "-q").err == ""
    assert command("plan").status == 0
    assert command("trust", "--revoke").status == 0
    assert command("plan").status == 2
    assert command("trust", "--revoke").status == 2


def test_one_run_can_be_trusted(command: Run, files: Path) -> None:
    """Without a record."""
    assert command("plan", "--trust-config").status == 0
    assert command("plan").status == 2
    assert command("plan", "--config", "specdrift.toml").status == 0
    assert command("plan", "--config", "specdrift.toml", "--no-trust-config").status == 2
    assert not Path(f"{files}-xdg").exists()


def test_plan_runs_no_command(command: Run, files: Path) -> None:
    """It shows a request with a placeholder."""
    outcome = command("plan", "--trust-config", "--format", "json")
    assert outcome.status == 0
    assert "/v1/a" in outcome.out
    assert not (files / "ran").exists()


def test_config_show_shows_an_untrusted_file(command: Run, files: Path) -> None:
    """It is how the owner reads it; `config check` reports what needs trust."""
    (files / "specdrift.toml").write_text('[schemes.oauth]\ntoken = "${NOT_SET}"\n')
    shown = command("config", "show")
    assert (shown.status, 'token = "***"' in shown.out) == (0, True)
    checked = command("config", "check")
    assert checked.status == 2
    assert "expands an environment variable (NOT_SET)" in checked.err


def test_nothing_to_trust(command: Run) -> None:
    """There is no file here, or not the named one."""
    assert command("trust").status == 2
    assert command("trust", "absent.toml").status == 2


def contract(server: str) -> Contract:
    """Return a document with one server."""
    identity = DocumentIdentity(source="openapi.yaml", sha256="", openapi="3.1.0", title="")
    return Contract(document=identity, operations=(), servers=(server,))


def test_a_server_of_the_document_needs_a_word() -> None:
    """An allowed host or a confirmation; without both the error names the ways."""
    found = contract("https://api.example.test:8443/v1")
    url = "https://api.example.test:8443/v1"
    assert base_url_of("", found, allow_hosts=("api.example.test",)) == url
    asked: list[str] = []

    def confirmed(question: str) -> bool:
        asked.append(question)
        return True

    assert base_url_of("", found, confirm=confirmed) == url
    assert asked == [f"Only the document names {url}. Send requests and credentials there?"]
    for confirm in (None, lambda _: False):
        with pytest.raises(UsageError, match=r"--allow-hosts api\.example\.test"):
            base_url_of("", found, allow_hosts=("example.test",), confirm=confirm)
    assert base_url_of("https://other.test", found) == "https://other.test"


def test_a_confirmation_needs_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its default is no."""
    assert Terminal().confirm is None
    main, other = os.openpty()
    with os.fdopen(main, "wb", buffering=0) as keyboard, os.fdopen(other, "r") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        monkeypatch.setattr("sys.stderr", stream)
        confirm = Terminal().confirm
        assert confirm is not None
        for typed, answer in ((b"\n", False), (b"n\n", False), (b"y\n", True)):
            keyboard.write(typed)
            monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: stream.readline().strip())
            assert confirm("Send?") is answer
