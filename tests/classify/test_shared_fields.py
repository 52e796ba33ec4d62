"""Header fields that a layer writes into the answers of several operations, refusals too."""

import json

import pytest

from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.result.verdict import Outcome
from tests.classify.certificate_runs import anonymous_outcomes
from tests.classify.exchanges import ALICE, answer

RECORDS = {
    "/suppliers": {"name": "Okafor", "rating": 4},
    "/suppliers/7": {"name": "Okafor", "rating": 4},
    "/orders": {"name": "Lindqvist", "rating": 9},
    "/orders/8": {"name": "Lindqvist", "rating": 9},
}
REFUSED = Outcome.REFUSED_BY_APPLICATION


def outcomes(written: dict[str, str]) -> dict[str, set[Outcome]]:
    """Return the outcomes of the anonymous client where answers below a prefix have a header field."""

    def fields(path: str) -> list[tuple[str, str]]:
        return [("x-about", value) for prefix, value in written.items() if path.startswith(prefix)]

    def reply(path: str, caller: ClientIdentity) -> HttpFacts:
        refused = caller is not ALICE
        body = {"error": "unauthorized"} if refused else RECORDS[path]
        return answer(401 if refused else 200, json.dumps(body), fields=fields(path))

    return anonymous_outcomes(RECORDS, reply)


@pytest.mark.parametrize("value", ["2026-03-01", "v4711.2", "100;w=60"])
def test_a_field_of_a_prefix_is_no_data(value: str) -> None:
    """A version, a date and a limit, in each answer below /suppliers."""
    assert outcomes({"/suppliers": value}) == {path: {REFUSED} for path in RECORDS}


def test_a_field_with_what_the_bodies_have_is_data() -> None:
    """The owner's name in the refusals of two operations."""
    got = outcomes({"/suppliers": "Okafor"})
    assert got["/orders"] == {REFUSED}
    assert REFUSED not in got["/suppliers"] | got["/suppliers/7"]
