"""Runs made-up resources of Kubernetes in Traefik, which reads them from an API server of the runner.

The answers are compared with the predictions, as ``traefik_runner.py`` does.
``python -m tests.source.gateways.traefik.resource_runner 500 [SEED]`` compares 500 configurations.
"""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.source.gateways.comparing import Comparison, compare_batches, free_ports, run
from tests.source.gateways.echo import services
from tests.source.gateways.traefik.cluster_server import cluster
from tests.source.gateways.traefik.resource_programs import (
    TYPES,
    ResourceProgram,
    program,
    resource,
    secret,
    settings,
    slices,
)
from tests.source.gateways.traefik.traefik_runner import BATCH, READY, SHOWN, PortBatch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.pki import TestPki

USERS = base64.b64encode(b"a:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/\n").decode()
API = "api"
"""The port of the API server."""
FEW = 3
"""Maximum number of programs in a batch whose namespaces are named: Traefik lists every kind in each, slowly."""
SHARED = "shared"
"""A namespace of the runner's own."""


@dataclass(slots=True)
class ResourceBatch(PortBatch[ResourceProgram]):
    """Resources that one Traefik reads."""

    provider: dict[str, Any] = field(default_factory=dict)
    objects: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Choose what the configurations share."""
        client = {"clientAuthType": self.random.choice(TYPES), "secretNames": ["ca"]}
        self.default = self.random.choice(({}, {"clientAuth": client}))
        self.provider = settings(self.random)
        if len(self.programs) <= FEW:
            self.provider["namespaces"] = [SHARED, *(f"{name}-a" for name in self.programs)]

    def write(self) -> None:
        """Write a folder for each configuration, and collect what the cluster has."""
        names = [API, READY, *(f"{name}-{kind}" for name in self.programs for kind in "tp")]
        self.ports = {**self.services, **dict(zip(names, free_ports(len(names)), strict=True))}
        shared = self._shared()
        points = {READY: {"address": f"127.0.0.1:{self.ports[READY]}"}}
        self.objects = [*shared, *self._filled("", self._ready())]
        for name, one in self.programs.items():
            own = {
                f"{name}-{kind}": {"address": f"127.0.0.1:{self.ports[f'{name}-{kind}']}", **found}
                for kind, found in self._filled(name, one.points).items()
            }
            points |= own
            read = self._filled(name, one.resources)
            self.objects += [*read, *self._filled(name, one.elsewhere)]
            self.put(self.folder / name, {"entryPoints": own, "providers": self._providers()}, {})
            documents = "\n---\n".join(json.dumps(each, indent=1) for each in _in_lists([*shared[:1], *read]))
            (self.folder / name / "dynamic.yml").write_text(documents, encoding="utf-8")
        static = {"entryPoints": points, "providers": self._providers(), "log": {"level": "ERROR"}}
        self.put(self.folder / "main", {**static, "global": {"checkNewVersion": False}}, {})

    def service_of(self, upstream: frozenset[str]) -> str:
        """Return the first letter of a service of Kubernetes, or which service has the port of another host."""
        address = next(iter(upstream))
        by_port = {str(self.ports[one]): one for one in "xy"}
        return by_port.get(address.rpartition(":")[2], address[0])

    def _providers(self) -> dict[str, Any]:
        own = {"endpoint": f"http://127.0.0.1:{self.ports[API]}", **self.provider}
        return {"kubernetesCRD": own}

    def _filled(self, name: str, tree: Any) -> Any:  # noqa: ANN401 - a value of a JSON type
        text = json.dumps(tree).replace("@NAME@", name).replace("@USERS@", USERS)
        for up in "xy":
            text = text.replace(f'"@{up.upper()}@"', str(self.ports[up]))
        authorities = base64.b64encode(self.pki.client_ca.read_bytes()).decode()
        return json.loads(text.replace("@CA@", authorities))

    def _shared(self) -> list[dict[str, Any]]:
        """Return the default options, of a namespace of their own."""
        default = resource("TLSOption", SHARED, "default", self.default)
        return [default, *self._filled("", [secret(SHARED, "ca", {"ca.crt": "@CA@"})])]

    def _ready(self) -> list[dict[str, Any]]:
        service = {"ports": [{"name": "web", "port": 80}], "selector": {"app": READY}}
        rule = {"match": "PathPrefix(`/`)", "services": [{"name": "x-ready", "port": 80}]}
        route = resource("IngressRoute", SHARED, READY, {"entryPoints": [READY], "routes": [rule]})
        if own := self.provider.get("ingressClass"):
            route["metadata"]["annotations"] = {"kubernetes.io/ingress.class": own}
        metadata = {"name": "x-ready", "namespace": SHARED}
        made = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": service}
        return [route, made, slices(SHARED, "x-ready")]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the API server, the services and Traefik until the context ends."""
        with cluster(self.ports[API], self.objects), super(ResourceBatch, self).running():
            yield


def _in_lists(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return resources as documents: some of them in a list."""
    inner = {"apiVersion": "v1", "kind": "List", "items": resources[::3]}
    return [inner, *resources[1::3], *resources[2::3]]


def compare(count: int, seed: int, folder: Path, pki: TestPki) -> Comparison:
    """Compare that many configurations; some of them in namespaces that the provider names."""
    with services(SHOWN) as ports:
        batch = partial(ResourceBatch, pki, services=ports)
        few = compare_batches(min(FEW, count), seed, folder / "few", FEW, program, batch)
        found = compare_batches(count - few.programs, seed, folder / "many", BATCH, program, batch)
    found.programs += few.programs
    found.counts += few.counts
    found.wrong += few.wrong
    return found


if __name__ == "__main__":
    raise SystemExit(run(compare, "traefik-resources"))
