"""A log has the identifiers of refusals from these on; data that a refusal gives away stand in answers before it."""

from __future__ import annotations

import json

from specdrift.body.values import echo_of
from specdrift.classify.disclosed.own_records import LEAST_WRITTEN, UNDER_WAY, own_records
from specdrift.classify.exchange import own_values_of
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.classify.resource import Values
from specdrift.model.exchange.identity import ANONYMOUS
from tests.classify.exchanges import ALICE, ITEM, answer, exchange, probe

Sent = tuple[str, ...]
"""Identifiers: those of a valid answer, or the one of a refusal."""


def identifier(number: int) -> str:
    """A random one, the same each time."""
    return f"{number * 0x9E3779B97F4A7C15 % (1 << 64):016x}"


def found(*sent: int | tuple[int, ...]) -> Values:
    """Return the values of logs. Each is a refusal with an identifier, or a valid answer that lists some, in order."""
    log = ExchangeLog(identities={each.name: each for each in (ANONYMOUS, ALICE)})
    for turn, each in enumerate(sent):
        if isinstance(each, tuple):
            body = json.dumps([{"id": identifier(number)} for number in each])
            got = exchange(probe(ALICE.name, variant=str(turn)), answer(200, body))
        else:
            got = exchange(
                probe(variant=str(turn)), answer(401, "{}", fields=[("x-request-id", identifier(each))])
            )
        log.add(got.probe, got.observation)
    valid = [own_values_of(log, each) for each in log.of("certificate", ITEM, ALICE.name)]
    return own_records(log, [(ITEM, valid)])


def values(*numbers: int) -> Values:
    """Return those of identifiers."""
    return frozenset(one for number in numbers for one in echo_of((identifier(number),)))


def test_a_log_has_the_refusals_since_an_answer() -> None:
    """An earlier answer lacked them. Those before the first answer are of the log as well."""
    assert found(1, (1,), 2, 3, 4, (1, 2, 3, 4)) >= values(2, 3, 4)
    assert found(1, (1, 9), 2, 3, 4, (1, 2, 3, 4)) >= values(1, 2, 3, 4)
    assert not found(1, (1, 9), 2, 3, 4, (1, 2, 3, 4)) & values(9)


def test_few_may_be_a_coincidence() -> None:
    """Nothing is learned of them."""
    many = tuple(range(10, 10 + LEAST_WRITTEN))
    assert found((1,), *many[:-1], (1, *many[:-1], 70, 71, 72)) == frozenset()
    assert found((1,), *many, (1, *many))


def test_an_answer_that_was_under_way_at_the_same_time_may_have_it() -> None:
    """The server writes a request down when it begins."""
    assert found((1,), 2, 3, 4, (2, 3, 4, 5), 5) >= values(5)


def test_what_refusals_have_of_older_answers_is_no_record() -> None:
    """They give away entries of the list: it had these long before."""
    others = tuple(range(1000, 1000 + UNDER_WAY))
    assert found((1, 2, 3, 4), *others, 2, 3, 4, (1, 2, 3, *others[:3])) == frozenset()


def test_what_several_refusals_have_is_no_record() -> None:
    """A request has its own identifier."""
    assert not found((1,), 2, 3, 4, 5, 5, (2, 3, 4, 5)) & values(5)
