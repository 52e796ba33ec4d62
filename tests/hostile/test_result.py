"""A hostile result, recording, baseline or checkpoint gets nothing of the owner."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from specdrift import __version__
from specdrift.fleet.history.overview import SCHEMA_VERSION
from specdrift.reports import render
from tests.reports import factory

if TYPE_CHECKING:
    from tests.hostile.conftest import Command
    from tests.hostile.owner import Owner
    from tests.hostile.recorder import Recorder

pytestmark = pytest.mark.slow

TEXTS = (
    "${API_KEY} $API_KEY %(API_KEY)s {API_KEY} `env`",
    "{{ environ }}{% include '/etc/passwd' %}{{ self.__init__.__globals__ }}",
    "HOME/.aws/credentials",
    "../home/.ssh/id_ed25519",
    "link/.netrc",
    "URL/x",
    "file://HOME/.netrc",
)
FORMATS = (
    "text",
    "html",
    "json",
    "sarif",
    "junit",
    "markdown",
    "github",
    "gitlab",
    "gitlab-dast",
    "openmetrics",
)
COMMANDS = {
    **{
        f"report as {form}": ("report", "result.json", "--format", form, "-o", f"r.{form}")
        for form in FORMATS
    },
    "report": ("report", "result.json"),
    "report compared": ("report", "result.json", "--previous", "result.json"),
    "report --rejudge": ("report", "--rejudge", "result.json", "--baseline", "baseline.json"),
    "notify": ("notify", "result.json", "--dry-run", "--when", "always"),
    "notify of a fleet": ("notify", "fleet.json", "--dry-run", "--to", "slack"),
    "compare": ("compare", "result.json", "result.json", "-o", "r.html"),
    "merge": ("merge", "result.json", "-o", "r.html"),
    "merge of a fleet": ("merge", "fleet.json", "-o", "merged", "--no-history"),
    "lint": ("lint", "openapi.yaml", "--previous", "result.json", "--baseline", "baseline.json"),
    "routes": ("routes", ".", "--result", "result.json", "--format", "html", "-o", "r.html"),
    "check": ("check", "openapi.yaml", "OWN", "--previous", "result.json", "--baseline", "baseline.json"),
    "check --resume": ("check", "openapi.yaml", "OWN", "--resume", "result.json"),
    "check --feed": ("check", "openapi.yaml", "OWN", "--feed", "result.json"),
    "history": ("history", "--history", "result.json"),
    "init": ("init", "--spec", "result.json", "--yes", "--force"),
}


def poisoned(value: Any, text: str) -> Any:  # noqa: ANN401 - JSON
    """Put the text in the place of each string that names or describes something."""
    if isinstance(value, dict):
        return {name: text if name in POISONED else poisoned(item, text) for name, item in value.items()}
    return [poisoned(item, text) for item in value] if isinstance(value, list) else value


POISONED = frozenset(
    {
        "file",
        "source",
        "title",
        "message",
        "remediation",
        "reproduce",
        "url",
        "base_url",
        "reason",
        "subject",
        "host",
    }
    | {"result", "report", "target", "how_to_decide", "name", "description", "path", "service", "text"}
)


def poisoned_fleet(text: str) -> dict[str, Any]:
    """An overview that is read to its end, with the text in every place of a text."""
    row = {
        "service": text,
        "owner": text,
        "result": text,
        "exit_status": 1,
        "exit_zero": False,
        "reason": text,
        "standing": None,
        "judged": True,
        "change": None,
        "drifts": {"error": 1, "warning": 0},
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"version": __version__},
        "fleet": text,
        "finished_at": text,
        "exit_status": 1,
        "interrupted": False,
        "services": [row],
        "share": {"inventory": text, "choice": text, "shard": [1, 1]},
    }


@pytest.mark.parametrize("line", COMMANDS)
@pytest.mark.parametrize("text", TEXTS)
def test_no_command_gives_it_anything(
    line: str, text: str, owner: Owner, attacker: Recorder, command: Command
) -> None:
    """What it names is neither read nor fetched nor expanded."""
    filled = text.replace("HOME", str(owner.home)).replace("URL", attacker.url)
    (owner.checkout / "link").symlink_to(owner.home)
    result = json.loads(render(factory.story(), "json"))
    files = {
        "result.json": poisoned(result, filled),
        "baseline.json": {"accepted": [{"fingerprint": filled, "reason": filled, "owner": filled}]},
        "fleet.json": poisoned_fleet(filled),
    }
    for name, content in files.items():
        (owner.checkout / name).write_text(json.dumps(content))
    (owner.checkout / "openapi.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/a: {get: {responses: {}}}}\n"
    )
    arguments = [each.replace("OWN", "https://127.0.0.1:1") for each in COMMANDS[line]]
    printed = command(*arguments)
    assert sorted(owner.losses(attacker, printed)) == []
    assert attacker.connections == 0
