"""Records by columns: each different value once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from specdrift.result.schema.codec import Misfit
from specdrift.result.schema.columns import columns
from specdrift.result.schema.probes import PROBE
from tests.reports import extremes, factory

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.model.result.result import Result

EXCHANGES = columns(PROBE)


def exchanges_read_back_from_their_columns(result: Result) -> None:
    """Whatever they are, and however often they occur."""
    twice = (*result.probes, *result.probes)
    stored = json.loads(json.dumps(EXCHANGES.dump(twice)))
    assert tuple(EXCHANGES.load(stored)) == twice


@pytest.mark.parametrize("make", [factory.story, factory.incomplete, factory.hopeless, extremes.hostile])
def test_exchanges_read_back(make: Callable[[], Result]) -> None:
    """Of runs as they happen, and of one without an exchange."""
    exchanges_read_back_from_their_columns(make())
    assert not EXCHANGES.load(json.loads(json.dumps(EXCHANGES.dump(()))))


def test_a_value_is_stored_and_read_once() -> None:
    """Thousands of exchanges share it, and the parts of their answers."""
    stored = EXCHANGES.dump(factory.story().probes[:1] * 3)
    assert stored["response"]["numbers"] == [0, 0, 0]
    assert len(stored["response"]["values"]["status"]["values"]) == 1
    first, second, _ = EXCHANGES.load(stored)
    assert first.observation.http is second.observation.http


def _stored() -> Any:  # noqa: ANN401
    return json.loads(json.dumps(EXCHANGES.dump(factory.story().probes[:2])))


def test_a_member_of_a_newer_version_has_its_default() -> None:
    """A recording of an older one has no column for it."""
    stored = _stored()
    del stored["tag"], stored["request"]["values"]["early_data"]
    assert list(EXCHANGES.load(stored)) == list(factory.story().probes[:2])


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [
        ([0, 9], "check: a number has no value"),
        ([0, -1], "check: a number has no value"),
        ([0, True], "check: a number has no value"),
        ([0, 0.0], "check: a number has no value"),
        ([0, None], "check: a string is wanted"),
        ([0], "differ in length"),
        ({"0": 0}, "check: a list of numbers is wanted"),
        ([[], {}], "check: a number has no value"),
    ],
)
def test_other_numbers_are_refused(numbers: object, problem: str) -> None:
    """None takes the value of another exchange."""
    stored = _stored()
    stored["check"]["numbers"] = numbers
    with pytest.raises(Misfit, match=problem):
        EXCHANGES.load(stored)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda stored: stored.pop("identity"), "'identity' is missing"),
        (lambda stored: stored.update(other=stored["check"]), "no member 'other'"),
        (lambda stored: stored.update(check=[1]), "check: values and numbers is wanted"),
        (lambda stored: stored["outcome"]["values"].append("x"), r"outcome\[\d\]: one of"),
        (
            lambda stored: stored["response"]["values"]["status"]["values"].append("x"),
            r"response\.status\[\d\]: a whole number is wanted",
        ),
    ],
)
def test_other_columns_are_refused(change: Callable[[Any], object], problem: str) -> None:
    """With the place of what does not fit."""
    stored = _stored()
    change(stored)
    with pytest.raises(Misfit) as caught:
        EXCHANGES.load(stored)
    assert caught.match(problem)
