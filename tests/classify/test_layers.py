"""Header fields that a gateway writes into each answer of a route, before it decides about the caller."""

import json

import pytest

from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.certificate_runs import anonymous_outcomes
from tests.classify.exchanges import ALICE, EXPIRED, answer, exchange, probe

RECORDS: dict[str, object] = {
    "/customers": [{"name": "Brink", "terms": 30}],
    "/exports": {"file": "sales.parquet", "bytes": 88120417},
    "/invoices": [{"number": "F-58812", "total": 9310.2}, {"number": "F-58813", "total": 77.9}],
    "/usage": {"calls": 771204, "month": "2026-11"},
}
PODS = {
    "/customers": "crm-58b7d9c6f4-kk2vp",
    "/exports": "batch-0",
    "/invoices": "billing-6d9f7c5b8-x2lqk",
    "/usage": "metering-0",
}
REFUSED = {Outcome.REFUSED_BY_APPLICATION}
UNDECIDED = {path: {Outcome.INCONCLUSIVE} for path in RECORDS}


def outcomes(
    everywhere: dict[str, dict[str, str]], refused_too: dict[str, dict[str, str]] | None = None
) -> dict[str, set[Outcome]]:
    """Return the outcomes of the anonymous client; fields by name and path, in all answers or in refusals alone."""

    def reply(path: str, caller: ClientIdentity) -> HttpFacts:
        refused = caller is not ALICE
        written = {**everywhere, **((refused_too or {}) if refused else {})}
        fields = [(name, values[path]) for name, values in written.items() if path in values]
        body = {"message": "No required certificate was sent"} if refused else RECORDS[path]
        return answer(401 if refused else 200, json.dumps(body), fields=fields)

    return anonymous_outcomes(RECORDS, reply)


def test_the_name_of_an_instance_is_neither_data_nor_explained() -> None:
    """Another one on each operation, in refusals and successes: it may be the name of a customer."""
    assert outcomes({"x-upstream-pod": PODS}) == UNDECIDED


def test_two_such_fields_are_no_admission() -> None:
    """With the id of a route."""
    routes = {path: f"rt_{sum(map(ord, path)) * 977}" for path in RECORDS}
    assert outcomes({"x-upstream-pod": PODS, "x-route-id": routes}) == UNDECIDED


def test_a_figure_is_neither_data_nor_explained() -> None:
    """It may be a total of what is not shown."""
    figures = {path: str(41_000 + 37 * len(path)) for path in RECORDS}
    assert outcomes({"x-rows": figures}) == {path: {Outcome.INCONCLUSIVE} for path in RECORDS}


def test_a_field_with_what_a_body_has_is_data() -> None:
    """The name of a customer is in the answer of the operation too."""
    owners = {**PODS, "/customers": "Brink"}
    assert outcomes({"x-owner": owners})["/customers"] != REFUSED


def test_a_field_of_one_operation_is_none_of_a_layer() -> None:
    """Where the others have none, nothing shows what it is."""
    got = outcomes({"x-upstream-pod": {"/exports": "batch-0"}})
    assert got == {**dict.fromkeys(RECORDS, REFUSED), "/exports": got["/exports"]}
    assert got["/exports"] != REFUSED


@pytest.mark.parametrize("name", ["x-total-count", "x-rows"])
@pytest.mark.parametrize("layered", [False, True])
def test_a_total_of_one_operation_is_no_layers(name: str, *, layered: bool) -> None:
    """The number of invoices, beside what all operations have."""
    others = {"x-upstream-pod": PODS} if layered else {}
    got = outcomes({**others, name: {"/invoices": "2"}})
    assert got["/invoices"] == {Outcome.INCONCLUSIVE}


def bodies(
    admitted: dict[str, str], refused: dict[str, str], named: dict[OperationKey, frozenset[str]] | None = None
) -> dict[str, set[Outcome | str]]:
    """Return the outcomes of the anonymous client for these bodies by path, and ``leaks`` for a refusal with data."""
    log = ExchangeLog(identities={each.name: each for each in (ALICE, ANONYMOUS, EXPIRED)}, named=named or {})
    for path in admitted:
        key, request = OperationKey(path=path, method="GET"), Request(method="GET", target=path)
        for attempt in range(1, 5):
            for identity in (ALICE, ANONYMOUS, EXPIRED):
                valid = identity is ALICE
                got = answer(200 if valid else 403, (admitted if valid else refused)[path])
                sent = exchange(probe(identity.name, operation=key, request=request, attempt=attempt), got)
                log.add(sent.probe, sent.observation)
    classify = log.classifier().compared
    return {
        path: {
            "leaks" if (found := classify(each)).leaks else found.outcome
            for each in log.of("certificate", OperationKey(path=path, method="GET"), ANONYMOUS.name)
        }
        for path in admitted
    }


