"""A whole check against a server that repeats every secret in every echo: no output shows one."""

from __future__ import annotations

import html
import itertools
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from specdrift.reports import FORMATS
from tests.ci.preloaded import run_module
from tests.redaction.echoes import ECHOES
from tests.redaction.layers import layers
from tests.scan.small_api import listening
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

SECRETS = {
    "TOKEN": "eyJhbGciOiJub25l.c2VjcmV0IG9mIG1pbmU.dG9rZW4tb2YtbWluZQ",
    "HEADER_KEY": "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "QUERY_KEY": "query/key of+mine&more=9f3b",
    "COOKIE": "c00kie-of-mine-77aa51",
    "PASSWORD": 'pass "word"<of>&mine\\1234',
    "PASSPHRASE": "correct battery staple horse 42",
    "TENANT": "tenant-of-mine-5521",
}
"""As variables of the environment; the last one stands in the file."""
CONFIGURATION = """
spec = "openapi.json"
base-url = "{url}"
[server]
ca-file = "{ca}"
[[identities]]
name = "alice"
cert-file = "{cert}"
key-file = "alice.key"
key-pass = "${{PASSPHRASE}}"
[schemes.token]
token = "${{TOKEN}}"
[schemes.header_key]
value = "${{HEADER_KEY}}"
[schemes.query_key]
value = "${{QUERY_KEY}}"
[schemes.cookie]
value = "${{COOKIE}}"
[schemes.basic]
value = "alice:${{PASSWORD}}"
[[operations]]
parameters = {{ "X-Tenant" = "tenant-of-mine-5521" }}
[redact]
names = ["X-Tenant"]
[reports]
{reports}
"""
SCHEMES = {
    "mtls": {"type": "mutualTLS"},
    "token": {"type": "http", "scheme": "bearer"},
    "header_key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query_key": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "basic": {"type": "http", "scheme": "basic"},
}
TENANT = {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Echo", "version": "1"},
    "paths": {
        f"/items/{name}": {
            "get": {
                "security": [{"mtls": [], name: []}],
                "parameters": [TENANT],
                "responses": {"200": {"description": "OK"}},
            }
        }
        for name in SCHEMES
        if name != "mtls"
    },
    "components": {"securitySchemes": SCHEMES},
}
CHECKS = (
    "--checks",
    "mtls-not-enforced,combination-not-enforced,input-not-validated,forwarded-certificate-trusted",
)
NAMED = ("--config", "specdrift.toml")
"""A configuration that is named is trusted."""
JOB = {"SPECDRIFT_CONFIG": "specdrift.toml", "SPECDRIFT_CHECKS": CHECKS[1], "GITHUB_ACTIONS": "true"}
LETTERS = {"TOKEN": "eyjhbgcioijub", "HEADER_KEY": "hqlyjwdarjtt", "PASSPHRASE": "staple"}
"""Words of letters alone, as the shape of a text has them."""
COUNTER = itertools.count()


