"""An operation alone whose answers change: what it gives to others is data if it changes as for valid certificates."""

import itertools
import json
from collections.abc import Callable, Mapping

import pytest

from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import ALICE, EXPIRED, REVOKED, answer, exchange, probe

ADMITTED, UNDECIDED = Outcome.ADMITTED, Outcome.INCONCLUSIVE
KEY, REQUEST = OperationKey(path="/data", method="GET"), Request(method="GET", target="/data")
HOST = "collector-12.internal.example"
NAMES = ("requests", "sent", "queued", "heap", "uptime", "errors", "threads", "sockets")


class Moving:
    """Numbers, each larger than the one before, and words, each another."""

    def __init__(self) -> None:
        """Start at one place in each test."""
        self._numbers = itertools.count(10_061, 7_919)

    def number(self) -> int:
        """Return the next number."""
        return next(self._numbers)

    def word(self) -> str:
        """Return the next word."""
        return "".join(chr(ord("a") + int(digit)) for digit in str(self.number()))


Body = Callable[[Moving], str]


def metrics(moving: Moving) -> str:
    """Return metrics in the text format of Prometheus."""
    return "\n".join((f"# host {HOST}", *(f'{name}_total{{shard="4"}} {moving.number()}' for name in NAMES)))


def csv(moving: Moving) -> str:
    """Return a table with a number in each row."""
    return "\n".join(("name,host,value", *(f"{name},{HOST},{moving.number()}" for name in NAMES)))


def ndjson(moving: Moving) -> str:
    """Return an object in each line."""
    return "\n".join(json.dumps({"name": n, "host": HOST, "value": moving.number()}) for n in NAMES)


def xml(moving: Moving) -> str:
    """Return an element for each number."""
    inner = "".join(f'<sample name="{n}" host="{HOST}">{moving.number()}</sample>' for n in NAMES)
    return f"<?xml version='1.0'?><samples>{inner}</samples>"


def as_json(moving: Moving) -> str:
    """Return a list of objects."""
    return json.dumps([{"name": n, "host": HOST, "value": moving.number()} for n in NAMES])


def log_lines(moving: Moving) -> str:
    """Return lines of which a part is always new, words too."""
    kept = [f"{HOST} started {name} after 48213 ms" for name in NAMES]
    return "\n".join((*kept, *(f"{moving.number()} {moving.word()} {moving.word()}" for _ in range(3))))


def outcome(served: Body, refused: Body, *, times: int = 4, status: int = 200) -> Outcome:
    """Return the outcome of the anonymous client, where valid certificates get ``served`` so many times."""
    moving, log = Moving(), ExchangeLog(identities={e.name: e for e in (ALICE, ANONYMOUS, REVOKED, EXPIRED)})
    callers = (*(ALICE,) * (times - 1), ANONYMOUS, REVOKED, EXPIRED, ALICE)
    for attempt, identity in enumerate(callers, 1):
        body, code = (served, 200) if identity is ALICE else (refused, status)
        sent = probe(identity.name, operation=KEY, request=REQUEST, attempt=attempt)
        got = exchange(sent, answer(code, body(moving), target="/data"))
        log.add(got.probe, got.observation)
    entry = log.of("certificate", KEY, ANONYMOUS.name)[0]
    return log.classifier().compared(entry).outcome


FORMATS: Mapping[str, Body] = {
    "metrics": metrics,
    "CSV": csv,
    "NDJSON": ndjson,
    "XML": xml,
    "JSON": as_json,
    "a log": log_lines,
}


@pytest.mark.parametrize("served", FORMATS.values(), ids=FORMATS)
def test_data_that_change_for_all_callers_alike_are_data(served: Body) -> None:
    """In every format."""
    assert outcome(served, served) is ADMITTED


@pytest.mark.parametrize("served", [metrics, csv, ndjson, xml, as_json])
def test_two_answers_show_which_data_change(served: Body) -> None:
    """Where their words are the same."""
    assert outcome(served, served, times=2) is ADMITTED


def test_two_answers_do_not_show_which_words_change() -> None:
    """They may be those of two callers."""
    assert outcome(log_lines, log_lines, times=2) is UNDECIDED


def refusing(text: str) -> Body:
    """Return a refusal in the format of the metrics, with a number that differs each time."""
    return lambda moving: f"# host {HOST}\n{text.replace('%', str(moving.number()))}"


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f'{name}_total{{shard="4"}} 0' for name in NAMES),
        "\n".join(f'{name}_total{{shard="4"}}' for name in NAMES) + "\nincident %",
        "\n".join(f'{name}_total{{shard="4"}} %' for name in NAMES) + "\naccess denied",
        "access denied, incident %",
        "%",
    ],
    ids=["zeros", "names alone", "a sentence below", "a sentence", "a number"],
)
def test_a_refusal_in_the_layout_of_changing_data_is_no_admission(text: str) -> None:
    """It has words that no valid certificate gets, or lacks the values that change."""
    assert outcome(metrics, refusing(text)) is not ADMITTED


def test_the_words_of_one_caller_do_not_explain_those_of_a_refusal() -> None:
    """Of three answers, one has other words."""
    rows = itertools.cycle([*("owner Lindqvist Aalto",) * 2, "owner Marchetti"])

    def served(moving: Moving) -> str:
        return f"{metrics(moving)}\n{next(rows)}"

    def refused(moving: Moving) -> str:
        return f"{metrics(moving)}\naccess denied"

    assert outcome(served, refused, times=3) is not ADMITTED


def test_members_of_other_names_are_another_answer() -> None:
    """The names of JSON members are no values."""

    def served(moving: Moving) -> str:
        return json.dumps({"host": HOST, "build": "4711-88213", "reading": moving.number()})

    def refused(moving: Moving) -> str:
        return json.dumps({"host": HOST, "build": "4711-88213", "incident": moving.number()})

    assert outcome(served, served) is ADMITTED
    assert outcome(served, refused) is not ADMITTED


def test_a_zero_in_the_place_of_data_is_no_admission() -> None:
    """The time of the answer changes for all callers."""

    def body(value: object, moving: Moving) -> str:
        return json.dumps({"host": HOST, "build": "4711-88213", "reading": value, "at": moving.number()})

    def served(moving: Moving) -> str:
        return body(moving.number(), moving)

    assert outcome(served, served) is ADMITTED
    assert outcome(served, lambda moving: body(0, moving)) is not ADMITTED


@pytest.mark.parametrize("status", [200, 401, 404])
def test_a_refusal_of_any_status_needs_the_values_that_change(status: int) -> None:
    """What stays may be the layout of the site."""

    def served(moving: Moving) -> str:
        return json.dumps({"host": HOST, "build": "4711-88213", "reading": moving.number()})

    denied = json.dumps({"host": HOST, "build": "4711-88213", "error": "denied"})
    assert outcome(served, lambda _: denied, status=status) is UNDECIDED
    assert outcome(served, served, status=status) is ADMITTED
