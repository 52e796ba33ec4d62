"""The real command on every real server: exactly the true drifts, none missing, none extra."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.cases import CASES
from tests.servers.harness import ServerCase, Tls
from tests.servers.verdict import compare

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

REAL = [case for case in CASES if not case.name.startswith("odd-")]


def _ready(case: ServerCase) -> ServerCase:
    missing = case.available()
    if missing:
        pytest.skip(missing)
    return case


@pytest.mark.servers
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_server_gives_exactly_its_drifts(case: ServerCase, pki: TestPki) -> None:
    """With both TLS versions on offer, as servers have it by default."""
    comparison = compare(_ready(case), pki)
    assert comparison.exact, str(comparison)


@pytest.mark.servers
@pytest.mark.parametrize("tls", [Tls.TLS12, Tls.TLS13], ids=lambda tls: tls.value)
@pytest.mark.parametrize("case", REAL, ids=lambda case: case.name)
def test_one_tls_version_alone_gives_the_same_drifts(case: ServerCase, tls: Tls, pki: TestPki) -> None:
    """Where a refusal comes differs between TLS 1.2 and 1.3; what is true does not."""
    comparison = compare(_ready(case), pki, tls=tls)
    assert comparison.exact, str(comparison)
