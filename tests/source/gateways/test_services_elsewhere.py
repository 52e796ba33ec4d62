"""Many servers beside that of the API: those whose services are known and others are no way to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.source.gateways.joined import found, nginx

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

MANY = 60, 55
"""Servers and operations: more than are tried."""
NAMED = "location @c { rewrite ^/c/(.*) /$1 break; proxy_pass http://api; }"
ONE = "GET /r1/{id}"
OTHER = (
    "server {{ listen 443 ssl; server_name v{n}.example; location /a{n}/ {{ proxy_pass http://10.1.{n}.1:80/; }}"
    " location ~ ^/b{n}/(.*)$ {{ proxy_pass http://10.1.{n}.2:80/$1; }} {more} }}"
)


def judged(folder: Path, more: str, *, hosts: int, operations: int) -> Result:
    """Read the servers, the last of which has something more, beside a document of many operations."""
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    get = {"parameters": [parameter], "responses": {"200": {"description": "ok"}}, "security": [{"cert": []}]}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Test", "version": "1"},
        "components": {"securitySchemes": {"cert": {"type": "mutualTLS"}}},
        "paths": {f"/r{n}/{{id}}": {"get": get} for n in range(operations)},
    }
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    others = "\n".join(OTHER.format(n=n, more=more if n == hosts - 1 else "") for n in range(hosts))
    text = nginx("location / { proxy_pass http://api; }", verify="on", more=others)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    return routes(Settings(spec=str(folder / "openapi.json")), (folder / "nginx.conf",))


@pytest.mark.slow
def test_servers_of_other_services_are_no_way_to_the_api(tmp_path: Path) -> None:
    """Whatever is sent to them, so that no number of them leaves the operations undecided."""
    hosts, operations = MANY
    result = judged(tmp_path, "", hosts=hosts, operations=operations)
    assert (found(result), result.undecided, result.exit_status) == (set(), (), ExitStatus.OK)


@pytest.mark.parametrize(
    "more",
    [
        "location ~ ^/c/(.*)$ { proxy_pass http://10.0.0.5:8080/$1; }",
        "location /c/ { rewrite ^/c/(.*)$ /$1 break; proxy_pass http://api; }",
        f"location /c/ {{ error_page 404 = @c; return 404; }} {NAMED}",
    ],
)
def test_one_that_hands_requests_to_the_service_is_found(more: str, tmp_path: Path) -> None:
    """Among many that do not."""
    assert ("gateway-location-bypass", ONE, "error") in found(judged(tmp_path, more, hosts=3, operations=2))


@pytest.mark.parametrize(
    "more",
    [
        "location ~ ^/c/([^/]*)(/.*)$ { proxy_pass http://$1$2; }",
        "location / { content_by_lua_file api.lua; }",
        "include /etc/services.inc;",
    ],
)
def test_one_whose_services_are_not_known_is_not_passed(more: str, tmp_path: Path) -> None:
    """It may hand them to any."""
    assert judged(tmp_path, more, hosts=3, operations=2).exit_status in (
        ExitStatus.DRIFT,
        ExitStatus.INCOMPLETE,
    )
