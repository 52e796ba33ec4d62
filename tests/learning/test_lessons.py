"""Which values are proposed for an operation, after which answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.learning.answer_reader import AnswerData, read_answer
from specdrift.learning.lessons import MOST_ASSIGNMENTS, LearnedValue, Lessons
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.operation import ParameterValue, ValueSource
from specdrift.model.contract.path_index import PathIndex
from specdrift.model.contract.templates import EXPRESSION, values_in
from tests.checks.plan_builders import planned
from tests.learning.test_answers import API, answered

if TYPE_CHECKING:
    from specdrift.model.contract.operation import Operation


def reads(path: str, *others: ParameterValue, **types: str) -> Operation:
    """A GET whose path parameters are made up, of these types (default: text)."""
    names = [found[1:-1] for found in EXPRESSION.findall(path)]
    made_up = (
        ParameterValue(name=name, location="path", value="1", source=ValueSource.TYPE) for name in names
    )
    inputs = tuple(
        Input(name=name, place=Place.PATH, constraint=Constraint(type=types.get(name, "string")))
        for name in names
    )
    return replace(planned(path).operation, parameters=(*made_up, *others), inputs=inputs)


def proposed(lessons: Lessons, operation: Operation) -> list[dict[str, str]]:
    """The proposals, by name of the parameter."""
    return [{value.name: value.value for value in each} for each in lessons.proposals(operation)]


def lessons_for(*operations: Operation) -> Lessons:
    """Nothing is learned yet."""
    return Lessons(paths=PathIndex(operation.key.path for operation in operations))


def answer(body: object) -> AnswerData:
    """A JSON answer."""
    return read_answer(answered(body), API)


def test_the_items_of_a_collection() -> None:
    """GET /items names the values of /items/{itemId}, and where they come from."""
    item = reads("/items/{itemId}")
    lessons = lessons_for(item)
    lessons.add(reads("/items"), (), answer([{"id": "a"}, {"id": "b"}]))
    assert proposed(lessons, item) == [{"itemId": "a"}, {"itemId": "b"}]
    (value,) = lessons.proposals(item)[0]
    assert (value.source, value.origin) == (ValueSource.LEARNED, "GET /items")


@pytest.mark.parametrize(
    "member", ["customerId", "customer_id", "CustomerID", "customer-number", "customerCode"]
)
def test_a_member_that_names_the_collection_is_its_identifier(member: str) -> None:
    """Items of /customers with ``customerId`` give the ``id`` of /customers/{id}, before their names."""
    item = reads("/customers/{id}")
    lessons = lessons_for(item)
    lessons.add(reads("/customers"), (), answer([{"name": "Freja", member: "CUS-1"}]))
    assert proposed(lessons, item)[0] == {"id": "CUS-1"}


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({"serial": "SN-4471", "model": "two"}, ["SN-4471"]),
        ({"name": "Tau", "sku": "T-9"}, ["Tau", "T-9"]),
        ({"made": "2026-05-14", "price": 12.5, "state": "open", "count": 12}, []),
    ],
)
def test_what_looks_like_an_article_number_is_the_last_proposal(
    given: dict[str, object], values: list[str]
) -> None:
    """Letters with digits, whatever the member is called; no date, amount or state."""
    item = reads("/devices/{id}")
    lessons = lessons_for(item)
    lessons.add(reads("/devices"), (), answer([given]))
    assert [each["id"] for each in proposed(lessons, item)] == values


def test_an_identifier_of_another_collection_is_none_of_the_item() -> None:
    """The customer of an order is not the order."""
    item = reads("/orders/{id}")
    lessons = lessons_for(item)
    lessons.add(reads("/orders"), (), answer([{"customerId": "CUS-1", "sum": 12.5}]))
    assert proposed(lessons, item) == []


def test_a_collection_inside_of_an_item_keeps_the_item() -> None:
    """The values of one path belong together: the line of an order is asked for in that order."""
    line = reads("/orders/{order}/lines/{line}", order="integer", line="integer")
    lessons = lessons_for(line)
    lessons.add(reads("/orders"), (), answer([{"id": 7}, {"id": 8}]))
    assert proposed(lessons, line) == []
    lines = reads("/orders/{order}/lines")
    lessons.add(lines, (LearnedValue("8", "GET /orders"),), answer([{"line": 80, "id": 81}]))
    assert proposed(lessons, line)[0] == {"order": "8", "line": "80"}


def test_a_link_names_all_values_at_once() -> None:
    """Links of any format, to the item and to what is below it."""
    line, order = reads("/orders/{o}/lines/{l}"), reads("/orders/{o}")
    lessons = lessons_for(line, order)
    lessons.add(reads("/start"), (), answer({"_links": {"line": {"href": "/orders/7/lines/70"}}}))
    assert proposed(lessons, line) == [{"o": "7", "l": "70"}]
    assert proposed(lessons, order) == [{"o": "7"}]


def test_neighbours_of_the_collection() -> None:
    """``/containers/json`` lists /containers/{id}, ``/labels`` those of /label/{name}, brackets do not matter."""
    container, label, order = (
        reads("/containers/{id}/json"),
        reads("/label/{label_name}/values"),
        reads("/Orders('{key}')"),
    )
    lessons = lessons_for(container, label, order)
    lessons.add(reads("/containers/json"), (), answer([{"Id": "c1"}]))
    lessons.add(reads("/labels"), (), answer({"data": ["job"]}))
    lessons.add(reads("/Orders"), (), answer({"value": [{"Id": "O-1"}]}))
    assert proposed(lessons, container) == [{"id": "c1"}]
    assert proposed(lessons, label) == [{"label_name": "job"}]
    assert proposed(lessons, order) == [{"key": "O-1"}]


def test_equal_names_elsewhere() -> None:
    """A parameter with a name of its own takes its value from any answer; one that is called id does not."""
    by_user, other = reads("/carts/by-user/{userId}"), reads("/things/{id}")
    lessons = lessons_for(by_user, other)
    lessons.add(reads("/users"), (), answer([{"id": "u1"}]))
    assert proposed(lessons, by_user) == [{"userId": "u1"}]
    assert proposed(lessons, other) == []


def test_values_of_a_query() -> None:
    """A required parameter beside the path that was made up."""
    value = ParameterValue(name="order_id", location="query", value="1", source=ValueSource.TYPE)
    search = reads("/search", value)
    lessons = lessons_for(search)
    lessons.add(reads("/orders"), (), answer([{"order_id": 4712}]))
    assert proposed(lessons, search) == [{"order_id": "4712"}]


def test_configured_values_stay() -> None:
    """They are no guess; a link with another value is not taken."""
    line = reads("/orders/{o}/lines/{l}")
    fixed = ParameterValue(name="o", location="path", value="9", source=ValueSource.CONFIG)
    line = replace(line, parameters=(fixed, line.parameters[1]))
    lessons = lessons_for(line)
    lessons.add_link("/orders/7/lines/70", "a.log:1")
    lessons.add_link("/orders/9/lines/90", "a.log:2")
    assert proposed(lessons, line) == [{"l": "90"}]


def test_a_value_of_another_type_is_no_value() -> None:
    """GET /items lists names, and the parameter is a number."""
    item = reads("/items/{id}", id="integer")
    lessons = lessons_for(item)
    lessons.add(reads("/items"), (), answer([{"id": "abc"}]))
    assert proposed(lessons, item) == []


def test_memory_is_bounded() -> None:
    """However many answers and links there are."""
    item = reads("/items/{id}")
    lessons = lessons_for(item)
    for number in range(500):
        lessons.add(reads("/items"), (), answer([{"id": f"{number}-{n}"} for n in range(9)]))
        lessons.add_link(f"/items/{number}", "a.log:1")
    assert len(proposed(lessons, item)) <= MOST_ASSIGNMENTS


def test_values_in_a_path() -> None:
    """Several expressions in a segment; no match gives nothing."""
    assert values_in("/a/{x}-{y}.json/{z}", "/a/1-2.json/3") == ("1", "2", "3")
    assert values_in("/a/{x}", "/b/1") is None
    assert values_in("/a/{x}", "/a/1/2") is None