PARTS = {"/ships": "c0396115", "/tides": "845727ee", "/pilots": "2e0d1e69", "/bills": "35d145be"}
PAGES = {
    "/ships": "<td>Emma Lund</td><td>9321483</td>",
    "/tides": "<p>High water 04:12, 1.83 m</p>",
    "/pilots": "<li>R. Villanueva, P4471920B</li>",
    "/bills": "<li>F-58812: 9310.20 EUR</li>",
}


def page(path: str, main: str) -> str:
    """Build a page with the parts of a route."""
    name = f"/_a{path}.{PARTS[path]}"
    head = f'<title>Port</title><link rel="stylesheet" href="{name}.css"><script src="{name}.js"></script>'
    return f"<!doctype html><html><head>{head}</head><body><div>{main}</div></body></html>"


def test_the_parts_of_a_page_are_no_data() -> None:
    """Each route has a script and a style sheet of its own, for guests and members."""
    admitted = {path: page(path, main) for path, main in PAGES.items()}
    refused = {path: page(path, "<p>Members only. Insert your card.</p>") for path in PAGES}
    assert bodies(admitted, refused) == dict.fromkeys(PAGES, REFUSED)
    refused["/bills"] = page("/bills", "<p>Members only. Insert your card.</p><i>9310.20</i>")
    assert bodies(admitted, refused) == {**dict.fromkeys(PAGES, REFUSED), "/bills": {"leaks"}}


def envelope(path: str, **members: object) -> str:
    """Build an answer with what the router knows of the route."""
    about = {"operation": f"list{path[1:].title()}", "kind": f"{path[1:].title()}List", "p99": len(path) * 31}
    return json.dumps({"meta": about, **members})


def test_an_envelope_of_a_route_is_never_an_admission() -> None:
    """It may be data in each refusal: that is not established, and no accusation."""
    admitted = {path: envelope(path, data=record) for path, record in RECORDS.items()}
    refused = {path: envelope(path, error="send a certificate") for path in RECORDS}
    got = bodies(admitted, refused)
    assert got == {path: {Outcome.INCONCLUSIVE} for path in RECORDS}


def test_operations_that_give_everything_away_have_no_layers() -> None:
    """Their data stand at the same places too."""
    admitted = {path: envelope(path, data=record) for path, record in RECORDS.items()}
    refused = {
        path: envelope(path, data=record, error="send a certificate") for path, record in RECORDS.items()
    }
    got = bodies(admitted, refused)
    assert got == {path: {Outcome.ADMITTED} for path in RECORDS}


NAMES = dict(zip(RECORDS, ("debtors", "dumps", "receipts", "metering"), strict=True))


@pytest.mark.parametrize("named", [False, True])
def test_the_name_that_the_document_gives_an_operation_is_no_data(*, named: bool) -> None:
    """A refusal says which operation it is about, and which roles it needs."""
    refused = {
        path: json.dumps(
            {"error": "forbidden", "operation": NAMES[path], "need": ["alice"] * (1 + len(path) % 2)}
        )
        for path in RECORDS
    }
    admitted = {path: json.dumps(record) for path, record in RECORDS.items()}
    words = {OperationKey(path=path, method="GET"): frozenset({NAMES[path].casefold()}) for path in RECORDS}
    got = bodies(admitted, refused, words if named else {})
    assert got == dict.fromkeys(RECORDS, REFUSED if named else {Outcome.INCONCLUSIVE})


def test_a_name_that_its_own_answers_have_is_data() -> None:
    """The summary of an operation may be what it returns."""
    admitted = {path: json.dumps({"shelf": NAMES[path], "of": record}) for path, record in RECORDS.items()}
    refused = {path: json.dumps({"error": "forbidden", "operation": NAMES[path]}) for path in RECORDS}
    words = {OperationKey(path=path, method="GET"): frozenset({NAMES[path].casefold()}) for path in RECORDS}
    assert REFUSED not in bodies(admitted, refused, words).values()
