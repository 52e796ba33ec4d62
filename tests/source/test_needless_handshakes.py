"""A handshake that requires a certificate also rejects the callers of operations that the document leaves open."""

from pathlib import Path

import pytest

from specdrift.offline.routes import routes
from specdrift.reports.content import three_way
from specdrift.settings import Settings
from tests.source.crates import crate
from tests.source.test_several_listeners import AXUM_SERVER, CODE, ROUTERS

DOCUMENT = """
openapi: 3.1.0
info: { title: Test, version: "1" }
components: { securitySchemes: { cert: { type: mutualTLS }, key: { type: apiKey, in: header, name: key } } }
paths:
  /orders: { get: { security: [{ cert: [] }], responses: { "200": { description: ok } } } }
  /status: { get: { security: DECLARED, responses: { "200": { description: ok } } } }
"""
CERTIFICATE = "[{ cert: [] }]"
FINDING = [("open-route-guarded", "GET /status", "warning")]
LISTENERS = {
    "both required": ("strict()", "strict()", "open", FINDING),
    "the open one without": ("strict()", "lenient()", "open", []),
    "the open one optional": ("strict()", "optional()", "open", []),
    "both on the open one too": ("strict()", "lenient()", "app.merge(open)", []),
}
"""The configurations of the two listeners, the router of the second one, and what is found."""


def findings(folder: Path, declared: str, first: str, second: str, router: str) -> list[tuple[str, str, str]]:
    """What is found of a service with two listeners."""
    (folder / "openapi.yaml").write_text(DOCUMENT.replace("DECLARED", declared), encoding="utf-8")
    body = AXUM_SERVER.replace("{first}", first).replace("{second}", second).replace("{router}", router)
    service = crate(folder / "service", f"{CODE}#[tokio::main]\nasync fn main() {{\n{ROUTERS}{body}}}\n")
    result = routes(Settings(spec=str(folder / "openapi.yaml")), (service,))
    shown = {row.operation: row.source for row in three_way.rows(result)}
    found = [(one.rule, str(one.operation), one.severity.value) for one in result.drifts if one.operation]
    needless = [one for one in found if one[0] == "open-route-guarded"]
    by_handshake = bool(needless) or declared == CERTIFICATE
    assert (shown["GET /status"] == "guarded by the TLS handshake") is by_handshake
    return needless


@pytest.mark.parametrize(("first", "second", "router", "expected"), LISTENERS.values(), ids=LISTENERS)
def test_an_open_operation_behind_a_strict_handshake_is_reported(
    tmp_path: Path, first: str, second: str, router: str, expected: list[tuple[str, str, str]]
) -> None:
    """Of several listeners, one that requires no certificate is enough."""
    assert findings(tmp_path, "[]", first, second, router) == expected


@pytest.mark.parametrize("declared", [CERTIFICATE, "[{ key: [] }]"])
def test_an_operation_that_is_not_open_is_none(tmp_path: Path, declared: str) -> None:
    """Callers need something else than a certificate, or one."""
    assert findings(tmp_path, declared, "strict()", "strict()", "open") == []


def test_callers_who_may_leave_out_the_certificate_are_rejected_as_well(tmp_path: Path) -> None:
    """``{}`` beside the certificate."""
    assert findings(tmp_path, "[{ cert: [] }, {}]", "strict()", "strict()", "open") == FINDING
