"""The real command on servers with one TLS version only: the same drifts as with both.

A file of its own, so that it runs beside the tests with both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.checks import CHECKS
from tests.servers.cases import CASES
from tests.servers.harness import PRODUCTS, ServerCase, Tls
from tests.servers.oracle import VERSIONS, PlainClient, documented
from tests.servers.same_stack import FAMILIES
from tests.servers.verdict import compare_running

if TYPE_CHECKING:
    from pathlib import Path

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
        "protocols",
        "undeclared-input",
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


KINDS = one_of_each_kind()
FIRST = {
    family: next(case for case in CASES if case.name.startswith(f"{family}-"))
    for family in sorted({case.name.partition("-")[0] for case in CASES})
    if not f"{family}-".startswith(("axum-", *PRODUCTS))
}
"""The case of each server that is asked by the version that it does not have."""
BESIDE = [case for case in FIRST.values() if case not in KINDS]
"""Those that nothing else here starts."""


def accepted(case: ServerCase, base_url: str, pki: TestPki) -> tuple[Tls, ...]:
    """Return the versions in which a plain client gets the answer of a guarded operation."""
    secure = next(each for each in documented(case) if each.required and each.identity == "alice")
    client = PlainClient(case=case, base_url=base_url, pki=pki)
    statuses = [client.send(secure, version, "alice").status for version in VERSIONS]
    assert {*statuses} <= {0, 200}
    return tuple(tls for tls, status in zip((Tls.TLS12, Tls.TLS13), statuses, strict=True) if status == 200)


@pytest.mark.servers
@pytest.mark.parametrize("tls", [Tls.TLS12, Tls.TLS13], ids=lambda tls: tls.value)
@pytest.mark.parametrize("case", KINDS, ids=lambda case: case.name)
def test_one_tls_version_alone_gives_the_same_drifts(
    case: ServerCase, tls: Tls, pki: TestPki, tmp_path: Path
) -> None:
    """TLS 1.2 and 1.3 refuse at different points; the truth is the same. The other version is not there."""
    if missing := case.available():
        pytest.skip(missing)
    with case.start(pki, tmp_path / "server", tls=tls) as server:
        comparison = compare_running(case, server.base_url, pki, tls=tls, skipped=without_meaning_here(case))
        if case in FIRST.values():
            assert accepted(case, server.base_url, pki) == (tls,)
    assert comparison.exact, str(comparison)


@pytest.mark.servers
@pytest.mark.parametrize("tls", [Tls.TLS12, Tls.TLS13], ids=lambda tls: tls.value)
@pytest.mark.parametrize("case", BESIDE, ids=lambda case: case.name)
def test_a_server_can_be_limited_to_one_tls_version(
    case: ServerCase, tls: Tls, pki: TestPki, tmp_path: Path
) -> None:
    """A handshake of the other version fails."""
    if missing := case.available():
        pytest.skip(missing)
    with case.start(pki, tmp_path, tls=tls) as server:
        assert accepted(case, server.base_url, pki) == (tls,)
