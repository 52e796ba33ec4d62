"""Streams of events are read as JSON: their fields are the format's, and what clients ignore is kept."""

from __future__ import annotations

import json

import pytest

from specdrift.body.content import content_of
from specdrift.body.event_stream import events_as_json


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('event: item\ndata: {"id": 7}\n\n', [{"event": "item", "data": {"id": 7}}]),
        ("data: one\ndata: two\n\ndata:three\n\n", [{"data": "one\ntwo"}, {"data": "three"}]),
        ("id: 9\r\nretry: 10\r\ndata: x\r\n\r\n", [{"id": "9", "retry": "10", "data": "x"}]),
        (": alice@example.test\ndata: x\n\n", [{"comment": ": alice@example.test", "data": "x"}]),
        ("secret: 4711\ndata: {broken\n\n", [{"comment": "secret: 4711", "data": "{broken"}]),
        ("data: [1, 2]", [{"data": [1, 2]}]),
    ],
    ids=["JSON", "several lines", "carriage returns", "a comment", "an unknown field", "an open end"],
)
def test_events_are_objects(text: str, expected: object) -> None:
    """Nothing is left out: a comment may carry data as well."""
    assert json.loads(events_as_json(text, "text/event-stream")) == expected


@pytest.mark.parametrize(
    ("text", "media_type"),
    [("data: x\n\n", "text/plain"), (": ping\n\n", "text/event-stream"), ("", "text/event-stream")],
    ids=["another format", "no data", "nothing"],
)
def test_what_is_no_event_stays_a_text(text: str, media_type: str) -> None:
    """It is read as the text that it is."""
    assert events_as_json(text, media_type) == ""
    assert content_of(text.encode(), (("content-type", media_type),)).text == text
