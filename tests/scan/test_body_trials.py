"""Bodies that the server does not take are followed by others of the document, a few times, and never by a verdict."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from specdrift import scan
from specdrift.app.plan import plan_check
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.verdict import Verdict
from specdrift.scan.conclusion.recording import rejudge
from specdrift.scan.execution import rounds
from specdrift.scan.execution.body_trials import CHECK, MOST
from specdrift.scan.execution.planning import planned
from specdrift.settings import OperationSettings, ParameterSettings, RecordingSettings
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from specdrift.checks.core.base import PlanContext
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.servers

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "colour": {"type": "string", "enum": ["red", "blue"]},
        "id": {"type": "integer", "readOnly": True},
    },
}


def document(content: dict[str, Any], method: str = "post") -> dict[str, Any]:
    """One operation with a JSON body."""
    body = {"required": True, "content": {"application/json": content}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "security": [{"mtls": []}],
        "paths": {"/things": {method: {"requestBody": body, "responses": {"201": {"description": "Made."}}}}},
        "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
    }


class Things(Handler):
    """Takes a body that ``takes`` accepts. The body is validated before the certificate is looked at."""

    takes: ClassVar[Callable[[dict[str, Any]], bool]]
    needs_certificate = True
    requested: ClassVar[list[tuple[str, str]]]

    def respond(self) -> None:
        """Answer every method."""
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path != "/things":
            return self.reply(404, {"error": "no such path"})
        self.requested.append((self.caller or "-", text))
        if not type(self).takes(json.loads(text or "{}")):
            return self.reply(422, {"error": "unprocessable"})
        if self.needs_certificate and not self.caller:
            return self.reply(403, {"error": "forbidden"})
        return self.reply(201, {"thing": 90417, "shelf": "upper shelf 4711"})

    do_POST = do_PUT = respond  # noqa: N815 (the names are the base class's)


def api(takes: Callable[[dict[str, Any]], bool], *, needs_certificate: bool = True) -> type[Things]:
    """A server with a log of its own."""
    members = {"requested": [], "takes": staticmethod(takes), "needs_certificate": needs_certificate}
    return type("Api", (Things,), members)


def settings(pki: TestPki, tmp_path: Path, url: str, content: dict[str, Any], **changes: Any) -> Settings:  # noqa: ANN401
    """Requests of all methods are sent."""
    (tmp_path / "openapi.json").write_text(json.dumps(document(content)))
    given = {"unsafe_methods": UnsafeMethods.SEND, "checks": ("certificate",), **changes}
    return settings_for(pki, url, spec=str(tmp_path / "openapi.json"), **given)


def checked(
    pki: TestPki,
    tmp_path: Path,
    server: type[Things],
    content: dict[str, Any],
    **changes: Any,  # noqa: ANN401
) -> Result:
    """The result of a run."""
    with listening(server, pki) as url:
        return run(settings(pki, tmp_path, url, content, **changes))


def sent(server: type[Things], caller: str = "alice") -> list[str]:
    """The different bodies of a caller, in their order."""
    return list(dict.fromkeys(text for name, text in server.requested if name == caller))


def needs_colour(body: dict[str, Any]) -> bool:
    """The document calls a member optional that the server requires."""
    return "colour" in body


@pytest.mark.parametrize("learn", [True, False])
def test_optional_members_are_tried(pki: TestPki, tmp_path: Path, *, learn: bool) -> None:
    """All callers then send the body that the server takes, without members that only answers have."""
    server = api(needs_colour)
    result = checked(pki, tmp_path, server, {"schema": SCHEMA}, parameters=ParameterSettings(learn=learn))
    (operation,) = result.operations
    first, second = sent(server)
    assert (set(json.loads(first)), set(json.loads(second))) == ({"name"}, {"name", "colour"})
    assert sent(server, "-") == [second]
    assert operation.verdict is Verdict.CONSISTENT
    assert operation.operation.body
    assert operation.operation.body.origin == "sent after HTTP 422 to another one"
    assert result.drifts == ()
    assert [
        record.observation.http and record.observation.http.status
        for record in result.probes
        if record.probe.check == CHECK
    ] == [422]


def test_a_hole_behind_a_valid_body_is_found(pki: TestPki, tmp_path: Path) -> None:
    """Everybody gets 422 for the first body, which shows nothing."""
    result = checked(pki, tmp_path, api(needs_colour, needs_certificate=False), {"schema": SCHEMA})
    assert [drift.rule for drift in result.drifts] == ["mtls-not-enforced"]


def test_examples_come_first(pki: TestPki, tmp_path: Path) -> None:
    """The second example of the document, before what is made of its schema."""
    examples = {"one": {"value": {"name": "a"}}, "two": {"value": {"name": "b", "colour": "blue"}}}
    server = api(needs_colour)
    result = checked(pki, tmp_path, server, {"schema": SCHEMA, "examples": examples})
    assert sent(server) == ['{"name":"a"}', '{"name":"b","colour":"blue"}']
    assert result.operations[0].verdict is Verdict.CONSISTENT


def test_a_body_that_is_taken_costs_nothing(pki: TestPki, tmp_path: Path) -> None:
    """The control is the one that is planned, and is sent as often as planned."""
    server = api(lambda _: True)
    with listening(server, pki) as url:
        made = settings(pki, tmp_path, url, {"schema": SCHEMA})
        planned = [
            p for p in scan.plan(scan.prepare(made)) if p.request and p.operation and p.identity == "alice"
        ]
        result = run(made)
    assert len([name for name, _ in server.requested if name == "alice"]) == len(planned)
    assert len(sent(server)) == 1
    assert result.operations[0].verdict is Verdict.CONSISTENT


@pytest.mark.parametrize(("takes", "times"), [(lambda _: True, 1), (needs_colour, 2)])
def test_a_run_is_planned_again_only_for_another_body(
    pki: TestPki,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    takes: Callable[[dict[str, Any]], bool],
    times: int,
) -> None:
    """A plan follows from the context alone."""
    plans: list[object] = []

    def counted(run: scan.Run, context: PlanContext) -> tuple[Probe, ...]:
        plans.append(context)
        return planned(run, context)

    monkeypatch.setattr(rounds, "planned", counted)
    checked(pki, tmp_path, api(takes), {"schema": SCHEMA})
    assert len(plans) == times


def test_bodies_are_tried_a_few_times_only(pki: TestPki, tmp_path: Path) -> None:
    """Then the operation is undecided, and the reason counts them."""
    examples = {str(number): {"value": {"name": str(number)}} for number in range(9)}
    server = api(lambda _: False)
    result = checked(pki, tmp_path, server, {"schema": SCHEMA, "examples": examples})
    assert len(sent(server)) == 1 + MOST
    assert result.operations[0].verdict is Verdict.UNDECIDED
    (undecided,) = result.undecided
    assert undecided.detail == "its bodies get 422, 422, 422, 422"
    assert "[[operations]] body" in undecided.how_to_decide
    assert result.drifts == ()


@pytest.mark.parametrize("status", [401, 403, 404, 409, 500])
def test_only_400_and_422_lead_to_another_body(pki: TestPki, tmp_path: Path, status: int) -> None:
    """Other statuses say nothing about the body."""

    class Other(Things):
        requested: ClassVar[list[tuple[str, str]]] = []

        def respond(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            if self.path != "/things":
                return self.reply(404, {"error": "no such path"})
            self.requested.append((self.caller or "-", text))
            return self.reply(status, {"error": "no"})

        do_POST = respond  # noqa: N815 (the name is the base class's)

    checked(pki, tmp_path, Other, {"schema": SCHEMA})
    assert len(sent(Other)) <= 1


@pytest.mark.parametrize(
    "entry",
    [
        OperationSettings(body={"name": "mine"}),
        OperationSettings(bodies={"alice": {"name": "mine"}}),
    ],
    ids=["body", "bodies"],
)
def test_a_configured_body_is_not_replaced(pki: TestPki, tmp_path: Path, entry: OperationSettings) -> None:
    """It is what the owner allows to be sent."""
    server = api(needs_colour)
    result = checked(pki, tmp_path, server, {"schema": SCHEMA}, operations=(entry,))
    assert sent(server) == ['{"name":"mine"}']
    assert result.drifts == ()


@pytest.mark.parametrize("mode", [UnsafeMethods.NEVER, UnsafeMethods.HANDSHAKE, UnsafeMethods.HEADERS])
def test_nothing_is_sent_unless_bodies_may_be(pki: TestPki, tmp_path: Path, mode: UnsafeMethods) -> None:
    """Only with ``send``."""
    server = api(needs_colour)
    result = checked(pki, tmp_path, server, {"schema": SCHEMA}, unsafe_methods=mode)
    assert not [text for _, text in server.requested if text]
    assert not [record for record in result.probes if record.probe.check == CHECK]


def test_members_that_look_destructive_are_not_added(pki: TestPki, tmp_path: Path) -> None:
    """An optional ``purge`` is sent only if destructive requests are allowed."""
    schema = copy.deepcopy(SCHEMA)
    schema["properties"]["purge"] = {"type": "boolean"}
    server = api(needs_colour)
    checked(pki, tmp_path, server, {"schema": schema})
    assert [set(json.loads(text)) for text in sent(server)] == [{"name"}]
    allowed = api(needs_colour)
    checked(pki, tmp_path, allowed, {"schema": schema}, allow_destructive=True)
    assert [set(json.loads(text)) for text in sent(allowed)] == [{"name"}, {"name", "colour", "purge"}]


def test_a_recording_is_judged_again_the_same_way(pki: TestPki, tmp_path: Path) -> None:
    """With the body that was taken."""
    recording = RecordingSettings(record=tmp_path / "run.json")
    result = checked(pki, tmp_path, api(needs_colour), {"schema": SCHEMA}, recording=recording)
    again = rejudge(tmp_path / "run.json")
    assert [o.verdict for o in again.operations] == [o.verdict for o in result.operations]
    assert again.drifts == result.drifts


def test_the_plan_counts_them(pki: TestPki, tmp_path: Path) -> None:
    """At most so many, besides the planned requests; none for a configured body."""
    made = settings(pki, tmp_path, "https://127.0.0.1:9", {"schema": SCHEMA})
    assert plan_check(made).further_requests == 1
    own = settings(
        pki,
        tmp_path,
        "https://127.0.0.1:9",
        {"schema": SCHEMA},
        operations=(OperationSettings(body={"name": "mine"}),),
    )
    assert plan_check(own).further_requests == 0


def test_put_gets_no_made_up_body(pki: TestPki, tmp_path: Path) -> None:
    """It replaces what is there: only examples of the document are sent, unless destructive requests may be."""
    content = {"schema": SCHEMA, "example": {"name": "a"}}
    for allowed in (False, True):
        server = api(needs_colour)
        with listening(server, pki) as url:
            made = settings(pki, tmp_path, url, content, allow_destructive=allowed)
            (tmp_path / "openapi.json").write_text(json.dumps(document(content, "put")))
            result = run(made)
        assert len(sent(server)) == (2 if allowed else 1)
        assert (result.operations[0].verdict is Verdict.CONSISTENT) is allowed
