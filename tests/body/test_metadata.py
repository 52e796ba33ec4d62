"""What the owner names as metadata is taken out of an answer, and nothing else."""

import json

import pytest

from specdrift.body.content import content_of
from specdrift.body.metadata import NO_METADATA, Metadata
from specdrift.body.values import echo_of, values_of
from specdrift.model.exchange.values import unpack

ROUTE = "rt-77481920"


def test_fields_by_any_spelling() -> None:
    """The crawler has names in lower case."""
    headers = (("x-pod", ROUTE), ("x-total", "7"))
    assert Metadata(frozenset({"x-pod"})).without_fields(headers) == (("x-total", "7"),)
    assert NO_METADATA.without_fields(headers) == headers


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("route", {"route": ROUTE, "id": 1}, {"id": 1}),
        ("meta.route", {"meta": {"route": ROUTE, "at": 1}}, {"meta": {"at": 1}}),
        ("*.route", [{"route": ROUTE, "id": 1}, 2, {"id": 3}], [{"id": 1}, 2, {"id": 3}]),
        ("items.*.meta.route", {"items": [{"meta": {"route": ROUTE}}]}, {"items": [{"meta": {}}]}),
        ("meta", {"meta": {"route": ROUTE}}, {}),
    ],
)
def test_members_by_their_path(path: str, before: object, after: object) -> None:
    """In objects and in each element of lists."""
    content = Metadata(members=(path,)).without_members(content_of(json.dumps(before).encode(), ()))
    assert json.loads(content.text) == json.loads(content.body) == after
    assert echo_of([ROUTE]).isdisjoint(unpack(values_of(content, ())))


@pytest.mark.parametrize(
    "body", [b'{"route": 1', b"route", b"", b'[{"id": 1}]', b"\x1f\x8b\0", b'{"meta": "route"}']
)
def test_a_body_without_the_member_stays_as_it_is(body: bytes) -> None:
    """Also one that is no JSON, or is cut."""
    content = content_of(body, ())
    assert Metadata(members=("route", "meta.route", "*.route")).without_members(content) == content


def test_all_paths_are_removed() -> None:
    """Not only the first one that is found."""
    content = content_of(b'{"a": 1, "b": 2, "c": 3}', ())
    assert json.loads(Metadata(members=("a", "x", "c")).without_members(content).text) == {"b": 2}
