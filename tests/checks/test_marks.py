"""Which part of a body takes a mark of the check's own, and where it is found again."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
from msgspec.structs import replace

from specdrift.body.content import content_of
from specdrift.body.values import values_of
from specdrift.checks.effects.marks import LONGEST_TEXT, Mark, MarkKind, mark_for
from specdrift.checks.effects.shaped import shaped
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.operation import RequestBody, ValueSource
from tests.checks.plan_builders import http, planned


@pytest.mark.parametrize(
    ("example", "declared", "expected"),
    [
        ({"count": 2, "item": "pen"}, {}, "item"),
        ({"item": "pen", "note": "x"}, {}, "note"),
        ({"state": "open", "item": "pen"}, {"state": Constraint(type="string", allowed=("open",))}, "item"),
        ({"mail": "a@b.test"}, {"mail": Constraint(type="string", format="email")}, "mail"),
        ({"mail": "a@b.test", "n": 1}, {"mail": Constraint(type="string", format="email")}, "n"),
        ({"mail": ""}, {"mail": Constraint(type="string", format="email")}, ""),
        ({"code": "AB"}, {"code": Constraint(type="string", pattern="[A-Z]{2}")}, ""),
        ({"code": "AB"}, {"code": Constraint(type="string", max_length=LONGEST_TEXT - 1)}, ""),
        ({"code": "AB"}, {"code": Constraint(type="string", max_length=LONGEST_TEXT)}, "code"),
        ({"count": 2}, {"comment": Constraint(type="string")}, "comment"),
        ([1], {}, ""),
        ({"state": "open"}, {"state": Constraint(type="string", allowed=("open",))}, ""),
        ({"state": "open"}, {"state": Constraint(type="string", allowed=("open", "shut"))}, "state"),
        ({"on": True}, {}, "on"),
        ({"on": True, "count": 2}, {}, "count"),
    ],
)
def test_the_member_takes_any_text(example: object, declared: dict[str, Constraint], expected: str) -> None:
    """One that the schema limits would be refused, and one that is likely a text is preferred."""
    found = _mark(json.dumps(example).encode(), "application/json", declared)
    assert (found.member if found else "") == expected


@pytest.mark.parametrize(
    ("example", "limits", "expected"),
    [
        (2, Constraint(type="integer"), 6),
        (2.5, Constraint(type="number", minimum=0), 6),
        (2, Constraint(type="integer", minimum=0, maximum=999_999), 6),
        (2, Constraint(type="integer", minimum=1_000_000), 7),
        (2, Constraint(type="integer", maximum=100_000), 5),
        (2, Constraint(type="integer", maximum=9_999), 0),
        (2, Constraint(type="integer", allowed=("1", "2")), 0),
        (True, Constraint(type="boolean"), 0),
        (2, None, 6),
        (True, None, 0),
        (None, None, 0),
    ],
)
def test_a_number_has_room_within_its_bounds(
    example: object, limits: Constraint | None, expected: int
) -> None:
    """A number of few digits may be in an answer by chance."""
    found = _mark(json.dumps({"n": example}).encode(), "application/json", {"n": limits} if limits else {})
    assert (found.digits if found else 0) == expected
    if found is not None and expected:
        values = {found.value(str(seed)) for seed in range(50)}
        assert len(values) == 50
        assert all(isinstance(value, int) and len(str(value)) == expected for value in values)
        written = json.loads(found.written(b'{"n": 1, "m": 2}', "application/json", 123456))
        assert written == {"n": 123456, "m": 2}


def test_a_text_comes_before_a_number() -> None:
    """It needs no room."""
    found = _mark(b'{"count": 2, "note": "x"}', "application/json", {})
    assert found == Mark(MarkKind.TEXT, ("note",))


@pytest.mark.parametrize(
    ("example", "path"),
    [
        ({"desired": {"interval": 30, "led": "amber"}}, ("desired", "interval")),
        ({"desired": {"interval": 30, "note": "x"}}, ("desired", "note")),
        ({"data": {"attributes": {"colour": "red", "on": True}}}, ("data", "attributes", "colour")),
        ({"data": {"on": True}}, None),
        ({"on": False, "data": {"note": "x"}}, ("data", "note")),
        ({"n": 2, "data": {"note": "x"}}, ("n",)),
    ],
)
def test_members_of_inner_objects_come_last(example: object, path: tuple[str, ...] | None) -> None:
    """The document does not tell what they take."""
    content = json.dumps(example).encode()
    found = _mark(content, "application/json", {})
    assert (found.path if found else None) == path
    if found is not None:
        inner = json.loads(found.written(content, "application/json", "own"))
        for name in found.path:
            inner = inner[name]
        assert inner == "own"


@pytest.mark.parametrize(
    ("media_type", "is_marked"),
    [
        ("text/plain; charset=utf-8", True),
        ("text/csv", True),
        ("application/octet-stream", True),
        ("image/png", False),
        ("application/xml", False),
        ("application/pdf", False),
    ],
)
def test_a_body_without_members_is_replaced_where_it_may_be_any_text(
    media_type: str, *, is_marked: bool
) -> None:
    """A picture would be refused."""
    found = _mark(b"content", media_type, {})
    assert (found == Mark(MarkKind.BODY)) is is_marked
    if found is not None:
        value = found.value("seed")
        assert found.written(b"content", media_type, value) == str(value).encode()


@pytest.mark.parametrize(
    ("body", "is_shown"),
    [
        ('{"daily": 734512}', True),
        ('{"daily": 734512.0}', True),
        ('{"daily": "734,512"}', True),
        ('{"daily": 1734512}', False),
        ('{"daily": 73451}', False),
        ("", False),
    ],
)
def test_a_number_is_found_as_a_whole(body: str, *, is_shown: bool) -> None:
    """Digits of another number are none."""
    content = content_of(body.encode(), (("content-type", "application/json"),))
    found = replace(http(200, text=body), values=values_of(content, ()))
    assert Mark(MarkKind.NUMBER, ("daily",), 6).is_in(found, 734512) is is_shown


@pytest.mark.parametrize(
    ("body", "is_shown"),
    [
        ('{"valve": "north", "open": true}', True),
        ('{"data": {"open": true}}', True),
        ('{"open": false}', False),
        ('{"open": "true"}', False),
        ('[{"open": true}, {"open": true}]', False),
        ('{"open": tr', False),
    ],
)
def test_a_choice_is_read_where_one_member_has_it(body: str, *, is_shown: bool) -> None:
    """It is written there and back; a list does not tell which entry it is."""
    mark = Mark(MarkKind.CHOICE, ("open",), choices=(True, False))
    assert [mark.value("seed", turn) for turn in range(1 + mark.turns)] == [True, False, True]
    assert mark.is_in(http(200, text=body), value=True) is is_shown


def test_a_file_is_found_by_its_digest() -> None:
    """A list of files shows no content."""
    mark = Mark(MarkKind.BODY)
    own, other = mark.value("own"), mark.value("other")
    for name in ("sha256", "md5"):
        digest = hashlib.new(name, str(own).encode()).hexdigest()
        listed = http(200, text=json.dumps([{"name": "a.txt", "digest": digest}]))
        assert mark.is_in(listed, own)
        assert not mark.is_in(listed, other)


def _mark(content: bytes, media_type: str, declared: dict[str, Constraint]) -> Mark | None:
    inputs = tuple(Input(name=name, place=Place.BODY, constraint=one) for name, one in declared.items())
    body = RequestBody(media_type=media_type, content=content, source=ValueSource.EXAMPLE)
    one = planned("/notes", method="POST")
    return mark_for(
        replace(
            one,
            operation=replace(one.operation, body=body, inputs=inputs),
            request=replace(one.request, body=body.content),
        )
    )


@pytest.mark.parametrize(
    ("example", "limits", "expected"),
    [
        ("NO4711", Constraint(pattern="^[A-Z]{2}[0-9]{4}$"), "[A-Z]{2}[0-9]{4}"),
        ("+4790155812", Constraint(pattern=r"^\+47[0-9]{8}$"), r"\+47[0-9]{8}"),
        ("#a0b1c2", Constraint(pattern="^#[0-9a-f]{6}$"), "#[0-9a-f]{6}"),
        ("Hytte 4", Constraint(max_length=12), "[A-Z][a-z]{4} [0-9]"),
        ("2026-02-03", Constraint(format="date"), "(199|20[01])[0-9]-[01][0-9]-[0-3][0-9]"),
        ("2026-02-03T08:00:00Z", Constraint(format="date-time"), "(199|20[01])[0-9]-[0-9-]{5}T08:00:00Z"),
        ("ase@lie.test", Constraint(format="email"), "specdrift[0-9a-f]{8}@lie.test"),
        (
            "6f1c2b9e-3a52-4a6b-8c1d-0d2e7a5b9c11",
            Constraint(format="uuid"),
            "[0-9a-f-]{14}4[0-9a-f]{3}-8[0-9a-f-]{16}",
        ),
        ("AB", Constraint(pattern="[A-Z]{2}"), ""),
        ("NO4711", Constraint(pattern="^NO4711$"), ""),
        ("NO4711", Constraint(pattern="("), ""),
        ("x" * 65, Constraint(pattern="^x"), ""),
        ("3 February", Constraint(format="date"), ""),
        ("ase", Constraint(format="email"), ""),
    ],
)
def test_a_limited_text_gets_the_shape_of_its_example(
    example: str, limits: Constraint, expected: str
) -> None:
    """The server takes what fits, and hardly any two seeds give the same."""
    made = {shaped(example, limits, str(seed)) for seed in range(20)}
    assert all(re.fullmatch(expected, each) for each in made)
    assert len(made) > 15 or made == {""}
    found = _mark(
        json.dumps({"it": example}).encode(), "application/json", {"it": replace(limits, type="string")}
    )
    assert (found is not None) == bool(expected)
    if found is not None:
        assert found.value("a") != found.value("b")
        assert re.fullmatch(expected, str(found.value("a")))


@pytest.mark.parametrize(
    ("limits", "other"),
    [
        (Constraint(type="integer", minimum=1, maximum=9_999), 251),
        (Constraint(type="integer", minimum=1, maximum=250), 249),
        (Constraint(type="integer", minimum=250, maximum=250), None),
    ],
)
def test_a_number_without_room_is_written_there_and_back(limits: Constraint, other: int | None) -> None:
    """Another number within the bounds."""
    found = _mark(b'{"n": 250}', "application/json", {"n": limits})
    assert (found.choices if found else None) == ((250, other) if other else None)
