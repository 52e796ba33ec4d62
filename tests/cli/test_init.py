"""The first configuration: it has the values of document and certificates, and works unchanged."""

from __future__ import annotations

import shutil
import tomllib
from typing import TYPE_CHECKING

import pytest

from specdrift.cli.commands.setup.init import interview, starting_values
from specdrift.config.describe.starter import starter
from tests.servers.pki import make_pki

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

DOCUMENT = """\
openapi: 3.1.0
info: {title: Items, version: "1"}
servers: [{url: "https://api.test:8443/v1"}]
components:
  securitySchemes:
    mtls: {type: mutualTLS}
    key: {type: apiKey, in: header, name: X-Key}
    "our token": {type: http, scheme: bearer}
security: [{mtls: [reader]}]
paths:
  /items/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {"200": {description: one}}}
    delete: {responses: {"204": {description: gone}}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a document, two valid identities, one expired, and the CAs."""
    pki = make_pki(tmp_path / "made")
    certs = tmp_path / "certs"
    certs.mkdir()
    for pair in (pki.alice, pki.bob, pki.expired):
        shutil.copy(pair.cert, certs)
        shutil.copy(pair.key, certs)
    for file in (pki.client_ca, pki.server_ca, pki.server_cert):
        shutil.copy(file, certs)
    (certs / "notes.txt").write_text("nothing")
    (certs / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_written_configuration_works(command: Run, here: Path) -> None:
    """Address, CAs and callers; the certificate that is over must be refused."""
    assert command("init", "--yes").status == 0
    written = tomllib.loads((here / "specdrift.toml").read_text())
    assert (written["spec"], written["base-url"]) == ("openapi.yaml", "https://api.test:8443/v1")
    assert written["server"] == {"ca-file": "certs/server-ca.pem"}
    assert written["client-ca"] == {"cert-file": "certs/client-ca.pem"}
    assert written["identities"] == [
        {"name": "alice", "cert-file": "certs/alice.pem", "key-file": "certs/alice.key"},
        {"name": "bob", "cert-file": "certs/bob.pem", "key-file": "certs/bob.key"},
        {
            "name": "expired",
            "cert-file": "certs/expired.pem",
            "key-file": "certs/expired.key",
            "expect": "refused",
        },
    ]
    assert command("config", "check").status == 0


def test_unknown_values_are_comments(here: Path) -> None:
    """Credentials, existing values, roles, and unsafe methods."""
    text = starter(starting_values(None, None, beside=here))
    for line in (
        '# roles = ["reader"]  # roles in the document: reader',
        "# [schemes.key]",
        '# value = "${KEY}"',
        '# [schemes."our token"]',
        '# token = "${OUR_TOKEN}"',
        '# include-path = "/items/{id}"',
        "# Requests of unsafe methods (DELETE) are not sent by default. On a test system, add",
    ):
        assert line in text.splitlines()


def test_the_mutual_tls_scheme_of_an_older_document_is_a_question(here: Path) -> None:
    """OpenAPI 3.0 has no type for mutual TLS."""
    (here / "old.yaml").write_text(
        'openapi: 3.0.3\ninfo: {title: t, version: "1"}\npaths: {}\n'
        "components: {securitySchemes: {gateway: {type: apiKey, in: header, name: X}}}\n"
    )
    text = starter(starting_values("old.yaml", None, beside=here))
    assert '# [schemes.gateway]\n# kind = "mutualTLS"' in text


def test_a_key_with_a_passphrase_belongs_by_its_name(here: Path) -> None:
    """It cannot be opened to compare, and no prompt appears."""
    key = here / "certs" / "alice.key"
    key.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
    alice = next(i for i in starting_values(None, None, beside=here).identities if i.name == "alice")
    assert (alice.key_file, alice.encrypted) == ("certs/alice.key", True)


def test_the_interview_decides_the_identities(here: Path) -> None:
    """One must be refused, one is omitted, and the API runs at another address."""
    answers = iter(["accepted", "refused", "skip", "https://localhost:1"])
    asked: list[tuple[str, str]] = []

    def ask(question: str, default: str) -> str:
        asked.append((question, default))
        return next(answers)

    start = interview(starting_values(None, None, beside=here), ask)
    assert [(i.name, i.expect.value) for i in start.identities] == [("alice", "accepted"), ("bob", "refused")]
    assert start.base_url == "https://localhost:1"
    assert [default for _, default in asked] == [
        "accepted",
        "accepted",
        "refused",
        "https://api.test:8443/v1",
    ]


def test_an_answer_may_be_short_and_an_invalid_one_is_repeated(here: Path) -> None:
    """No certificate is dropped silently, and no unusable address is written."""
    answers = iter(["Accepted", "yes", "r", "", "S", "localhost:8443", "htp:/x", "https://localhost:8443"])
    questions: list[str] = []

    def ask(question: str, _: str) -> str:
        questions.append(question)
        return next(answers)

    start = interview(starting_values(None, None, beside=here), ask)
    assert [(i.name, i.expect.value) for i in start.identities] == [("alice", "accepted"), ("bob", "refused")]
    assert start.base_url == "https://localhost:8443"
    assert questions[2].startswith('"yes" is not an answer; type accepted, refused or skip. ')
    assert "Invalid: expected an http:// or https:// URL" in questions[-2]


@pytest.mark.parametrize("url", ["localhost:8443", "htp:/x", "https://me:secret@localhost"])
def test_an_address_that_cannot_be_used_is_refused(command: Run, here: Path, url: str) -> None:
    """Before anything is written."""
    outcome = command("init", "--yes", "--base-url", url)
    assert outcome.status == 2
    assert "error: --base-url: " in outcome.err
    assert "secret" not in outcome.err
    assert not (here / "specdrift.toml").exists()


def test_the_other_of_two_authorities_is_the_servers(here: Path) -> None:
    """Without a server's certificate to tell: by its name, or since it issued no caller."""
    (here / "certs" / "server.pem").unlink()
    assert starting_values(None, None, beside=here).server_ca == "certs/server-ca.pem"
    (here / "certs" / "server-ca.pem").rename(here / "certs" / "root.pem")
    assert starting_values(None, None, beside=here).server_ca == "certs/root.pem"


def test_a_missing_file_is_named_as_missing(command: Run, here: Path) -> None:
    """In the configuration and on stderr, relative to the configuration."""
    shutil.rmtree(here / "certs")
    (here / "openapi.yaml").unlink()
    (here / "sub dir").mkdir()
    outcome = command("init", "--yes", "-o", "sub dir/s.toml")
    text = (here / "sub dir" / "s.toml").read_text()
    written = tomllib.loads(text)
    assert written["spec"] == "../openapi.yaml"
    assert written["server"]["ca-file"] == "../certs/server-ca.pem"
    assert written["identities"][0]["cert-file"] == "../certs/alice.pem"
    assert "# No CA certificate of the server was found: add this file" in text
    assert "no CA certificate of the server found; edit [server] ca-file in sub dir/s.toml" in outcome.err


def test_force_never_means_the_document(command: Run, here: Path) -> None:
    """It writes over a configuration, not over what that is about."""
    assert command("init", "--yes", "--force", "-o", "openapi.yaml").status == 2
    assert (here / "openapi.yaml").read_text() == DOCUMENT


def test_paths_are_relative_to_the_file(here: Path) -> None:
    """A configuration may lie elsewhere."""
    start = starting_values(None, None, beside=here / "conf")
    assert start.spec == "../openapi.yaml"
    assert start.identities[0].cert_file == "../certs/alice.pem"


def test_an_unreadable_document_is_skipped(command: Run, here: Path) -> None:
    """It is reported on stderr; the certificates are written."""
    (here / "openapi.yaml").write_text("{")
    outcome = command("init", "--yes", "-o", "-")
    assert outcome.status == 0
    assert "openapi.yaml" in outcome.err
    assert len(tomllib.loads(outcome.out)["identities"]) == 3
