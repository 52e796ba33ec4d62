"""Other ways to the same service, by resources that are not evaluated: never a pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.source.kubernetes.kubernetes_gateway import Kubernetes
from tests.source.gateways.joined import joined
from tests.source.gateways.mesh.meshes import (
    Object,
    api_gateway,
    http_route,
    mutual,
    peer,
    policy,
    routes,
    service,
    validation,
    written,
)

if TYPE_CHECKING:
    from pathlib import Path

INGRESS = {
    "http": {"paths": [{"path": "/", "backend": {"service": {"name": "shop", "port": {"number": 8080}}}}]}
}


def other(version: str, kind: str, spec: Object, namespace: str = "shop") -> Object:
    """A resource of another product."""
    metadata = {"name": "other", "namespace": namespace}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


WAYS = {
    "Ingress": other("networking.k8s.io/v1", "Ingress", {"rules": [INGRESS]}),
    "default of an Ingress": other(
        "networking.k8s.io/v1", "Ingress", {"defaultBackend": {"service": {"name": "shop"}}}
    ),
    "IngressRoute": other(
        "traefik.io/v1alpha1", "IngressRoute", {"routes": [{"services": [{"name": "shop", "port": 8080}]}]}
    ),
    "HTTPProxy": other("projectcontour.io/v1", "HTTPProxy", {"routes": [{"services": [{"name": "shop"}]}]}),
    "Mapping": other("getambassador.io/v3alpha1", "Mapping", {"service": "shop.shop:8080"}, "other"),
    "VirtualServer": other(
        "k8s.nginx.org/v1", "VirtualServer", {"upstreams": [{"name": "a", "service": "shop", "port": 8080}]}
    ),
    "Route": other("route.openshift.io/v1", "Route", {"to": {"kind": "Service", "name": "shop"}}),
    "GRPCRoute": other(
        "gateway.networking.k8s.io/v1",
        "GRPCRoute",
        {"rules": [{"backendRefs": [{"name": "shop", "port": 8080}]}]},
    ),
}
ELSEWHERE = {
    "another service": other(
        "networking.k8s.io/v1", "Ingress", {"defaultBackend": {"service": {"name": "web"}}}
    ),
    "another namespace": other(
        "projectcontour.io/v1", "HTTPProxy", {"routes": [{"services": [{"name": "shop"}]}]}, "other"
    ),
    "a scaled deployment": other("keda.sh/v1alpha1", "ScaledObject", {"scaleTargetRef": {"name": "shop"}}),
    "a secret": other("external-secrets.io/v1", "ExternalSecret", {"target": {"name": "shop"}}),
}


def exit_of(folder: Path, *resources: Object) -> int:
    """Return the exit status beside a document that requires a certificate."""
    return int(joined(folder, written(*resources), name="mesh.yaml").exit_status)


@pytest.mark.parametrize("name", WAYS)
def test_a_resource_that_names_the_service_is_not_read(name: str, tmp_path: Path) -> None:
    """It may serve the operation without a certificate."""
    assert exit_of(tmp_path, mutual(), routes(), WAYS[name]) == 3


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_resource_that_does_not_is_listed_only(name: str, tmp_path: Path) -> None:
    """The control."""
    assert exit_of(tmp_path, mutual(), routes(), ELSEWHERE[name]) == 0


def test_listeners_that_are_added_to_a_gateway(tmp_path: Path) -> None:
    """A listener set."""
    gateway = api_gateway(frontend={"default": validation()})
    added = other(
        "gateway.networking.x-k8s.io/v1alpha1",
        "XListenerSet",
        {"parentRef": {"name": gateway["metadata"]["name"]}, "listeners": [{"port": 80, "protocol": "HTTP"}]},
    )
    assert exit_of(tmp_path, gateway, http_route(), added) == 3


@pytest.mark.parametrize(
    "spec", [{"type": "NodePort"}, {"type": "LoadBalancer"}, {"externalIPs": ["192.0.2.1"]}]
)
def test_a_service_that_clients_reach_past_the_gateway(spec: Object, tmp_path: Path) -> None:
    """Unless a sidecar decides there."""
    own, *pods = service(sidecar=False)
    exposed: Object = {**own, "spec": {**own["spec"], **spec}}
    assert exit_of(tmp_path, mutual(), routes(), own, *pods) == 0
    assert exit_of(tmp_path, mutual(), routes(), exposed, *pods) == 3
    _, *with_sidecar = service(sidecar=True)
    strict = (peer("STRICT"), policy({"rules": [{}]}, namespace="shop"))
    (tmp_path / "mesh.yaml").write_text(written(mutual(), routes(), exposed, *with_sidecar, *strict))
    assert Kubernetes().read(tmp_path / "mesh.yaml").unresolved == ()


def beside(spec: Object, namespace: str = "shop") -> Object:
    """Another service."""
    ports = [{"port": 80, "targetPort": 8080}]
    metadata = {"name": "beside", "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {"ports": ports, "type": "LoadBalancer", "selector": {"app": "shop"}, **spec},
    }


@pytest.mark.parametrize(
    ("spec", "namespace", "expected"),
    [
        ({}, "shop", 3),
        ({"type": "NodePort"}, "shop", 3),
        ({"type": "ClusterIP", "externalIPs": ["192.0.2.1"]}, "shop", 3),
        ({"type": "ClusterIP"}, "shop", 0),
        ({"selector": {"app": "web"}}, "shop", 0),
        ({"ports": [{"port": 9090}]}, "shop", 0),
        ({}, "elsewhere", 0),
    ],
)
@pytest.mark.parametrize("with_pods", [True, False])
def test_another_service_of_the_same_pods(
    spec: Object,
    namespace: str,
    expected: int,
    with_pods: bool,  # noqa: FBT001 - a parameter
    tmp_path: Path,
) -> None:
    """It is exposed, beside the one that is routed."""
    own, *pods = service(sidecar=False)
    files = (mutual(), routes(), own, *(pods if with_pods else ()), beside(spec, namespace))
    assert exit_of(tmp_path, *files) == expected


def test_a_service_of_the_gateway(tmp_path: Path) -> None:
    """Its pods are the gateway's."""
    own, *_ = service(sidecar=False)
    selector = mutual()["spec"]["selector"]
    assert exit_of(tmp_path, mutual(), routes(), own, beside({"selector": selector})) == 0


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        ({"hostNetwork": True}, 3),
        ({"containers": [{"ports": [{"containerPort": 8080, "hostPort": 80}]}]}, 3),
        ({"containers": [{"ports": [{"containerPort": 9090, "hostPort": 9090}]}]}, 0),
        ({"containers": [{"ports": [{"containerPort": 8080}]}]}, 0),
    ],
)
def test_ports_of_the_nodes(pod: Object, expected: int, tmp_path: Path) -> None:
    """Clients reach the pods at the addresses of their nodes."""
    own, deployment = service(sidecar=False)
    deployment["spec"]["template"]["spec"] = pod
    assert exit_of(tmp_path, mutual(), routes(), own, deployment) == expected


@pytest.mark.parametrize(("mode", "expected"), [("STRICT", 0), ("PERMISSIVE", 1), ("DISABLE", 1)])
@pytest.mark.parametrize("is_beside", [True, False])
def test_a_sidecar_decides_about_clients_from_outside(
    mode: str,
    expected: int,
    is_beside: bool,  # noqa: FBT001 - a parameter
    tmp_path: Path,
) -> None:
    """The routed service, or one beside it, is exposed."""
    own, *pods = service(sidecar=True)
    more = (beside({}),) if is_beside else ()
    if not is_beside:
        own["spec"]["type"] = "NodePort"
    assert exit_of(tmp_path, mutual(), routes(), own, *more, *pods, peer(mode)) == expected
