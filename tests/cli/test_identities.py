"""`specdrift identities`: defects of certificates, before a server rejects them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from specdrift.cli.terminal.streams import Terminal
from specdrift.demo.certificates import write_certificates
from tests.cli.conftest import Run

CONFIG = """\
[client-ca]
cert-file = "client-ca.pem"
[[identities]]
name = "alice"
cert-file = "alice.pem"
key-file = "alice.key"
roles = ["teller"]
[[identities]]
name = "old"
cert-file = "old-partner.pem"
key-file = "old-partner.key"
expect = "refused"
"""

DOCUMENT = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
security: [{mtls: []}]
paths:
  /orders:
    get: {responses: {"200": {description: ok}}}
components: {securitySchemes: {mtls: {type: mutualTLS}}}
"""


@pytest.fixture
def certificates(command: Run, tmp_path: Path) -> Run:
    """The demo's certificates, in the folder where commands run."""
    write_certificates(tmp_path)
    return command


def test_valid_identities_are_ok(certificates: Run, tmp_path: Path) -> None:
    """Each is named with its file and what is expected of it; a foreign issuer is worth a warning."""
    (tmp_path / "specdrift.toml").write_text(CONFIG)
    outcome = certificates("identities")
    lines = outcome.out.splitlines()
    assert outcome.status == 0
    assert lines[0].startswith("alice: ")
    assert lines[0].endswith("alice.pem (expected to be accepted, roles teller)")
    facts = dict(line.split(maxsplit=1) for line in lines[1:7] if line.startswith("  "))
    assert facts["subject"] == "CN=alice,OU=teller"
    assert facts["issuer"] == "CN=Demo Bank Client CA"
    assert facts["validity"].endswith(" left")
    assert facts["usage"] == "TLS clients"
    assert facts["chain"].endswith("issued by the configured client CA")
    assert [line for line in lines if line.startswith("old: ")]
    assert "the client CA did not issue" in outcome.out


@pytest.mark.parametrize("words", [("identities",), ("config", "check"), ("check",)])
def test_one_certificate_is_not_to_be_accepted_and_refused(
    certificates: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """It is found by its content: the files have different names."""
    (tmp_path / "old-partner.pem").write_bytes((tmp_path / "alice.pem").read_bytes())
    (tmp_path / "old-partner.key").write_bytes((tmp_path / "alice.key").read_bytes())
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    (tmp_path / "specdrift.toml").write_text(
        f'spec = "openapi.yaml"\nbase-url = "https://127.0.0.1:9"\n{CONFIG}'
    )
    outcome = certificates(*words)
    assert outcome.status == 2
    said = " ".join((outcome.out + outcome.err).split())
    assert 'identities "alice" (expected to be accepted) and "old" (expected to be refused)' in said


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--cert", "alice.pem", "--key", "bob.key"), "alice.pem"),
        (("--cert", "absent.pem"), "absent.pem"),
        (("--identity", "x=alice.key,alice.key"), "alice.key"),
    ],
)
def test_an_unusable_identity_exits_2(certificates: Run, options: tuple[str, ...], problem: str) -> None:
    """A key of another certificate, a missing file, a file of another kind."""
    outcome = certificates("identities", *options)
    assert outcome.status == 2
    assert "  error: " in outcome.out
    assert problem in outcome.out


def test_labels_are_coloured_on_request(certificates: Run) -> None:
    """Words stay; colour only comes on top."""
    outcome = certificates("identities", "--cert", "absent.pem", "--color", "always")
    assert "\x1b[31m" in outcome.out
    assert "error" in outcome.out


def test_a_passphrase_is_asked_for_on_a_terminal(
    certificates: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal the key is opened with the answer; elsewhere its absence is the problem."""
    key = serialization.load_pem_private_key((tmp_path / "alice.key").read_bytes(), password=None)
    (tmp_path / "locked.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"sesame"),
        )
    )
    arguments = ("identities", "--cert", "alice.pem", "--key", "locked.key")
    assert certificates(*arguments).status == 2

    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "sesame"

    monkeypatch.setattr(Terminal, "prompt", property(lambda _: answer))
    outcome = certificates(*arguments)
    assert outcome.status == 0
    assert len(asked) == 1
    assert "locked.key" in asked[0]
    assert "sesame" not in outcome.out + outcome.err


def test_without_identities_the_output_is_empty(command: Run) -> None:
    """A usage error, and how to name one."""
    outcome = command("identities")
    assert (outcome.status, outcome.out) == (2, "")
    assert "--cert and --key" in outcome.err
