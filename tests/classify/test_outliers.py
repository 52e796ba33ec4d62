"""Data that the denials of one operation always have, and those of the others do not."""

import json
from collections.abc import Callable, Mapping

import pytest

from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import ALICE, EXPIRED, REVOKED, answer, exchange, probe

REFUSED, UNDECIDED = Outcome.REFUSED_BY_APPLICATION, Outcome.INCONCLUSIVE
RESOURCES = {
    "/ant": {"height": 1234.5, "level": 3},
    "/bee": {"height": 88120.25, "level": 4},
    "/cow": {"height": 40711.8, "level": 5},
    "/dog": {"height": 2500.75, "level": 6},
}
ATTEMPTS = 4
Denial = Callable[[str, int], HttpFacts]
"""The denial of a path, for the number of the answer."""


def run_of(denial: Denial, resources: Mapping[str, Mapping[str, object]] = RESOURCES) -> ExchangeLog:
    """Build the log of a run in which three callers are refused, each four times on each path."""
    log = ExchangeLog(identities={each.name: each for each in (ALICE, ANONYMOUS, REVOKED, EXPIRED)})
    number = 0
    for path, resource in resources.items():
        key, request = OperationKey(path=path, method="GET"), Request(method="GET", target=path)
        for attempt in range(1, ATTEMPTS + 1):
            valid = exchange(
                probe(ALICE.name, operation=key, request=request, attempt=attempt),
                answer(200, json.dumps(resource)),
            )
            log.add(valid.probe, valid.observation)
            for identity in (ANONYMOUS, REVOKED, EXPIRED):
                number += 1
                refused = exchange(
                    probe(identity.name, operation=key, request=request, attempt=attempt),
                    denial(path, number),
                )
                log.add(refused.probe, refused.observation)
    return log


def outcomes(
    denial: Denial, resources: Mapping[str, Mapping[str, object]] = RESOURCES
) -> Mapping[str, set[Outcome]]:
    """Return the outcomes of the anonymous client on each path."""
    log = run_of(denial, resources)
    classify = log.classifier().compared
    return {
        path: {
            classify(each).outcome
            for each in log.of("certificate", OperationKey(path=path, method="GET"), ANONYMOUS.name)
        }
        for path in resources
    }


def reference(number: int) -> int:
    """Return an incident number that no other answer has."""
    return 7_000_000 + number * 7919


@pytest.mark.parametrize(
    "write",
    [
        lambda value: answer(403, json.dumps({"viga": "keelatud", "juhtum": value})),
        lambda value: answer(403, f"<viga><juhtum>{value}</juhtum></viga>"),
        lambda value: answer(403, f"keelatud, juhtum {value}"),
    ],
    ids=["JSON", "XML", "text"],
)
def test_a_constant_in_place_of_numbers_that_vary_is_undecided(write: Callable[[int], HttpFacts]) -> None:
    """It may be the data in a spelling that is not recognised: cents, digits in reverse."""
    got = outcomes(lambda path, number: write(8_812_025 if path == "/bee" else reference(number)))
    assert got == {**{key: {REFUSED} for key in RESOURCES}, "/bee": {UNDECIDED}}


def test_numbers_that_vary_on_every_operation_are_a_denial() -> None:
    """Incident numbers."""
    got = outcomes(lambda _, number: answer(403, json.dumps({"juhtum": reference(number)})))
    assert got == {key: {REFUSED} for key in RESOURCES}


def test_a_code_of_each_operation_is_a_denial() -> None:
    """The server numbers its messages."""
    codes = {path: 4010 + index for index, path in enumerate(RESOURCES)}
    got = outcomes(
        lambda path, number: answer(403, json.dumps({"kood": codes[path], "juhtum": reference(number)}))
    )
    assert got == {key: {REFUSED} for key in RESOURCES}


def test_a_digit_of_the_resource_that_other_denials_lack_is_undecided() -> None:
    """Each denial has a level, and only this one's is the resource's."""
    got = outcomes(
        lambda path, _: answer(403, json.dumps({"viga": "keelatud", "level": 4 if path == "/bee" else 0}))
    )
    assert got == {**{key: {REFUSED} for key in RESOURCES}, "/bee": {UNDECIDED}}


def test_a_digit_that_the_resource_lacks_is_a_denial() -> None:
    """One operation refuses with another code."""
    got = outcomes(
        lambda path, _: answer(403, json.dumps({"viga": "keelatud", "kood": 9 if path == "/bee" else 0}))
    )
    assert got == {key: {REFUSED} for key in RESOURCES}


def test_a_boolean_that_other_denials_lack_is_undecided() -> None:
    """The resource has a boolean under another name."""
    flags = {path: {"viga": "keelatud", "lukus": path == "/bee"} for path in RESOURCES}
    resources = {path: {**each, "aktiivne": path == "/bee"} for path, each in RESOURCES.items()}
    got = outcomes(lambda path, _: answer(403, json.dumps(flags[path])), resources)
    assert got == {**{key: {REFUSED} for key in RESOURCES}, "/bee": {UNDECIDED}}


def test_a_boolean_of_a_denial_is_no_data_where_the_resource_has_none() -> None:
    """One operation says that a request may be repeated."""
    got = outcomes(lambda path, _: answer(403, json.dumps({"viga": "keelatud", "uuesti": path == "/bee"})))
    assert got == {key: {REFUSED} for key in RESOURCES}


@pytest.mark.parametrize(("level", "outcome"), [(3, UNDECIDED), (4, REFUSED)])
def test_a_digit_that_is_the_whole_resource_of_a_single_operation_is_undecided(
    level: int, outcome: Outcome
) -> None:
    """No other operation shows what is usual."""
    got = outcomes(
        lambda *_: answer(403, json.dumps({"viga": "keelatud", "aste": level})), {"/ant": {"level": 3}}
    )
    assert got == {"/ant": {outcome}}


def test_a_version_in_each_answer_of_a_single_operation_is_no_data() -> None:
    """It is a small part of the resource."""
    got = outcomes(
        lambda *_: answer(403, json.dumps({"viga": "keelatud", "v": 3})),
        {"/ant": {**RESOURCES["/ant"], "v": 3}},
    )
    assert got == {"/ant": {REFUSED}}


def test_another_page_of_a_list_with_status_200_is_undecided() -> None:
    """The other operations refuse: this one ran its handler."""
    page = answer(200, "kask;771\nmänd;902\n")
    log = run_of(lambda path, _: page if path == "/bee" else answer(200, "keelatud"))
    key, request = OperationKey(path="/bee", method="GET"), Request(method="GET", target="/bee")
    for attempt in range(1, ATTEMPTS + 1):
        valid = exchange(
            probe(ALICE.name, operation=key, request=request, attempt=attempt), answer(200, "kuusk;1560\n")
        )
        log.add(valid.probe, valid.observation)
    classified = {log.classifier().compared(each).outcome for each in log.of("certificate", key, "anonymous")}
    assert classified == {UNDECIDED}
