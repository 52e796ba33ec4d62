"""Data of a guarded operation in the answers to other requests."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.undocumented import data_elsewhere
from specdrift.checks.undocumented.leak_search import UNOFFERED
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.drift import Severity
from specdrift.rules.ids import DATA_ELSEWHERE
from tests.checks.plan_builders import ALICE, BOB, OLD, context, planned, play
from tests.classify.exchanges import answer

if TYPE_CHECKING:
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

CHECKS = (unknown_path.CHECK, certificate.CHECK, data_elsewhere.CHECK)
CUSTOMERS = [
    {"id": "c-90112345", "name": "Annelies", "email": "annelies@voss.test", "since": "2026-03-17T08:15:30Z"},
    {"id": "c-90212345", "name": "Tomas", "email": "tomas@brink.test", "since": "2026-03-18T09:15:30Z"},
]
ORDERS = [{"order": "o-73", "customerId": each["id"]} for each in CUSTOMERS]
SERVICE = {"build": "9f8c1d2e7a6b", "instance": "orders-7d9f5c6b8-x2x9k"}
NAMES = [{"name": each["name"]} for each in CUSTOMERS]
NAMED = [{"value": each["id"], "display_name": each["name"]} for each in CUSTOMERS]
MAILS = [{"title": each["name"], "mail": each["email"]} for each in CUSTOMERS]
OPERATIONS = (
    planned("/customers", roles=("admin",)),
    planned("/customers/{id}", roles=("admin",)),
    planned("/orders"),
    planned("/status"),
    planned("/health", Demand.NOT_REQUIRED),
    planned("/batch", Demand.NOT_REQUIRED),
)


def api(
    *,
    unknown: object = None,
    options: object = None,
    preflight: object = None,
    health: object = None,
    batch: object = None,
    batch_of_bob: object = None,
    orders: object = None,
    refusal: object = None,
    open_customers: bool = False,
    session: object = None,
) -> list[Finding]:
    """Return the findings on an API whose customers are for bob, with these answers of its other requests."""

    def server(probe: Probe) -> HttpFacts:
        path, caller = (probe.request.target if probe.request else ""), probe.identity
        valid = caller in {ALICE.name, BOB.name}
        bodies: dict[str, tuple[bool, Any]] = {
            "/customers": (caller == BOB.name or open_customers, {"items": CUSTOMERS}),
            "/customers/1": (caller == BOB.name or open_customers, CUSTOMERS[0]),
            "/orders": (valid, {"items": ORDERS if orders is None else orders}),
            "/status": (valid, {"state": "works well", **SERVICE}),
            "/health": (True, {"state": "UP", "more": health}),
            "/batch": (True, {"answers": batch_of_bob if caller == BOB.name else batch}),
        }
        if probe.request and probe.request.method == "OPTIONS":
            answered = preflight if probe.request.headers else options
            more = answered if path == "/orders" and caller == ANONYMOUS.name else None
            return answer(200, json.dumps({"name": path, "choices": more}), target=path)
        if path not in bodies:
            return answer(404, json.dumps({"title": "Not Found", "more": unknown}), target=path)
        admitted, body = bodies[path]
        coded = base64.urlsafe_b64encode(json.dumps(session).encode()).decode()
        has_session = session and path not in ("/health", "/batch")
        fields = [("set-cookie", f"session={coded}")] if has_session else []
        if admitted:
            return answer(200, json.dumps(body), target=path, fields=fields)
        more = refusal if path == "/orders" else None
        text = json.dumps({"title": "refused", "more": more})
        return answer(403 if valid else 401, text, target=path, fields=fields)

    rules = frozenset({DATA_ELSEWHERE}) | certificate.RULES
    ctx = context(*OPERATIONS, identities=(ALICE, BOB, OLD), rules=rules)
    classifier = play(CHECKS, ctx, server).classifier()
    return list(data_elsewhere.CHECK.judge(ctx, classifier).findings)


@pytest.mark.parametrize(
    ("answers", "severity"),
    [
        ({"unknown": MAILS}, Severity.ERROR),
        ({"unknown": [f"{each['name']} <{each['email']}>" for each in CUSTOMERS]}, Severity.ERROR),
        ({"refusal": MAILS}, Severity.ERROR),
        ({"options": MAILS}, Severity.ERROR),
        ({"preflight": MAILS}, Severity.ERROR),
        ({"options": NAMED}, Severity.ERROR),
        ({"options": [f"{each['name']} ({each['id']})" for each in CUSTOMERS]}, Severity.ERROR),
        ({"session": MAILS}, Severity.ERROR),
        ({"health": CUSTOMERS}, Severity.WARNING),
        ({"health": CUSTOMERS, "batch_of_bob": CUSTOMERS}, Severity.WARNING),
        ({"health": CUSTOMERS, "batch": CUSTOMERS, "batch_of_bob": CUSTOMERS}, Severity.WARNING),
        ({"unknown": MAILS, "batch_of_bob": CUSTOMERS}, Severity.ERROR),
    ],
    ids=[
        "unknown path",
        "mailboxes",
        "refusal of another operation",
        "OPTIONS",
        "OPTIONS as of a browser",
        "OPTIONS with identifiers and names",
        "OPTIONS with identifiers in texts",
        "every session",
        "open operation",
        "open operation, and a valid certificate gets them from another",
        "two open operations",
        "unknown path, and a valid certificate gets them from an open operation",
    ],
)
def test_the_data_of_two_customers_are_found_in_another_answer(
    answers: dict[str, Any], severity: Severity
) -> None:
    """The operation that is reported is theirs."""
    (found,) = api(**answers)
    assert (found.rule, found.severity, found.identity) == (DATA_ELSEWHERE, severity, ANONYMOUS.name)
    assert str(found.operation) == "GET /customers"
    assert "email" in found.message or "id and name" in found.message


def test_what_an_open_operation_gives_everybody_is_no_error_elsewhere() -> None:
    """A page for unknown paths may suggest what is public; the open operation itself has the warning."""
    (found,) = api(unknown=CUSTOMERS, batch=CUSTOMERS, batch_of_bob=CUSTOMERS)
    assert found.severity is Severity.WARNING
    assert "GET /batch" in found.message


SHORT = [
    {"id": "o-1931", "buyer": "Marjatta Lehto", "total": 8131.25},
    {"id": "o-1932", "buyer": "Ilkka Hakala", "total": 912.5},
    {"id": "o-1937", "buyer": "Elina Ranta", "total": 77.1},
]


def test_a_whole_list_with_short_identifiers_is_found_at_an_open_operation() -> None:
    """No value of it is specific by itself; all of them together are the data."""
    (found,) = api(orders=SHORT, health=SHORT)
    assert (str(found.operation), found.severity) == ("GET /orders", Severity.WARNING)


def test_a_whole_resource_is_found_at_an_open_operation() -> None:
    """Another version of the operation may be open."""
    (found,) = api(health=CUSTOMERS[0])
    assert (str(found.operation), found.severity) == ("GET /customers/{id}", Severity.WARNING)


@pytest.mark.parametrize(
    "excerpt", [SHORT[:1], [{"id": each["id"], "buyer": each["buyer"]} for each in SHORT[:2]]]
)
def test_an_excerpt_with_short_identifiers_is_no_data_of_the_list(excerpt: object) -> None:
    """An open page may name some entries."""
    assert not api(orders=SHORT, health=excerpt)


def test_a_warning_names_each_open_operation_that_gives_the_data() -> None:
    """Each of them may be the one that its owner did not mean to open."""
    (found,) = api(health=CUSTOMERS, batch=CUSTOMERS, batch_of_bob=CUSTOMERS)
    assert "in the answers to GET /health and GET /batch, which" in found.message


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("leaks", [True, False])
def test_the_choices_of_an_open_operation_are_sent(leaks: bool, together: bool) -> None:  # noqa: FBT001
    """A scope of the search has the customers; each alone where the parameters exclude each other."""
    scope = Input(name="scope", place=Place.QUERY, constraint=Constraint(allowed=("catalogue", "customers")))
    full = Input(name="full", place=Place.QUERY, constraint=Constraint(type="boolean"))
    search = planned("/search", Demand.NOT_REQUIRED)
    search = replace(search, operation=replace(search.operation, inputs=(scope, full)))
    sent = set()

    def reply(status: int, body: object) -> HttpFacts:
        return answer(status, json.dumps(body))

    def server(probe: Probe) -> HttpFacts:
        path, _, query = (probe.request.target if probe.request else "").partition("?")
        if path == "/search":
            if probe.tag is None or probe.tag.form != UNOFFERED:
                sent.add(query)
            if "&" in query and not together:
                return reply(400, {"error": "too many parameters"})
            return reply(200, {"hits": CUSTOMERS if "customers" in query and leaks else []})
        if path not in {each.operation.target for each in OPERATIONS}:
            return reply(404, {"error": "not found"})
        if probe.identity != BOB.name and path != "/health":
            return reply(403, {"error": "refused"})
        return reply(200, {"items": CUSTOMERS} if path == "/customers" else {"of": path})

    ctx = context(*OPERATIONS, search, identities=(ALICE, BOB, OLD), rules=frozenset({DATA_ELSEWHERE}))
    found = data_elsewhere.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier()).findings
    assert [str(each.operation) for each in found] == ["GET /customers"] * leaks
    both = {"", "scope=catalogue&full=true", "scope=customers&full=true"}
    alone = {"scope=catalogue", "scope=customers", "full=true"}
    assert sent == (both if together else both | alone)


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"unknown": [f"/customers/{each['id']}" for each in CUSTOMERS]},
        {"unknown": ORDERS},
        {"unknown": [{"since": each["since"]} for each in CUSTOMERS]},
        {"unknown": SERVICE},
        {"unknown": [{"mail": "support@orders.test"}, {"mail": "press@orders.test"}]},
        {"unknown": MAILS[:1]},
        {"options": NAMED[:1]},
        {"options": [{"value": each["id"]} for each in CUSTOMERS]},
        {"options": NAMES},
        {"options": [{"value": each["id"], "display_name": "Customer"} for each in CUSTOMERS]},
        {"health": SERVICE},
        {"health": ORDERS},
        {"health": MAILS[:1]},
        {"orders": MAILS, "refusal": None},
        {"unknown": MAILS, "open_customers": True},
        {"batch": NAMES, "batch_of_bob": CUSTOMERS, "health": NAMES},
        {"batch_of_bob": CUSTOMERS},
    ],
    ids=[
        "none",
        "links",
        "references",
        "times",
        "the service",
        "contacts",
        "one customer",
        "one choice",
        "identifiers alone",
        "names alone",
        "identifiers with a word of the service",
        "health of a service",
        "ids in an open answer",
        "one in an open answer",
        "data that orders have",
        "data that are open",
        "an excerpt at two open operations",
        "more for a certificate at an open operation",
    ],
)
def test_what_a_correct_server_may_answer_is_no_data_elsewhere(answers: dict[str, Any]) -> None:
    """References, contacts, builds and data that the caller gets anyway are in many answers."""
    found = api(**answers)
    assert not [each for each in found if each.severity is Severity.ERROR or "orders" not in answers]
