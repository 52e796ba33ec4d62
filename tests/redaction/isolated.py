"""A check in a network of its own: only loopback, with one correct server on it. `unshare -rn` starts this module.

Writes into the folder that it is given: `certificates`, `run` (the folder of the run), `temporary` (its TMPDIR),
`trace` and `output`, and prints the port of the server, the exit status, and the credentials that the server received.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import sys
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives import serialization

from tests.redaction.syscalls import traced
from tests.scan.small_api import listening
from tests.servers.pki import TestPki, make_pki
from tests.servers.python.tls import Handler

SECRETS = {
    "TOKEN": "eyJhbGciOiJub25l.dG9rZW4gdGhhdCBzdGF5cw.c2lnbmF0dXJlLW9mLW1pbmU",
    "API_KEY": "sk_live_9fQ2vXbL7mTzR4wKpE6sYcUd",
    "KEY_PASSPHRASE": "eleven hungry otters at the harbour",
}
"""Variables of the environment, which the configuration names."""
CA_PASSPHRASE = "quiet harbour of eleven otters"
"""In a file."""
ELSEWHERE = "elsewhere.example.test"
"""A host that the document and every refusal name."""
SCHEMES = {
    "mtls": {"type": "mutualTLS"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "oauth": {
        "type": "oauth2",
        "flows": {
            "clientCredentials": {"tokenUrl": f"https://{ELSEWHERE}/token", "scopes": {}},
        },
    },
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": f"https://{ELSEWHERE}/.well-known"},
}
SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "/accounts": [{"mtls": []}],
    "/orders": [{"mtls": [], "key": []}],
    "/payments": [{"mtls": [], "oauth": []}],
    "/rates": [],
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Isolated", "version": "1", "contact": {"url": f"https://{ELSEWHERE}/contact"}},
    "externalDocs": {"url": f"https://{ELSEWHERE}/docs"},
    "servers": [{"url": f"https://{ELSEWHERE}/"}],
    "paths": {
        path: {"get": {"security": security, "responses": {"200": {"description": "OK"}}}}
        for path, security in SECURITY.items()
    },
    "components": {"securitySchemes": SCHEMES},
}
CONFIGURATION = """
spec = "openapi.json"
base-url = "{url}"
record = "recording.json"
resume = "run.ckpt"
[server]
ca-file = "{ca}"
[[identities]]
name = "alice"
cert-file = "{cert}"
key-file = "alice.key"
key-pass = "${{KEY_PASSPHRASE}}"
[client-ca]
cert-file = "{client_ca}"
key-file = "client-ca.key"
key-pass-file = "client-ca.pass"
[schemes.key]
value = "${{API_KEY}}"
[schemes.oauth]
token = "${{TOKEN}}"
[reports]
{reports}
"""
REPORTS = {"html": "report.html", "json": "report.json", "sarif": "report.sarif", "junit": "report.xml"}
PROXY = "http://192.0.2.1:3128"
"""No proxy of the environment gets anything: it would see the connections (RFC 5737 address)."""
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1


class Api(Handler):
    """Enforces the document, and names another host in each refusal."""

    seen: ClassVar[set[str]] = set()
    """Credentials that arrived as configured."""

    def respond(self) -> None:
        """Answer by certificate, key and token."""
        given = {
            "mtls": self.caller is not None,
            "key": self.headers.get("X-Key") == SECRETS["API_KEY"],
            "oauth": self.headers.get("Authorization") == f"Bearer {SECRETS['TOKEN']}",
        }
        self.seen.update(name for name, right in given.items() if right)
        if self.path not in SECURITY:
            return self.reply(404, {"error": "not found"})
        if all(given[name] for alternative in SECURITY[self.path][:1] for name in alternative):
            return self.reply(200, {"path": self.path, "items": [1, 2, 3]})
        return self.reply(
            401,
            {"error": "unauthorized"},
            WWW_Authenticate=f'Bearer resource_metadata="https://{ELSEWHERE}/metadata"',
            Link=f"<https://{ELSEWHERE}/login>; rel=preload",
        )

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def raise_loopback() -> None:
    """Set the interface `lo` up: a new network has it, but down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def encrypted(key: Path, passphrase: str) -> bytes:
    """Return the key as encrypted PEM."""
    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    encryption = serialization.BestAvailableEncryption(passphrase.encode())
    return loaded.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def write_run(folder: Path, pki: TestPki, url: str) -> None:
    """Write document, configuration and encrypted keys."""
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT))
    (folder / "alice.key").write_bytes(encrypted(pki.alice.key, SECRETS["KEY_PASSPHRASE"]))
    (folder / "client-ca.key").write_bytes(encrypted(pki.client_ca_key, CA_PASSPHRASE))
    (folder / "client-ca.pass").write_text(CA_PASSPHRASE)
    reports = "\n".join(f'{name} = "{file}"' for name, file in REPORTS.items())
    text = CONFIGURATION.format(
        url=url, ca=pki.server_ca, cert=pki.alice.cert, client_ca=pki.client_ca, reports=reports
    )
    (folder / "specdrift.toml").write_text(text)


def environment(temporary: Path) -> dict[str, str]:
    """Return the owner's variables, with a proxy, and without settings of this machine."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(temporary.parent),
        "TMPDIR": str(temporary),
        # Compiled modules are Python's own affair.
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"), PROXY),
        **SECRETS,
    }


def main(folder: Path, *command: str) -> dict[str, object]:
    """Record the command of the rest of the line, or a check of the server; return what happened."""
    raise_loopback()
    for name in ("run", "temporary"):
        (folder / name).mkdir()
    pki = make_pki(folder / "certificates")
    with listening(Api, pki) as url:
        write_run(folder / "run", pki, url)
        check = (sys.executable, "-P", "-m", "specdrift", "check", "--config", "specdrift.toml", "-v")
        status = traced(
            command or check,
            folder / "trace",
            environment=environment(folder / "temporary"),
            cwd=folder / "run",
        )
    return {"port": int(url.rpartition(":")[2]), "status": status, "seen": sorted(Api.seen)}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), *sys.argv[2:])))  # noqa: T201 - the parent reads it
