"""XML, tables and lines of JSON, read as lists of records."""

import json

import pytest

from specdrift.body.records import records_of

ROWS = [
    {"id": "d-1", "owner": "Annika Sorensen", "hours": "7.5"},
    {"id": "d-2", "owner": "Mateo Rivas", "hours": "9.75"},
]
ITEMS = "".join(f"<item id='{r['id']}'><owner>{r['owner']}</owner></item>" for r in ROWS)


def places(text: str) -> list[tuple[str, str]]:
    """Return the places and texts of the first pieces."""
    return [(piece.name, " ".join(piece.words)) for piece in records_of(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "\n".join(map(json.dumps, ROWS)),
            [("/", "[2]"), ("/*/id", "d-1"), ("/*/owner", "Annika Sorensen"), ("/*/hours", "7.5")],
        ),
        (
            "id,owner,hours\n" + "\n".join(",".join(row.values()) for row in ROWS),
            [("/", "[2]"), ("/*/id", "d-1"), ("/*/owner", "Annika Sorensen"), ("/*/hours", "7.5")],
        ),
        (
            "\n".join(" | ".join(row.values()) for row in ROWS),
            [("/", "[2]"), ("/*/1", "d-1"), ("/*/2", "Annika Sorensen"), ("/*/3", "7.5")],
        ),
        (
            f"<?xml version='1.0'?><items>{ITEMS}</items>",
            [("/items/item", "[2]"), ("/items/item/*/id", "d-1"), ("/items/item/*/owner", "Annika Sorensen")],
        ),
        (
            "<m:list xmlns:m='urn:m'><m:entry><m:owner>Annika &amp; Co</m:owner></m:entry><m:entry/></m:list>",
            [("/list/entry", "[2]"), ("/list/entry/*/owner", "Annika & Co")],
        ),
        (
            "<items><item><owner>Annika</owner></item></items>",
            [("/items/item", "[1]"), ("/items/item/*/owner", "Annika")],
        ),
        (
            "<order><owner>Annika</owner><desk>B-9</desk></order>",
            [("/order/owner", "Annika"), ("/order/desk", "B-9")],
        ),
    ],
    ids=["NDJSON", "CSV", "a table without names", "XML", "namespaces", "one element of a plural", "no list"],
)
def test_members_of_records_have_one_place(text: str, expected: list[tuple[str, str]]) -> None:
    """Whatever the format is."""
    assert places(text)[: len(expected)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "access denied",
        "a sentence, with a comma\nand another line",
        json.dumps(ROWS),
        '{"a": 1}',
        "<!doctype html><html>",
    ],
)
def test_other_texts_have_no_records(text: str) -> None:
    """JSON is read elsewhere."""
    assert records_of(text) == ()


def test_a_table_may_be_cut_off() -> None:
    """Only the beginning of a body is kept."""
    text = "id,owner,hours\n" + "\n".join(",".join(row.values()) for row in ROWS)
    assert places(text[:-8])[0] == ("/", "[1]")


@pytest.mark.parametrize("text", ["<a>" * 5000, "</a>" * 5000, "<a></b>" * 3000, "<a b='1'/>" * 3000])
def test_markup_that_is_not_balanced_ends(text: str) -> None:
    """Answers may have anything."""
    assert len(records_of(text)) <= 2000
