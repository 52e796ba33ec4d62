"""The real command on servers with one TLS version only: the same drifts as with both.

A file of its own, so that it runs beside the tests with both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.cases import CASES
from tests.servers.harness import ServerCase, Tls
from tests.servers.verdict import compare

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

JAVA = {"jvm-tomcat-need", "jvm-spring-want-x509"}
"""Java takes seconds to start, and all its variants have one TLS stack: these two represent them."""

ALONE = [
    case
    for case in CASES
    if Tls.TLS12 in case.versions and (case.name in JAVA or not case.name.startswith("jvm-"))
]


@pytest.mark.servers
@pytest.mark.parametrize("tls", [Tls.TLS12, Tls.TLS13], ids=lambda tls: tls.value)
@pytest.mark.parametrize("case", ALONE, ids=lambda case: case.name)
def test_one_tls_version_alone_gives_the_same_drifts(case: ServerCase, tls: Tls, pki: TestPki) -> None:
    """TLS 1.2 and 1.3 refuse at different points; the truth is the same."""
    if missing := case.available():
        pytest.skip(missing)
    comparison = compare(case, pki, tls=tls)
    assert comparison.exact, str(comparison)
