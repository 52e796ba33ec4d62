"""A decision of the application is not inferred for the listener."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from specdrift.classify.listener import FIRST, LEAST
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import TlsRange
from specdrift.model.result.verdict import Basis, Enforcement
from tests.crawler.peers import OK, Visit, server_context, serving
from tests.scan.running import run, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow

OPERATIONS = 2 * (FIRST + LEAST)
OPEN = "/o7"
HEAD = """\
openapi: 3.1.0
info: {title: Many, version: "1"}
security: [{mtls: []}]
components: {securitySchemes: {mtls: {type: mutualTLS}}}
paths:
"""
MISSING = OK.replace(b"200 OK", b"404 Not Found").replace(b'{"id":1}', b'{"no":1}')


def hangs_up(visit: Visit) -> None:
    """As nginx does with ``return 444``: without a certificate it closes once it has read the request, but for one."""
    while head := visit.request():
        path = head.split(b" ")[1].decode()
        if not visit.caller and path != OPEN:
            return
        known = path.removeprefix("/o").isdigit()
        visit.send(OK if known else MISSING)


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """Many operations that all demand a certificate."""
    file = tmp_path / "openapi.yaml"
    paths = (f"  /o{number}: {{get: {{responses: {{}}}}}}\n" for number in range(OPERATIONS))
    file.write_text(HEAD + "".join(paths))
    return file


def anonymous(result: Result) -> dict[str, Basis]:
    """How it is known what the caller without a certificate gets, by path."""
    return {
        item.operation.key.path: outcome.basis
        for item in result.operations
        for outcome in item.outcomes
        if outcome.identity == ANONYMOUS.name
    }


def test_an_application_that_closes_is_probed_for_every_operation(pki: TestPki, spec: Path) -> None:
    """So an open operation is found, wherever it is in the order."""
    context = server_context(pki, demand=ssl.CERT_OPTIONAL, tls=TlsRange.ONLY_1_3)
    with serving(hangs_up, context) as peer:
        result = run(
            settings_for(pki, f"https://127.0.0.1:{peer.port}", spec=str(spec), checks=("certificate",))
        )
    opened = [o.operation.key.path for o in result.operations if o.enforcement is Enforcement.NOT_ENFORCED]
    assert opened == [OPEN]
    assert set(anonymous(result).values()) == {Basis.PROBED}


def test_a_listener_that_closes_is_probed_for_a_sample(pki: TestPki, spec: Path) -> None:
    """It refuses before it has read a request: the sample represents all operations."""
    context = server_context(pki, demand=ssl.CERT_REQUIRED, tls=TlsRange.ONLY_1_3)
    with serving(hangs_up, context) as peer:
        result = run(
            settings_for(pki, f"https://127.0.0.1:{peer.port}", spec=str(spec), checks=("certificate",))
        )
    assert {o.enforcement for o in result.operations} == {Enforcement.ENFORCED}
    assert Basis.LISTENER in anonymous(result).values()
