"""Runs many Caddy configurations in one Caddy, and compares its answers with the predictions.

``python -m tests.source.gateways.caddy.caddy_runner 500 [SEED]`` compares 500 configurations.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from specdrift.model.result.gateway import Passage
from specdrift.source.caddy.caddy_gateway import Caddy, CaddyConfiguration
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.keys.same_object import SameObject
from tests.servers.process import SYSTEM_PATH
from tests.source.gateways.caddy.caddy_programs import CaddyProgram, program
from tests.source.gateways.comparing import (
    Answer,
    Comparison,
    Expected,
    GatewayBatch,
    answers,
    any_caller,
    compare_batches,
    exchanged,
    run,
)
from tests.source.gateways.nginx_programs import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.model.result.gateway import GatewayEntry
    from tests.servers.pki import TestPki

BATCH = 50
ECHO = "{http.request.uri} [{http.request.header.X-Client-Cert}] [{http.request.header.X-Verify}]"
HOSTS = ("one.example", "two.example", "x.three.example", "other.example")
NAMES = (*HOSTS, "www.three.example", "www.example", "unmatched.invalid")
SENDABLE = tuple(one for one in TARGETS if "#" not in one)
HEADERS: tuple[dict[str, str], ...] = (
    *({"x-client-cert": "forged"}, {"x-client-cert": "forged", "cookie": "area=a"}),
    *({}, {}, {"cookie": "b=1; area=b"}),
)
UNSENDABLE = re.compile(r"[^!-~]|#")
"""Occurs in a path that a service cannot read."""


def _named_certificate(folder: Path) -> dict[str, str]:
    """Write a certificate for all names: Caddy serves none for a name that it does not know."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "names")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(one) for one in NAMES])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    certificate = builder.add_extension(names, critical=False).sign(key, SHA256())
    (folder / "names.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "names.key").write_bytes(written)
    return {"certificate": f"{folder}/names.crt", "key": f"{folder}/names.key"}


@dataclass(slots=True)
class CaddyBatch(GatewayBatch[CaddyProgram, CaddyConfiguration]):
    """Configurations of Caddy, on sockets."""

    def write(self) -> None:
        self.folder.mkdir(parents=True)
        servers: dict[str, object] = {
            name: {
                "listen": [f"unix/{self.folder}/{name}.sock"],
                "automatic_https": {"disable": True},
                "routes": [{"handle": [{"handler": "static_response", "body": f"{name} {ECHO}"}]}],
            }
            for name in "xy"
        }
        for name, one in self.programs.items():
            text = one.text()
            for mark, value in (
                *(("@TLS@", f"{self.folder}/{name}-t.sock"), ("@PLAIN@", f"{self.folder}/{name}-p.sock")),
                *(("@NAME@", name), ("@UP@", str(self.folder)), ("@CA@", str(self.pki.client_ca))),
            ):
                text = text.replace(mark, value)
            self.file(name).write_text(text, encoding="utf-8")
            servers |= json.loads(text)["apps"]["http"]["servers"]
        pair = _named_certificate(self.folder)
        every = {
            "admin": {"disabled": True, "config": {"persist": False}},
            "logging": {"logs": {"default": {"level": "ERROR"}}},
            "apps": {
                "http": {"servers": servers},
                "tls": {"certificates": {"load_files": [pair]}},
                # It would make an authority of its own, and add it to those that this machine trusts.
                "pki": {"certificate_authorities": {"local": {"install_trust": False}}},
            },
        }
        (self.folder / "main.json").write_text(json.dumps(every), encoding="utf-8")

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def command(self) -> list[str]:
        binary = shutil.which("caddy", path=SYSTEM_PATH) or "caddy"
        folders = [f"{name}={self.folder}" for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")]
        return ["env", *folders, binary, "run", "--config", str(self.folder / "main.json")]

    def is_ready(self) -> bool:
        return all(answers(self.folder / one) for one in self._sockets())

    def _sockets(self) -> Iterator[str]:
        """Yield the names of all sockets: Caddy opens them in an order of its own."""
        yield from ("x.sock", "y.sock")
        for name, one in self.programs.items():
            yield from (f"{name}-{server[-1]}.sock" for server in one.servers)

    def read(self, name: str) -> CaddyConfiguration:
        return Caddy().read(self.file(name))

    def request(self, entry: GatewayEntry, program: CaddyProgram) -> GatewayRequest:
        del program
        random = self.random
        return GatewayRequest(
            entry=entry,
            caller=any_caller(entry, random),
            method=random.choice(("GET", "GET", "POST")),
            target=random.choice(SENDABLE),
            host=random.choice((str, str, str, str.upper))(random.choice(HOSTS)),
            headers=random.choice(HEADERS),
            protocol=random.choice(("HTTP/1.1", "HTTP/1.1", "HTTP/1.0")),
        )

    def send(self, request: GatewayRequest, configuration: CaddyConfiguration) -> Answer:
        name = configuration.by_entry[SameObject(request.entry)].server_name
        return exchanged(request, self.pki, name or request.host)

    def expected(self, decision: Decision) -> Expected:
        if decision.passage is not Passage.FORWARDED:
            return Expected((decision.status,) if decision.status else ())
        service = next(one for one in "xy" if any(f"/{one}.sock" in up for up in decision.upstream))
        if not decision.path.startswith("/") or UNSENDABLE.search(decision.path):
            return Expected()
        if any(not value.isprintable() for value in decision.sent.values()):
            return Expected()
        lines = (decision.sent.get(name, "") for name in ("x-client-cert", "x-verify"))
        return Expected.echo(service, decision.path, [line.replace(", ", ",") for line in lines])


def compare(count: int, seed: int, folder: Path, pki: TestPki) -> Comparison:
    """Compare that many configurations."""
    return compare_batches(count, seed, folder, BATCH, program, partial(CaddyBatch, pki))


if __name__ == "__main__":
    raise SystemExit(run(compare, "caddy"))
