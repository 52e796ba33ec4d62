"""Runs many Caddy configurations in one Caddy, and compares its answers with the predictions.

``python -m tests.source.gateways.caddy.caddy_runner 500 [SEED]`` compares 500 configurations.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from unittest import mock

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from specdrift.model.result.gateway import GatewayCaller, GatewayEntry, Passage
from specdrift.source.caddy.caddy_gateway import Caddy
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway import open_facts
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from tests.servers.pki import TestPki, make_pki
from tests.servers.process import SYSTEM_PATH
from tests.source.gateways.caddy.caddy_programs import CaddyProgram, program
from tests.source.gateways.nginx_programs import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 50
REQUESTS = 40
ECHO = "{http.request.uri} [{http.request.header.X-Client-Cert}] [{http.request.header.X-Verify}]"
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
HOSTS = ("one.example", "two.example", "x.three.example", "other.example")
NAMES = (*HOSTS, "www.three.example", "www.example", "unmatched.invalid")
SENDABLE = tuple(one for one in TARGETS if "#" not in one)
HEADERS: tuple[dict[str, str], ...] = (
    *({"x-client-cert": "forged"}, {"x-client-cert": "forged", "cookie": "area=a"}),
    *({}, {}, {"cookie": "b=1; area=b"}),
)
UNSENDABLE = re.compile(r"[^!-~]|#")
"""Occurs in a path that a service cannot read."""


@dataclass(slots=True)
class Comparison:
    """What was compared."""

    programs: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


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
class _Batch:
    folder: Path
    pki: TestPki
    programs: dict[str, CaddyProgram]
    comparison: Comparison

    def write(self) -> None:
        """Write one file for each configuration, and one with all of them."""
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
            self._file(name).write_text(text, encoding="utf-8")
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

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run Caddy until the context ends."""
        binary = shutil.which("caddy", path=SYSTEM_PATH) or "caddy"
        folders = [f"{name}={self.folder}" for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")]
        command = ["env", *folders, binary, "run", "--config", str(self.folder / "main.json")]
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stderr=log, stdout=log)
        try:
            for _ in range(500):
                if all(map(self._answers, self._sockets())):
                    break
                time.sleep(0.02)
            yield
        finally:
            process.terminate()
            process.wait(10)

    def _sockets(self) -> Iterator[str]:
        """Yield the names of all sockets: Caddy opens them in an order of its own."""
        yield from ("x.sock", "y.sock")
        for name, one in self.programs.items():
            yield from (f"{name}-{server[-1]}.sock" for server in one.servers)

    def _answers(self, name: str) -> bool:
        with socket.socket(socket.AF_UNIX) as raw:
            try:
                raw.connect(f"{self.folder}/{name}")
            except OSError:
                return False
            return True

    def compare(self, random: Random) -> None:
        """Send requests to each configuration."""
        for name in self.programs:
            self.comparison.programs += 1
            configuration = Caddy().read(self._file(name))
            for _ in range(REQUESTS):
                entry = random.choice(configuration.entries)
                request = self._request(entry, random)
                with mock.patch.object(open_facts, "wished", wraps=open_facts.wished) as wished:
                    decision = configuration.decide(request)
                if wished.called:  # another certificate than the one that is sent may get something else
                    self.comparison.counts["as the client likes"] += 1
                    continue
                if decision.passage is Passage.UNKNOWN:
                    self.comparison.counts[f"unknown: {decision.reason}"] += 1
                    continue
                expected, got = (
                    _expected(decision),
                    self._send(request, tls=_tls(entry), name=configuration.by_entry[id(entry)].server_name),
                )
                if not _same(expected, got):
                    self.comparison.wrong.append(
                        f"{self._file(name)}: {request.method} {request.target} {request.caller} {request.host} "
                        f"{dict(request.headers)} {entry}: predicted {expected} at {decision.at}, got {got}"
                    )
                self.comparison.counts[decision.passage.value] += 1

    def _request(self, entry: GatewayEntry, random: Random) -> GatewayRequest:
        callers = list(GatewayCaller) if _tls(entry) else [GatewayCaller.ANONYMOUS]
        return GatewayRequest(
            entry=entry,
            caller=random.choice(callers),
            method=random.choice(("GET", "GET", "POST")),
            target=random.choice(SENDABLE),
            host=random.choice(HOSTS),
            headers=random.choice(HEADERS),
        )

    def _send(self, request: GatewayRequest, *, tls: bool, name: str | None) -> tuple[int, str]:
        with socket.socket(socket.AF_UNIX) as raw:
            raw.settimeout(10)
            raw.connect(request.entry.address.removeprefix("unix:"))
            received = b""
            sock: socket.socket = raw
            try:
                if tls:
                    sock = self._wrapped(raw, request.caller, name or request.host)
                headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
                text = f"{request.method} {request.target} HTTP/1.1\r\nHost: {request.host}\r\n{headers}"
                sock.sendall(f"{text}Connection: close\r\nContent-Length: 0\r\n\r\n".encode("latin-1"))
                while part := sock.recv(65536):
                    received += part
            except (ssl.SSLError, ConnectionError, BrokenPipeError):
                pass  # refused in the handshake, or by rules about the connection
            finally:
                sock.close()
        status = STATUS.match(received)
        return (int(status[1]) if status else 0), received.partition(b"\r\n\r\n")[2].decode("latin-1")

    def _wrapped(self, raw: socket.socket, caller: GatewayCaller, host: str) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if caller is not GatewayCaller.ANONYMOUS:
            pair = self.pki.alice if caller is GatewayCaller.VALID else self.pki.untrusted
            context.load_cert_chain(pair.cert, pair.key)
        return context.wrap_socket(raw, server_hostname=host)


