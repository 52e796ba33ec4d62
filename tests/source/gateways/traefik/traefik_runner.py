"""Runs many Traefik configurations in one Traefik, and compares its answers with the predictions.

``python -m tests.source.gateways.traefik.traefik_runner 500 [SEED]`` compares 500 configurations. ``traefik`` has to be
on PATH. ``go build ./cmd/traefik`` makes it of the module ``github.com/traefik/traefik/v3``, with any file in
``webui/static``; that takes many minutes, most of them for DNS providers, which a stub can replace.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth, GatewayEntry, Passage
from specdrift.model.result.source import ListenerKind
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.traefik.traefik_gateway import Traefik, TraefikConfiguration
from tests.source.gateways.comparing import (
    Answer,
    Comparison,
    Expected,
    GatewayBatch,
    any_caller,
    compare_batches,
    exchanged,
    free_ports,
    run,
)
from tests.source.gateways.echo import services
from tests.source.gateways.nginx_programs import TARGETS
from tests.source.gateways.traefik.traefik_programs import TraefikProgram, option, program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki

BATCH = 40
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


NOWHERE = SourceLocation(file="", line=1, column=1, end_line=1, end_column=2, pointer="", text="")


ProgramT = TypeVar("ProgramT")


@dataclass(slots=True)
class PortBatch(GatewayBatch[ProgramT, TraefikConfiguration]):
    """Configurations of Traefik, on ports: a folder for each, and one with all of them."""

    services: dict[str, int]
    """Their ports, by name."""
    default: dict[str, Any] = field(default_factory=dict)
    """The options for TLS that all configurations share."""
    ports: dict[str, int] = field(default_factory=dict)

    def put(self, folder: Path, static: dict[str, Any], dynamic: dict[str, Any]) -> None:
        folder.mkdir(parents=True)
        for name, content in (("traefik.yml", static), ("dynamic.yml", dynamic)):
            (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")

    def file(self, name: str) -> Path:
        return self.folder / name

    def command(self) -> list[str]:
        return ["traefik", f"--configFile={self.folder}/main/traefik.yml"]

    def is_ready(self) -> bool:
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
        try:
            ready = exchanged(request, self.pki, None)[0] == 200
        except OSError:
            return False
        time.sleep(0.5 if ready else 0)  # entry points get their routers one after the other
        return ready

    def read(self, name: str) -> TraefikConfiguration:
        return Traefik().read(self.file(name))

    def request(self, entry: GatewayEntry, program: ProgramT) -> GatewayRequest:
        del program
        random = self.random
        return GatewayRequest(
            entry=entry,
            caller=any_caller(entry, random),
            method=random.choice(("GET", "GET", "POST")),
            target=random.choice(TARGETS),
            host=entry.names[0] if entry.names else "other.example",
            headers=random.choice(HEADERS),
        )

    def send(self, request: GatewayRequest, configuration: TraefikConfiguration) -> Answer:
        del configuration
        return exchanged(request, self.pki, request.host)

    def service_of(self, upstream: frozenset[str]) -> str:
        """Return the name of the service at one of the addresses."""
        return next(one for one, port in self.services.items() if f"127.0.0.1:{port}" in upstream)

    def expected(self, decision: Decision) -> Expected:
        if decision.passage is Passage.FORWARDED:
            service = self.service_of(decision.upstream)
            if not decision.path.startswith("/") or UNSENDABLE.search(decision.path):
                return Expected((200,))
            return Expected.echo(service, decision.path, [decision.sent.get(name, "") for name in SHOWN])
        status = decision.status or 0
        # The method decides which redirect it is.
        return Expected(tuple(range(300, 400)) if 300 <= status < 400 else (status,))


@dataclass(slots=True)
class TraefikBatch(PortBatch[TraefikProgram]):
    """Configurations in files."""

    def __post_init__(self) -> None:
        """Choose what the configurations share."""
        self.default = option(self.random)

    def write(self) -> None:
        names = [READY, *(f"{name}-{kind}" for name in self.programs for kind in "tp")]
        self.ports = {**self.services, **dict(zip(names, free_ports(len(names)), strict=True))}
        everything = [self._of(name, one) for name, one in self.programs.items()]
        points = {READY: {"address": f"127.0.0.1:{self.ports[READY]}"}}
        points |= {key: value for static, _ in everything for key, value in static["entryPoints"].items()}
        service = {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{self.ports['x']}"}]}}
        router = {"rule": "PathPrefix(`/`)", "service": READY, "entryPoints": [READY]}
        http: dict[str, Any] = {"routers": {READY: router}, "middlewares": {}, "services": {READY: service}}
        options: dict[str, Any] = {}
        for (static, dynamic), name in zip(everything, self.programs, strict=True):
            self.put(self.folder / name, static, dynamic)
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
        self.put(self.folder / "main", static, {"http": http, "tls": {"options": options}})

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


def compare(count: int, seed: int, folder: Path, pki: TestPki) -> Comparison:
    """Compare that many configurations."""
    with services(SHOWN) as ports:
        return compare_batches(
            count, seed, folder, BATCH, program, partial(TraefikBatch, pki, services=ports)
        )


if __name__ == "__main__":
    raise SystemExit(run(compare, "traefik"))
