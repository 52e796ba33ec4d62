"""Parameters whose values are secret, over real TLS, with a server that echoes all input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.app.plan import plan_check
from specdrift.config.describe.show import show
from specdrift.model.contract.selector import Selector
from specdrift.reports import FORMATS, RenderOptions
from specdrift.scan.execution.checkpoint import opened
from specdrift.settings import OperationSettings, RedactSettings, SchemeSettings, Secret
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from specdrift.model.result.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

KEY = 'query-key/of "mine"'
SECRETS = {"X-Api-Key": "header-key-1f0c", "access_token": "token/of+mine", "session": "cookie-of-mine"}
NAMED = {"X-Tenant": "tenant-of-mine", "ticket": "ticket of/mine"}
"""Those that only the configuration calls secret."""
SECRETS |= NAMED
OPEN = {"chapter": "chapter-seven"}
WORD = "ordinary"
"""What the document itself gives a parameter whose name sounds secret."""
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Parameters", "version": "1"},
    "paths": {
        "/echo": {
            "get": {
                "security": [{"mtls": [], "key": []}],
                "parameters": [
                    {"name": name, "in": place, "required": True, "schema": {"type": "string"}, **more}
                    for name, place, more in (
                        ("X-Api-Key", "header", {}),
                        ("access_token", "query", {}),
                        ("session", "cookie", {}),
                        ("X-Tenant", "header", {}),
                        ("ticket", "query", {}),
                        ("chapter", "query", {}),
                        ("password", "query", {"example": WORD}),
                    )
                ],
                "responses": {"200": {"description": "OK"}},
            }
        }
    },
    "components": {
        "securitySchemes": {
            "mtls": {"type": "mutualTLS"},
            "key": {"type": "apiKey", "in": "query", "name": "api[key]"},
        }
    },
}


class Echo(Handler):
    """Admits every caller and echoes the input, decoded and raw."""

    def respond(self) -> None:
        """All of it."""
        if urlsplit(self.path).path != "/echo":
            return self.reply(404, {"error": "not found"})
        told = {
            "query": parse_qsl(urlsplit(self.path).query),
            "headers": self.headers.items(),
            "as": self.path,
        }
        return self.reply(200, {**told, "word": WORD})


@pytest.fixture(scope="module")
def kept(pki: TestPki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Result, Settings]]:
    """The result of a run that was recorded, and its settings with a checkpoint that is still there."""
    folder = tmp_path_factory.mktemp("secret")
    document = folder / "openapi.json"
    document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    with listening(Echo, pki) as url:
        settings = settings_for(
            pki,
            url,
            spec=str(document),
            schemes={"key": SchemeSettings(value=Secret(KEY))},
            operations=(OperationSettings(include=Selector(), parameters={**SECRETS, **OPEN}),),
            redact=RedactSettings(names=("x-tenant", "Ticket")),
            origins={"operations.0.parameters": "specdrift.toml:1"},
            record=folder / "run.json",
            resume=folder / "run.ckpt",
            checks=("mtls-not-enforced",),
            skip_checks=(),
        )
        yield run(settings), settings


SILENT = ("openmetrics", "gitlab", "github", "junit", "markdown", "text")
"""Formats that may show no request at all."""


def written(result: Result, settings: Settings, what: str) -> str:
    """What a reader has of the run."""
    if what == "plan":
        return repr(plan_check(settings).probes)
    files = {"recording": settings.recording.record, "checkpoint": settings.recording.resume}
    file = files.get(what)
    return file.read_text("utf-8") if file else FORMATS[what].render(result, RenderOptions()).decode()


@pytest.mark.slow
@pytest.mark.parametrize("what", [*FORMATS, "recording", "checkpoint", "plan"])
def test_no_secret_parameter_is_shown(what: str, kept: tuple[Result, Settings]) -> None:
    """Neither as a value, nor encoded in a URL or JSON, nor where the server echoed it."""
    text = written(*kept, what)
    spelled = {
        s for one in (KEY, *SECRETS.values()) for s in (one, quote(one, safe=""), json.dumps(one)[1:-1])
    }
    assert sorted(secret for secret in spelled if secret in text) == []
    assert "[redacted]" in text or what in SILENT


def test_the_settings_that_name_a_secret_do_not_show_it(kept: tuple[Result, Settings]) -> None:
    """``specdrift config show`` prints the names, not the values; other settings are unchanged."""
    shown = show(kept[1])
    assert [value for value in SECRETS.values() if value in shown and value != SECRETS["session"]] == []
    assert OPEN["chapter"] in shown


def test_other_values_are_shown(kept: tuple[Result, Settings]) -> None:
    """Other configured values, and words of the document, in any place."""
    result, _ = kept
    (operation,) = (judged.operation for judged in result.operations)
    shown = {parameter.name: parameter.value for parameter in operation.parameters}
    assert shown == {**dict.fromkeys((*SECRETS, "password"), "[redacted]"), **OPEN}
    bodies = [r.observation.http.body_excerpt for r in result.probes if r.observation.http]
    echoed = next(body for body in bodies if "query" in body)
    assert all(value in echoed for value in OPEN.values())
    assert f'"word": "{WORD}"' in echoed
    assert OPEN["chapter"] in result.settings["operations.0.parameters"].text


def test_a_recording_with_masked_values_is_judged_to_the_same_result(kept: tuple[Result, Settings]) -> None:
    """What is masked in it stays as it is."""
    result, settings = kept
    assert settings.recording.record is not None
    assert scan.rejudge(settings.recording.record) == result


def test_a_checkpoint_resumes_with_another_secret(kept: tuple[Result, Settings]) -> None:
    """It is the same run, as with another key of a scheme: a token may be a new one each time."""
    _, settings = kept
    assert settings.recording.resume is not None
    other = OperationSettings(
        include=Selector(), parameters={**SECRETS, **OPEN, "access_token": "another-token"}
    )
    again = scan.prepare(replace(settings, operations=(other,)))
    with opened(settings.recording.resume, again, now=kept[0].started_at) as checkpoint:
        assert checkpoint.known
