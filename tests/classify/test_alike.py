"""Alike answers of an operation are compared with its controls once; what a comparison depends on tells them apart."""

import pytest
from msgspec.structs import replace

from specdrift.classify.comparison import Comparison
from specdrift.classify.exchange import Exchange
from specdrift.classify.tables.alike import AlikeAnswers
from specdrift.classify.tables.compared import COMPARED
from specdrift.classify.tables.control import CONTROL
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import TlsFacts
from specdrift.model.exchange.probe import Request
from tests.classify.exchanges import answer, exchange, probe

DENIED = answer(403, "denied", fields=[("date", "Fri, 27 Nov 2026 10:00:00 GMT")])
LATER = answer(403, "denied", fields=[("date", "Fri, 27 Nov 2026 10:00:01 GMT")])
OWN = frozenset({1})
FIRST = exchange(probe("alice"), DENIED)


def compared(*exchanges: tuple[Exchange, frozenset[int]]) -> int:
    """Count the comparisons that these exchanges need."""
    made: list[Comparison] = []

    def compare() -> Comparison:
        made.append(Comparison(answer=DENIED))
        return made[-1]

    alike = AlikeAnswers()
    for entry, own in exchanges:
        alike.classify(entry, (own,), COMPARED, compare)
    return len(made)


def test_answers_that_differ_in_their_date_are_compared_once() -> None:
    """Also those to different callers with a certificate."""
    assert compared((FIRST, OWN), (exchange(probe("bob"), LATER), OWN), (FIRST, OWN)) == 1


@pytest.mark.parametrize(
    "other",
    [
        exchange(probe("alice"), answer(403, "denied!")),
        exchange(probe("alice"), answer(404, "denied")),
        exchange(probe("alice"), answer(403, "denied", fields=[("x-user", "7")])),
        exchange(probe("alice"), replace(DENIED, truncated=True)),
        exchange(probe(), DENIED),
        exchange(probe("alice", operation=OperationKey(path="/other", method="GET")), DENIED),
        exchange(probe("alice", request=Request(method="GET", target="/items/2")), DENIED),
        Exchange(FIRST.probe, replace(FIRST.observation, tls=TlsFacts(early_data=True))),
    ],
    ids=["body", "status", "field", "truncated", "anonymous", "operation", "request", "early data"],
)
def test_whatever_a_comparison_reads_tells_answers_apart(other: Exchange) -> None:
    """Each of these may be classified otherwise."""
    assert compared((FIRST, OWN), (other, OWN)) == 2


def test_values_of_their_own_tell_answers_apart() -> None:
    """A time that the Date field explains is none of them."""
    assert compared((FIRST, OWN), (FIRST, frozenset())) == 2


def test_each_redirect_is_compared_by_itself() -> None:
    """Where it leads depends on the endpoint, and its target's answer on what followed."""
    redirect = exchange(probe("alice"), answer(302, location="/login"))
    assert compared((redirect, OWN), (redirect, OWN)) == 2


def test_each_table_has_its_own_classifications() -> None:
    """One answer may be a control's and another caller's."""
    alike, case = AlikeAnswers(), Comparison(answer=DENIED)
    found = [alike.classify(FIRST, (OWN,), table, lambda: case)[1] for table in (CONTROL, COMPARED, CONTROL)]
    assert found[0] is found[2]
    assert found[0] is not found[1]
