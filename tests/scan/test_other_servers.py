"""An operation is documented at each of its servers, and what the document opens to all is no second endpoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import plaintext
from specdrift.checks.core.base import AlternateEndpoint
from specdrift.model.contract.base_paths import BasePaths
from specdrift.model.contract.requirement import Demand
from tests.checks.plan_builders import context, planned
from tests.scan.running import run, settings_for
from tests.scan.small_api import api_of, listening

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki
    from tests.servers.python.tls import Handler


def test_other_servers_at_the_target_have_the_operation_too() -> None:
    """Those of other hosts do not count, and servers of its own replace the root's."""
    operation = planned().operation
    servers = ("https://a.test/v2", "https://a.test/v1", "https://b.test/v0")
    bases = BasePaths(base_url="https://a.test/v2", servers=servers)
    assert bases.others_of(operation) == {"/v1"}
    assert bases.others_of(replace(operation, servers=("https://a.test/v1", "/v3"))) == {"/v3"}


def test_a_request_of_an_open_operation_is_no_attempt_at_another_endpoint() -> None:
    """``/v1/orders`` is open and ``/orders`` at the base URL guarded; other operations are sent there."""
    orders, bills = planned("/orders"), planned("/bills")
    public = planned("/v1/orders", Demand.NOT_REQUIRED)
    bare = context(orders, bills, public)
    v1 = AlternateEndpoint(url="https://api.test:8443/v1", endpoint=bare.endpoint, base_path="/v1")
    sent = {each.request.target for each in plaintext.attempts(replace(bare, alternate_endpoints=(v1,)))}
    assert sent == {"/v1/bills"}
    other = replace(v1, endpoint=replace(bare.endpoint, port=9443))
    sent = {each.request.target for each in plaintext.attempts(replace(bare, alternate_endpoints=(other,)))}
    assert sent == {"/v1/bills", "/v1/orders"}


@pytest.mark.slow
@pytest.mark.parametrize("is_open", [False, True])
def test_an_open_operation_at_a_second_server_is_documented(
    pki: TestPki,
    tmp_path: Path,
    is_open: bool,  # noqa: FBT001
) -> None:
    """A guarded one that is open there is an undocumented endpoint."""

    def admits(request: Handler) -> bool | None:
        places = {
            "/v1/status",
            "/v2/status",
            "/v2/orders",
            "/v2/bills",
            *(("/v1/orders",) if is_open else ()),
        }
        return (
            bool(request.caller) or request.path[:3] == "/v1" or request.path == "/v2/status"
            if (request.path in places)
            else None
        )

    get = {"responses": {"200": {"description": "OK"}}}
    with listening(api_of(admits), pki) as url:
        whole = {
            "openapi": "3.1.0",
            "info": {"title": "T", "version": "1"},
            "servers": [{"url": f"{url}/v2"}, {"url": f"{url}/v1"}],
            "security": [{"mtls": []}],
            "paths": {
                "/status": {"get": {**get, "security": []}},
                "/orders": {"get": get},
                "/bills": {"get": get},
            },
            "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
        }
        spec = tmp_path / "openapi.json"
        spec.write_text(json.dumps(whole), encoding="utf-8")
        result = run(settings_for(pki, f"{url}/v2", spec=str(spec), skip_checks=()))
    assert {one.path for one in result.undocumented} == ({"/v1/orders"} if is_open else set())
