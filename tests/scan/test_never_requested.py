"""A listener that requests no client certificate is found also where no request may be sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.errors import ExitStatus
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.verdict import Confidence, Verdict
from specdrift.scan.conclusion.merging import merge
from tests.changed_settings import changed
from tests.scan.running import run, settings_for
from tests.servers.cases import case_named

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import ProbeRecord
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow

OK = {"responses": {"2XX": {"description": "OK"}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "security": [{"mtls": []}],
    "paths": {"/secure": {"post": OK}, "/items/{id}": {"delete": OK}},
    "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
}
RULE = "certificate-never-requested"


@pytest.mark.parametrize(("name", "reported"), [("python-cert-none", True), ("python-cert-optional", False)])
def test_an_api_of_unsafe_methods_alone(pki: TestPki, tmp_path: Path, name: str, *, reported: bool) -> None:
    """Bare handshakes are the evidence; the operations stay undecided, and the run ends with 1."""
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    with case_named(name).start(pki, tmp_path / "server") as server:
        settings = settings_for(
            pki, server.base_url, spec=str(document), unsafe_methods=UnsafeMethods.HANDSHAKE
        )
        result = run(settings)
    drifts = [drift for drift in result.drifts if drift.rule == RULE]
    assert [(d.operation, d.confidence) for d in drifts] == ([(None, Confidence.MEDIUM)] if reported else [])
    assert {o.verdict for o in result.operations} == {Verdict.UNDECIDED}
    assert result.exit_status == (ExitStatus.DRIFT if reported else ExitStatus.INCOMPLETE)
    if reported:
        assert result.drifts[0].rule == RULE
        assert "2 operations require one" in drifts[0].message
        assert drifts[0].reproduce.startswith("openssl s_client")


def test_a_certificate_request_in_one_shard_counts_for_all(pki: TestPki, tmp_path: Path) -> None:
    """The certificate may be requested for a path that another shard probes."""
    with case_named("python-cert-none").start(pki, tmp_path / "server") as server:
        settings = settings_for(pki, server.base_url)
        first, second = (
            run(changed(settings, shard=(number, 2), origins={"shard": "--shard"})) for number in (1, 2)
        )
    assert RULE in {drift.rule for drift in merge([("1.json", first), ("2.json", second)]).drifts}
    requested = replace(second, probes=tuple(map(_requested, second.probes)))
    assert RULE not in {drift.rule for drift in merge([("1.json", first), ("2.json", requested)]).drifts}


def _requested(record: ProbeRecord) -> ProbeRecord:
    tls = replace(record.observation.tls, certificate_requested=True)
    return replace(record, observation=replace(record.observation, tls=tls))
