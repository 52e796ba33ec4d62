"""What a refused request left in an answer, compared with what an accepted one leaves there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from specdrift.checks.effects.effect_traces import Shown, describes, difference
from tests.checks.plan_builders import ALICE, http

OURS, THEIRS = "specdrift0a1b2c", "specdrift3d4e5f"


def shown(answer: object, mark: str, status: int) -> Shown:
    """Return an answer with a mark, as text or as JSON."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    facts = replace(http(200), body_excerpt=text)
    return Shown(http=facts, is_mark=lambda found: mark in str(found), mark=mark, status=status)


def compared(ours: object, theirs: object, *, strict: bool = True) -> str | None:
    """Return how the entries differ."""
    return difference(shown(ours, OURS, 201), shown(theirs, THEIRS, 401), ALICE, strict=strict)


def entry(mark: str, **members: object) -> list[dict[str, Any]]:
    """Return a list with an entry that has the mark."""
    return [{"note": "another", "n": 1}, {"note": mark, **members}]


@pytest.mark.parametrize(
    ("accepted", "refused", "expected"),
    [
        ({}, {}, ""),
        ({"n": 7, "at": "2026-01-02T08:00:00Z"}, {"n": 8, "at": "2026-01-02T08:00:09Z"}, ""),
        ({"id": "6f1c2b9e-3a52-4a6b-8c1d-0d2e7a5b9c11"}, {"id": "abcdabcd-3a52-4a6b-8c1d-0d2eaaaaaaaa"}, ""),
        ({"who": "alice"}, {"who": None}, ""),
        ({"who": "alice"}, {}, ""),
        ({"who": {"cn": "alice", "kind": "user"}}, {"who": {"cn": "-", "kind": "user"}}, ""),
        ({"by": "booked by alice"}, {"by": "booked by anonymous"}, ""),
        ({"decision": "allow"}, {"decision": "deny"}, '"decision"'),
        ({"ok": True}, {"ok": False}, '"ok"'),
        ({"status": 201}, {"status": 401}, '"status"'),
        ({"status": "201"}, {"status": "401"}, '"status"'),
        ({"code": 0}, {"code": 13}, '"code"'),
        ({"done": "2026-01-02T08:00:00Z"}, {"done": None}, '"done"'),
        ({}, {"reason": "no certificate"}, '"reason"'),
        ({"event": {"result": "stored"}}, {"event": {"result": "blocked"}}, '"event.result"'),
        ({"errors": []}, {"errors": ["certificate"]}, '"errors"'),
    ],
)
def test_an_entry_is_compared_without_times_ids_numbers_and_the_caller(
    accepted: dict[str, object], refused: dict[str, object], expected: str
) -> None:
    """A log of what was refused has other words, flags or states."""
    found = compared(entry(OURS, **accepted), entry(THEIRS, **refused))
    assert (found or "").split(", ")[0] == expected
    assert found is not None


@pytest.mark.parametrize(
    ("ours", "theirs", "strict", "alike"),
    [
        ([OURS], [OURS, THEIRS], True, True),
        ({"17a": {"note": OURS, "state": "new"}}, {"18b": {"note": THEIRS, "state": "new"}}, True, True),
        ({"17a": {"note": OURS, "state": "new"}}, {"18b": {"note": THEIRS, "state": "void"}}, True, False),
        ({"daily": OURS}, {"lastRefused": {"daily": THEIRS}}, True, False),
        (f"<ul><li>a</li><li>{OURS}</li></ul>", f"<p>x</p><ul><li>a</li><li>{THEIRS}</li></ul>", False, True),
        (f"<li>{OURS}</li>", f"<li>{THEIRS} <i>denied</i></li>", False, False),
        (f"a\n08:01 {OURS}\n", f"a\n08:01 alice {OURS}\n08:02 - {THEIRS}\n", False, True),
        (f"POST /a 201 {OURS}\n", f"POST /a 401 {THEIRS}\n", False, False),
    ],
)
def test_the_entry_is_found_in_other_forms(
    ours: object, theirs: object, *, strict: bool, alike: bool
) -> None:
    """By the element of a list, by its id, or by its line."""
    found = compared(ours, theirs, strict=strict)
    assert found is not None
    assert (found == "") == alike


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (f"- decision: allow\n  body: {OURS}\n", f"- decision: deny\n  body: {THEIRS}\n"),
        (json.dumps(entry(OURS))[:-2], json.dumps(entry(THEIRS))[:-2]),
        ([], entry(THEIRS)),
    ],
)
def test_what_has_no_entries_of_known_ends_is_not_compared(ours: object, theirs: object) -> None:
    """The rest of the entry may say that it was refused."""
    assert compared(ours, theirs) is None


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"method": "POST"}, True),
        ({"request": {"line": "POST /orders HTTP/1.1"}}, True),
        ({"path": "/orders"}, True),
        ({"state": "new", "self": "/orders/17"}, False),
    ],
)
def test_an_entry_of_a_log_names_the_request(members: dict[str, object], *, expected: bool) -> None:
    """It has the method or the path."""
    found = shown(entry(THEIRS, **members), THEIRS, 401)
    assert describes(found, "POST", "/orders?a=1") is expected
