"""Values that the configuration gives single identities: each requests its own objects, and callers that must be
refused those of the positive control.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.checks.core.base import PlannedOperation
from specdrift.model.contract.operation import ValueSource
from specdrift.model.contract.selector import Selector
from specdrift.model.policy import Expect, UnsafeMethods
from specdrift.model.result.verdict import Outcome, Verdict
from specdrift.result.serialize import load, serialize
from specdrift.scan.conclusion.recording import rejudge
from specdrift.settings import (
    Identity,
    OperationSettings,
    ParameterSettings,
    RecordingSettings,
    RedactSettings,
)
from tests.changed_settings import changed
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from specdrift.model.result.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.servers

DOCUMENT = """
openapi: 3.1.0
info: { title: Orders with owners, version: "1" }
security: [{ mtls: [] }]
paths:
  /orders/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
    get: { responses: { "200": { description: The order. } } }
    put:
      requestBody:
        required: true
        content: { application/json: { schema: { type: object, properties: { note: { type: string } } } } }
      responses: { "200": { description: The order. } }
components:
  securitySchemes:
    mtls: { type: mutualTLS }
"""
OWNERS = {"4101": "alice", "8202": "bob"}
OWN = {"alice": {"id": "4101"}, "bob": {"id": "8202"}}


class Orders(Handler):
    """An order belongs to its owner: all others get 403."""

    is_open: ClassVar[Callable[[str, str], bool]] = lambda caller, owner: caller == owner
    """Whether a caller, empty without a certificate, may read the order of an owner."""
    requested: ClassVar[list[str]]

    def respond(self) -> None:
        """Answer every method."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode() if length else ""
        number = self.path.partition("?")[0].removeprefix("/orders/")
        if "specdrift" not in number:
            self.requested.append(f"{self.caller or '-'} {self.command} {number}{body and f' {body}'}")
        owner = OWNERS.get(number)
        if self.path.startswith("/orders/") and not type(self).is_open(self.caller or "", owner or ""):
            return self.reply(403, {"error": "forbidden"})
        if owner is None:
            return self.reply(404, {"error": "not found"})
        return self.reply(200, {"order": int(number) * 7, "shelf": f"shelf of {owner} {int(number) * 13}"})

    do_PUT = do_POST = do_PATCH = do_DELETE = respond  # noqa: N815 (the names are the base class's)


def api(is_open: Callable[[str, str], bool] | None = None) -> type[Orders]:
    """A server with a log of its own."""
    return type(
        "Api", (Orders,), {"requested": [], **({"is_open": staticmethod(is_open)} if is_open else {})}
    )


def admits_any(caller: str, _: str) -> bool:
    """Any client with a certificate reads all orders."""
    return bool(caller)


def settings(pki: TestPki, tmp_path: Path, url: str, entry: OperationSettings, **changes: object) -> Settings:
    """Alice, a reader, and bob, an admin."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    made = settings_for(
        pki,
        url,
        spec=str(tmp_path / "openapi.yaml"),
        operations=(entry,),
        parameters=ParameterSettings(learn=False),
        **{"checks": ("certificate",), **changes},
    )
    bob = Identity(name="bob", cert_file=pki.bob.cert, key_file=pki.bob.key, roles=frozenset({"admin"}))
    return changed(made, identities=(*made.identities, bob))


def checked(
    pki: TestPki, tmp_path: Path, server: type[Orders], entry: OperationSettings, **changes: object
) -> Result:
    """The result of a run."""
    with listening(server, pki) as url:
        return run(settings(pki, tmp_path, url, entry, **changes))


def outcomes(result: Result, method: str = "GET") -> dict[str, Outcome]:
    """By identity."""
    found = next(o for o in result.operations if o.operation.key.method == method)
    return {one.identity: one.outcome for one in found.outcomes}


def verdict(result: Result, method: str = "GET") -> Verdict:
    """Of the operation with this method."""
    return next(o.verdict for o in result.operations if o.operation.key.method == method)


def test_each_identity_requests_its_own_object(pki: TestPki, tmp_path: Path) -> None:
    """Both are admitted to theirs, the anonymous client requests the first one's, and there is no finding."""
    server = api()
    result = checked(pki, tmp_path, server, OperationSettings(own_parameters=OWN))
    sent = {line for line in server.requested if "GET" in line}
    assert {"alice GET 4101", "bob GET 8202", "- GET 4101"} <= sent
    assert not {"alice GET 8202", "bob GET 4101", "- GET 8202"} & sent
    assert outcomes(result)["alice"] is outcomes(result)["bob"] is Outcome.ADMITTED
    assert verdict(result) is Verdict.CONSISTENT
    assert result.drifts == ()


def test_a_hole_is_found_with_the_object_of_the_positive_control(pki: TestPki, tmp_path: Path) -> None:
    """The evidence names the value and whose it is."""
    result = checked(
        pki, tmp_path, api(lambda caller, owner: caller in ("", owner)), OperationSettings(own_parameters=OWN)
    )
    hole = next(drift for drift in result.drifts if drift.rule == "mtls-not-enforced")
    assert hole.evidence
    assert hole.evidence.learned == ("id = 4101, configured as parameters.alice",)


