"""Runs many Traefik configurations in one Traefik, and compares its answers with the predictions.

``python -m tests.source.gateways.traefik.traefik_runner 500 [SEED]`` compares 500 configurations. ``traefik`` has to be
on PATH. ``go build ./cmd/traefik`` makes it of the module ``github.com/traefik/traefik/v3``, with any file in
``webui/static``; that takes many minutes, most of them for DNS providers, which a stub can replace.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from unittest import mock

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth, GatewayEntry, Passage
from specdrift.model.result.source import ListenerKind
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway import open_facts
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.traefik.traefik_gateway import Traefik
from tests.source.gateways.comparing import Comparison, exchanged, run
from tests.source.gateways.nginx_programs import TARGETS
from tests.source.gateways.traefik.traefik_programs import TraefikProgram, option, program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.pki import TestPki

BATCH = 40
REQUESTS = 40
HOSTS = ("one.example", "two.example", "three.example", "four.example", "other.example")
CERTIFICATE = "x-forwarded-tls-client-cert"
SHOWN = ("x-client-cert", "x-verify", CERTIFICATE, f"{CERTIFICATE}-info")
HEADERS: tuple[dict[str, str], ...] = (
    *({"x-client-cert": "forged"}, {"x-client-cert": "forged", "cookie": "area=a"}, {CERTIFICATE: "forged"}),
    *({}, {}, {"cookie": "area=a"}, {"x-forwarded-proto": "https"}),
)
UNSENDABLE = re.compile(r"[^!-~]")
"""Occurs in a path that a service cannot read."""
READY = "ready"
"""An entry point, a router and a service of the runner's own."""
STARTS = 60
"""Seconds until it answers."""


class _Echo(BaseHTTPRequestHandler):
    """Answers with the path and the headers that the predictions are about."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        name = self.server.name  # type: ignore[attr-defined]
        sent = " ".join(f"[{','.join(self.headers.get_all(one) or ())}]" for one in SHOWN)
        # ``self.path`` has one slash for several at the beginning.
        target = self.requestline.split(" ")[1]
        body = f"{name} {target} {sent}".encode("latin-1", "replace")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815 - names of the standard library

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args


NOWHERE = SourceLocation(file="", line=1, column=1, end_line=1, end_column=2, pointer="", text="")


def _free_ports(count: int) -> list[int]:
    """Return ports that nothing listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@dataclass(slots=True)
