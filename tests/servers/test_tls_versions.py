"""The real command on servers with one TLS version only: the same drifts as with both.

A file of its own, so that it runs beside the tests with both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.checks import CHECKS
from tests.servers.cases import CASES
from tests.servers.harness import ServerCase, Tls
from tests.servers.same_stack import FAMILIES
from tests.servers.verdict import compare

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

SAME_HANDSHAKE = frozenset(
    {
        "consistency",
        "forwarded",
        "forwarded-elsewhere",
        "input",
        "input-denial",
        "method-variant",
        "path-variant",
        "undocumented",
    }
)
"""Checks whose probes differ in the request, and not in the handshake; or in nothing, where there is one version."""


def without_meaning_here(case: ServerCase) -> list[str]:
    """Return the checks that have nothing to find on a case with one version: it was probed with both."""
    rules = {drift.rule for drift in case.truth.drifts | case.truth.possible}
    return sorted(check.name for check in CHECKS if check.name in SAME_HANDSHAKE and not check.rules & rules)


def one_of_each_kind() -> list[ServerCase]:
    """Return a case of each TLS stack for each set of rules that it breaks.

    The others of its kind differ in what no TLS version changes; `./dev truth` runs all of them with each version.
    """
    found: dict[tuple[str, frozenset[str]], ServerCase] = {}
    for case in CASES:
        family = case.name.partition("-")[0]
        if family not in FAMILIES and Tls.TLS12 in case.versions and not case.variant.sweep_only:
            found.setdefault((family, frozenset(drift.rule for drift in case.truth.drifts)), case)
    return list(found.values())


def test_the_checks_of_requests_exist() -> None:
    """A renamed check would be run again."""
    assert {check.name for check in CHECKS} >= SAME_HANDSHAKE


@pytest.mark.servers
@pytest.mark.parametrize("tls", [Tls.TLS12, Tls.TLS13], ids=lambda tls: tls.value)
@pytest.mark.parametrize("case", one_of_each_kind(), ids=lambda case: case.name)
def test_one_tls_version_alone_gives_the_same_drifts(case: ServerCase, tls: Tls, pki: TestPki) -> None:
    """TLS 1.2 and 1.3 refuse at different points; the truth is the same."""
    if missing := case.available():
        pytest.skip(missing)
    comparison = compare(case, pki, tls=tls, skipped=without_meaning_here(case))
    assert comparison.exact, str(comparison)
