"""Whether everything in a refusal has another explanation than the data, seen on the outcomes of a run."""

import base64
import codecs
import json
from collections.abc import Callable

import pytest

from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import answer
from tests.classify.test_outliers import REFUSED, RESOURCES, UNDECIDED, Denial, outcomes

PATHS = tuple(RESOURCES)
NAMES = {"/ant": "Miriam", "/bee": "Oskar", "/cow": "Lerato", "/dog": "Tomasz"}
"""A word of each resource, which no number shows."""
NAMED = {path: {**RESOURCES[path], "owner": name} for path, name in NAMES.items()}


def _everywhere(outcome: Outcome) -> dict[str, set[Outcome]]:
    return {path: {outcome} for path in PATHS}


@pytest.mark.parametrize(
    "spell",
    [
        lambda name: base64.b32encode(name.encode()).decode(),
        lambda name: name[::-1],
        lambda name: codecs.encode(name, "rot13"),
        " ".join,
        lambda name: list(name.encode()),
        lambda name: {name[::-1]: None},
        lambda name: name[0],
        lambda name: "".join(chr(ord("a") + (ord(sign) + 8) % 26) for sign in name.casefold()),
    ],
    ids=["Base32", "reversed", "rotated", "spelled out", "codes", "as a name", "an initial", "as letters"],
)
def test_data_in_a_spelling_of_any_kind_are_undecided(spell: Callable[[str], object]) -> None:
    """Nothing recognises them; that no other operation has them is enough."""
    got = outcomes(
        lambda path, _: answer(403, json.dumps({"viga": "keelatud", "z": spell(NAMES[path])})), NAMED
    )
    assert got == _everywhere(UNDECIDED)


@pytest.mark.parametrize("status", [200, 403, 418])
def test_the_code_of_a_denial_refuses_whatever_the_status_is(status: int) -> None:
    """Its beginning is a status that refuses."""
    got = outcomes(
        lambda *_: answer(status, json.dumps({"code": 40101, "message": "who are you?", "data": None})),
        {"/ant": RESOURCES["/ant"]},
    )
    assert got == {"/ant": {REFUSED}}


def test_a_number_that_begins_with_another_status_is_undecided() -> None:
    """It may be an amount."""
    got = outcomes(
        lambda *_: answer(403, json.dumps({"code": 41201, "message": "who are you?"})),
        {"/ant": RESOURCES["/ant"]},
    )
    assert got == {"/ant": {UNDECIDED}}


def test_a_mark_that_others_have_is_theirs() -> None:
    """The refusals without it have nothing of their own."""
    marks = {"/cow": "\nR", "/dog": "\nB"}
    got = outcomes(lambda path, _: answer(403, "Selleks on vaja luba, mida sul pole." + marks.get(path, "")))
    assert got == {"/ant": {REFUSED}, "/bee": {REFUSED}, "/cow": {UNDECIDED}, "/dog": {UNDECIDED}}


def test_words_in_another_order_are_undecided() -> None:
    """The order may be the data."""
    orders = {"/ant": "R\nB", "/bee": "R\nB", "/cow": "B\nR", "/dog": "B\nR"}
    got = outcomes(lambda path, _: answer(403, "Selleks on vaja luba, mida sul pole.\n" + orders[path]))
    assert got == _everywhere(UNDECIDED)


def test_the_data_of_another_operation_are_no_refusal_to_compare_with() -> None:
    """It gives the resource with the status of the others' refusals."""
    leaking: Denial = lambda path, _: (  # noqa: E731
        answer(403, json.dumps(RESOURCES[path]))
        if path == "/bee"
        else answer(403, json.dumps({"kood": "E1047"}))
    )
    got = outcomes(leaking)
    assert got == {**_everywhere(REFUSED), "/bee": {Outcome.ADMITTED}}


@pytest.mark.parametrize("status", [408, 425, 429])
def test_data_under_a_status_about_the_request_are_found(status: int) -> None:
    """Neither a limit nor the time says whether the caller is known."""
    assert outcomes(lambda path, _: answer(status, json.dumps({"x": RESOURCES[path]}))) == _everywhere(
        Outcome.ADMITTED
    )
    assert outcomes(lambda *_: answer(status, json.dumps({"viga": "hiljem"}))) == _everywhere(UNDECIDED)
