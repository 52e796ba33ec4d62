"""An operation that the server does not have yet is neither consistent nor a drift, and nothing else passes for one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import Struct, field

from specdrift.errors import ExitStatus
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content.headline import headline
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

ITEMS = {"items": [{"name": "gasket", "article": 4471193}, {"name": "sleeve", "article": 4471205}]}
ITEM = {"article": 4471193, "customer": "Lindqvist", "stock": 731502}
OFFER = {"offer": 9917345, "supplier": "Oksanen", "price": 66102}
Answer = tuple[int, dict[str, Any]]
NOT_FOUND: Answer = (404, {"detail": "Not Found"})
NO_METHOD: Answer = (405, {"error": "method not allowed"})
DENIED: Answer = (401, {"detail": "certificate required"})
NEW = "/orders"


class Case(Struct, frozen=True, kw_only=True):
    """A server that has ``GET /items`` and ``GET /items/{id}``, and what it answers for the new operation."""

    name: str
    valid: Answer = NOT_FOUND
    """To a valid certificate."""
    anonymous: Answer = NOT_FOUND
    path: str = NEW
    """The new operation's path in the document."""
    members: dict[str, Any] = field(default_factory=dict)
    """Of the new operation."""
    expected: UndecidedReason = UndecidedReason.NOT_DEPLOYED
    """Why it is undecided."""
    odd: Callable[[Handler], Answer | None] = lambda _: None
    """Another answer to some requests."""


def by_trailing_slash(handler: Handler) -> Answer | None:
    """A router that has the operation with a slash at its end, for everybody."""
    return (200, OFFER) if handler.path.partition("?")[0] == f"{NEW}/" else None