def _tls(entry: GatewayEntry) -> bool:
    return entry.address.endswith("-t.sock")


def _expected(decision: Decision) -> tuple[int, str]:
    """Return status and expression of the predicted answer; an empty one is not compared."""
    if decision.passage is Passage.FORWARDED:
        service = next(one for one in "xy" if any(f"/{one}.sock" in up for up in decision.upstream))
        if not decision.path.startswith("/") or UNSENDABLE.search(decision.path):
            return 0, ""
        lines = (decision.sent.get(name, "") for name in ("x-client-cert", "x-verify"))
        if any(not value.isprintable() for value in decision.sent.values()):
            return 0, ""
        sent = (line.replace(", ", ",") for line in lines)
        text = " ".join((service, decision.path, *(f"[{value}]" for value in sent)))
        return 200, re.escape(text).replace(re.escape(UNKNOWN_PART), ".+")
    if decision.passage is Passage.ANSWERED and decision.at:
        return decision.status or 0, ""
    return decision.status or 0, ""


def _same(expected: tuple[int, str], got: tuple[int, str]) -> bool:
    (status, text), (real_status, real_text) = expected, got
    return (not status or status == real_status) and (not text or re.fullmatch(text, real_text) is not None)


def compare(count: int, seed: int, folder: Path, pki: TestPki) -> Comparison:
    """Compare that many configurations."""
    random, comparison = Random(seed), Comparison()
    number = 0
    while comparison.programs < count:
        size = min(BATCH, count - comparison.programs)
        programs = {f"p{number + n}": program(random) for n in range(size)}
        number += size
        batch = _Batch(folder / f"b{number}", pki, programs, comparison)
        batch.write()
        with batch.running():
            batch.compare(random)
    return comparison


def main() -> int:
    """Print what was compared, and each difference."""
    count, seed = int(sys.argv[1]), int((sys.argv[2:] or ["1"])[0])
    with tempfile.TemporaryDirectory(prefix="sd-") as name:
        result = compare(count, seed, Path(name), make_pki(Path(name) / "pki"))
        sys.stdout.write("\n".join([*result.wrong[:20], ""]))
        sys.stdout.write(f"{result.programs} configurations, {dict(result.counts)}\n")
        sys.stdout.write(f"{len(result.wrong)} differences\n")
        if result.wrong:
            kept = Path(tempfile.mkdtemp(prefix="caddy-differences-"))
            shutil.copytree(name, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
            sys.stdout.write(f"{kept}\n")
    return 1 if result.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
