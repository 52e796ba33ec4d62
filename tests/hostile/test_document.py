"""A hostile document gets nothing of the owner, by any command: not without his word, and nothing beyond it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.ci.job import Job, Mode
from specdrift.ci.job import run as run_job
from specdrift.errors import SpecdriftError
from tests.hostile.recorder import recorder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.conftest import Command
    from tests.hostile.owner import Owner
    from tests.hostile.recorder import Recorder

pytestmark = pytest.mark.slow

DOCUMENT = """\
openapi: 3.1.0
info: {title: "${API_KEY} {{ environ }} $(env)", version: "1"}
servers: [{url: "URL/v1"}, {url: "http://localhost:PORT"}, {url: "//localhost:PORT"}, {url: "URL/{p}"}]
components:
  securitySchemes:
    mtls: {type: mutualTLS}
    key: {type: apiKey, in: header, name: X-Key}
    query: {type: apiKey, in: query, name: key}
    oauth:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: "URL/token", refreshUrl: "URL/refresh", scopes: {}}}
    oidc: {type: openIdConnect, openIdConnectUrl: "URL/.well-known/openid-configuration"}
externalDocs: {url: "URL/docs"}
paths:
  /a: {get: {security: [{mtls: [], key: []}], responses: {"200": {description: ok}}}}
  /b:
    servers: [{url: "URL/b"}]
    get: {security: [{mtls: [], oauth: []}], responses: {"200": {description: ok}}}
  /c:
    get:
      servers: [{url: "http://localhost:PORT/c"}, {url: "URL"}]
      security: [{mtls: [], query: [], oidc: []}]
      parameters:
        - {name: home, in: query, required: true, schema: {type: string, default: "${ACCESS_TOKEN}"}}
        - {name: host, in: header, required: true, example: "localhost:PORT"}
        - $ref: "URL/parameter.yaml"
        - $ref: "HOME/.netrc"
        - $ref: "file://HOME/.aws/credentials"
        - $ref: "../home/.ssh/id_ed25519"
        - $ref: "link/.netrc"
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "URL/schema.json"}}}}}
  "/${DB_PASSWORD}": {get: {security: [{mtls: []}], responses: {"200": {description: ok}}}}
  "//localhost:PORT/d": {get: {security: [{mtls: []}], responses: {"200": {description: ok}}}}
  "/@localhost:PORT/e": {get: {security: [{mtls: []}], responses: {"200": {description: ok}}}}
"""
CONFIGURATION = """\
spec = "../checkout/openapi.yaml"
[server]
ca-file = "certificates/server-ca.pem"
[[identities]]
name = "alice"
cert-file = "certificates/alice.pem"
key-file = "certificates/alice.key"
[schemes.key]
value = "${API_KEY}"
[schemes.query]
value = "${AWS_SECRET_ACCESS_KEY}"
[schemes.oauth]
token = "${ACCESS_TOKEN}"
[schemes.oidc]
token = "${ACCESS_TOKEN}"
"""
TRUSTED = ("--config", "../home/specdrift.toml")
COMMANDS = {
    "check without a base URL": ("check", *TRUSTED),
    "check of the owner's server": ("check", *TRUSTED, "--base-url", "OWNER"),
    "exhaustive check of the owner's server": ("check", *TRUSTED, "--base-url", "OWNER/v1", "--exhaustive"),
    "check with options": ("check", "openapi.yaml", "--insecure"),
    "plan": ("plan", *TRUSTED),
    "plan as JSON": ("plan", *TRUSTED, "--format", "json"),
    "lint": ("lint", "openapi.yaml"),
    "lint with the owner's configuration": ("lint", *TRUSTED, "--format", "html", "-o", "lint.html"),
    "routes": ("routes", ".", "--spec", "openapi.yaml"),
    "init": ("init", "--yes", "--force"),
    "identities": ("identities", *TRUSTED),
    "config check": ("config", "check", *TRUSTED),
    "fleet": ("fleet", "../home/inventory.toml", "-o", "fleet", "--no-history", "--workers", "1"),
}


def plant(owner: Owner, attacker: Recorder) -> None:
    """Write the document of the attacker, and the owner's configuration."""
    places = {"URL": attacker.url, "PORT": str(attacker.port), "HOME": str(owner.home)}
    text = DOCUMENT
    for word, value in places.items():
        text = text.replace(word, value)
    (owner.checkout / "openapi.yaml").write_text(text)
    (owner.checkout / "link").symlink_to(owner.home)
    (owner.home / "specdrift.toml").write_text(CONFIGURATION)
    services = '[[services]]\nname = "service"\nconfig = "specdrift.toml"\n'
    (owner.home / "inventory.toml").write_text(services)


@pytest.fixture
def trusted(owner: Owner, attacker: Recorder) -> Owner:
    """The owner with his own configuration, beside the attacker's document."""
    plant(owner, attacker)
    return owner.now()


@pytest.mark.parametrize("line", COMMANDS)
def test_no_command_gives_it_anything(
    line: str, trusted: Owner, attacker: Recorder, certificates: Path, command: Command
) -> None:
    """Its servers, references, flows and values reach neither the attacker's server nor his files with a secret."""
    with recorder(certificates) as own:
        arguments = [each.replace("OWNER", own.url) for each in COMMANDS[line]]
        printed = command(*arguments)
    if "OWNER" in "".join(COMMANDS[line]):
        assert own.certificates, "the control: the owner's server gets the certificate"
        assert b"X-Key: sk-live" in own.received
    assert sorted(trusted.losses(attacker, printed)) == []


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("line", ["check", "init"])
def test_its_servers_need_the_owners_word(
    line: str, owner: Owner, attacker: Recorder, command: Command
) -> None:
    """Nothing is sent there without it. `init` looks at it, and does not make it the base URL by itself."""
    if line == "init":
        (owner.checkout / "certs").mkdir()
        for file in owner.certificates.iterdir():
            (owner.checkout / "certs" / file.name).write_bytes(file.read_bytes())
        command("init", "--force", identity=False)
        assert not attacker.certificates
    before = attacker.connections
    printed = command("check", *(TRUSTED if line == "check" else ()), identity=False)
    assert attacker.connections == before
    assert "--allow-hosts localhost" in printed


def test_the_owners_word_is_enough(trusted: Owner, attacker: Recorder, command: Command) -> None:
    """The control: with --allow-hosts the document's server gets certificate, key and token."""
    printed = command("check", *TRUSTED, "--allow-hosts", "localhost")
    losses = set(trusted.losses(attacker, printed))
    assert {"server: client certificate", "server: API_KEY", "server: ACCESS_TOKEN"} <= losses
    assert "server: DB_PASSWORD" not in losses


@pytest.mark.parametrize("mode", Mode)
def test_no_job_gives_it_anything(mode: Mode, trusted: Owner, attacker: Recorder, command: Command) -> None:
    """Also with the owner's identity in its variables."""
    printed = command("rules")
    environ = trusted.environ(identity=True) | {"SPECDRIFT_SPEC": "openapi.yaml"}
    try:
        with pytest.MonkeyPatch.context() as variables:
            variables.setenv("SPECDRIFT_SPEC", "openapi.yaml")
            run_job(Job(against="", mode=mode, output=trusted.checkout / "specdrift-report", environ=environ))
    except SpecdriftError as error:
        printed += str(error)
    assert sorted(trusted.losses(attacker, printed)) == []
    assert attacker.connections == 0
