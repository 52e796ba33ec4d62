"""Values of another type than the API asks for make nothing guarded: the API server refuses such a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.gateways.mesh.meshes import (
    Object,
    api_gateway,
    http_route,
    istio,
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

OPEN = (mutual("OPTIONAL_MUTUAL"), routes())
ANSWER: Object = {"directResponse": {"status": 403}}
STRICT = peer("STRICT", "istio-system")


def of_policy(spec: object) -> tuple[Object, ...]:
    """Return a policy in front of a service that is open without it."""
    return (*OPEN, policy(spec))


def of_validation(validation: object) -> tuple[Object, ...]:
    """Return a gateway with a client validation."""
    return (api_gateway(frontend={"default": {"validation": validation}}), http_route())


CASES: dict[str, tuple[Object, ...]] = {
    "a list of specs": of_policy([]),
    "rules in words": of_policy({"rules": "none"}),
    "rules by name": of_policy({"rules": {"a": {}}}),
    "a rule in words": of_policy({"action": "DENY", "rules": ["all"]}),
    "no rule": of_policy({"action": "DENY", "rules": [None]}),
    "an action with members": of_policy({"action": {"ALLOW": True}}),
    "a source in words": of_policy({"action": "DENY", "rules": [{"from": "anywhere"}]}),
    "sources in words": of_policy({"action": "DENY", "rules": [{"from": ["anywhere"]}]}),
    "conditions by name": of_policy({"action": "DENY", "rules": [{"when": {"a": "b"}}]}),
    "paths in words": of_policy({"action": "DENY", "rules": [{"to": [{"operation": {"notPaths": "/a"}}]}]}),
    "a selector in words": of_policy({"selector": "istio"}),
    "labels in words": of_policy({"selector": {"matchLabels": "istio"}}),
    "targets by name": of_policy({"targetRefs": {"kind": "Gateway"}}),
    "a match in words": (
        mutual("SIMPLE"),
        routes({"match": "/secure", **ANSWER}, {"route": [{"destination": {"host": "shop"}}]}),
    ),
    "matches in words": (
        mutual("SIMPLE"),
        routes({"match": ["/secure"], **ANSWER}, {"route": [{"destination": {"host": "shop"}}]}),
    ),
    "a mode in members": (*service(), STRICT, peer(None, mtls={"mode": {"PERMISSIVE": True}})),
    "mutual TLS in words": (*service(), STRICT, peer(None, mtls="PERMISSIVE")),
    "ports in words": (*service(), STRICT, peer("STRICT", portLevelMtls="8080")),
    "a CA without a name": of_validation({"caCertificateRefs": [{}]}),
    "CAs in words": of_validation({"caCertificateRefs": "ca"}),
    "validation in words": of_validation("required"),
    "a validation mode in members": of_validation(
        {"mode": {"AllowInsecureFallback": True}, "caCertificateRefs": [{"name": "ca"}]}
    ),
    "mutual TLS without a CA": (
        istio(
            "Gateway",
            "front",
            {
                "selector": {"istio": "ingressgateway"},
                "servers": [
                    {
                        "port": {"number": 443, "protocol": "HTTPS"},
                        "hosts": ["*"],
                        "tls": {"mode": "MUTUAL", "serverCertificate": "a", "privateKey": "b"},
                    }
                ],
            },
            "istio-system",
        ),
        routes(),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_value_of_another_type_guards_nothing(name: str, tmp_path: Path) -> None:
    """What it would do is not known."""
    found = read(tmp_path, *CASES[name])
    assert letters(found)[0] in "?F"