class _Batch:
    folder: Path
    pki: TestPki
    programs: dict[str, TraefikProgram]
    comparison: Comparison
    default: dict[str, Any]
    ports: dict[str, int] = field(default_factory=dict)

    def write(self) -> None:
        """Write a folder for each configuration, and one with all of them."""
        names = ["x", "y", READY, *(f"{name}-{kind}" for name in self.programs for kind in "tp")]
        self.ports = dict(zip(names, _free_ports(len(names)), strict=True))
        everything = [self._of(name, one) for name, one in self.programs.items()]
        points = {READY: {"address": f"127.0.0.1:{self.ports[READY]}"}}
        points |= {key: value for static, _ in everything for key, value in static["entryPoints"].items()}
        service = {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{self.ports['x']}"}]}}
        router = {"rule": "PathPrefix(`/`)", "service": READY, "entryPoints": [READY]}
        http: dict[str, Any] = {"routers": {READY: router}, "middlewares": {}, "services": {READY: service}}
        options: dict[str, Any] = {}
        for (static, dynamic), name in zip(everything, self.programs, strict=True):
            self._put(self.folder / name, static, dynamic)
            for kind, members in dynamic["http"].items():
                http[kind] |= members
            options |= dynamic["tls"]["options"]
        log = {"level": "ERROR"}
        providers = {"file": {"filename": str(self.folder / "main" / "dynamic.yml"), "watch": False}}
        static = {
            "entryPoints": points,
            "providers": providers,
            "log": log,
            "global": {"checkNewVersion": False},
        }
        self._put(self.folder / "main", static, {"http": http, "tls": {"options": options}})

    def _of(self, name: str, one: TraefikProgram) -> tuple[dict[str, Any], dict[str, Any]]:
        points = {
            f"@NAME@-{kind}": {"address": f"127.0.0.1:{self.ports[f'{name}-{kind}']}", **settings}
            for kind, settings in one.points.items()
        }
        static = {"entryPoints": points, "providers": {"file": {"filename": "dynamic.yml"}}}
        options = {**one.options, "default": self.default}
        dynamic = {"http": one.http, "tls": {"options": options}}
        text = json.dumps([static, dynamic])
        marks = {"@NAME@": name, "@CA@": str(self.pki.client_ca)}
        marks |= {f"@{up.upper()}@": str(self.ports[up]) for up in "xy"}
        for mark, value in marks.items():
            text = text.replace(mark, value)
        made: tuple[dict[str, Any], dict[str, Any]] = tuple(json.loads(text))
        return made

    def _put(self, folder: Path, static: dict[str, Any], dynamic: dict[str, Any]) -> None:
        folder.mkdir(parents=True)
        for name, content in (("traefik.yml", static), ("dynamic.yml", dynamic)):
            (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the services and Traefik until the context ends."""
        services = []
        for name in "xy":
            service = ThreadingHTTPServer(("127.0.0.1", self.ports[name]), _Echo)
            service.name = name  # type: ignore[attr-defined]
            threading.Thread(target=service.serve_forever, daemon=True).start()
            services.append(service)
        command = ["traefik", f"--configFile={self.folder}/main/traefik.yml"]
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stderr=log, stdout=log)
        try:
            until = time.monotonic() + STARTS
            while time.monotonic() < until and not self._is_ready():
                time.sleep(0.05)
            time.sleep(0.5)  # entry points get their routers one after the other
            yield
        finally:
            process.terminate()
            process.wait(20)
            for service in services:
                service.shutdown()
                service.server_close()

    def _is_ready(self) -> bool:
        """Return whether it has routers: it listens before."""
        try:
            raw = socket.create_connection(("127.0.0.1", self.ports[READY]), timeout=10)
        except OSError:
            return False
        entry = GatewayEntry(
            address="127.0.0.1",
            port=self.ports[READY],
            kind=ListenerKind.PLAINTEXT,
            client_auth=GatewayClientAuth.NONE,
            names=(),
            default=True,
            location=NOWHERE,
        )
        request = GatewayRequest(
            entry=entry, caller=GatewayCaller.ANONYMOUS, method="GET", target="/", host="ready"
        )
        return exchanged(raw, request, None, None)[0] == 200

    def compare(self, random: Random) -> None:
        """Send requests to each configuration."""
        for name in self.programs:
            self.comparison.programs += 1
            configuration = Traefik().read(self.folder / name)
            for _ in range(REQUESTS if configuration.entries else 0):
                entry = random.choice(configuration.entries)
                request = self._request(entry, random)
                with mock.patch.object(open_facts, "wished", wraps=open_facts.wished) as wished:
                    decision = configuration.decide(request)
                if wished.called or decision.passage is Passage.UNKNOWN:
                    self.comparison.counts[f"unknown: {decision.reason[:60]}"] += 1
                    continue
                expected, got = _expected(decision, self.ports), self._send(request)
                if not _same(expected, got):
                    self.comparison.wrong.append(
                        f"{self.folder / name}: {request.method} {request.target} {request.caller} {request.host} "
                        f"{dict(request.headers)} {entry}: predicted {expected} at {decision.at}, got {got}"
                    )
                self.comparison.counts[decision.passage.value] += 1

    def _request(self, entry: GatewayEntry, random: Random) -> GatewayRequest:
        callers = list(GatewayCaller) if _tls(entry) else [GatewayCaller.ANONYMOUS]
        own = entry.names[0] if entry.names else "other.example"
        return GatewayRequest(
            entry=entry,
            caller=random.choice(callers),
            method=random.choice(("GET", "GET", "POST")),
            target=random.choice(TARGETS),
            host=own,
            headers=random.choice(HEADERS),
        )

    def _send(self, request: GatewayRequest) -> tuple[int, str]:
        raw = socket.create_connection(("127.0.0.1", request.entry.port), timeout=10)
        return exchanged(raw, request, self.pki if _tls(request.entry) else None, request.host)


def _tls(entry: GatewayEntry) -> bool:
    return entry.kind is ListenerKind.TLS


def _expected(decision: Decision, ports: dict[str, int]) -> tuple[int, str]:
    """Return status and expression of the predicted answer; an empty one is not compared."""
    if decision.passage is Passage.FORWARDED:
        service = next(one for one in "xy" if f"127.0.0.1:{ports[one]}" in decision.upstream)
        if not decision.path.startswith("/") or UNSENDABLE.search(decision.path):
            return 200, ""
        sent = (decision.sent.get(name, "") for name in SHOWN)
        text = " ".join((service, decision.path, *(f"[{value}]" for value in sent)))
        return 200, re.escape(text).replace(re.escape(UNKNOWN_PART), ".+")
    return decision.status or 0, ""


def _same(expected: tuple[int, str], got: tuple[int, str]) -> bool:
    (status, text), (real_status, real_text) = expected, got
    if not text and 300 <= status < 400:
        return 300 <= real_status < 400  # the method decides which
    return status == real_status and (not text or re.fullmatch(text, real_text) is not None)


def compare(count: int, seed: int, folder: Path, pki: TestPki) -> Comparison:
    """Compare that many configurations."""
    random, comparison = Random(seed), Comparison()
    number = 0
    while comparison.programs < count:
        size = min(BATCH, count - comparison.programs)
        programs = {f"p{number + n}": program(random) for n in range(size)}
        number += size
        batch = _Batch(folder / f"b{number}", pki, programs, comparison, option(random))
        batch.write()
        with batch.running():
            batch.compare(random)
    return comparison


if __name__ == "__main__":
    raise SystemExit(run(compare, "traefik"))
