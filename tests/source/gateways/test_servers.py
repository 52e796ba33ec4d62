"""The configurations of the test servers are read and run: each caller gets what is predicted, on every operation."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.source import read_gateway
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.exchange import GatewayRequest
from tests.servers.cases import CASES
from tests.servers.oracle import VERSIONS, DocumentedGet, PlainClient, admitted, documented
from tests.servers.process import SYSTEM_PATH

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.source.gateway.exchange import GatewayConfiguration
    from tests.servers.harness import ServerCase
    from tests.servers.pki import TestPki

FILES = {
    "nginx": "nginx.conf",
    "envoy": "envoy.yaml",
    "haproxy": "haproxy.cfg",
    "caddy": "Caddyfile",
    "apache": "httpd.conf",
}
CALLERS = {
    "alice": GatewayCaller.VALID,
    "bob": GatewayCaller.VALID,
    "untrusted": GatewayCaller.UNTRUSTED,
    "": GatewayCaller.ANONYMOUS,
}
"""Who sends requests, with a certificate of that name in the PKI; it is known to the reader."""
TO_A_GUARD = frozenset({"nginx-limited", "nginx-limited-guards-get-only"})
"""nginx limits the rate before a service that refuses the anonymous client: what it forwards is not yet admitted."""
OLDER = frozenset({"nginx-on-certified-name", "nginx-on-certified-name-guarded"})
"""The default server, whose versions of TLS count for all names, has those that nginx 1.22 has by itself."""
GATEWAYS = [
    case for case in CASES if case.name.partition("-")[0] in FILES and "backend" not in case.variant.settings
]
"""Those before a service that decides by a header are in ``test_forwarded_certificates``."""


def passage(
    configuration: GatewayConfiguration, operation: DocumentedGet, caller: str, pki: TestPki
) -> Passage:
    """Return what is predicted for a caller at the server that the client names."""
    named = [entry for entry in configuration.entries if "localhost" in entry.names] or configuration.entries
    decision = configuration.decide(
        GatewayRequest(
            entry=named[0],
            caller=CALLERS[caller],
            method="GET",
            target=operation.path,
            presented=presented(getattr(pki, caller).cert) if caller else None,
        )
    )
    assert decision.passage is not Passage.UNKNOWN, decision
    return decision.passage


def presented(file: Path) -> PresentedCertificate | None:
    """Return the certificate of a file."""
    leaf = x509.load_pem_x509_certificate(file.read_bytes())
    return PresentedCertificate.of(leaf.public_bytes(Encoding.DER))


def written(file: Path) -> Path:
    """Return the file to read: of Caddy, what it makes of the one for people."""
    if file.name != "Caddyfile":
        return file
    binary = shutil.which("caddy", path=SYSTEM_PATH) or "caddy"
    made = subprocess.run([binary, "adapt", "--config", str(file)], capture_output=True, check=True)
    adapted = file.with_name("caddy.json")
    adapted.write_bytes(made.stdout)
    return adapted


@pytest.mark.servers
@pytest.mark.parametrize("case", GATEWAYS, ids=lambda case: case.name)
def test_prediction_is_what_the_server_does(case: ServerCase, pki: TestPki, tmp_path: Path) -> None:
    """Of every variant, with and without its fault."""
    if missing := case.available():
        pytest.skip(missing)
    with case.start(pki, tmp_path) as server:
        configuration = read_gateway(written(tmp_path / FILES[case.name.partition("-")[0]])).configuration
        client = PlainClient(case=case, base_url=server.base_url, pki=pki)
        differing = list(_differences(client, configuration))
    assert configuration.unresolved == ()
    assert differing == []


def _differences(client: PlainClient, configuration: GatewayConfiguration) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    version = VERSIONS[0 if client.case.name in OLDER else 1]
    for operation in documented(client.case):
        control = client.send(operation, version, operation.identity)
        for caller, kind in CALLERS.items():
            predicted = passage(configuration, operation, caller, client.pki)
            if not caller and client.case.name in TO_A_GUARD:
                assert predicted is Passage.FORWARDED
                continue
            answer = client.send(operation, version, caller or None)
            got = answer.status == 200 if kind is GatewayCaller.VALID else admitted(answer, control)
            if predicted.admitted is not got:
                found.append((operation.path, caller, predicted, answer))
    return found
