"""Refusals of an operation that also says the same where a resource does not exist."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.classify.check_names import ABSENT, UNKNOWN_PATH
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import answer, exchange, probe
from tests.classify.test_outliers import RESOURCES, run_of

if TYPE_CHECKING:
    from specdrift.model.exchange.observation import HttpFacts

ANT = OperationKey(path="/ant", method="GET")


def refusal(path: str, status: int, **further: object) -> HttpFacts:
    """Refuse ``/ant`` with a version of its own, and all else likewise without one."""
    own = {"version": "7.0.2"} if path == "/ant" else {"version": "3.4.1"}
    return answer(status if path == "/ant" else 401, json.dumps({"error": "no", **own, **further}))


def outcomes(absent: HttpFacts | None, status: int, **further: object) -> set[Outcome]:
    """Return how the anonymous client's exchanges on ``/ant`` are classified."""
    log = run_of(lambda path, _: refusal(path, status, **(further if path == "/ant" else {})), RESOURCES)
    if absent is not None:
        sent = probe(check=UNKNOWN_PATH, operation=ANT, request=Request(method="GET", target="/ant/none"))
        sent = replace(sent, tag=ABSENT)
        log.add(sent, exchange(sent, absent).observation)
    classify = log.classifier().compared
    return {classify(each).outcome for each in log.of("certificate", ANT, ANONYMOUS.name)}


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_is_said_without_a_resource_is_no_data(status: int) -> None:
    """Nothing else in the run has this version; the same refusal of nothing shows that it is no resource's."""
    assert outcomes(None, status) == {Outcome.INCONCLUSIVE}
    assert outcomes(refusal("/ant", status), status) == {Outcome.REFUSED_BY_APPLICATION}


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_only_an_existing_resource_adds_may_be_data(status: int) -> None:
    """A member more, or another value of a member, is not explained."""
    assert outcomes(refusal("/ant", status), status, left="9.9") == {Outcome.INCONCLUSIVE}
    other = answer(status, json.dumps({"error": "no", "version": "5.5.5"}))
    assert outcomes(other, status) == {Outcome.INCONCLUSIVE}


def test_data_of_the_operation_are_data_wherever_they_are() -> None:
    """A handler that answers for nothing with data of its resource explains nothing."""
    leak = RESOURCES["/ant"]["height"]
    absent = answer(403, json.dumps({"error": "no", "version": "7.0.2", "left": leak}))
    assert Outcome.REFUSED_BY_APPLICATION not in outcomes(absent, 403, left=leak)


@pytest.mark.parametrize(
    "absent", [answer(200, json.dumps({"error": "no", "version": "7.0.2"})), answer(404)]
)
def test_another_form_of_answer_explains_nothing(absent: HttpFacts) -> None:
    """A success, or an answer with another status."""
    assert outcomes(absent, 403) == {Outcome.INCONCLUSIVE}


def test_data_of_another_operation_are_data_wherever_they_are() -> None:
    """A handler that names another customer for nothing explains nothing either."""
    named: dict[str, object] = {**RESOURCES["/bee"], "keeper": "Ottar Myhre"}
    said = answer(401, json.dumps({"message": "A client certificate is required. Last seen: Ottar Myhre"}))
    plain = answer(401, json.dumps({"message": "A client certificate is required."}))
    log = run_of(lambda path, _: said if path == "/ant" else plain, {**RESOURCES, "/bee": named})
    sent = probe(check=UNKNOWN_PATH, operation=ANT, request=Request(method="GET", target="/ant/none"))
    log.add(replace(sent, tag=ABSENT), exchange(sent, said).observation)
    classify = log.classifier().compared
    found = {classify(each).outcome for each in log.of("certificate", ANT, ANONYMOUS.name)}
    assert found == {Outcome.INCONCLUSIVE}
