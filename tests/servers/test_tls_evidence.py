"""Handshakes decide an operation, and what nothing shows does not end with 0: real listeners, the real command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.servers.cases import case_named
from tests.servers.verdict import compare

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.servers


@pytest.mark.parametrize(
    ("name", "status", "word"),
    [
        ("haproxy-required-broken", ExitStatus.OK, "consistent"),
        ("haproxy-optional-broken", ExitStatus.INCOMPLETE, "undecided"),
        ("haproxy-optional-refuses-all", ExitStatus.INCOMPLETE, "undecided"),
    ],
)
def test_the_exit_status_follows_from_what_was_shown(
    name: str, status: ExitStatus, word: str, pki: TestPki
) -> None:
    """The warning about the refused certificate is below ``--fail-on``, and decides nothing there."""
    case = case_named(name)
    if missing := case.available():
        pytest.skip(missing)
    found = compare(case, pki)
    assert found.exact, found
    assert found.exit_status == status
    verdicts = {f"{o['method']} {o['path']}": o["verdict"] for o in found.result["operations"]}
    concerned = "GET /secure" if name.endswith("refuses-all") else "GET /items/{id}"
    assert verdicts.pop(concerned) == word
    assert set(verdicts.values()) == {"consistent"}
