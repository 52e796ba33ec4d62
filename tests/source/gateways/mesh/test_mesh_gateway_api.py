"""What the specification of the Gateway API says, and GEP-91.

A case has three letters, for clients without a certificate, with a valid one and with one of another CA: F forwarded,
T refused in TLS, R refused, D redirected, A answered, ? not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.gateways.mesh.meshes import (
    Object,
    api,
    api_gateway,
    decided,
    http_route,
    letters,
    listener,
    path,
    policy,
    read,
    rule,
    validation,
)

if TYPE_CHECKING:
    from pathlib import Path

FRONTENDS: dict[str, tuple[Object, str]] = {
    # GEP-91.
    "none": (api_gateway(), "FFF"),
    "default": (api_gateway(frontend={"default": validation()}), "TFT"),
    "valid only": (api_gateway(frontend={"default": validation("AllowValidOnly")}), "TFT"),
    "insecure fallback": (api_gateway(frontend={"default": validation("AllowInsecureFallback")}), "FFF"),
    "per port": (
        api_gateway(
            frontend={
                "default": validation("AllowInsecureFallback"),
                "perPort": [{"port": 443, "tls": validation()}],
            }
        ),
        "TFT",
    ),
    "another port": (
        api_gateway(
            frontend={
                "default": validation(),
                "perPort": [{"port": 8443, "tls": validation("AllowInsecureFallback")}],
            }
        ),
        "TFT",
    ),
    "a port without validation": (
        api_gateway(frontend={"default": validation(), "perPort": [{"port": 443, "tls": {}}]}),
        "FFF",
    ),
    "the older field of listeners": (
        api_gateway(listener({"frontendValidation": validation()["validation"]})),
        "TFT",
    ),
    "an unknown mode": (api_gateway(frontend={"default": validation("Sometimes")}), "???"),
    "no CA": (api_gateway(frontend={"default": {"validation": {"caCertificateRefs": []}}}), "???"),
    "a CA of another namespace": (api_gateway(frontend={"default": validation(namespace="x")}), "???"),
    "a CA of another kind": (api_gateway(frontend={"default": validation(kind="ClusterBundle")}), "???"),
    "an option of the implementation": (api_gateway(listener({"options": {"acme.io/mtls": "on"}})), "???"),
    "the option of Istio": (
        api_gateway(listener({"options": {"gateway.istio.io/tls-terminate-mode": "MUTUAL"}}), of="istio"),
        "TFT",
    ),
    "no TLS": (api_gateway(listener(protocol="HTTP", port=80), frontend={"default": validation()}), "FFF"),
}


@pytest.mark.parametrize("name", FRONTENDS)
def test_client_validation(name: str, tmp_path: Path) -> None:
    """Of the port of the listener."""
    resource, expected = FRONTENDS[name]
    assert letters(read(tmp_path, resource, http_route())) == expected


def test_a_grant_lets_a_gateway_have_its_ca_elsewhere(tmp_path: Path) -> None:
    """ReferenceGrant."""
    grant = api(
        "ReferenceGrant",
        "g",
        {
            "from": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "shop"}],
            "to": [{"group": "", "kind": "ConfigMap"}],
        },
        "x",
    )
    resource = api_gateway(frontend={"default": validation(namespace="x")})
    assert letters(read(tmp_path, resource, http_route(), grant)) == "TFT"


RULES: dict[str, tuple[list[Object], str, int | str]] = {
    # HTTPRoute: exact, then the longest prefix, method, number of headers and arguments, order.
    "exact before prefix": ([rule(path("/a"), port=1), rule(path("/a", "Exact"), port=2)], "/a", 2),
    "the longer prefix": ([rule(path("/a"), port=1), rule(path("/a/b"), port=2)], "/a/b/c", 2),
    "prefixes end at a slash": ([rule(path("/"), port=1), rule(path("/a"), port=2)], "/ab", 1),
    "a slash at the end is ignored": ([rule(path("/"), port=1), rule(path("/a/"), port=2)], "/a", 2),
    "the query is ignored": ([rule(path("/"), port=1), rule(path("/a", "Exact"), port=2)], "/a?b", 2),
    "method": ([rule(path("/a"), port=1), rule(path("/a", method="GET"), port=2)], "/a", 2),
    "another method": ([rule(path("/a"), port=1), rule(path("/a", method="POST"), port=2)], "/a", 1),
    "a prefix before a method": (
        [rule(path("/a/b"), port=1), rule(path("/a", method="GET"), port=2)],
        "/a/b",
        1,
    ),
    "headers": (
        [rule(path("/a"), port=1), rule(path("/a", headers=[{"name": "X-A", "value": "1"}]), port=2)],
        "/a",
        2,
    ),
    "a header that is missing": (
        [rule(path("/a"), port=1), rule(path("/a", headers=[{"name": "x-b", "value": "1"}]), port=2)],
        "/a",
        1,
    ),
    "arguments": (
        [rule(path("/a"), port=1), rule(path("/a", queryParams=[{"name": "q", "value": "1"}]), port=2)],
        "/a?q=1",
        2,
    ),
    "the first of equal ones": ([rule(path("/a"), port=1), rule(path("/a"), port=2)], "/a", 1),
    "no condition": ([rule(port=1)], "/a", 1),
    "none": ([rule(path("/b"), port=1)], "/a", "RRR"),
    "the precedence of expressions is open": (
        [rule(path("/a"), port=1), rule(path("/a.*", "RegularExpression"), port=2)],
        "/a",
        "???",
    ),
    "one expression": ([rule(path("/a.*", "RegularExpression"), port=2)], "/ab", 2),
    "no back end": ([rule(backendRefs=[])], "/a", "RRR"),
    "a redirect": ([rule(filters=[{"type": "RequestRedirect", "requestRedirect": {}}])], "/a", "DDD"),
    "an extension": ([rule(filters=[{"type": "ExtensionRef", "extensionRef": {}}])], "/a", "???"),
    "external authorization": ([rule(filters=[{"type": "ExternalAuth"}])], "/a", "???"),
    "a back end of another namespace": (
        [rule(backendRefs=[{"name": "a", "namespace": "x", "port": 1}])],
        "/a",
        "???",
    ),
    "an unknown field": ([rule(guard={})], "/a", "???"),
}


@pytest.mark.parametrize("name", RULES)
def test_precedence_of_rules(name: str, tmp_path: Path) -> None:
    """The port of the back end tells which rule was taken."""
    rules, target, expected = RULES[name]
    found = read(tmp_path, api_gateway(), http_route(*rules))
    if isinstance(expected, str):
        assert letters(found, target) == expected
        return
    for decision in decided(found, found.entries[0], target, headers={"x-a": "1"}).values():
        assert decision.upstream == {f"shop.shop:{expected}"}


ATTACHED: dict[str, tuple[list[Object], str | None]] = {
    "same namespace": ([api_gateway(), http_route()], "FFF"),
    "another namespace": (
        [api_gateway(), http_route(namespace="x", parentRefs=[{"name": "front", "namespace": "shop"}])],
        None,
    ),
    "all namespaces": (
        [
            api_gateway(listener(allowedRoutes={"namespaces": {"from": "All"}})),
            http_route(namespace="x", parentRefs=[{"name": "front", "namespace": "shop"}]),
        ],
        "FFF",
    ),
    "selected namespaces that are not known": (
        [
            api_gateway(
                listener(
                    allowedRoutes={
                        "namespaces": {"from": "Selector", "selector": {"matchLabels": {"edge": "y"}}}
                    }
                )
            ),
            http_route(),
        ],
        "???",
    ),
    "another section": (
        [api_gateway(), http_route(parentRefs=[{"name": "front", "sectionName": "x"}])],
        None,
    ),
    "another gateway": ([api_gateway(), http_route(parentRefs=[{"name": "x"}])], None),
    "another host": ([api_gateway(), http_route(hostnames=["b.example"])], None),
    "no host": ([api_gateway(), http_route(hostnames=[])], "FFF"),
    "two routes of one rank": ([api_gateway(), http_route(), http_route(name="two")], "???"),
    "a policy of another product": (
        [
            api_gateway(),
            http_route(),
            {
                "apiVersion": "acme.io/v1",
                "kind": "ClientPolicy",
                "metadata": {"name": "a", "namespace": "shop"},
                "spec": {"targetRef": {"kind": "Gateway", "name": "front"}},
            },
        ],
        "???",
    ),
    "a policy of another product for the route": (
        [
            api_gateway(),
            http_route(),
            {
                "apiVersion": "acme.io/v1",
                "kind": "AuthPolicy",
                "metadata": {"name": "a", "namespace": "shop"},
                "spec": {"targetRefs": [{"kind": "HTTPRoute", "name": "shop"}]},
            },
        ],
        "???",
    ),
}


@pytest.mark.parametrize("name", ATTACHED)
def test_attachment_of_routes(name: str, tmp_path: Path) -> None:
    """ParentRefs, hostnames, allowedRoutes."""
    resources, expected = ATTACHED[name]
    found = read(tmp_path, *resources)
    assert (letters(found) if found.entries else None) == expected


def test_paths_are_not_normalised_by_the_specification(tmp_path: Path) -> None:
    """What a gateway does with another spelling is not known, unless Istio implements it."""
    for name, expected in (("acme", "???"), ("istio", "FFF")):
        assert letters(read(tmp_path, api_gateway(of=name), http_route()), "/x/../a") == expected


OPTIONAL = {"options": {"gateway.istio.io/tls-terminate-mode": "OPTIONAL_MUTUAL"}}
TARGETS: dict[str, tuple[Object, str, str]] = {
    # AuthorizationPolicy, targetRefs: gateways of Istio's class only.
    "the gateway": ({"targetRefs": [{"kind": "Gateway", "name": "front"}]}, "istio", "RRT"),
    "another gateway": ({"targetRefs": [{"kind": "Gateway", "name": "x"}]}, "istio", "FFT"),
    "a service": ({"targetRefs": [{"kind": "Service", "name": "shop"}]}, "istio", "??T"),
    "the pods that Istio makes": (
        {"selector": {"matchLabels": {"gateway.networking.k8s.io/gateway-name": "front"}}},
        "istio",
        "RRT",
    ),
    "pods with another label": ({"selector": {"matchLabels": {"istio": "ingressgateway"}}}, "istio", "FFT"),
    "a label of Istio's own": ({"selector": {"matchLabels": {"istio.io/x": "y"}}}, "istio", "??T"),
    "a class that may be of Istio": ({"targetRefs": [{"kind": "Gateway", "name": "front"}]}, "acme", "??T"),
}


@pytest.mark.parametrize("name", TARGETS)
def test_policies_of_istio_for_a_gateway(name: str, tmp_path: Path) -> None:
    """An empty policy refuses every request."""
    spec, of, expected = TARGETS[name]
    resource = api_gateway(listener(OPTIONAL), of=of)
    assert letters(read(tmp_path, resource, http_route(), policy(spec, "shop"))) == expected
