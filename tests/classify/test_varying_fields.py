"""Header fields whose number differs where nothing is: durations, counters, limits of a prefix."""

import json

import pytest

from specdrift.classify.check_names import UNKNOWN_PATH
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import answer, exchange, probe
from tests.classify.test_outliers import RESOURCES, run_of

FIELD = "x-served-after"


def refusal(value: object) -> HttpFacts:
    """Refuse, with a number in a header field."""
    return answer(401, json.dumps({"error": "unauthorized"}), fields=[(FIELD, str(value))])


@pytest.mark.parametrize(
    ("elsewhere", "own", "expected"),
    [
        ((0, 1), 7, Outcome.REFUSED_BY_APPLICATION),
        ((0, 0), 7, Outcome.INCONCLUSIVE),
        ((0, 1), 1234.5, Outcome.ADMITTED),
        ((0, 1), "Miriam", Outcome.INCONCLUSIVE),
        (("one", "two"), "Miriam", Outcome.INCONCLUSIVE),
    ],
    ids=["a duration", "constant elsewhere", "the operation's own number", "a name", "words elsewhere"],
)
def test_a_number_is_no_data_where_unknown_paths_have_different_ones(
    elsewhere: tuple[object, object], own: object, expected: Outcome
) -> None:
    """One operation may have the same number in all its refusals by chance."""
    log = run_of(lambda path, _: refusal(own if path == "/ant" else 0), RESOURCES)
    for number, value in enumerate(elsewhere):
        target = Request(method="GET", target=f"/unknown{number}")
        sent = probe(
            ANONYMOUS.name, check=UNKNOWN_PATH, operation=None, request=target, variant=target.target
        )
        control = exchange(sent, refusal(value))
        log.add(control.probe, control.observation)
    classify = log.classifier().compared
    refused = log.of("certificate", OperationKey(path="/ant", method="GET"), ANONYMOUS.name)
    assert {classify(each).outcome for each in refused} == {expected}
