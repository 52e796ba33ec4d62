"""Without ``--unsafe-methods`` only the methods are sent that docs/threat-model.md names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from specdrift.checks import CHECKS
from specdrift.checks.undocumented import grpc
from specdrift.model.policy import UnsafeMethods
from tests.checks.plan_builders import context, planned

ROOT = Path(__file__).resolve().parents[2]
SAFE = {"GET", "HEAD", "OPTIONS"}
OTHERS = {
    "QUERY",
    "SEARCH",
    "PROPFIND",
    "REPORT",
    "LIST",
    "TRACE",
    "CONNECT",
    "FOO",
    "get",
    "head",
    "options",
}
"""The lower case is no method of RFC 9110, whose methods are case-sensitive."""


def methods(mode: UnsafeMethods) -> set[str]:
    """Return the methods of every check's first probes, for operations of all kinds."""
    operations = [planned(f"/{method}", method=method) for method in sorted(SAFE)]
    operations += [
        planned(f"/{method}", method=method, mode=mode) for method in ("POST", "PUT", "PATCH", "DELETE")
    ]
    plan = context(*operations)
    probes = (probe for check in CHECKS if check is not grpc.CHECK for probe in check.plan(plan))
    return {probe.request.method for probe in probes if probe.request}


@pytest.mark.parametrize("mode", [UnsafeMethods.NEVER, UnsafeMethods.HANDSHAKE])
def test_only_the_named_methods_are_sent(mode: UnsafeMethods) -> None:
    """A check that sends another one changes the promise."""
    assert methods(mode) - SAFE == OTHERS


def test_others_are_sent_where_they_are_allowed() -> None:
    """The test would not see a plan that is empty."""
    assert {"POST", "PUT", "PATCH"} <= methods(UnsafeMethods.SEND)


def test_the_page_names_each() -> None:
    """Readers decide by it whether they run a check."""
    page = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    section = page.partition("### Methods\n")[2].partition("\n#")[0]
    assert OTHERS - {"head", "options"} <= set(re.findall(r"\w+", section))
