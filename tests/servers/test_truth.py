"""The real command on every real server: exactly the true drifts, none missing, none extra."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.cases import CASES
from tests.servers.verdict import compare

if TYPE_CHECKING:
    from tests.servers.harness import ServerCase
    from tests.servers.pki import TestPki


@pytest.mark.servers
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_server_gives_exactly_its_drifts(case: ServerCase, pki: TestPki) -> None:
    """With both TLS versions on offer, as servers have it by default."""
    if missing := case.available():
        pytest.skip(missing)
    comparison = compare(case, pki)
    assert comparison.exact, str(comparison)
