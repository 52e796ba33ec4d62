"""The measurement of docs/expect-continue.md, on servers that are quick to start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.expect.measure import Row, measure
from tests.servers.expect.page import PAGE, page
from tests.servers.expect.setups import SETUPS

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

EXPECTED = {
    "nginx, proxy_request_buffering on": [
        "/guarded 403 100, nothing consistent",
        "/behind 100 100 undecided",
        "/late 100 100 undecided",
        "/open 100 100 undecided",
        "/eager 100 100 undecided",
    ],
    "nginx, proxy_request_buffering off": [
        "/guarded 403 100, nothing consistent",
        "/behind 403 100, nothing consistent",
        "/late 100 100 undecided",
        "/open 100 100 undecided",
        "/eager 201 201 drift",
    ],
    "Python http.server": [
        "/guarded 403 100, nothing consistent",
        "/late 100 100 undecided",
        "/open 100 100 undecided",
        "/eager 201 201 drift",
    ],
    "Node, guarded in checkContinue alone": ["/guarded 403, nothing 100 undecided"],
    "Node, not guarded in checkContinue": ["/guarded 100 100 undecided"],
    "Node, not guarded over HTTP/2": ["/guarded 403, nothing 100 undecided"],
    "Node, checkContinue": [
        "/guarded 403 100, nothing consistent",
        "/late 100 100 undecided",
        "/open 100 100 undecided",
        "/eager 201 201 drift",
    ],
}


@pytest.mark.servers
@pytest.mark.parametrize("name", EXPECTED)
def test_a_server(name: str, pki: TestPki) -> None:
    """Answers and verdicts are those of the page, no body arrived, and a buffering proxy starts no handler."""
    (setup,) = (each for each in SETUPS if each.name == name)
    if not setup.available():
        pytest.skip(f"{name} is not installed")
    rows = measure(setup, pki)
    assert [f"{row.path} {row.anonymous} {row.valid} {row.verdict}" for row in rows] == EXPECTED[name]
    assert sum(row.completed for row in rows) == 0
    assert any(row.started for row in rows) is not name.endswith("buffering on")


def test_the_page() -> None:
    """Each measured server has a row on the page; the rest of the page is that of its template."""
    written = PAGE.read_text(encoding="utf-8")
    assert all(f"| {setup.name} |" in written for setup in SETUPS)
    row = Row(
        server="one", path="/open", anonymous="100", valid="100", verdict="undecided", started=(), completed=0
    )
    assert page([row]).partition("## What servers do")[0] == written.partition("## What servers do")[0]
    assert "| one |  |  |  | 100 · 100 · undecided |  | none |" in page([row])