def test_the_result_has_the_values_of_each_identity(pki: TestPki, tmp_path: Path) -> None:
    """With their origin, as JSON and as a recording, which is judged again the same way."""
    recording = RecordingSettings(record=tmp_path / "run.json")
    result = checked(
        pki, tmp_path, api(), OperationSettings(own_parameters=OWN), recording=recording, checks=()
    )
    written = next(o for o in json.loads(serialize(result))["operations"] if o["method"] == "GET")
    assert written["values"]["id"] == {
        "name": "id",
        "location": "path",
        "value": "4101",
        "source": "config",
        "origin": "parameters.alice",
    }
    assert {own["identity"]: own["values"]["id"]["value"] for own in written["own"]} == {
        "alice": "4101",
        "bob": "8202",
    }
    restored = load(json.loads(serialize(result)))
    assert [o.operation.own for o in restored.operations] == [
        tuple(replace(own, taken_for=None) for own in o.operation.own) for o in result.operations
    ]
    again = rejudge(tmp_path / "run.json")
    assert (again.drifts, outcomes(again)) == (result.drifts, outcomes(result))


def test_an_identity_that_must_be_refused_requests_the_object_of_one_that_may(
    pki: TestPki, tmp_path: Path
) -> None:
    """Alice lacks the role: with her own order a server that decides by owner alone would look right."""
    entry = OperationSettings(own_parameters=OWN, allow_roles=frozenset({"admin"}))
    server = api(lambda caller, owner: caller == "bob" == owner)
    result = checked(pki, tmp_path, server, entry, checks=("certificate", "roles"))
    assert {line for line in server.requested if line.startswith(("alice GET", "- GET"))} == {
        "alice GET 8202",
        "- GET 8202",
    }
    assert verdict(result) is Verdict.CONSISTENT
    assert result.drifts == ()
    faulty = checked(pki, tmp_path, api(admits_any), entry, checks=("certificate", "roles"))
    assert "role-not-enforced" in {drift.rule for drift in faulty.drifts}


def test_an_identity_without_values_is_not_accused(pki: TestPki, tmp_path: Path) -> None:
    """It requests the object of another: its refusal is right, and no drift."""
    server = api()
    result = checked(pki, tmp_path, server, OperationSettings(own_parameters={"bob": {"id": "8202"}}))
    assert {"alice GET 8202", "- GET 8202"} <= set(server.requested)
    assert outcomes(result)["alice"] is Outcome.REFUSED_BY_APPLICATION
    assert verdict(result) is Verdict.CONSISTENT
    assert result.drifts == ()


def test_the_value_for_all_is_that_of_identities_without_their_own(pki: TestPki, tmp_path: Path) -> None:
    """Alice has it, and is expected to be admitted with it."""
    entry = OperationSettings(parameters={"id": "4101"}, own_parameters={"bob": {"id": "8202"}})
    server = api()
    result = checked(pki, tmp_path, server, entry)
    assert {"alice GET 4101", "bob GET 8202", "- GET 4101"} <= set(server.requested)
    assert verdict(result) is Verdict.CONSISTENT
    refusing = checked(pki, tmp_path, api(lambda caller, owner: caller == "bob" == owner), entry)
    assert {(drift.rule, drift.identity) for drift in refusing.drifts} == {
        ("valid-certificate-refused", "alice")
    }


@pytest.mark.parametrize("is_open", [None, admits_any], ids=["by owner", "any certificate"])
def test_a_correct_server_is_not_accused_by_any_check(
    pki: TestPki, tmp_path: Path, is_open: Callable[[str, str], bool] | None
) -> None:
    """Where every certificate reads all objects, different answers come of different objects, not of a confusion."""
    made = OperationSettings(own_parameters=OWN)
    result = checked(pki, tmp_path, api(is_open), made, checks=(), exhaustive=True)
    assert {drift.rule for drift in result.drifts} <= {"input-not-validated"}
    assert verdict(result) is Verdict.CONSISTENT


def test_a_name_in_a_header_is_found_with_the_object_of_the_named(pki: TestPki, tmp_path: Path) -> None:
    """The server believes a header: the other identity's order needs its name."""

    class Trusting(Orders):
        requested: ClassVar[list[str]] = []

        @property
        def caller(self) -> str:
            claimed = self.headers.get("X-Client-Cert-CN") or self.headers.get("X-SSL-Client-CN") or ""
            own = super().caller or ""
            return (claimed or own) if own else ""

    result = checked(
        pki, tmp_path, Trusting, OperationSettings(own_parameters=OWN), checks=("certificate", "forwarded")
    )
    assert "forwarded-identity-override" in {drift.rule for drift in result.drifts}