VALUE = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}, "example": 7}]
QUERY = [{"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}]
CASES = (
    Case(name="absent"),
    Case(name="absent-and-guarded-as-a-whole", anonymous=DENIED),
    Case(name="method-is-absent", valid=NO_METHOD, anonymous=DENIED),
    Case(name="method-is-absent-for-all", valid=NO_METHOD, anonymous=NO_METHOD),
    Case(name="below-an-item-that-exists", path="/items/{id}/history", members={"parameters": VALUE}),
    Case(
        name="the-item-may-not-exist",
        path="/orders/{id}",
        members={"parameters": VALUE},
        expected=UndecidedReason.CONTROL_REFUSED,
    ),
    Case(
        name="the-search-may-find-nothing",
        members={"parameters": QUERY},
        expected=UndecidedReason.CONTROL_REFUSED,
    ),
    Case(
        name="a-404-of-its-own",
        valid=(404, {"code": "ORDER_NOT_FOUND", "tenant": "berlin", "retry": False}),
        anonymous=(404, {"code": "ORDER_NOT_FOUND", "tenant": "berlin", "retry": False}),
        expected=UndecidedReason.INCONCLUSIVE,
    ),
    Case(name="anybody-reaches-it", anonymous=(200, OFFER), expected=UndecidedReason.CONTROL_REFUSED),
    Case(
        name="the-server-fails-for-the-anonymous",
        anonymous=(500, {"detail": "failure"}),
        expected=UndecidedReason.CONTROL_REFUSED,
    ),
    Case(
        name="refused-to-valid-certificates",
        valid=(403, {"detail": "no role"}),
        expected=UndecidedReason.CONTROL_REFUSED,
    ),
    Case(name="reached-by-another-spelling", odd=by_trailing_slash, expected=UndecidedReason.CONTROL_REFUSED),
)


def document(case: Case, *, new: bool = True) -> dict[str, Any]:
    """Return the document, with the new operation or without."""
    ok = {"responses": {"200": {"description": "ok"}}}
    paths: dict[str, Any] = {
        "/items": {"get": {**ok}},
        "/items/{id}": {"get": {"parameters": VALUE, **ok}},
    }
    if new:
        paths[case.path] = {"get": {**case.members, **ok}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "shop", "version": "1"},
        "security": [{"mtls": []}],
        "paths": paths,
        "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
    }


def api(case: Case) -> type[Handler]:
    """Return the server of a case."""
    wanted = case.path.replace("{id}", "7")

    class Api(Handler):
        def respond(self) -> None:
            status, body = case.odd(self) or self._answer(self.path.partition("?")[0])
            self.reply(status, body)

        def _answer(self, path: str) -> Answer:
            known: dict[str, dict[str, Any]] = {"/items": ITEMS, "/items/7": ITEM}
            if path in known:
                return (200, known[path]) if self.caller else DENIED
            if path == wanted:
                return case.valid if self.caller else case.anonymous
            return NOT_FOUND if self.caller or case.anonymous is not DENIED else DENIED

    return Api


def checked(pki: TestPki, folder: Path, case: Case, **changes: object) -> Result:
    """Return the result of a run on a case."""
    (folder / "openapi.json").write_text(json.dumps(document(case)), encoding="utf-8")
    with listening(api(case), pki) as base_url:
        return run(settings_for(pki, base_url, spec=str(folder / "openapi.json"), **changes))


def why(result: Result, path: str) -> UndecidedReason | None:
    """Return why an operation is undecided, if it is."""
    return next((i.kind for i in result.undecided if i.operation and i.operation.path == path), None)


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_only_what_no_caller_reaches_is_not_deployed(pki: TestPki, tmp_path: Path, case: Case) -> None:
    """With ``--not-deployed-ok`` the run passes for absent operations, and for no others."""
    result = checked(pki, tmp_path, case, not_deployed_ok=True)
    absent = case.expected is UndecidedReason.NOT_DEPLOYED
    assert why(result, case.path) == case.expected, headline(result).sentence
    assert (result.exit_status == ExitStatus.OK) is absent, headline(result).sentence
    verdicts = {one.operation.key.path: one.verdict for one in result.operations}
    assert verdicts["/items"] == verdicts["/items/{id}"] == Verdict.CONSISTENT
    assert verdicts[case.path] is not Verdict.CONSISTENT


@pytest.mark.servers
@pytest.mark.slow
def test_without_the_option_it_is_incomplete(pki: TestPki, tmp_path: Path) -> None:
    """The report names it, and what accepts it."""
    result = checked(pki, tmp_path, CASES[0])
    found = headline(result)
    assert (result.exit_status, found.word) == (ExitStatus.INCOMPLETE, "Incomplete")
    assert (
        found.sentence
        == "2 of 3 operations enforce client certificates as openapi.json says. 1 is not deployed."
    )
    assert "--not-deployed-ok" in result.undecided[0].how_to_decide


@pytest.mark.servers
@pytest.mark.slow
def test_a_server_that_has_nothing_is_no_pass(pki: TestPki, tmp_path: Path) -> None:
    """A wrong base URL looks as if nothing were deployed: some operation must admit a valid certificate."""
    (tmp_path / "openapi.json").write_text(json.dumps(document(CASES[0])), encoding="utf-8")

    class Empty(Handler):
        def respond(self) -> None:
            self.reply(*NOT_FOUND)

    with listening(Empty, pki) as base_url:
        result = run(settings_for(pki, base_url, spec=str(tmp_path / "openapi.json"), not_deployed_ok=True))
    assert result.exit_status == ExitStatus.INCOMPLETE
    assert result.problem is not None


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.parametrize("added", [True, False])
def test_with_an_older_document_only_new_operations_may_be_absent(
    pki: TestPki,
    tmp_path: Path,
    added: bool,  # noqa: FBT001 - a table's column
) -> None:
    """An operation that was there before and is gone is no spec-first change; an unchanged one shows the listener."""
    older = document(CASES[0], new=not added)
    if not added:
        older["paths"][NEW]["get"]["parameters"] = [{**QUERY[0], "required": False}]
    (tmp_path / "old.json").write_text(json.dumps(older), encoding="utf-8")
    changes = {"changed_since": str(tmp_path / "old.json"), "not_deployed_ok": True}
    result = checked(pki, tmp_path, CASES[0], **changes)
    expected = UndecidedReason.NOT_DEPLOYED if added else UndecidedReason.CONTROL_REFUSED
    assert why(result, NEW) is expected
    assert result.exit_status == (ExitStatus.OK if added else ExitStatus.INCOMPLETE), headline(
        result
    ).sentence
    # What the change added shows nothing about the listener.
    assert ("/items" in {one.operation.key.path for one in result.operations}) is added