class Echo(Handler):
    """Repeats all secrets, each time other echoes of them, cut at other places."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def respond(self) -> None:
        """In the body, in header fields and in cookies, also where the caller is refused."""
        turn = next(COUNTER)
        names = [*ECHOES]
        chosen = [names[(turn * 7 + step) % len(names)] for step in range(7)]
        echoes = {
            f"{kind} {name}": ECHOES[kind](secret) for kind in chosen for name, secret in SECRETS.items()
        }
        body: dict[str, object] = {"turn": "x" * (turn % 90), **echoes, "items": [1, 2, 3]}
        # Fields are one line of Latin-1.
        value = (
            next(iter(echoes.values())).encode("ascii", "ignore").decode().replace("\r", "").replace("\n", "")
        )
        fields = {
            "X_Echo": value,
            "WWW_Authenticate": f'Basic realm="{value}"',
            "Set_Cookie": f"last={value}",
        }
        if not self.path.startswith("/items/"):
            return self.reply(404, {"error": "not found", **echoes}, **fields)
        if turn % 11 == 10:
            return self.reply(302, {}, Location=f"/items/other?again={value}", **fields)
        if turn % 5 == 4:
            return self.text(403 if self.caller is None else 200, echoes)
        body |= {value: 1, SECRETS["HEADER_KEY"]: {SECRETS["TOKEN"]: True}}
        if self.caller is None:
            return self.reply(403, f"<p>forbidden: {html.escape(json.dumps(body))}</p>", **fields)
        return self.reply(200, body, **fields)

    def text(self, status: int, echoes: dict[str, str]) -> None:
        """Answer with plain text, and a secret in the name of a field."""
        content = "\n".join(f"{name}: {echo}" for name, echo in echoes.items()).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(content)),
            f"X-{SECRETS['COOKIE']}": "1",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@pytest.fixture(scope="module")
def outputs(pki: TestPki, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Everything that a check leaves, by name."""
    folder = tmp_path_factory.mktemp("echo")
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    key = serialization.load_pem_private_key(pki.alice.key.read_bytes(), None)
    encryption = serialization.BestAvailableEncryption(SECRETS["PASSPHRASE"].encode())
    (folder / "alice.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    )
    reports = "\n".join(f'{name} = "report.{name}"' for name in FORMATS)
    with listening(Echo, pki) as url:
        (folder / "specdrift.toml").write_text(
            CONFIGURATION.format(url=url, ca=pki.server_ca, cert=pki.alice.cert, reports=reports),
            encoding="utf-8",
        )
        found = {
            "check -v": _run(folder, "check", *NAMED, "-v", "--record", "recording.json", *CHECKS),
            # Without the time for all of it, the checkpoint stays.
            "check --resume": _run(
                folder, "check", *NAMED, "--resume", "run.ckpt", "--max-requests", "60", "-q", *CHECKS
            ),
            "plan": _run(folder, "plan", *NAMED),
            "plan --format json": _run(folder, "plan", *NAMED, "--format", "json"),
            "lint": _run(folder, "lint", *NAMED, "--format", "json"),
            "config show": _run(folder, "config", "show", *NAMED),
            "an error": _run(folder, "check", *NAMED, f"https://127.0.0.1/{SECRETS['HEADER_KEY']}?x=1"),
            "CI job": _run(folder, "--mode", "check", "--output", "ci", module="specdrift.ci", **JOB),
        }
        found["rejudge"] = _run(folder, "report", "--rejudge", "recording.json", "--format", "markdown")
    written = [
        path for path in sorted(folder.iterdir()) if path.name.startswith(("report.", "recording", "run."))
    ]
    assert len(written) == len(FORMATS) + 2
    written += [path for path in sorted((folder / "ci").iterdir()) if path.name != "outputs.env"]
    assert "summary.md" in {path.name for path in written}
    found |= {path.name: path.read_text(encoding="utf-8") for path in written}
    return found


def _run(folder: Path, *arguments: str, module: str = "specdrift", **variables: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SPECDRIFT_")}
    done = run_module(module, arguments, cwd=folder, environ=clean | SECRETS | variables)
    assert done.status in (0, 1, 2, 3), done.stderr
    return done.stdout + done.stderr


def _needles() -> dict[str, str]:
    """The echoes that the server sends, and the longest parts of the secrets that must not stay."""
    found = {
        f"{kind} {name}": echo(secret) for kind, echo in ECHOES.items() for name, secret in SECRETS.items()
    }
    found |= {f"beginning of {name}": secret[:12] for name, secret in SECRETS.items()}
    found |= {f"letters of {name}": word for name, word in LETTERS.items()}
    found |= {f"end of {name}": secret[-12:] for name, secret in SECRETS.items()}
    return found


@pytest.mark.slow
def test_no_output_shows_a_secret(outputs: dict[str, str]) -> None:
    """In reports, recording, checkpoint, log and messages, and inside what they pack."""
    needles = _needles()
    shown = {
        f"{what}: {name}"
        for what, text in outputs.items()
        for layer in layers(text)
        for name, needle in needles.items()
        if needle in layer
    }
    assert sorted(shown) == []


@pytest.mark.slow
def test_the_echoes_were_there(outputs: dict[str, str]) -> None:
    """The control: the excerpts of the answers are in the outputs, with the secrets hidden."""
    for kind in ECHOES:
        assert json.dumps(f"{kind} TOKEN")[1:-1] in outputs["report.json"].replace('\\"', '"')
    assert outputs["report.json"].count("[redacted]") > 1000
    assert "last=[redacted]" in outputs["report.json"]
    assert "GET /items/query_key?key=[redacted]" in outputs["check -v"]
