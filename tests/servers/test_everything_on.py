"""With every option enabled, a correct server has no drift."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.checks import CHECKS
from specdrift.model.policy import Expect, UnsafeMethods
from specdrift.settings import (
    CheckSettings,
    ClientCaSettings,
    Identity,
    NetworkSettings,
    SelectionSettings,
    ServerSettings,
    Settings,
    UndocumentedSettings,
)
from tests.scan.running import run
from tests.servers.cases import case_named

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki

CORRECT = (
    "nginx-optional",
    "nginx-on-all-required",
    "apache-require-all",
    "apache-optional",
    "apache-per-location",
    "haproxy-required-all",
    "haproxy-optional",
    "caddy-strict-sni",
    "caddy-verify-if-given",
    "go-request-verified",
    "go-verify-if-given",
    "go-require-and-verify-all",
    "node-reject-unauthorized-all",
    "node-authorized-present",
    "axum-optional",
    "jvm-tomcat-want-guarded",
    "jvm-spring-need-all",
    "jvm-spring-want-x509",
)
WEAKNESSES: dict[str, set[str]] = {
    "caddy": {"weak-key"},
    "go": {"weak-key"},
    "node": {"weak-key"},
    "jvm": {"weak-key", "weak-signature"},
    "jvm-spring": {"weak-key", "weak-signature", "ambiguous-name"},
}
"""What a stack accepts by default, as the profiles' texts state: correctly reported.

Weak algorithms; and names that Spring Security's `x509()` reads otherwise than they are meant (CVE-2026-47838).
"""
LOG = """\
192.0.2.7 - - [10/Oct/2025:13:55:36 +0000] "GET /secure HTTP/1.1" 200 34 "-" "curl/8.5.0"
192.0.2.7 - - [10/Oct/2025:13:55:37 +0000] "GET /reports/7 HTTP/1.1" 404 12 "-" "curl/8.5.0"
192.0.2.7 - - [10/Oct/2025:13:55:38 +0000] "DELETE /items/9 HTTP/1.1" 405 12 "-" "curl/8.5.0"
"""

PASSIVE = {
    "after-writes",  # repeats reads after refused writes
    "alternative-services",  # needs Alt-Svc; it has servers of its own
    "certificate-request",
    "public-issuers",
    "roles",
    "optional",  # repeats requests of the certificate check
    "heads",  # sends refused heads in other forms; tests/servers/expect has servers of its own
    "combinations",
    "bound-token",
    "input",
    "input-denial",
    "grpc",  # needs HTTP/2, which not all of these servers have
    "outlived",  # waits for the end of a certificate; it has servers of its own
    "revoked",  # runs the owner's command; it has servers of its own
    "revoked-session",  # follows it
    "callbacks",  # listens where the owner says; it has servers of its own
    "renewal",  # needs a certificate of a public CA
    "issuer-metadata",  # needs a document with an issuer
    "undocumented-elsewhere",  # needs a further listener, as in test_other_listener.py
    "http3",  # needs a listener that announces it; it has servers of its own
    "effect",  # needs operations that write
    "session-cookie",  # needs a server that sets cookies
}
ACTIVE = {check.name for check in CHECKS} - PASSIVE
"""The checks that send probes for documents without tokens or input; some judge probes of other checks."""

pytestmark = pytest.mark.servers


def everything(pki: TestPki, document: Path, base_url: str, folder: Path) -> Settings:
    """Enable every check on every operation by every method and caller, with generated certificates, imported traffic,
    another document, further names, and complete lists.
    """
    log, older = folder / "access.log", folder / "older.json"
    log.write_text(LOG, encoding="utf-8")
    paths: dict[str, object] = {"/secure": {"put": {"responses": {}}}, "/legacy": {"get": {"responses": {}}}}
    older.write_text(
        json.dumps({"openapi": "3.0.3", "info": {"title": "Old", "version": "0"}, "paths": paths}),
        encoding="utf-8",
    )
    pairs = (
        ("alice", pki.alice, frozenset({"reader"}), Expect.ACCEPTED),
        ("bob", pki.bob, frozenset({"admin"}), Expect.ACCEPTED),
        ("expired", pki.expired, frozenset[str](), Expect.REFUSED),
    )
    return Settings(
        spec=str(document),
        base_url=base_url,
        undocumented=UndocumentedSettings(feeds=(log, older)),
        checks=CheckSettings(exhaustive=True),
        selection=SelectionSettings(unsafe_methods=UnsafeMethods.SEND, allow_destructive=True),
        server=ServerSettings(ca_file=pki.server_ca, names=("further.example.test",)),
        identities=tuple(
            Identity(name=name, cert_file=pair.cert, key_file=pair.key, roles=roles, expect=expect)
            for name, pair, roles, expect in pairs
        ),
        client_ca=ClientCaSettings(cert_file=pki.client_ca, key_file=pki.client_ca_key),
        network=NetworkSettings(retries=2),
    )


@pytest.mark.parametrize("name", CORRECT)
def test_a_correct_server_has_no_drift(name: str, pki: TestPki, tmp_path: Path) -> None:
    """Only the weak algorithms of its stack are reported, and nothing is undecided."""
    case = case_named(name)
    assert case.truth.drifts == frozenset()
    if missing := case.available():
        pytest.skip(missing)
    with case.start(pki, tmp_path / "server") as server:
        result = run(everything(pki, case.document, server.base_url, tmp_path))
    stack = "-".join(name.split("-")[:2])
    weak = WEAKNESSES.get(stack, WEAKNESSES.get(name.partition("-")[0], set()))
    drifts = [d for d in result.drifts if d.profile not in weak]
    assert [f"{d.rule} {d.operation} {d.identity}: {d.message}" for d in drifts] == []
    assert {record.probe.check for record in result.probes} >= ACTIVE
    assert [f"{u.operation}: {u.reason}" for u in result.undecided] == []
