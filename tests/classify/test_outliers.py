"""Data that the denials of one operation always have, and those of the others do not."""

import json
from collections.abc import Callable, Mapping

import pytest
from msgspec.structs import replace

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
Resources = Mapping[str, Mapping[str, object]]
Denial = Callable[[str, int], HttpFacts]
"""The denial of a path, for the number of the answer."""


def run_of(
    denial: Denial,
    resources: Mapping[str, Mapping[str, object]] = RESOURCES,
    changing: Callable[[str, int], object] | None = None,
) -> ExchangeLog:
    """Build the log of a run in which three callers are refused, each four times on each path.

    ``changing`` returns the resource of a path for each attempt.
    """
    log = ExchangeLog(identities={each.name: each for each in (ALICE, ANONYMOUS, REVOKED, EXPIRED)})
    number = 0
    for path, resource in resources.items():
        key, request = OperationKey(path=path, method="GET"), Request(method="GET", target=path)
        for attempt in range(1, ATTEMPTS + 1):
            valid = exchange(
                probe(ALICE.name, operation=key, request=request, attempt=attempt),
                answer(200, json.dumps(changing(path, attempt) if changing else resource)),
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
    denial: Denial,
    resources: Mapping[str, Mapping[str, object]] = RESOURCES,
    changing: Callable[[str, int], object] | None = None,
) -> Mapping[str, set[Outcome]]:
    """Return the outcomes of the anonymous client on each path."""
    log = run_of(denial, resources, changing)
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


@pytest.mark.parametrize(("first", "outcome"), [(40310, REFUSED), (8120, UNDECIDED)])
def test_a_code_of_each_operation_refuses_only_if_it_extends_the_status(first: int, outcome: Outcome) -> None:
    """The server numbers its messages; any other number may be an amount in cents."""
    codes = {path: first + index for index, path in enumerate(RESOURCES)}
    got = outcomes(
        lambda path, number: answer(403, json.dumps({"kood": codes[path], "juhtum": reference(number)}))
    )
    assert got == {key: {outcome} for key in RESOURCES}


def test_a_digit_that_most_other_denials_lack_is_undecided() -> None:
    """What most have is of the server: it says nothing about each."""
    got = outcomes(
        lambda path, _: answer(403, json.dumps({"viga": "keelatud", "level": 4 if path == "/bee" else 0}))
    )
    assert got == {**{key: {REFUSED} for key in RESOURCES}, "/bee": {UNDECIDED}}


def test_a_digit_that_no_other_denial_has_is_undecided() -> None:
    """It may be data in another form: a mark, a number of items."""
    got = outcomes(
        lambda path, _: answer(403, json.dumps({"viga": "keelatud", "kood": 9 if path == "/bee" else 0}))
    )
    assert got == {**{key: {REFUSED} for key in RESOURCES}, "/bee": {UNDECIDED}}


def test_a_boolean_that_most_other_denials_lack_is_undecided() -> None:
    """The resource has a boolean under another name."""
    flags = {path: {"viga": "keelatud", "lukus": path == "/bee"} for path in RESOURCES}
    resources = {path: {**each, "aktiivne": path == "/bee"} for path, each in RESOURCES.items()}
    got = outcomes(lambda path, _: answer(403, json.dumps(flags[path])), resources)
    assert got == {**{key: {REFUSED} for key in RESOURCES}, "/bee": {UNDECIDED}}


def test_a_boolean_of_one_operation_is_undecided_though_the_resource_has_none() -> None:
    """It may state what the resource says with a word."""
    got = outcomes(lambda path, _: answer(403, json.dumps({"viga": "keelatud", "uuesti": path == "/bee"})))
    assert got == {**{key: {REFUSED} for key in RESOURCES}, "/bee": {UNDECIDED}}


def test_a_boolean_without_a_clear_majority_is_undecided_everywhere() -> None:
    """Where two operations say one thing and two another, it says something about each."""
    got = outcomes(
        lambda path, _: answer(403, json.dumps({"viga": "keelatud", "uuesti": path in ("/bee", "/cow")}))
    )
    assert got == {key: {UNDECIDED} for key in RESOURCES}


@pytest.mark.parametrize("level", [3, 4])
def test_a_digit_of_a_single_operation_is_undecided(level: int) -> None:
    """No other operation shows what is usual."""
    got = outcomes(
        lambda *_: answer(403, json.dumps({"viga": "keelatud", "aste": level})), {"/ant": {"level": 3}}
    )
    assert got == {"/ant": {UNDECIDED}}


@pytest.mark.parametrize(
    ("unknown", "outcome"), [({"viga": "puudub", "v": 3}, REFUSED), ({"viga": "puudub"}, UNDECIDED)]
)
def test_a_version_is_no_data_if_a_path_that_does_not_exist_has_it(
    unknown: Mapping[str, object], outcome: Outcome
) -> None:
    """Else it may be a digit of the resource."""
    resources = {"/ant": {**RESOURCES["/ant"], "v": 3}}
    log = run_of(lambda *_: answer(403, json.dumps({"viga": "keelatud", "v": 3})), resources)
    request = Request(method="GET", target="/nonce")
    missing = exchange(
        probe(check="unknown-path", operation=None, request=request), answer(404, json.dumps(unknown))
    )
    log.add(missing.probe, missing.observation)
    entry = log.of("certificate", OperationKey(path="/ant", method="GET"), ANONYMOUS.name)[0]
    assert log.classifier().compared(entry).outcome is outcome


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


def test_a_zero_that_all_denials_have_is_usual_also_where_a_request_says_it() -> None:
    """`X-XSS-Protection: 0` is no datum of the one resource that has a zero."""
    resources: Resources = {
        "/ant/0": {"height": 1234.5},
        "/bee/0": {"height": 88120.25},
        "/cow": {"level": 0},
    }
    denial = replace(answer(403, '{"viga": "keelatud"}'), headers=(("x-xss-protection", "0"),))
    assert outcomes(lambda *_: denial, resources) == {path: {REFUSED} for path in resources}


def test_what_exceeds_a_denial_is_named_by_its_place() -> None:
    """A reader looks there first."""
    log = run_of(
        lambda path, _: answer(403, json.dumps({"viga": "keelatud"} | ({"w": 731} if path == "/bee" else {})))
    )
    bee = log.of("certificate", OperationKey(path="/bee", method="GET"), ANONYMOUS.name)
    assert {log.classifier().compared(each).reason for each in bee} == {
        "HTTP 403, which has more than the denials of this server, in w, perhaps data"
    }
