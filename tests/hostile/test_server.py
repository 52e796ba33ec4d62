"""A hostile server gets what the owner configured for it, and moves nothing of it elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hostile.recorder import recorder
from tests.servers.same_stack import BATTERY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.conftest import Command
    from tests.hostile.owner import Owner
    from tests.hostile.recorder import Recorder

pytestmark = pytest.mark.slow

DOCUMENT = """\
openapi: 3.1.0
info: {title: T, version: "1"}
components:
  securitySchemes:
    mtls: {type: mutualTLS}
    key: {type: apiKey, in: header, name: X-Key}
paths:
  /a: {get: {security: [{mtls: [], key: []}], responses: {"200": {description: ok}}}}
  /b: {get: {security: [{mtls: []}], responses: {"200": {description: ok}}}}
  /c: {post: {security: [{mtls: []}], responses: {"200": {description: ok}}}}
"""
CONFIGURATION = """\
spec = "openapi.yaml"
base-url = "URL"
[server]
ca-file = "certificates/server-ca.pem"
[[identities]]
name = "alice"
cert-file = "certificates/alice.pem"
key-file = "certificates/alice.key"
[schemes.key]
value = "${API_KEY}"
"""
"""The server answers alike whatever certificate it is shown, so that few of the battery are."""
ANSWERS = {
    "redirect": "HTTP/1.1 302 Found\r\nLocation: ELSEWHERE/?a=1\r\nContent-Length: 0\r\n\r\n",
    "redirect that keeps the method": "HTTP/1.1 307 T\r\nLocation: //HOST/\r\nContent-Length: 0\r\n\r\n",
    "redirect with a user": "HTTP/1.1 301 M\r\nLocation: https://localhost@HOST/\r\nContent-Length: 0\r\n\r\n",
    "redirect with a backslash": "HTTP/1.1 302 F\r\nLocation: /\\HOST/\r\nContent-Length: 0\r\n\r\n",
    "redirect without TLS": "HTTP/1.1 308 P\r\nLocation: http://HOST/\r\nContent-Length: 0\r\n\r\n",
    "refresh": "HTTP/1.1 200 OK\r\nRefresh: 0; url=ELSEWHERE/\r\nContent-Length: 0\r\n\r\n",
    "alternative service": 'HTTP/1.1 421 M\r\nAlt-Svc: h2="HOST"; ma=9\r\nContent-Length: 0\r\n\r\n',
    "content": "HTTP/1.1 201 C\r\nContent-Location: ELSEWHERE/a\r\nLink: <ELSEWHERE/>; rel=preload\r\n"
    "Content-Length: 2\r\n\r\n{}",
    "challenge": 'HTTP/1.1 401 U\r\nWWW-Authenticate: Basic realm="ELSEWHERE"\r\n'
    'WWW-Authenticate: Bearer resource_metadata="ELSEWHERE/m"\r\nContent-Length: 0\r\n\r\n',
    "proxy": "HTTP/1.1 305 P\r\nLocation: ELSEWHERE\r\nContent-Length: 0\r\n\r\n",
    "cookie": "HTTP/1.1 200 OK\r\nSet-Cookie: a=${DB_PASSWORD}; Domain=localhost\r\nContent-Length: 2\r\n\r\n{}",
    "variables": "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 31\r\n\r\n"
    "${ACCESS_TOKEN} {{ environ }} $x",
}
COMMANDS = {
    "check": (
        "check",
        "--config",
        "../home/specdrift.toml",
        "--report",
        "html=o.html",
        "--report",
        "json=o.json",
        "--record",
        "run.rec",
        "-v",
    ),
    "fleet": ("fleet", "../home/inventory.toml", "-o", "fleet", "--no-history", "--workers", "1"),
}


@pytest.mark.parametrize("line", COMMANDS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_no_answer_gets_anything_beyond(
    line: str, answer: str, owner: Owner, attacker: Recorder, certificates: Path, command: Command
) -> None:
    """Another server of the attacker is not contacted; other secrets are not sent, and none is in report or log."""
    text = ANSWERS[answer].replace("ELSEWHERE", attacker.url).replace("HOST", f"localhost:{attacker.port}")
    with recorder(certificates, text.encode()) as server:
        (owner.home / "openapi.yaml").write_text(DOCUMENT)
        (owner.home / "specdrift.toml").write_text(CONFIGURATION.replace("URL", server.url) + BATTERY)
        (owner.home / "inventory.toml").write_text(
            '[[services]]\nname = "service"\nconfig = "specdrift.toml"\n'
        )
        own = owner.now()
        printed = command(*COMMANDS[line], identity=False)
    assert b"X-Key: sk-live" in server.received, "the control: the server gets what is configured for it"
    # An alternative service on the target's host is asked for guarded operations, without certificate and credentials.
    assert attacker.connections == 0 or answer == "alternative service"
    assert sorted(own.losses(attacker, printed)) == []
    beyond = {loss for loss in own.losses(server, "") if loss.startswith("server: ")}
    assert beyond == {"server: API_KEY", "server: client certificate"}
