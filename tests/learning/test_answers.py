"""What is read from an answer: identifiers of items, links on the same origin, and never more than a bounded part."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from specdrift.learning.answer_reader import MOST_LINKS, MOST_NODES, read_answer
from specdrift.learning.choice import of_collection, suits
from specdrift.model.contract.inputs import Constraint
from specdrift.model.exchange.observation import BodyShape, HttpFacts
from specdrift.model.exchange.probe import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

API = Endpoint(host="api.test", port=8443, server_name="api.test")


def answered(body: object, *headers: tuple[str, str]) -> HttpFacts:
    """A success with a JSON body."""
    text = body if isinstance(body, str) else json.dumps(body)
    return HttpFacts(
        status=200,
        http_version="HTTP/1.1",
        headers=headers,
        body_sha256="",
        body_excerpt=text,
        length=len(text),
        truncated=False,
        shape=BodyShape(kind="json"),
    )


@pytest.mark.parametrize(
    ("body", "parameter", "expected"),
    [
        ([{"title": "x", "id": 4711}], "itemId", "4711"),
        ({"id": "request-1", "items": [{"id": 7, "name": "seven"}]}, "id", "7"),
        ({"Volumes": [{"Driver": "local", "Name": "data"}]}, "name", "data"),
        ({"items": [{"metadata": {"name": "pod-1", "uid": "u-1"}}]}, "name", "pod-1"),
        ({"data": ["__name__", "job"]}, "label_name", "__name__"),
        ({"rockets": {"city": "Bern"}, "comets": {"city": "Basel"}}, "team", "rockets"),
        ([{"item_id": 5, "id": 9}], "itemId", "5"),
        ([{"order": "x", "uuid": "u"}], "orderUuid", "u"),
        ([{"owner": 3, "count": 4}], "itemId", ""),
        ([{"id": "a/b"}, {"id": ".."}, {"id": ""}, {"id": True}], "id", ""),
    ],
)
def test_the_likeliest_value_of_a_collection(body: object, parameter: str, expected: str) -> None:
    """By the parameter's own name, by the collection's and a usual one, by a usual one; lists and maps too."""
    found = of_collection(read_answer(answered(body), API), parameter, "items", Constraint(), most=3)
    assert (found or [""])[0] == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, [0]),
        (7, [0, 1, 2, 3, 4, 5, 6]),
        (10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (24, [0, 1, 2, 3, 4, 8, 12, 16, 20, 23]),
        (905, [0, 1, 2, 3, 4, 184, 364, 544, 724, 904]),
    ],
)
def test_a_long_list_is_read_in_all_its_parts(count: int, expected: list[int]) -> None:
    """A guard may miss the newest entries or the oldest ones; the first ones come first, and the last is among them."""
    answer = read_answer(answered([{"id": number} for number in range(count)]), API)
    found = of_collection(answer, "itemId", "items", Constraint(), most=count)
    assert found == [str(number) for number in expected]


def test_a_value_fits_the_schema() -> None:
    """Type, format and bounds; the pattern of a document is not tried."""
    assert suits("5", Constraint(type="integer"))
    assert not suits("five", Constraint(type="integer"))
    assert not suits("5", Constraint(type="integer", minimum=6))
    assert not suits("5", Constraint(format="uuid"))
    assert suits("5", Constraint(pattern="^(a+)+$"))


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("/items/1", ("/items/1",)),
        ("https://api.test:8443/items/1?page=2", ("/items/1",)),
        ("https://API.test:8443/items/1", ("/items/1",)),
        ("https://api.test/items/1", ()),
        ("https://elsewhere.test:8443/items/1", ()),
        ("//elsewhere.test/items/1", ()),
        ("https://api.test:8443@elsewhere.test/items/1", ()),
        ("http://[", ()),
        ("/items/1 2", ()),
    ],
)
def test_links_of_this_origin_only(link: str, path: tuple[str, ...]) -> None:
    """Another host, another port and what cannot be read name nothing here."""
    assert read_answer(answered({"self": link}), API).links == path


def test_link_fields_are_read() -> None:
    """Location, and the targets of Link (RFC 8288)."""
    http = answered("", ("location", "/items/9"), ("link", '</items/3>; rel="next", <https://other.test/a>'))
    assert read_answer(http, API).links == ("/items/9", "/items/3")


def test_a_body_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    """Its excerpt ends in the middle of an item."""
    whole = json.dumps({"items": [{"id": f"item-{n}", "text": "x" * 60} for n in range(100)]})
    found = of_collection(read_answer(answered(whole[:2000]), API), "itemId", "items", Constraint(), most=3)
    assert found == ["item-0", "item-1", "item-2"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        lambda: "[" * 100_000,
        lambda: '{"a":' * 100_000,
        lambda: json.dumps([{"id": n} for n in range(200_000)]),
        lambda: json.dumps({f"k{n}": {"id": n} for n in range(100_000)}),
        lambda: json.dumps([f"/items/{n}" for n in range(200_000)]),
        lambda: json.dumps({"id": "x" * 1_000_000}),
    ],
    ids=["deep list", "deep map", "many items", "many members", "many links", "a long value"],
)
def test_hostile_answers_are_cheap(body: Callable[[], str]) -> None:
    """Depth, width and length cost no more than a bounded part of them, also of more than an excerpt."""
    http = answered(body())
    began = time.process_time()
    answer = read_answer(http, API)
    assert len(answer.data) <= MOST_NODES
    assert len(answer.links) <= MOST_LINKS
    assert time.process_time() - began < 2
