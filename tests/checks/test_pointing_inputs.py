"""Inputs of open operations that point at guarded ones, and what a correct server answers to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

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
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

CHECKS = (unknown_path.CHECK, certificate.CHECK, data_elsewhere.CHECK)
CUSTOMERS = [
    {"id": 90112345, "name": "Annelies Kortrijk", "email": "annelies@voss.test", "credit": 182501},
    {"id": 90212345, "name": "Tomas Wierda", "email": "tomas@brink.test", "credit": 940122},
]
PAGES = [{"title": "Harbour", "text": "ships arrive daily"}]
PLAIN = {"/customers": CUSTOMERS, "/orders": [{"order": "o-7301-2026", "weight": 40711}]}


def concluded(
    now: str, handler: Callable[[str], object], *, limits: Constraint | None = None, several: bool = False
) -> tuple[Conclusions, list[str]]:
    """Return the conclusions on an open operation with this input, and the values that it was sent."""
    declared = Input(
        name="of",
        place=Place.QUERY,
        required=True,
        several=several,
        constraint=limits or Constraint(type="string"),
        examples=(now,),
    )
    page = planned("/page", Demand.NOT_REQUIRED)
    page = replace(
        page,
        operation=replace(page.operation, inputs=(declared,)),
        request=page.request.to(f"/page?of={now}"),
    )
    sent: list[str] = []

    def server(probe: Probe) -> HttpFacts:
        path, _, query = (probe.request.target if probe.request else "").partition("?")
        if path == "/page":
            values = parse_qs(query).get("of", [])
            if probe.tag is None or probe.tag.form != UNOFFERED:
                sent.extend(values)
            found = handler((values or sent)[-1])
            return answer(200 if found else 404, json.dumps({"found": found}))
        if path not in PLAIN:
            return answer(404, json.dumps({"error": "not found"}))
        if probe.identity not in {ALICE.name, BOB.name}:
            return answer(401, json.dumps({"error": "refused"}))
        return answer(200, json.dumps({"items": PLAIN[path]}))

    operations = (planned("/customers"), planned("/orders"), page)
    ctx = context(*operations, identities=(ALICE, BOB, OLD), rules=frozenset({DATA_ELSEWHERE}))
    return data_elsewhere.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier()), sent


def searched(text: str) -> object:
    """Return the customers that have a text, and the pages."""
    return [each for each in (*PAGES, *CUSTOMERS) if text.lower() in json.dumps(each).lower()]


@pytest.mark.parametrize(
    ("now", "handler"),
    [
        ("/pages", {"/pages": PAGES, "/customers": CUSTOMERS}.get),
        ("pages", {"pages": PAGES, "customers": CUSTOMERS}.get),
        ("pages.json", {"pages.json": PAGES, "customers.json": CUSTOMERS}.get),
        (
            "https://pages.test/",
            {"https://pages.test/": PAGES, "https://api.test:8443/customers": CUSTOMERS}.get,
        ),
        ("harbour", searched),
        (
            "{ pages { title } }",
            lambda text: CUSTOMERS if "customers" in text and "credit" in text else PAGES,
        ),
    ],
    ids=["path", "name", "file", "URL", "search", "GraphQL"],
)
def test_an_input_that_points_at_guarded_data_is_sent(now: str, handler: Callable[[str], object]) -> None:
    """The document shows a harmless value alone, and the handler takes all."""
    found, _ = concluded(now, handler)
    (one,) = found.findings
    assert (str(one.operation), one.severity, one.identity) == (
        "GET /customers",
        Severity.ERROR,
        ANONYMOUS.name,
    )
    assert "GET /page with of = " in one.message
    assert not found.undecided


@pytest.mark.parametrize(
    "handler",
    [
        {"/pages": PAGES}.get,
        lambda text: PAGES,  # noqa: ARG005 - whatever is sent
        lambda text: [{"title": text, "text": "not found"}],
        lambda text: (
            [{"title": each["email"], "text": "a contact"} for each in CUSTOMERS[:1]] if text else None
        ),
    ],
    ids=["only what it is for", "always the same", "an echo", "one contact"],
)
def test_a_handler_without_guarded_data_is_not_accused(handler: Callable[[str], object]) -> None:
    """It repeats its input at most."""
    found, sent = concluded("/pages", handler)
    assert len(set(sent)) > 1
    assert not found.findings
    assert not found.undecided


def test_what_the_document_offers_is_undecided_and_no_error() -> None:
    """A value of the enumeration gives the data: the document contradicts itself, or the server gives too much."""
    limits = Constraint(type="string", allowed=("pages", "customers"))
    found, sent = concluded(
        "pages", {"pages": PAGES, "customers": CUSTOMERS}.get, limits=limits, several=True
    )
    assert set(sent) == {"pages", "customers"}
    assert [each.severity for each in found.findings] == [Severity.WARNING]
    assert [str(each.operation) for each in found.undecided] == ["GET /page"]


def test_records_with_the_members_of_the_usual_answer_are_undecided_and_no_error() -> None:
    """An open search of names and addresses that are meant for all finds what a guarded list has too."""
    public = [*({key: each[key] for key in ("name", "email", "credit")} for each in CUSTOMERS)]
    shown = [{"name": "Harbour", "email": "office@harbour.test", "credit": 0}]

    def search(text: str) -> object:
        return [each for each in (*shown, *public) if text.lower() in json.dumps(each).lower()]

    found, _ = concluded("harbour", search)
    assert all(each.severity is Severity.WARNING for each in found.findings)
    assert [str(each.operation) for each in found.undecided] == ["GET /page"]


def test_a_number_takes_identifiers_alone() -> None:
    """The document allows no text there."""
    _, sent = concluded("1", lambda text: PAGES, limits=Constraint(type="integer"))  # noqa: ARG005
    assert set(sent) == {"1", "90112345"}
