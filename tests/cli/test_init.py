"""The first configuration: it has the values of document and certificates, and works unchanged."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from specdrift.app.starting import look_around, sentences
from specdrift.app.starting import starting_values as values_of
from specdrift.cli.commands.setup.init import ask_identities, ask_url
from specdrift.config.describe.starter import Start, starter
from specdrift.model.result.reasons import Remedy
from specdrift.reports import render
from specdrift.scan.listener_survey import ListenerSurvey
from tests.reports import factory
from tests.servers.pki import make_pki

if TYPE_CHECKING:
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


def starting_values(spec: str | None = None, *, beside: Path, seen: ListenerSurvey | None = None) -> Start:
    """Return the values of a configuration without contacting anything."""
    around = look_around(spec, beside=beside)
    return values_of(around.base_url, around, seen)


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
    text = starter(starting_values(beside=here))
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
    text = starter(starting_values("old.yaml", beside=here))
    assert '# [schemes.gateway]\n# kind = "mutualTLS"' in text


def test_a_key_with_a_passphrase_belongs_by_its_name(here: Path) -> None:
    """It cannot be opened to compare, and no prompt appears."""
    key = here / "certs" / "alice.key"
    key.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
    alice = next(i for i in starting_values(beside=here).identities if i.name == "alice")
    assert (alice.key_file, alice.encrypted) == ("certs/alice.key", True)


def test_the_interview_decides_the_identities(here: Path) -> None:
    """One must be refused, one is omitted."""
    answers = iter(["accepted", "refused", "skip"])
    asked: list[tuple[str, str]] = []

    def ask(question: str, default: str) -> str:
        asked.append((question, default))
        return next(answers)

    start = ask_identities(starting_values(beside=here), ask)
    assert [(i.name, i.expect.value) for i in start.identities] == [("alice", "accepted"), ("bob", "refused")]
    assert [default for _, default in asked] == ["accepted", "accepted", "refused"]


def test_an_answer_may_be_short_and_an_invalid_one_is_repeated(here: Path) -> None:
    """No certificate is dropped silently, and no unusable address is written."""
    answers = iter(["localhost:8443", "htp:/x", "https://localhost:8443", "Accepted", "yes", "r", "", "S"])
    questions: list[str] = []

    def ask(question: str, _: str) -> str:
        questions.append(question)
        return next(answers)

    assert ask_url("https://api.test", ask) == "https://localhost:8443"
    assert "Invalid: expected an http:// or https:// URL" in questions[2]
    start = ask_identities(starting_values(beside=here), ask)
    assert [(i.name, i.expect.value) for i in start.identities] == [("alice", "accepted"), ("bob", "refused")]
    assert questions[5].startswith('"yes" is not an answer; type accepted, refused or skip. ')


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
    assert starting_values(beside=here).server_ca == "certs/server-ca.pem"
    (here / "certs" / "server-ca.pem").rename(here / "certs" / "root.pem")
    assert starting_values(beside=here).server_ca == "certs/root.pem"


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
    start = starting_values(beside=here / "conf")
    assert start.spec == "../openapi.yaml"
    assert start.identities[0].cert_file == "../certs/alice.pem"


def test_an_unreadable_document_is_skipped(command: Run, here: Path) -> None:
    """It is reported on stderr; the certificates are written."""
    (here / "openapi.yaml").write_text("{")
    outcome = command("init", "--yes", "-o", "-")
    assert outcome.status == 0
    assert "openapi.yaml" in outcome.err
    assert len(tomllib.loads(outcome.out)["identities"]) == 3


SWAGGER = (
    'swagger: "2.0"\ninfo: {title: T, version: "1"}\nbasePath: /v2\npaths: {/a: {get: {responses: {}}}}\n'
)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("rpc.swagger.json", '{"consumes": ["a/b"], "swagger": "2.0", "paths": {}}'),
        ("api/spec/service.yml", "# a comment\nopenapi: '3.0.1'\npaths: {}\n"),
        ("docs/v1.json", '{\n  "openapi" : "3.1.0"\n}'),
    ],
)
def test_a_document_is_found_by_its_content(here: Path, file: str, text: str) -> None:
    """By neither its name nor its folder; dependencies and overlays are none of ours."""
    (here / "openapi.yaml").unlink()
    for other, content in (
        ("node_modules/x/openapi.yaml", DOCUMENT),
        (".venv/openapi.yaml", DOCUMENT),
        ("overlay.yaml", "overlay: 1.0.0\nactions: []\n"),
        ("a.json", '{"version": "3.0"}'),
        (file, text),
    ):
        (here / other).parent.mkdir(parents=True, exist_ok=True)
        (here / other).write_text(content)
    assert look_around(None, beside=here).spec == file


def test_the_nearest_document_is_used_and_the_others_are_named(command: Run, here: Path) -> None:
    """Its name decides among those in one folder."""
    (here / "api").mkdir()
    for file in ("a.yaml", "api/openapi.yaml", "z-openapi.yaml"):
        (here / file).write_text(SWAGGER)
    outcome = command("init", "--yes", "-o", "-")
    assert "using openapi.yaml; also found: z-openapi.yaml, a.yaml, api/openapi.yaml (--spec)" in outcome.err


def test_a_document_without_certificates_gets_a_requirement(command: Run, here: Path) -> None:
    """With its base path; the scheme that it does not have is not suggested. The result is judged as it stands."""
    (here / "openapi.yaml").unlink()
    (here / "swagger.yaml").write_text(SWAGGER)
    assert command("init", "--yes", "--no-probe").status == 0
    text = (here / "specdrift.toml").read_text()
    written = tomllib.loads(text)
    assert (written["spec"], written["base-url"]) == ("swagger.yaml", "https://localhost:8443/v2")
    assert written["contract"] == {"require": "mutualTLS"}
    assert "schemes" not in text
    assert command("lint").status == 0


def test_public_operations_are_the_exceptions(here: Path) -> None:
    """As far as the document names them."""
    (here / "old.yaml").write_text(
        'openapi: 3.0.3\ninfo: {title: t, version: "1"}\n'
        "paths: {/a: {get: {responses: {}}}, /health: {get: {security: [], responses: {}}}}\n"
    )
    text = starter(starting_values("old.yaml", beside=here))
    assert tomllib.loads(text)["contract"] == {"require": "mutualTLS", "exclude-path": ["/health"]}


def test_a_document_with_certificates_gets_no_requirement(here: Path) -> None:
    """It says itself what is required."""
    assert "[contract]" not in starter(starting_values(beside=here))


def _seen(**facts: Any) -> ListenerSurvey:  # noqa: ANN401
    return ListenerSurvey(
        base_url="https://api.test", versions=("TLSv1.3", "TLSv1.2"), subject="CN=api", **facts
    )


def test_what_the_listener_showed_is_used(here: Path) -> None:
    """The CA that verifies it, its own certificate that is no client's, and the CAs that it names."""
    found = {one.name: one for one in look_around(None, beside=here).files.identities}
    seen = _seen(
        trusted_by=Path("certs/client-ca.pem"),
        certificate_sha256=found["alice"].sha256,
        requests_certificate=True,
        acceptable_issuers=("CN=another CA",),
    )
    start = starting_values(beside=here, seen=seen)
    assert (start.server_ca, [one.name for one in start.identities]) == (
        "certs/client-ca.pem",
        ["bob", "expired"],
    )
    assert tomllib.loads(starter(start))["identities"][0]["name"] == "expired"
    assert '# name = "bob"' in starter(start)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"requests_certificate": True}, "It requests a client certificate and names no CA."),
        (
            {"requests_certificate": True, "acceptable_issuers": tuple("abcde")},
            "It requests a client certificate issued by: a; b; c and 2 more.",
        ),
        ({}, "It requested no client certificate in the handshake: it cannot check one there."),
        (
            {"alert": "certificate_required"},
            "It refuses a client without a certificate in TLS (alert certificate_required).",
        ),
        ({"closed": True}, "It closes the connection of a client without a certificate."),
        ({"status": 403}, "It answers a client without a certificate with HTTP 403."),
        ({"problem": "connection refused."}, "https://api.test was not reached: connection refused."),
    ],
)
def test_what_the_listener_showed_is_explained(facts: dict[str, Any], sentence: str) -> None:
    """In sentences, on the terminal and in the file."""
    assert sentence in list(sentences(_seen(**facts)))


def test_a_result_completes_the_configuration(command: Run, here: Path) -> None:
    """Lines for what is undecided are added below what is there, and the file stays usable."""
    story = factory.story()
    undecided = tuple(replace(each, remedy=Remedy.SEND) for each in story.undecided)
    (here / "result.json").write_bytes(render(replace(story, undecided=undecided), "json"))
    (here / "specdrift.toml").write_text('spec = "openapi.yaml"')
    outcome = command("init", "--from-result", "result.json")
    assert outcome.status == 0
    text = (here / "specdrift.toml").read_text()
    assert text.startswith('spec = "openapi.yaml"\n')
    assert command("config", "check").status == 0
    assert command("init", "--from-result", "result.json", "-o", "new.toml").status == 0
    assert '# unsafe-methods = "send"' in text
    assert (
        "added to specdrift.toml: lines for 0 reasons that apply at once, and for 1 as comments"
        in outcome.err
    )
