"""Runs resources of Istio and the Gateway API, translated, in one Envoy, and compares its answers with the predictions.

``python -m tests.source.gateways.mesh.mesh_runner 100 [SEED]`` compares 100 gateways, each with its own resources: half
of them are of Istio, half of the Gateway API.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import yaml

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.model.result.source import ListenerKind
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.kubernetes.kubernetes_gateway import Kubernetes
from tests.servers.pki import TestPki
from tests.source.gateways.comparing import Comparison, free_ports, run
from tests.source.gateways.envoy_programs import TARGETS
from tests.source.gateways.envoy_runner import (
    FORGED,
    SERVICES,
    Plain,
    cluster,
    running,
    same,
    send,
    service,
)
from tests.source.gateways.mesh.api_programs import ApiWriter
from tests.source.gateways.mesh.api_translation import ApiTranslation
from tests.source.gateways.mesh.mesh_programs import MeshWriter
from tests.source.gateways.mesh.meshes import written
from tests.source.gateways.mesh.translation import Translation

if TYPE_CHECKING:
    from specdrift.model.result.gateway import GatewayEntry

REQUESTS = 25
HEADER = "x-client-cert"


def compare(count: int, seed: int, folder: Path, pki: TestPki) -> Comparison:
    """Compare that many gateways."""
    random, result = Random(seed), Comparison(programs=count)
    families = ((MeshWriter(random), Translation(pki)), (ApiWriter(random), ApiTranslation(pki)))
    ports = free_ports(count)
    programs = [families[number % 2][0].program(number, port) for number, port in enumerate(ports)]
    mesh, file = folder / "mesh.yaml", folder / "envoy.yaml"
    mesh.write_text(written(*(one for program in programs for one in program)), encoding="utf-8")
    configuration = Kubernetes().read(mesh)
    with ExitStack() as stack:
        clusters = [cluster(letter, stack.enter_context(service(letter))) for letter in SERVICES]
        listeners = [families[number % 2][1].listener(program) for number, program in enumerate(programs)]
        static = {"listeners": listeners, "clusters": clusters}
        file.write_text(yaml.dump({"static_resources": static}, Dumper=Plain), encoding="utf-8")
        stack.enter_context(running(file, ports))
        for port in ports:
            entrances = [one for one in configuration.entrances if one.entry.port == port]
            for _ in range(REQUESTS):
                entrance = random.choice(entrances)
                request = _request(entrance.entry, random)
                decision = configuration.decide(request)
                if decision.passage is Passage.UNKNOWN:
                    result.skip(decision.reason)
                    continue
                result.counts[decision.passage.value] += 1
                answer = send(request, entrance.host, entrance.host, pki)
                if not same(_expected(decision), answer):
                    sent = f"{request.method} {request.target} {request.caller} {dict(request.headers)}"
                    where = f"{entrance.entry} at {entrance.entry.location}"
                    result.wrong.append(
                        f"{sent} to {where}: predicted {_expected(decision)} at {decision.at}, got {answer}"
                    )
    return result


def _request(entry: GatewayEntry, random: Random) -> GatewayRequest:
    tls = entry.kind is ListenerKind.TLS
    headers = {HEADER: FORGED, "x-a": random.choice(("1", "12", "x")), "x-b": random.choice(("7", "y"))}
    return GatewayRequest(
        entry=entry,
        caller=random.choice(list(GatewayCaller)) if tls else GatewayCaller.ANONYMOUS,
        method=random.choice(("GET", "GET", "POST")),
        target=random.choice(TARGETS),
        headers={name: value for name, value in headers.items() if random.random() < 0.5},
    )


def _expected(decision: Decision) -> tuple[str, ...]:
    if decision.passage is Passage.REFUSED_IN_TLS:
        return ("tls",)
    if decision.passage is Passage.FORWARDED:
        letter = next(address.partition(".")[0] for address in decision.upstream)
        return ("200", letter, decision.path, decision.sent.get(HEADER, "-"))
    return (str(decision.status),)


if __name__ == "__main__":
    raise SystemExit(run(compare, "mesh"))
