"""Ids that are not configured: learned from the API's own answers, used in reading operations, and never a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.model.contract.operation import ValueSource
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.verdict import Verdict
from specdrift.reports import render
from specdrift.scan.conclusion.recording import rejudge
from specdrift.scan.execution.value_trials import CHECK
from specdrift.scan.steadiness import STEADINESS
from specdrift.settings import (
    Identity,
    OperationSettings,
    ParameterSettings,
    RecordingSettings,
    UndocumentedSettings,
)
from tests.changed_settings import changed
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.cases import FOLDER
from tests.servers.owned.api import OWNED, OwnedApi, identifier

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.servers


def api(**attributes: object) -> type[OwnedApi]:
    """A server with a log of its own."""
    return type("Api", (OwnedApi,), {"requested": [], **attributes})


def settings(pki: TestPki, base_url: str, **changes: object) -> Settings:
    """Two valid identities."""
    made = settings_for(
        pki, base_url, spec=str(FOLDER / "owned" / "openapi.yaml"), checks=("certificate",), **changes
    )
    bob = Identity(name="bob", cert_file=pki.bob.cert, key_file=pki.bob.key)
    return changed(made, identities=(*made.identities, bob))


def verdicts(result: Result) -> dict[str, Verdict]:
    """The verdict of each reading operation."""
    return {str(o.operation.key): o.verdict for o in result.operations if o.operation.key.method == "GET"}


def test_every_reading_operation_is_decided(pki: TestPki) -> None:
    """Ids of a collection, and of one inside of an item; bob reads his own, and there is no finding."""
    server = api()
    with listening(server, pki) as url:
        result = run(settings(pki, url))
    assert set(verdicts(result).values()) == {Verdict.CONSISTENT}
    assert result.drifts == ()
    values = {
        (str(o.operation.key), value.name): (value.value, value.source, value.origin)
        for o in result.operations
        for value in o.operation.parameters
    }
    own = identifier("alice", 0)
    assert values["GET /items/{item_id}", "item_id"] == (own, ValueSource.LEARNED, "GET /items")
    assert values["GET /items/{item_id}/parts/{part}", "part"] == (
        f"{own[:8]}-0",
        ValueSource.LEARNED,
        "GET /items/{item_id}/parts",
    )
    assert f"bob GET /items/{identifier('bob', 0)}" in server.requested
    assert f"- GET /items/{own}" in server.requested


def test_another_item_of_the_list_is_requested_without_a_certificate(pki: TestPki) -> None:
    """A guard may cover one item only, and a refusal may say something about it."""
    server = api()
    with listening(server, pki) as url:
        run(changed(settings(pki, url), checks=("certificate", "consistency")))
    assert f"- GET /items/{identifier('alice', 1)}" in server.requested


class OfBob(OwnedApi):
    """Alice's role does not reach it."""

    def respond(self) -> None:
        """Refuse alice everything."""
        if self.caller == "alice":
            self._note()
            self.reply(403, {"error": "the role is missing"})
        else:
            super().respond()


def test_an_identity_that_comes_later_reads_the_lists_too(pki: TestPki, tmp_path: Path) -> None:
    """The document has an id that exists: what else there is only the lists say, and the first identity is refused."""
    document = tmp_path / "openapi.yaml"
    text = (FOLDER / "owned" / "openapi.yaml").read_text(encoding="utf-8")
    items, schemes = text.partition("  /items/{item_id}/parts:")[0], text[text.index("components:") :]
    schema = "schema: { type: string, format: uuid }"
    assert schema in items
    example = f"{schema}\n        example: {identifier('bob', 0)}"
    document.write_text(items.replace(schema, example) + schemes, encoding="utf-8")
    requested: list[str] = []
    server = type("Api", (OfBob,), {"requested": requested})
    with listening(server, pki) as url:
        run(changed(settings(pki, url), spec=str(document), checks=("certificate", "consistency")))
    assert f"- GET /items/{identifier('bob', 1)}" in requested


def test_a_hole_behind_an_id_is_found(pki: TestPki) -> None:
    """It is open to the anonymous client for items that exist, and only there."""
    with listening(api(open_items=True), pki) as url:
        found = run(settings(pki, url))
        without = run(settings(pki, url, parameters=ParameterSettings(learn=False)))
    assert ("mtls-not-enforced", "/items/{item_id}") in {
        (drift.rule, drift.operation.path) for drift in found.drifts if drift.operation
    }
    hole = next(drift for drift in found.drifts if drift.rule == "mtls-not-enforced")
    assert hole.evidence
    assert hole.evidence.learned == (f"item_id = {identifier('alice', 0)}, learned from GET /items",)
    assert "learned from GET /items" in " ".join(render(found, "text").decode().split())
    assert without.drifts == ()
    assert verdicts(without)["GET /items/{item_id}"] is Verdict.UNDECIDED


def test_a_learned_value_may_be_redirected_to_a_store(pki: TestPki) -> None:
    """The answer names where the item is, on another host; made-up ids are not found."""
    with listening(api(store="https://store.example.test/items"), pki) as url:
        result = run(settings(pki, url))
    assert set(verdicts(result).values()) == {Verdict.CONSISTENT}
    assert result.drifts == ()


def test_values_of_one_identity_are_kept_while_others_are_learned(pki: TestPki) -> None:
    """Items are configured for each owner and cannot be listed; the parts of each item are learned."""
    own = {name: {"item_id": identifier(name, 0)} for name in ("alice", "bob")}
    server = api(lists_items=False)
    with listening(server, pki) as url:
        result = run(settings(pki, url, operations=(OperationSettings(own_parameters=own),)))
    assert set(verdicts(result).values()) == {Verdict.CONSISTENT}
    assert result.drifts == ()
    part = next(o.operation for o in result.operations if o.operation.key.path.endswith("{part}"))
    assert {(value.name, value.source, value.origin) for value in part.parameters} == {
        ("item_id", ValueSource.CONFIG, "parameters.alice"),
        ("part", ValueSource.LEARNED, "GET /items/{item_id}/parts"),
    }
    theirs = {line.split()[2] for line in server.requested if line.startswith("bob GET /items/")}
    assert not [target for target in theirs if own["alice"]["item_id"] in target], "bob requests his own"


