"""Messages to a chat: what they hold of a result, and that no text of others is more than text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.result import PreviousComparison, Result
from specdrift.reports.chat import PAYLOADS, body
from specdrift.reports.chat.message import LONGEST, WORST, Moved, message_of
from specdrift.reports.content.headline import Standing, headline
from tests.reports import factory
from tests.reports.parts import STARTED

HOSTILE = (
    "<!channel> <https://evil.example.test|here> *b* [x](https://evil.example.test) @all \u202e" + "a" * 5000
)


def texts(found: object) -> Iterator[tuple[str, str]]:
    """Each text of a payload, with the type of the element that holds it."""
    if isinstance(found, dict):
        for key, value in found.items():
            if isinstance(value, str) and key not in ("type", "style"):
                yield str(found.get("type", "")), value
            else:
                yield from texts(value)
    elif isinstance(found, list):
        for each in found:
            yield from texts(each)


def hostile() -> Result:
    """A result whose document has a title with all that chats interpret, and whose finding too."""
    result = factory.story()
    drifts = tuple(replace(drift, title=HOSTILE) for drift in result.drifts)
    return replace(result, document=replace(result.document, title=HOSTILE), drifts=drifts)


def test_it_has_the_verdict_and_the_worst_causes() -> None:
    """The same words as every report."""
    message = message_of(factory.story())
    assert message.standing is Standing.DRIFT
    assert message.sentence == headline(factory.story()).sentence
    assert 0 < len(message.items) <= WORST
    assert message.items[0].severity == "error"
    assert dict(message.facts)["Target"] == factory.story().target.base_url


def test_it_has_no_exchange_and_no_command() -> None:
    """A channel has more readers than a report."""
    result = factory.story()
    for kind in PAYLOADS:
        text = body(message_of(result), kind).decode()
        assert "curl" not in text
        assert not any(record.probe.id in text for record in result.probes)
        assert not any(drift.message in text for drift in result.drifts)


@pytest.mark.parametrize("kind", PAYLOADS)
def test_text_of_others_is_only_text(kind: str) -> None:
    """Bounded, on one line, without invisible characters; in elements that interpret nothing."""
    payload: dict[str, Any] = json.loads(body(message_of(hostile()), kind))
    found = [(kind_of, text) for kind_of, text in texts(payload) if "channel" in text]
    assert found
    for kind_of, text in found:
        assert len(text) <= LONGEST + 40
        assert "\u202e" not in text
        if kind == "slack":
            assert kind_of == "text" or "<" not in text, text
        if kind == "teams":
            assert kind_of == "TextRun", kind_of


def test_teams_takes_28_kilobytes() -> None:
    """Also of the longest texts."""
    assert len(body(message_of(hostile()), "teams")) < 28_000


def test_a_run_is_the_same_only_if_it_was_judged_and_compared() -> None:
    """Silence must mean that the run was judged."""
    known, before = (
        factory.story(),
        PreviousComparison(source="old.json", run_id="before", started_at=STARTED),
    )
    same = replace(
        known,
        drifts=tuple(replace(drift, status=DriftStatus.KNOWN) for drift in known.drifts),
        previous=before,
    )
    new = replace(same, drifts=(replace(known.drifts[0], status=DriftStatus.NEW), *same.drifts[1:]))
    unjudged = replace(same, previous=replace(before, unjudged=known.drifts[:1]))
    fixed = replace(same, previous=replace(before, fixed=known.drifts[:1]))
    assert [
        message_of(each).moved for each in (known, same, new, fixed, unjudged, replace(same, exit_status=3))
    ] == [
        Moved.UNKNOWN,
        Moved.SAME,
        Moved.CHANGED,
        Moved.CHANGED,
        Moved.UNKNOWN,
        Moved.UNKNOWN,
    ]
