"""Values that schemas do not allow, and requests that carry them."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from specdrift.checks.inputs.invalid_values import InputDefect, InvalidValue, described, invalid_values
from specdrift.checks.inputs.requests import with_invalid, with_raw, with_undeclared
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.exchange.probe import Request
from tests.checks.plan_builders import planned

ANYTHING = Constraint()
NUMBER = Constraint(type="integer", minimum=1, maximum=100)
CASES: list[tuple[str, Constraint, list[str]]] = [
    ("anything", ANYTHING, []),
    ("any text", Constraint(type="string"), []),
    ("an integer", Constraint(type="integer"), ["specdrift"]),
    ("an integer between bounds", NUMBER, ["specdrift", "101", "0"]),
    ("an integer of 32 bits", Constraint(type="integer", format="int32"), ["specdrift", "2147483648"]),
    ("half numbers", Constraint(type="number", minimum=0.5), ["specdrift", "-0.5"]),
    ("a truth value", Constraint(type="boolean"), ["specdrift"]),
    ("one of some", Constraint(type="string", allowed=("asc", "desc")), ["specdrift"]),
    ("a word that is one of some, in another case", Constraint(allowed=("SPECDRIFT",)), ["~"]),
    ("a uuid", Constraint(type="string", format="uuid"), ["specdrift"]),
    ("a format that any text may have", Constraint(type="string", format="password"), []),
    ("a pattern", Constraint(type="string", pattern="^[0-9]+$"), ["specdrift"]),
    ("a pattern for letters", Constraint(type="string", pattern="^[a-z]+$"), ["~"]),
    ("a pattern for anything", Constraint(type="string", pattern="."), []),
    ("a pattern that cannot be read", Constraint(type="string", pattern="(?<x"), []),
    ("a short text", Constraint(type="string", max_length=2), ["a…"]),
]


@pytest.mark.parametrize(("constraint", "texts"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_only_values_that_no_reading_allows_are_invalid(constraint: Constraint, texts: list[str]) -> None:
    """Where every text is allowed there is no invalid value."""
    asked = Input(name="x", place=Place.QUERY, constraint=constraint)
    assert [invalid.text for invalid in invalid_values(asked)] == texts


def test_a_value_beyond_a_bound_comes_with_the_bound() -> None:
    """A server that clamps or truncates answers both alike, which is correct."""
    numbers = list(invalid_values(Input(name="x", place=Place.QUERY, constraint=NUMBER)))
    assert [(invalid.kind, invalid.lenient) for invalid in numbers] == [
        (InputDefect.WRONG, ""),
        (InputDefect.RANGE, "100"),
        (InputDefect.RANGE, "1"),
    ]
    (long,) = invalid_values(Input(name="x", place=Place.QUERY, constraint=Constraint(max_length=3)))
    assert (long.kind, long.raw, long.lenient) == (InputDefect.LENGTH, "aaaa", "aaa")


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        (Constraint(type="string"), [{"specdrift": True}]),
        (Constraint(type="integer"), ["specdrift"]),
        (Constraint(type="string", allowed=("EUR",)), ["specdrift"]),
        (ANYTHING, []),
    ],
    ids=["text", "integer", "one of some", "anything"],
)
def test_a_member_of_a_body_gets_another_json_type(constraint: Constraint, values: list[object]) -> None:
    """Servers convert numbers to texts; none converts an object."""
    asked = Input(name="x", place=Place.BODY, constraint=constraint)
    assert [invalid.json for invalid in invalid_values(asked)] == values
    assert [invalid.kind for invalid in invalid_values(replace(asked, required=True))][len(values) :] == [
        InputDefect.MISSING
    ]


@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        (NUMBER, "integer, 1 to 100"),
        (Constraint(type="number", minimum=0.5), "number, at least 0.5"),
        (Constraint(type="string", max_length=9), "string, at most 9 characters"),
        (Constraint(allowed=("a", "b")), "one of a, b"),
        (Constraint(allowed=tuple("abcdef")), "one of a, b, c, d, e, …"),
        (Constraint(type="string", format="date", pattern="^2"), "string, format date, pattern ^2"),
    ],
)
def test_allowed_values_are_described_in_a_clause(constraint: Constraint, words: str) -> None:
    """In the terms of the document."""
    assert described(constraint) == words


SHELF = planned("/shelves/{shelf}/books/{id}.{form}")
SENT = Request(
    method="GET",
    target="/v1/shelves/a%2Fb/books/7.json?limit=10&tag=a&tag=b",
    headers=(("Cookie", "session=1; theme=dark"), ("X-Limit", "3"), ("Cookie", "key=2")),
)


@pytest.mark.parametrize(
    ("place", "name", "target"),
    [
        (Place.PATH, "shelf", "/v1/shelves/BAD/books/7.json?limit=10&tag=a&tag=b"),
        (Place.QUERY, "limit", "/v1/shelves/a%2Fb/books/7.json?limit=BAD&tag=a&tag=b"),
        (Place.QUERY, "tag", "/v1/shelves/a%2Fb/books/7.json?limit=10&tag=BAD"),
        (Place.QUERY, "a b", "/v1/shelves/a%2Fb/books/7.json?limit=10&tag=a&tag=b&a%20b=BAD"),
    ],
)
def test_a_value_replaces_the_one_that_is_there(place: Place, name: str, target: str) -> None:
    """All other bytes stay as they were."""
    made = with_raw(SHELF, SENT, "/v1", Input(name=name, place=place), "BAD")
    assert made == replace(SENT, target=target)


@pytest.mark.parametrize("name", ["id", "form", "nowhere"])
def test_a_segment_with_two_parameters_is_not_changed(name: str) -> None:
    """Only the server knows where one ends and the other begins."""
    assert with_raw(SHELF, SENT, "/v1", Input(name=name, place=Place.PATH), "BAD") is None


def test_other_headers_and_cookies_are_kept() -> None:
    """Cookies that carry credentials stay."""
    header = with_raw(SHELF, SENT, "/v1", Input(name="x-limit", place=Place.HEADER), "BAD")
    assert header is not None
    assert dict(header.headers)["x-limit"] == "BAD"
    assert "X-Limit" not in dict(header.headers)
    cookie = with_raw(SHELF, SENT, "/v1", Input(name="theme", place=Place.COOKIE), "BAD")
    assert cookie is not None
    assert dict(cookie.headers)["Cookie"] == "session=1; key=2; theme=BAD"


@pytest.mark.parametrize(
    ("kind", "body", "left"),
    [
        (InputDefect.WRONG, {"a": 1, "b": 2}, {"b": 2, "a": "specdrift"}),
        (InputDefect.MISSING, {"a": 1, "b": 2}, {"b": 2}),
        (InputDefect.WRONG, [1], None),
        (InputDefect.WRONG, None, None),
    ],
    ids=["wrong", "missing", "no object", "nothing"],
)
def test_a_member_is_added_to_a_json_object_only(kind: InputDefect, body: object, left: object) -> None:
    """Other bodies stay unchanged."""
    request = Request(method="POST", target="/", body=json.dumps(body).encode() if body else b"")
    invalid = InvalidValue(kind=kind, text="", raw="", json="specdrift")
    made = with_invalid(SHELF, request, "", Input(name="a", place=Place.BODY), invalid)
    assert (json.loads(made.body) if made else None) == left


def test_the_control_parameter_is_undeclared() -> None:
    """It is added to the valid values."""
    assert with_undeclared(SENT, "x").target == f"{SENT.target}&specdrift=x"
