"""Writes resources of Istio and of the Gateway API, and decides requests with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.kubernetes.kubernetes_gateway import Kubernetes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from specdrift.model.result.gateway import GatewayEntry
    from specdrift.source.kubernetes.kubernetes_gateway import MeshConfiguration

Object = dict[str, Any]
LETTERS = {
    Passage.REFUSED_IN_TLS: "T",
    Passage.REFUSED: "R",
    Passage.REDIRECTED: "D",
    Passage.ANSWERED: "A",
    Passage.FORWARDED: "F",
    Passage.UNKNOWN: "?",
}
HOST = "api.example"
SHOP = {"app": "shop"}


def istio(kind: str, name: str, spec: object, namespace: str = "shop", **metadata: object) -> Object:
    """Return a resource of Istio."""
    group = "security" if kind.endswith(("Policy", "Authentication")) else "networking"
    return {
        "apiVersion": f"{group}.istio.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "spec": spec,
    }


def api(kind: str, name: str, spec: Object, namespace: str = "shop") -> Object:
    """Return a resource of the Gateway API."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def server(
    tls: Object | None, *, port: int = 443, protocol: str = "HTTPS", hosts: list[str] | None = None
) -> Object:
    """Return a server of a gateway of Istio."""
    made: Object = {
        "port": {"number": port, "name": "p", "protocol": protocol},
        "hosts": hosts or [HOST],
    }
    return made | ({"tls": tls} if tls is not None else {})


def gateway(*servers: Object) -> Object:
    """Return a gateway of Istio."""
    spec = {"selector": {"istio": "ingressgateway"}, "servers": list(servers)}
    return istio("Gateway", "front", spec, "istio-system")


def mutual(mode: str = "MUTUAL") -> Object:
    """Return a gateway of Istio with one server."""
    return gateway(server({"mode": mode, "credentialName": "c"}))


def to(host: str = "shop", port: int = 8080) -> list[Object]:
    """Return the destinations of a route."""
    return [{"destination": {"host": host, "port": {"number": port}}}]


def routes(*http: Object, **spec: object) -> Object:
    """Return a VirtualService behind the gateway; one route to the shop, unless others are given."""
    own = {"hosts": [HOST], "gateways": ["istio-system/front"], "http": list(http) or [{"route": to()}]}
    return istio("VirtualService", "shop", own | spec)


def policy(spec: object, namespace: str = "istio-system", name: str = "p", **metadata: object) -> Object:
    """Return an AuthorizationPolicy."""
    return istio("AuthorizationPolicy", name, spec, namespace, **metadata)


def peer(mode: str | None, namespace: str = "shop", **spec: object) -> Object:
    """Return a PeerAuthentication."""
    own = {"mtls": {"mode": mode}} if mode else {}
    name = "-".join(["peer", namespace, *spec, str(mode)]).lower()
    return istio("PeerAuthentication", name, own | spec, namespace)


def service(*, target: int | str | None = None, sidecar: bool | None = True) -> list[Object]:
    """Return a service, its pods and their namespace."""
    port: Object = {"port": 8080} | ({"targetPort": target} if target is not None else {})
    labels = {**SHOP, **({"sidecar.istio.io/inject": str(sidecar).lower()} if sidecar is not None else {})}
    container = {"name": "c", "ports": [{"name": "web", "containerPort": 9090}]}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "shop", "namespace": "shop"},
            "spec": {"selector": SHOP, "ports": [port]},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "shop", "namespace": "shop"},
            "spec": {"template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}},
        },
    ]


def listener(
    tls: Object | None = None, *, protocol: str = "HTTPS", port: int = 443, **more: object
) -> Object:
    """Return a listener of the Gateway API."""
    made: Object = {"name": f"l{port}", "port": port, "protocol": protocol, "hostname": HOST}
    if protocol == "HTTPS":
        made["tls"] = {"mode": "Terminate", "certificateRefs": [{"name": "c"}]} | (tls or {})
    return made | more


def api_gateway(
    *listeners: Object, frontend: Object | None = None, of: str = "acme", **spec: object
) -> Object:
    """Return a gateway of the Gateway API."""
    made: Object = {"gatewayClassName": of, "listeners": list(listeners) or [listener()]}
    if frontend is not None:
        made["tls"] = {"frontend": frontend}
    return api("Gateway", "front", made | spec)


def validation(mode: str | None = None, **reference: object) -> Object:
    """Return a client validation."""
    made: Object = {"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "ca"} | reference]}
    return {"validation": made | ({"mode": mode} if mode else {})}


def rule(*matches: Object, port: int = 8080, **more: object) -> Object:
    """Return a rule of an HTTPRoute."""
    made: Object = {"backendRefs": [{"name": "shop", "port": port}]} | more
    return made | ({"matches": list(matches)} if matches else {})


def path(value: str, kind: str = "PathPrefix", **more: object) -> Object:
    """Return a match of an HTTPRoute."""
    return {"path": {"type": kind, "value": value}} | more


def http_route(*rules: Object, name: str = "shop", namespace: str = "shop", **spec: object) -> Object:
    """Return an HTTPRoute behind the gateway."""
    own: Object = {"parentRefs": [{"name": "front"}], "hostnames": [HOST], "rules": list(rules) or [rule()]}
    return api("HTTPRoute", name, own | spec, namespace)


def written(*resources: Object) -> str:
    """Return resources as documents of one file."""
    return yaml.safe_dump_all(resources, sort_keys=False)


def read(folder: Path, *resources: Object) -> MeshConfiguration:
    """Read resources."""
    file = folder / "mesh.yaml"
    file.write_text(written(*resources), encoding="utf-8")
    return Kubernetes().read(file)


def decided(
    configuration: MeshConfiguration, entry: GatewayEntry, target: str = "/secure", **request: object
) -> Mapping[GatewayCaller, Decision]:
    """Decide the request of each caller."""
    made: Object = {"method": "GET"} | request
    return {
        caller: configuration.decide(GatewayRequest(entry=entry, caller=caller, target=target, **made))
        for caller in GatewayCaller
    }


def letters(
    configuration: MeshConfiguration, target: str = "/secure", number: int = 0, **request: object
) -> str:
    """Return what becomes of a request without, with a valid and with an untrusted certificate, a letter for each."""
    found = decided(configuration, configuration.entries[number], target, **request)
    return "".join(LETTERS[found[caller].passage] for caller in GatewayCaller)
