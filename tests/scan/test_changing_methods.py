"""Requests that change a resource are sent last, and a resource that is gone is never taken for a refusal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift import scan
from specdrift.model.contract.selector import Selector
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.verdict import Verdict
from specdrift.scan.execution.planning import Wave, plan, wave_of
from specdrift.settings import OperationSettings
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow

ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
BODY = {"content": {"application/json": {"schema": {"type": "object"}, "example": {"name": "x"}}}}
OK = {"responses": {"2XX": {"description": "OK"}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Items", "version": "1"},
    "security": [{"mtls": []}],
    "paths": {
        "/items/{id}": {
            "parameters": [ID],
            "delete": OK,
            "put": {**OK, "requestBody": BODY},
            "get": OK,
        },
        "/items": {"post": {**OK, "requestBody": BODY}},
    },
    "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
}


class Changing(Handler):
    """Has methods that change something."""

    do_POST = do_PUT = do_DELETE = Handler.do_GET  # noqa: N815 (the names are the base class's)


def items(guarded: frozenset[str]) -> type[Handler]:
    """An API of one kind of thing, which asks for a certificate by some methods: ``/items/7`` is there at first, and a
    second one is not made.
    """
    there = {"7"}

    class Items(Changing):
        def respond(self) -> None:
            """As such APIs do."""
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            item = self.path.removeprefix("/items/") if self.path.startswith("/items/") else None
            if item is None and self.path != "/items":
                return self.reply(404, {"error": "no such path"})
            if self.command.replace("HEAD", "GET") in guarded and not self.caller:
                return self.reply(403, {"error": "no certificate"})
            if item is None:
                known = "8" in there
                there.add("8")
                return self.reply(409, {"error": "there is one"}) if known else self.reply(201, {"id": 8})
            if item not in there:
                return self.reply(404, {"error": "no such item"})
            if self.command == "DELETE":
                there.discard(item)
            return self.reply(200, {"id": item})

    return Items


def configured(pki: TestPki, url: str, folder: Path) -> Settings:
    """Everything is sent, for ``/items/7``."""
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return settings_for(
        pki,
        url,
        spec=str(folder / "openapi.json"),
        operations=(OperationSettings(include=Selector(), parameters={"id": "7"}),),
        unsafe_methods=UnsafeMethods.SEND,
        allow_destructive=True,
        skip_checks=("undocumented", "input"),
    )


@pytest.mark.parametrize(
    ("guarded", "expected"),
    [
        (
            frozenset(),
            {
                "GET": Verdict.DRIFT,
                "PUT": Verdict.DRIFT,
                "POST": Verdict.UNDECIDED,
                "DELETE": Verdict.DRIFT,  # before any other DELETE, the resource was there
            },
        ),
        (
            frozenset({"DELETE", "POST"}),
            {
                "GET": Verdict.DRIFT,
                "PUT": Verdict.DRIFT,
                "POST": Verdict.CONSISTENT,
                "DELETE": Verdict.CONSISTENT,
            },
        ),
        (
            frozenset({"DELETE", "POST", "PUT", "GET"}),
            dict.fromkeys(("GET", "PUT", "POST", "DELETE"), Verdict.CONSISTENT),
        ),
    ],
    ids=["nothing is guarded", "reading and replacing are open", "all is guarded"],
)
def test_a_deleted_resource_is_no_refusal(
    guarded: frozenset[str], expected: dict[str, Verdict], pki: TestPki, tmp_path: Path
) -> None:
    """A resource that alice deleted answers 404 to anonymous clients and to her; only another status is a refusal."""
    with listening(items(guarded), pki) as url:
        result = run(configured(pki, url, tmp_path))
    assert {item.operation.key.method: item.verdict for item in result.operations} == expected


def test_unsafe_methods_are_sent_last(pki: TestPki, tmp_path: Path) -> None:
    """Whatever the phase; within a wave the phases keep their order."""
    probes = plan(scan.prepare(configured(pki, "https://127.0.0.1:1", tmp_path)))
    order = [(wave_of(probe), probe.phase) for probe in probes]
    assert order == sorted(order)
    assert {wave for wave, _ in order} == set(Wave)


def test_the_control_is_no_operation_that_may_not_be_sent(pki: TestPki, tmp_path: Path) -> None:
    """A random path beside ``POST /hooks/github`` would match ``POST /hooks/{source}``."""
    seen: list[tuple[str, str]] = []

    class Hooks(Changing):
        def respond(self) -> None:
            """Accept every client with a certificate."""
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append((self.command, self.path))
            if self.command != "POST" or not self.path.startswith("/hooks/"):
                return self.reply(404, {"error": "no such path"})
            return self.reply(202, {"ok": True}) if self.caller else self.reply(403, {"error": "no"})

    source = {
        "name": "source",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "example": "jira",
    }
    paths = {"/hooks/github": {"post": OK}, "/hooks/{source}": {"parameters": [source], "post": OK}}
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps({**DOCUMENT, "paths": paths}), encoding="utf-8")
    allowed = OperationSettings(include=Selector(paths=("/hooks/github",)), unsafe_methods=UnsafeMethods.SEND)
    with listening(Hooks, pki) as url:
        settings = settings_for(
            pki, url, spec=str(document), operations=(allowed,), unsafe_methods=UnsafeMethods.NEVER
        )
        result = run(settings)
    assert not [path for method, path in seen if method == "POST" and "/hooks/specdrift-" in path]
    assert ("POST", "/hooks/github") in seen
    verdicts = {item.operation.key.path: item.verdict for item in result.operations}
    assert verdicts == {"/hooks/github": Verdict.CONSISTENT, "/hooks/{source}": Verdict.UNDECIDED}
