"""``config check`` finds what ``check`` would not start with, and names the place that set it."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.servers.pki import make_pki

DOCUMENT = """
openapi: 3.1.0
info: {title: Port, version: "1"}
components: {securitySchemes: {mtls: {type: mutualTLS}}}
security: [{mtls: []}]
paths: {/ships: {get: {responses: {}}}}
"""
TOP = 'spec = "openapi.yaml"\nbase-url = "https://localhost:1"\n'
ALICE = '[[identities]]\nname = "alice"\ncert-file = "a.pem"\nkey-file = "a.key"\n'


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The document, and a certificate with its key."""
    alice = make_pki(tmp_path_factory.mktemp("pki")).alice
    return {
        "openapi.yaml": DOCUMENT.encode(),
        "a.pem": alice.cert.read_bytes(),
        "a.key": alice.key.read_bytes(),
    }


@pytest.fixture
def folder(tmp_path: Path, files: dict[str, bytes]) -> Path:
    """The working folder, with these files."""
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize("name", ["config", "plan"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TOP + '[server]\nca-file = "a.key"\n', "specdrift.toml:4: server.ca-file: "),
        (TOP + '[server]\nca-file = "."\n', "specdrift.toml:4: server.ca-file: "),
        (TOP + '[[identities]]\nname = "a"\ncert-file = "a.pem"\n', "specdrift.toml:5: identity 'a': "),
        (
            TOP + ALICE + '[client-ca]\ncert-file = "a.pem"\ncrl-file = "a.pem"\n',
            "specdrift.toml:9: client-ca",
        ),
        (TOP + '[loader]\noverlays = "openapi.yaml"\n', "specdrift.toml:4: loader.overlays: "),
        (TOP + '[undocumented]\nfeeds = "a.pem"\n', "specdrift.toml:4: undocumented.feeds: "),
        (TOP + '[source]\ncrate = "."\n', "specdrift.toml:4: source.crate: "),
        (TOP + '[network]\nallow-hosts = ["other.test"]\n', "specdrift.toml:4: network.allow-hosts: "),
        (
            TOP + '[network]\nallow-hosts = ["https://other.test"]\n',
            "specdrift.toml:4: network.allow-hosts: ",
        ),
    ],
)
def test_what_plan_refuses_is_found_with_its_line(
    command: Run, folder: Path, name: str, text: str, found: str
) -> None:
    """A configuration that can be used must not end the next command."""
    (folder / "specdrift.toml").write_text(text)
    outcome = command(*(("config", "check") if name == "config" else (name,)))
    assert (outcome.status, found in outcome.err) == (2, True), outcome.err


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TOP + '[reports]\njson = "openapi.yaml"\n', "the run reads it as spec"),
        (TOP + '[reports]\njson = "x"\nhtml = "x"\n', "goes there too"),
        (
            TOP + ALICE + '[contract]\nrequire = "mutualTLS"\ninclude-path = "/ship"\n',
            "specdrift.toml:8: this",
        ),
    ],
)
def test_what_check_refuses_or_reports_is_found(command: Run, folder: Path, text: str, found: str) -> None:
    """Reports that replace an input, and requirements that apply to nothing."""
    (folder / "specdrift.toml").write_text(text)
    outcome = command("config", "check", "--config", "specdrift.toml")
    assert (outcome.status, found in outcome.err) == (2, True), outcome.err


@pytest.mark.parametrize(
    "text",
    [
        TOP + ALICE + "[client-ca]\nserver-only-until = 2027-06-30\n",
        TOP + ALICE + '[network]\nallow-hosts = ["localhost"]\n[reports]\njson = "out/r.json"\n',
        'spec = "openapi.yaml"\n' + ALICE,
        ALICE,
        'spec = "https://api.test/openapi.yaml"\n' + ALICE,
    ],
)
def test_a_usable_configuration_is_confirmed(command: Run, folder: Path, text: str) -> None:
    """Also one whose document or base URL the command line gives, or that a server has. Nothing is written."""
    (folder / "specdrift.toml").write_text(text)
    outcome = command("config", "check", "--config", "specdrift.toml")
    assert outcome.status == 0, outcome.err
    assert not (folder / "out").exists()
