"""Routes beside the document with the handler of an operation that a gateway guards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.source.crates import crate, served
from tests.source.gateways.joined import DOCUMENT, READS_HEADER, TOLD, VERIFIED, joined, nginx

if TYPE_CHECKING:
    from pathlib import Path

API = "proxy_pass http://api;"
OPEN_BESIDE = nginx(f"location /secure {{ {VERIFIED} {API} }} location / {{ {API} }}")
TOLD_BESIDE = nginx(f"location /secure {{ {VERIFIED} {TOLD} {API} }} location / {{ {TOLD} {API} }}")
GUARDED_BESIDE = nginx(f"location / {{ {VERIFIED} {API} }} location = /public {{ {API} }}")
CLOSED_BESIDE = nginx(f"location = /secure {{ {VERIFIED} {API} }} location = /public {{ {API} }}")
MOVED = nginx(f"location /secure {{ {VERIFIED} {API} }} location / {{ proxy_pass http://api/v2/; }}")
ROUTES = '.route("/secure", get(secure)).route("/public", get(public))'
UNREAD = READS_HEADER.replace("x-client-cert", "x-else")


def service(more: str, functions: str = UNREAD) -> str:
    """Return a service with further routes."""
    return served(f"Router::new(){ROUTES}{more}", functions)


ALIAS = '.route("/v1/secure", get(secure))'
NESTED = f'.nest("/v1", Router::new(){ROUTES})'
CHECKED = '.route("/v1/secure", get(secure).layer(from_fn(caller)))'


@pytest.mark.parametrize(
    ("gateway", "code", "expected"),
    [
        pytest.param(OPEN_BESIDE, service(ALIAS), "error", id="open beside the guarded location"),
        pytest.param(OPEN_BESIDE, service(NESTED), "error", id="the same router below a prefix"),
        pytest.param(GUARDED_BESIDE, service(ALIAS), "warning", id="guarded as well"),
        pytest.param(CLOSED_BESIDE, service(ALIAS), "warning", id="not handed to the service"),
        pytest.param(MOVED, service(ALIAS), "warning", id="handed on as another path"),
        pytest.param(TOLD_BESIDE, service(CHECKED, READS_HEADER), "warning", id="checked by the service"),
        pytest.param(
            OPEN_BESIDE,
            service('.route("/v1/public", get(public))'),
            "warning",
            id="the handler of an operation that is open",
        ),
    ],
)
def test_a_guarded_handler_beside_the_document_is_an_error_if_the_gateway_leaves_it_open(
    gateway: str, code: str, expected: str, tmp_path: Path
) -> None:
    """The document demands a certificate for what it answers, and only the gateway looks at one."""
    result = joined(tmp_path, gateway, code)
    beside = {
        drift.severity.value
        for drift in result.drifts
        if drift.rule == "route-not-documented"
        and drift.operation is not None
        and "/v1" in drift.operation.path
    }
    assert ("error" if "error" in beside else "warning") == expected
    assert beside


@pytest.mark.parametrize(("documented", "severity"), [("", "error"), ("  /secure/more: ", "warning")])
def test_what_serves_several_documented_paths_is_no_handler_of_one(
    documented: str, severity: str, tmp_path: Path
) -> None:
    """It may make handlers, or find out what is asked for."""
    own = next(line.partition(": ")[2] for line in DOCUMENT.splitlines() if "/secure:" in line)
    (tmp_path / "openapi.yaml").write_text(f"{DOCUMENT}{documented and documented + own}\n", encoding="utf-8")
    (tmp_path / "nginx.conf").write_text(OPEN_BESIDE, encoding="utf-8")
    code = crate(tmp_path / "service", service(f'{ALIAS}.route("/secure/more", get(secure))'))
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), (tmp_path / "nginx.conf", code))
    alias = [drift.severity.value for drift in result.drifts if str(drift.operation) == "GET /v1/secure"]
    assert alias == [severity]
