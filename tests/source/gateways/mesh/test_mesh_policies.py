"""What AuthorizationPolicy does, as Istio's documentation says.

A case has three letters, for clients without a certificate, with a valid one and with one of another CA: F forwarded,
T refused in TLS, R refused, D redirected, A answered, ? not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.gateways.mesh.meshes import (
    Object,
    gateway,
    istio,
    letters,
    mutual,
    policy,
    read,
    routes,
    server,
)

if TYPE_CHECKING:
    from pathlib import Path

ALLOWED = {"from": [{"source": {"principals": ["*"]}}]}
NAMED = {"from": [{"source": {"principals": ["example.com/alice"]}}]}
WITHOUT = {"from": [{"source": {"notPrincipals": ["*"]}}]}
SECURE = {"to": [{"operation": {"paths": ["/secure*"]}}]}
POLICIES: dict[str, tuple[list[Object], str, str]] = {
    # AuthorizationPolicy: an empty one allows nothing; a rule without conditions allows all.
    "empty": ([{}], "/secure", "RRR"),
    "one empty rule": ([{"rules": [{}]}], "/secure", "FFF"),
    "DENY without rules": ([{"action": "DENY"}], "/secure", "FFF"),
    "DENY with an empty rule": ([{"action": "DENY", "rules": [{}]}], "/secure", "RRR"),
    # Principals need a certificate; their names are not compared with that of the caller.
    "any principal": ([{"rules": [ALLOWED]}], "/secure", "RFR"),
    "a principal": ([{"rules": [NAMED]}], "/secure", "RFR"),
    "DENY without a principal": ([{"action": "DENY", "rules": [WITHOUT]}], "/secure", "RFR"),
    "DENY of one principal": ([{"action": "DENY", "rules": [NAMED]}], "/secure", "FFF"),
    "ALLOW of one, DENY of another": (
        [
            {"rules": [NAMED]},
            {"action": "DENY", "rules": [{"from": [{"source": {"principals": ["example.com/eve"]}}]}]},
        ],
        "/secure",
        "RFR",
    ),
    "a namespace": ([{"rules": [{"from": [{"source": {"namespaces": ["shop"]}}]}]}], "/secure", "RFR"),
    "a principal as a condition": (
        [{"rules": [{"when": [{"key": "source.principal", "values": ["*"]}]}]}],
        "/secure",
        "RFR",
    ),
    "no principal as a condition": (
        [{"action": "DENY", "rules": [{"when": [{"key": "source.principal", "notValues": ["*"]}]}]}],
        "/secure",
        "RFR",
    ),
    # DENY comes before ALLOW.
    "DENY before ALLOW": ([{"rules": [{}]}, {"action": "DENY", "rules": [SECURE]}], "/secure", "RRR"),
    "ALLOW of another path": ([{"rules": [SECURE]}], "/public", "RRR"),
    "one of two ALLOW": ([{"rules": [SECURE]}, {"rules": [ALLOWED]}], "/public", "RFR"),
    # Sources, operations and conditions of a rule must all match; of each, one.
    "path and principal": ([{"rules": [{**SECURE, **ALLOWED}]}], "/secure", "RFR"),
    "path or principal": ([{"rules": [SECURE, ALLOWED]}], "/secure", "FFF"),
    # Exact, prefix, suffix, presence, templates.
    "exact path": ([{"rules": [{"to": [{"operation": {"paths": ["/a"]}}]}]}], "/a/b", "RRR"),
    "suffix": ([{"rules": [{"to": [{"operation": {"paths": ["*.html"]}}]}]}], "/a/b.html", "FFF"),
    "one segment": ([{"rules": [{"to": [{"operation": {"paths": ["/a/{*}/c"]}}]}]}], "/a/b/c", "FFF"),
    "not two segments": ([{"rules": [{"to": [{"operation": {"paths": ["/a/{*}/c"]}}]}]}], "/a/b/b/c", "RRR"),
    "segments": ([{"rules": [{"to": [{"operation": {"paths": ["/a/{**}"]}}]}]}], "/a/b/c", "FFF"),
    "a path without its query": ([{"rules": [{"to": [{"operation": {"paths": ["/a"]}}]}]}], "/a?x=1", "FFF"),
    "all but a path": (
        [{"action": "DENY", "rules": [{**WITHOUT, "to": [{"operation": {"notPaths": ["/public"]}}]}]}],
        "/secure",
        "RFR",
    ),
    "the path that is left out": (
        [{"action": "DENY", "rules": [{**WITHOUT, "to": [{"operation": {"notPaths": ["/public"]}}]}]}],
        "/public",
        "FFF",
    ),
    "another method": ([{"rules": [{"to": [{"operation": {"methods": ["POST"]}}]}]}], "/a", "RRR"),
    "host": ([{"rules": [{"to": [{"operation": {"hosts": ["API.example"]}}]}]}], "/a", "FFF"),
    "another host": ([{"rules": [{"to": [{"operation": {"notHosts": ["*.example"]}}]}]}], "/a", "RRR"),
    # Paths are normalised before policies see them (BASE).
    "a dot segment": ([{"action": "DENY", "rules": [SECURE]}], "/x/../secure", "RRR"),
    "an escaped letter": ([{"action": "DENY", "rules": [SECURE]}], "/%73ecure", "RRR"),
    "slashes are not merged": ([{"action": "DENY", "rules": [SECURE]}], "//secure", "FFF"),
    # What is not evaluated is never a guard, and what surely refuses decides first.
    "AUDIT": ([{"action": "AUDIT", "rules": [{}]}], "/secure", "FFF"),
    "CUSTOM": ([{"action": "CUSTOM", "provider": {"name": "x"}, "rules": [{}]}], "/secure", "???"),
    "CUSTOM of another path": (
        [{"action": "CUSTOM", "provider": {"name": "x"}, "rules": [SECURE]}],
        "/public",
        "FFF",
    ),
    "CUSTOM and DENY": (
        [{"action": "CUSTOM", "provider": {"name": "x"}, "rules": [{}]}, {"action": "DENY", "rules": [{}]}],
        "/secure",
        "RRR",
    ),
    "a token": ([{"rules": [{"from": [{"source": {"requestPrincipals": ["*"]}}]}]}], "/a", "???"),
    "addresses": ([{"rules": [{"from": [{"source": {"ipBlocks": ["10.0.0.0/8"]}}]}]}], "/a", "???"),
    "an unknown condition": ([{"rules": [{"when": [{"key": "x.y", "values": ["z"]}]}]}], "/a", "???"),
    "an unknown field": ([{"rules": [{"to": [{"operation": {"verbs": ["GET"]}}]}]}], "/a", "???"),
    "an unknown action": ([{"action": "REFUSE", "rules": [{}]}], "/a", "???"),
    "an unknown member": ([{"rules": [{"unless": []}]}], "/a", "???"),
    "a port of the pods": ([{"rules": [{"to": [{"operation": {"ports": ["443"]}}]}]}], "/a", "???"),
}
IN_PLAINTEXT = gateway(server(None, port=80, protocol="HTTP"))


@pytest.mark.parametrize("name", POLICIES)
def test_policies_of_a_gateway(name: str, tmp_path: Path) -> None:
    """Certificates are optional. Those of another CA fail in the handshake, where a request gets that far."""
    specs, target, expected = POLICIES[name]
    policies = [policy(spec, name=f"p{number}") for number, spec in enumerate(specs)]
    found = read(tmp_path, mutual("OPTIONAL_MUTUAL"), routes(), *policies)
    unknown = expected == "???"
    assert letters(found, target) == (f"{expected[:2]}T" if not unknown else "??T")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "RRT"),
        ({"annotations": {"istio.io/dry-run": "true"}}, "FFT"),
        ({"annotations": {"istio.io/dry-run": "false"}}, "RRT"),
    ],
)
def test_a_policy_may_only_be_tried(more: Object, expected: str, tmp_path: Path) -> None:
    """Annotation istio.io/dry-run."""
    assert letters(read(tmp_path, mutual("OPTIONAL_MUTUAL"), routes(), policy({}, **more))) == expected


SELECTED = {"selector": {"matchLabels": {"istio": "ingressgateway"}}}
SCOPES: dict[str, tuple[Object, str]] = {
    "the root namespace": (policy({}), "RRT"),
    "a label of the gateway": (policy(SELECTED), "RRT"),
    "another value": (policy({"selector": {"matchLabels": {"istio": "egress"}}}), "FFT"),
    "a label that is not known": (policy({"selector": {"matchLabels": {"tier": "edge"}}}), "??T"),
    "a namespace that may be that of the pods": (policy(SELECTED, "shop"), "??T"),
    "another gateway": (
        policy({"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "x"}]}),
        "FFT",
    ),
}


@pytest.mark.parametrize("name", SCOPES)
def test_where_policies_apply(name: str, tmp_path: Path) -> None:
    """A selector that cannot be matched makes nothing guarded."""
    found, expected = SCOPES[name]
    assert letters(read(tmp_path, mutual("OPTIONAL_MUTUAL"), routes(), found)) == expected


FILTER = {"applyTo": "HTTP_FILTER", "patch": {"operation": "INSERT_BEFORE"}}
INTERFERING: dict[str, tuple[Object, str]] = {
    "a filter": (istio("EnvoyFilter", "e", {"configPatches": [FILTER]}, "istio-system"), "T?T"),
    "a listener": (
        istio("EnvoyFilter", "e", {"configPatches": [{"applyTo": "FILTER_CHAIN"}]}, "istio-system"),
        "???",
    ),
    "another workload": (
        istio(
            "EnvoyFilter", "e", {"workloadSelector": {"labels": {"istio": "x"}}, "configPatches": [FILTER]}
        ),
        "TFT",
    ),
    "a plugin": (
        {
            "apiVersion": "extensions.istio.io/v1alpha1",
            "kind": "WasmPlugin",
            "metadata": {"name": "w", "namespace": "istio-system"},
            "spec": {},
        },
        "T?T",
    ),
}


@pytest.mark.parametrize("name", INTERFERING)
def test_extensions_are_not_evaluated(name: str, tmp_path: Path) -> None:
    """They are listed. A filter that is added cannot undo the handshake."""
    resource, expected = INTERFERING[name]
    found = read(tmp_path, mutual(), routes(), resource)
    assert letters(found) == expected
    assert resource["kind"] in {one.what.partition(" ")[0] for one in found.unresolved}