def test_without_items_the_reason_says_so(pki: TestPki) -> None:
    """Nothing is guessed, and nothing consistent."""
    with listening(api(lists_items=False), pki) as url:
        result = run(settings(pki, url))
    assert verdicts(result)["GET /items/{item_id}"] is Verdict.UNDECIDED
    reasons = [
        one.detail for one in result.undecided if one.operation and one.operation.path == "/items/{item_id}"
    ]
    assert any("GET /items names no value for item_id" in reason for reason in reasons)


def test_learned_values_are_never_sent_with_other_methods(pki: TestPki) -> None:
    """Whatever ``unsafe-methods`` allows: an item that exists is read only."""
    server = api()
    with listening(server, pki) as url:
        run(changed(settings(pki, url), unsafe_methods=UnsafeMethods.SEND, checks=()))
    ids = [identifier(name, n) for name in ("alice", "bob") for n in range(OWNED)]
    methods = {line.split()[1] for line in server.requested if any(one in line for one in ids)}
    assert methods <= {"GET", "HEAD", "OPTIONS"}
    assert {line.split()[1] for line in server.requested} - methods, "other methods are sent elsewhere"


def test_a_recording_is_judged_again_the_same_way(pki: TestPki, tmp_path: Path) -> None:
    """With its learned values, and without a network."""
    with listening(api(), pki) as url:
        result = run(settings(pki, url, recording=RecordingSettings(record=tmp_path / "run.json")))
    again = rejudge(tmp_path / "run.json")
    assert verdicts(again) == verdicts(result)
    assert [o.operation.parameters for o in again.operations] == [
        o.operation.parameters for o in result.operations
    ]
    assert again.drifts == result.drifts == ()


def test_a_resumed_run_learns_from_its_file(pki: TestPki, tmp_path: Path) -> None:
    """Nothing that was answered is requested again, also not what taught the values."""
    server, checkpoint = api(), tmp_path / "checkpoint"
    recording = RecordingSettings(resume=checkpoint)
    with listening(server, pki) as url:
        whole = settings(pki, url, recording=recording)
        run(changed(whole, network=replace(whole.network, max_requests=40)))
        assert checkpoint.exists()
        before = [line for line in server.requested if line == "alice GET /items"]
        server.requested.clear()
        result = run(whole)
    assert set(verdicts(result).values()) == {Verdict.CONSISTENT}
    assert len(before) > 1
    again = [
        record
        for record in result.probes
        if record.probe.check == STEADINESS
        and (record.probe.identity, str(record.probe.operation)) == ("alice", "GET /items")
    ]
    assert server.requested.count("alice GET /items") == len(again)
    assert [record for record in result.probes if record.probe.check == CHECK]


def test_the_plan_shows_what_is_asked_first(pki: TestPki) -> None:
    """Collections are requested once; what they name is a follow-up."""
    made = settings(pki, "https://127.0.0.1:9")
    planned = scan.plan(scan.prepare(made))
    assert [str(probe.operation) for probe in planned if probe.check == CHECK] == ["GET /items"]
    none = scan.plan(scan.prepare(changed(made, parameters=ParameterSettings(learn=False))))
    assert not [probe for probe in none if probe.check == CHECK]


def test_recorded_traffic_names_values(pki: TestPki, tmp_path: Path) -> None:
    """A request of a log that succeeded, where no collection lists what exists."""
    own = identifier("alice", 1)
    log = tmp_path / "access.log"
    log.write_text(
        f'127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET /items/{own} HTTP/1.1" 200 12\n'
        f'127.0.0.1 - - [01/Jan/2026:00:00:01 +0000] "GET /items/{identifier("carol", 1)} HTTP/1.1" 404 12\n'
    )
    with listening(api(lists_items=False), pki) as url:
        made = settings(pki, url, undocumented=UndocumentedSettings(feeds=(log,)))
        result = run(changed(made, checks=("certificate", "undocumented"), skip_checks=()))
    (item,) = (o for o in result.operations if o.operation.key.path == "/items/{item_id}")
    assert (item.verdict, item.operation.parameters[0].value) == (Verdict.CONSISTENT, own)
    assert item.operation.parameters[0].origin.endswith("access.log:1")


def test_a_collection_of_requests_names_values(pki: TestPki, tmp_path: Path) -> None:
    """A folder of Bruno: no response is recorded, and the value is tried as any other."""
    own = identifier("alice", 1)
    folder = tmp_path / "bruno"
    (folder / "environments").mkdir(parents=True)
    (folder / "environments/local.bru").write_text("vars {\n  host: https://staging.test\n}\n")
    (folder / "item.bru").write_text(
        f"meta {{\n  name: item\n}}\n\nget {{\n  url: {{{{host}}}}/items/:id\n}}\n\nparams:path {{\n  id: {own}\n}}\n"
    )
    with listening(api(lists_items=False), pki) as url:
        made = settings(pki, url, undocumented=UndocumentedSettings(feeds=(folder,)))
        result = run(changed(made, checks=("certificate", "undocumented"), skip_checks=()))
    (item,) = (o for o in result.operations if o.operation.key.path == "/items/{item_id}")
    assert (item.verdict, item.operation.parameters[0].value) == (Verdict.CONSISTENT, own)
    assert item.operation.parameters[0].origin.endswith("item.bru:6")