def test_a_revoked_certificate_requests_the_object_of_its_owner(pki: TestPki, tmp_path: Path) -> None:
    """With the object of another identity, a refusal by owner would hide that it is accepted."""
    entry = OperationSettings(own_parameters={**OWN, "old-bob": {"id": "8202"}})

    class Forgetful(Orders):
        """The revoked certificate counts as bob's."""

        requested: ClassVar[list[str]] = []

        @property
        def caller(self) -> str:
            own = super().caller or ""
            return {"revoked": "bob"}.get(own, own)

    with listening(Forgetful, pki) as url:
        made = settings(pki, tmp_path, url, entry)
        old = Identity(
            name="old-bob", cert_file=pki.revoked.cert, key_file=pki.revoked.key, expect=Expect.REFUSED
        )
        result = run(changed(made, identities=(*made.identities, old)))
    assert {(drift.rule, drift.identity) for drift in result.drifts} == {
        ("invalid-certificate-accepted", "old-bob")
    }


def test_each_identity_sends_its_own_body(pki: TestPki, tmp_path: Path) -> None:
    """And the anonymous client that of the positive control."""
    entry = OperationSettings(
        own_parameters=OWN,
        bodies={"alice": {"note": "hers"}, "bob": {"note": "his"}},
        unsafe_methods=UnsafeMethods.SEND,
    )
    server = api()
    result = checked(pki, tmp_path, server, entry)
    assert {line for line in server.requested if " PUT " in line} == {
        'alice PUT 4101 {"note":"hers"}',
        'bob PUT 8202 {"note":"his"}',
        '- PUT 4101 {"note":"hers"}',
    }
    assert verdict(result, "PUT") is Verdict.CONSISTENT
    put = next(o.operation for o in result.operations if o.operation.key.method == "PUT")
    assert [(own.identity, own.body and own.body.origin) for own in put.own] == [
        ("alice", "bodies.alice"),
        ("bob", "bodies.bob"),
    ]


def planned(pki: TestPki, tmp_path: Path, entry: OperationSettings, **changes: object) -> PlannedOperation:
    """The reading operation as it is planned."""
    made = settings(pki, tmp_path, "https://127.0.0.1:9", entry, **changes)
    return next(o for o in scan.prepare(made).operations if o.key.method == "GET")


def test_values_that_reach_another_operation_are_not_sent(pki: TestPki, tmp_path: Path) -> None:
    """Of one identity too: it would answer for the other operation."""
    entry = OperationSettings(
        include=Selector(methods=("GET",)), own_parameters={**OWN, "bob": {"id": "all"}}
    )
    both = DOCUMENT.replace("paths:", "paths:\n  /orders/all:\n    get: { responses: {} }")
    made = settings(pki, tmp_path, "https://127.0.0.1:9", entry)
    (tmp_path / "openapi.yaml").write_text(both)
    found = next(
        o for o in scan.prepare(made).operations if o.key.path == "/orders/{id}" and o.key.method == "GET"
    )
    assert found.mode is UnsafeMethods.NEVER
    assert found.withheld
    assert "GET /orders/all" in found.withheld.reason


def test_later_entries_win_for_each_identity(pki: TestPki, tmp_path: Path) -> None:
    """As for values of all."""
    first = OperationSettings(own_parameters=OWN)
    made = settings(pki, tmp_path, "https://127.0.0.1:9", first)
    later = OperationSettings(own_parameters={"bob": {"id": "9"}})
    run_ = scan.prepare(replace(made, operations=(first, later)))
    found = next(o for o in run_.operations if o.key.method == "GET")
    assert found.request_for("alice").target == "/orders/4101"
    assert found.request_for("bob").target == "/orders/9"
    assert found.with_values_of("bob").request_for("alice").target == "/orders/9"
    assert [value.source for value in found.operation.parameters] == [ValueSource.CONFIG]


def test_the_values_of_each_identity_are_redacted(pki: TestPki, tmp_path: Path) -> None:
    """By name, as those for all."""
    text = DOCUMENT.replace(
        "schema: { type: integer } }]",
        "schema: { type: integer } }, { name: tenant, in: query, required: true, schema: { type: string } }]",
    )
    own = {name: {**values, "tenant": f"tenant-of-{name}-5521"} for name, values in OWN.items()}
    with listening(api(), pki) as url:
        made = settings(pki, tmp_path, url, OperationSettings(own_parameters=own))
        (tmp_path / "openapi.yaml").write_text(text)
        result = run(changed(made, redact=RedactSettings(names=("tenant",))))
    written = serialize(result).decode()
    assert "4101" in written
    assert "5521" not in written


def test_the_plan_shows_who_sends_what(pki: TestPki, tmp_path: Path) -> None:
    """Each probe has its identity and target."""
    made = settings(pki, tmp_path, "https://127.0.0.1:9", OperationSettings(own_parameters=OWN))
    sent = {
        (probe.identity, probe.request.target)
        for probe in scan.plan(scan.prepare(made))
        if probe.request and probe.operation and probe.request.method == "GET"
    }
    assert {("alice", "/orders/4101"), ("bob", "/orders/8202"), ("anonymous", "/orders/4101")} <= sent
