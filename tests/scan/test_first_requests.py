"""Requests without a certificate before any valid one: a guard may begin with the first client that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from specdrift.scan.execution.opening.unauthenticated import TAG
from tests.changed_settings import changed
from tests.scan.running import run, settings_for
from tests.scan.small_api import api_of, listening

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki
    from tests.servers.python.tls import Handler

pytestmark = [pytest.mark.servers, pytest.mark.slow]

DOCUMENT = """\
openapi: 3.1.0
info: {title: t, version: "1"}
components: {securitySchemes: {mtls: {type: mutualTLS}}}
security: [{mtls: []}]
paths:
  /accounts: {get: {responses: {"200": {description: ok}}}}
  /accounts/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok}}
"""


class Policy:
    """Is read when the first valid certificate comes."""

    known: ClassVar[bool] = False


def guarded(request: Handler, *, from_the_start: bool) -> bool | None:
    """Admit everybody until the policy is known."""
    if not request.path.startswith("/accounts"):
        return None
    Policy.known = Policy.known or from_the_start or bool(request.caller)
    return bool(request.caller) or not Policy.known


@pytest.mark.parametrize("from_the_start", [False, True])
def test_a_guard_that_begins_with_the_first_valid_certificate_is_found(
    pki: TestPki, tmp_path: Path, *, from_the_start: bool
) -> None:
    """It admits the first request of the run alone; the other operation needs a value that is learned later."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    Policy.known = False
    with listening(api_of(lambda request: guarded(request, from_the_start=from_the_start)), pki) as url:
        settings = settings_for(pki, url, spec=str(tmp_path / "openapi.yaml"))
        result = run(changed(settings, checks=("certificate", "consistency"), skip_checks=()))
    first = [record for record in result.probes if record.probe.tag == TAG]
    assert [str(record.probe.operation) for record in first] == ["GET /accounts"]
    expected = [] if from_the_start else [("enforcement-inconsistent", "GET /accounts")]
    assert [(drift.rule, str(drift.operation)) for drift in result.drifts] == expected


def test_nothing_is_sent_first_without_the_check(pki: TestPki, tmp_path: Path) -> None:
    """The owner chose the checks."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    with listening(api_of(lambda request: guarded(request, from_the_start=True)), pki) as url:
        settings = settings_for(pki, url, spec=str(tmp_path / "openapi.yaml"))
        result = run(changed(settings, checks=("certificate",), skip_checks=()))
    assert not [record for record in result.probes if record.probe.tag == TAG]
