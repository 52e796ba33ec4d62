"""Figures that every refusal has, and no answer to a valid certificate."""

import json
from collections.abc import Mapping

import pytest

from tests.classify.exchanges import answer
from tests.classify.test_outliers import REFUSED, UNDECIDED, outcomes, reference

RESOURCES: Mapping[str, Mapping[str, object]] = {
    "/v1/invoices": {"number": "A-48213", "sum": 1893.4},
    "/v1/customers": {"name": "Nordwind", "since": "2011-03-09"},
    "/v1/stock": {"sku": "KLR-44871", "pieces": 188},
}


@pytest.mark.parametrize(
    "member",
    [
        {"overdueInvoices": 48211},
        {"customer_count": 4821},
        {"state": {"stock": 18833.5}},
        {"last": [{"invoice-id": 48213}]},
    ],
)
def test_a_figure_named_after_a_resource_is_undecided(member: dict[str, object]) -> None:
    """It is of the resource, on each operation and for each caller."""
    got = outcomes(lambda *_: answer(403, json.dumps({"error": "no", **member})), RESOURCES)
    assert got == {path: {UNDECIDED} for path in RESOURCES}


@pytest.mark.parametrize(
    "member",
    [
        {"code": 40301, "errorNumber": 4711},
        {"retryAfter": 300, "invoiceLimit": 1000, "customersPerPage": 100},
        {"customerSupport": 4930901820, "invoicePhone": 4930901821},
        {"stockVersion": 2026, "invoicesApi": 1000},
        {"invoices": 0, "customers": [], "stock": None},
        {"build": 48211, "port": 8443, "v1": 2026},
    ],
)
def test_a_number_about_the_interface_refuses(member: dict[str, object]) -> None:
    """Codes, limits, versions, telephone numbers and nothing."""
    got = outcomes(lambda *_: answer(403, json.dumps({"error": "no", **member})), RESOURCES)
    assert got == {path: {REFUSED} for path in RESOURCES}


def test_a_number_that_differs_each_time_refuses() -> None:
    """It is of the incident."""
    got = outcomes(
        lambda _, number: answer(403, json.dumps({"error": "no", "customerCase": reference(number)})),
        RESOURCES,
    )
    assert got == {path: {REFUSED} for path in RESOURCES}
