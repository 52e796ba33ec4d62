"""What PeerAuthentication does, as Istio's documentation says.

A case has three letters, for clients without a certificate, with a valid one and with one of another CA: F forwarded,
T refused in TLS, R refused, D redirected, A answered, ? not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.gateways.mesh.meshes import (
    SHOP,
    Object,
    letters,
    mutual,
    peer,
    policy,
    read,
    routes,
    service,
)

if TYPE_CHECKING:
    from pathlib import Path

ALLOWED = {"from": [{"source": {"principals": ["*"]}}]}
NAMED = {"from": [{"source": {"principals": ["example.com/alice"]}}]}
WITHOUT = {"from": [{"source": {"notPrincipals": ["*"]}}]}
SECURE = {"to": [{"operation": {"paths": ["/secure*"]}}]}
PEERS: dict[str, tuple[list[Object], str | None]] = {
    # PeerAuthentication: workload before namespace before mesh; UNSET inherits.
    "strict": ([peer("STRICT")], "TFT"),
    "permissive": ([peer("PERMISSIVE")], "FFT"),
    "disabled": ([peer("DISABLE")], "FFF"),
    "of the mesh": ([peer("STRICT", "istio-system")], "TFT"),
    "namespace before mesh": ([peer("PERMISSIVE", "istio-system"), peer("STRICT")], "TFT"),
    "workload before namespace": (
        [peer("STRICT"), peer("PERMISSIVE", selector={"matchLabels": SHOP})],
        "FFT",
    ),
    "unset": ([peer("STRICT", "istio-system"), peer("UNSET")], "TFT"),
    "another workload": ([peer("STRICT", selector={"matchLabels": {"app": "x"}})], None),
    "another namespace": ([peer("STRICT", "other")], None),
    "a port": (
        [peer("STRICT", selector={"matchLabels": SHOP}, portLevelMtls={"9090": {"mode": "DISABLE"}})],
        "FFF",
    ),
    "the port of the service is not that of the pods": (
        [peer("STRICT", selector={"matchLabels": SHOP}, portLevelMtls={"8080": {"mode": "DISABLE"}})],
        "TFT",
    ),
    "a port that inherits": (
        [peer("STRICT", selector={"matchLabels": SHOP}, portLevelMtls={"9090": {"mode": "UNSET"}})],
        "TFT",
    ),
    "an unknown mode": ([peer("SOMETIMES")], "???"),
    "two of one scope": ([peer("STRICT"), peer("PERMISSIVE")], "???"),
}


@pytest.mark.parametrize("name", PEERS)
def test_modes_of_a_sidecar(name: str, tmp_path: Path) -> None:
    """Of the port 8080 of a service, which is 9090 of its pods."""
    peers, expected = PEERS[name]
    found = read(tmp_path, *service(target="web"), *peers)
    assert (letters(found) if found.entries else None) == expected


@pytest.mark.parametrize(("sidecar", "expected"), [(True, "TFT"), (None, "???"), (False, None)])
def test_a_policy_needs_a_sidecar(*, sidecar: bool | None, expected: str | None, tmp_path: Path) -> None:
    """Without one, PeerAuthentication enforces nothing."""
    found = read(tmp_path, *service(sidecar=sidecar), peer("STRICT"))
    assert (letters(found) if found.entries else None) == expected


def test_a_namespace_may_have_its_sidecars_injected(tmp_path: Path) -> None:
    """Label istio-injection."""
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "shop", "labels": {"istio-injection": "enabled"}},
    }
    assert letters(read(tmp_path, *service(sidecar=None), namespace, peer("STRICT"))) == "TFT"


ACCOUNT = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
BY_GATEWAY: dict[str, tuple[Object, str]] = {
    "the account of the operator": ({"principals": [ACCOUNT]}, "FFF"),
    "the account of the chart": ({"principals": ["mesh.example/ns/gateways/sa/istio-ingressgateway"]}, "FFF"),
    "its namespace": ({"namespaces": ["istio-system"]}, "FFF"),
    "all accounts of its namespace": ({"principals": ["cluster.local/ns/istio-system/*"]}, "FFF"),
    "its account alone": ({"serviceAccounts": ["istio-system/istio-ingressgateway"]}, "FFF"),
    "another gateway": ({"principals": [ACCOUNT.replace("ingress", "internal")]}, "???"),
    "another namespace": ({"namespaces": ["monitoring"]}, "???"),
    "all but the gateway": ({"notPrincipals": [ACCOUNT]}, "???"),
}


@pytest.mark.parametrize("name", BY_GATEWAY)
def test_a_policy_may_mean_the_gateway(name: str, tmp_path: Path) -> None:
    """By the account that Istio gives it. That it is refused is never concluded from a name."""
    source, expected = BY_GATEWAY[name]
    spec = {"selector": {"matchLabels": SHOP}, "rules": [{"from": [{"source": source}]}]}
    parts = (mutual("SIMPLE"), routes(), *service())
    assert letters(read(tmp_path, *parts, policy(spec, "shop"))) == expected


def test_a_policy_that_denies_the_account_of_the_gateway_is_no_guard(tmp_path: Path) -> None:
    """The gateway may have another account."""
    denied = {"from": [{"source": {"principals": [ACCOUNT]}}]}
    spec = {"selector": {"matchLabels": SHOP}, "action": "DENY", "rules": [denied]}
    parts = (mutual("SIMPLE"), routes(), *service())
    assert letters(read(tmp_path, *parts, policy(spec, "shop"))) == "???"


@pytest.mark.parametrize(("account", "expected"), [("front-pods", "FFF"), ("other", "???")])
def test_the_account_of_the_pods_of_the_gateway_counts(account: str, expected: str, tmp_path: Path) -> None:
    """Of those in the files."""
    pods = {"metadata": {"labels": {"istio": "ingressgateway"}}, "spec": {"serviceAccountName": "front-pods"}}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "front", "namespace": "istio-system"},
        "spec": {"template": pods},
    }
    source = {"principals": [f"cluster.local/ns/istio-system/sa/{account}"]}
    spec = {"selector": {"matchLabels": SHOP}, "rules": [{"from": [{"source": source}]}]}
    parts = (mutual("SIMPLE"), routes(), *service(), deployment)
    assert letters(read(tmp_path, *parts, policy(spec, "shop"))) == expected


def test_a_policy_of_the_service_refuses_what_the_gateway_hands_it(tmp_path: Path) -> None:
    """The identity of the gateway is not known; that it has one is."""
    spec = {"selector": {"matchLabels": SHOP}}
    parts = (mutual("SIMPLE"), routes(), *service())
    assert letters(read(tmp_path, *parts, policy(spec, "shop"))) == "RRR"
    assert letters(read(tmp_path, *parts, policy(spec | {"rules": [ALLOWED]}, "shop"))) == "FFF"
    assert letters(read(tmp_path, *parts, policy(spec | {"rules": [NAMED]}, "shop"))) == "???"
