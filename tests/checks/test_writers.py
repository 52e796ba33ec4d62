"""Which member of a body takes a text of the check's own."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from specdrift.checks.certificate.writers import LONGEST_TEXT, member_for_text
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.operation import RequestBody, ValueSource
from tests.checks.plan_builders import planned


@pytest.mark.parametrize(
    ("example", "declared", "expected"),
    [
        ({"count": 2, "item": "pen"}, {}, "item"),
        ({"item": "pen", "note": "x"}, {}, "note"),
        ({"state": "open", "item": "pen"}, {"state": Constraint(type="string", allowed=("open",))}, "item"),
        ({"mail": "a@b.test"}, {"mail": Constraint(type="string", format="email")}, ""),
        ({"code": "AB"}, {"code": Constraint(type="string", pattern="[A-Z]{2}")}, ""),
        ({"code": "AB"}, {"code": Constraint(type="string", max_length=LONGEST_TEXT - 1)}, ""),
        ({"code": "AB"}, {"code": Constraint(type="string", max_length=LONGEST_TEXT)}, "code"),
        ({"count": 2}, {"comment": Constraint(type="string")}, "comment"),
        ({"count": 2}, {}, ""),
        ([1], {}, ""),
    ],
)
def test_the_member_takes_any_text(example: object, declared: dict[str, Constraint], expected: str) -> None:
    """One that the schema limits would be refused, and one that is likely a text is preferred."""
    inputs = tuple(Input(name=name, place=Place.BODY, constraint=one) for name, one in declared.items())
    body = RequestBody(
        media_type="application/json", content=json.dumps(example).encode(), source=ValueSource.EXAMPLE
    )
    one = planned("/notes", method="POST")
    one = replace(
        one,
        operation=replace(one.operation, body=body, inputs=inputs),
        request=replace(one.request, body=body.content),
    )
    assert member_for_text(one) == expected
