"""Filter chains that differ by the port of the connection, as before the sidecars of Istio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.source.envoy.envoy_gateway import Envoy
from specdrift.source.gateway.exchange import GatewayRequest
from tests.servers.envoy.launch import BINARY
from tests.servers.pki import make_pki
from tests.source.gateways.comparing import free_ports
from tests.source.gateways.envoy_programs import HTTP, NETWORK
from tests.source.gateways.envoy_runner import running, send
from tests.source.gateways.mesh.translation import TLS

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.source.gateway.exchange import GatewayConfiguration

Node = dict[str, Any]
MEASURING: list[Node] = [
    {"name": "istio.stats", "typed_config": {"@type": "type.googleapis.com/stats.PluginConfig"}},
    {
        "name": "istio.metadata",
        "typed_config": {"@type": "type.googleapis.com/io.istio.http.peer_metadata.Config"},
    },
]


def chain(status: int, *, tls: bool = False, measures: bool = False, **match: object) -> Node:
    """Return a filter chain that answers a status."""
    route = {"match": {"prefix": "/"}, "direct_response": {"status": status}}
    router = {"name": "router", "typed_config": {"@type": f"{HTTP}.router.v3.Router"}}
    manager = {
        "@type": f"{NETWORK}.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "s",
        "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [route]}]},
        "http_filters": [*(MEASURING if measures else []), router],
    }
    found: Node = {"filter_chain_match": match, "filters": [{"name": "http", "typed_config": manager}]}
    if tls:
        context = {"validation_context": {"trusted_ca": {"filename": "ca.pem"}}}
        secure = {"@type": TLS, "require_client_certificate": True, "common_tls_context": context}
        found["transport_socket"] = {"name": "tls", "typed_config": secure}
    return found


def written(folder: Path, port: int, chains: list[Node], **more: object) -> Path:
    """Write a bootstrap file with one listener."""
    socket = {"address": "127.0.0.1", "port_value": port}
    listener = {"name": "l", "address": {"socket_address": socket}, "filter_chains": chains, **more}
    file = folder / "envoy.yaml"
    file.write_text(yaml.safe_dump({"static_resources": {"listeners": [listener]}}), encoding="utf-8")
    return file


def outcomes(configuration: GatewayConfiguration) -> dict[int, str]:
    """Return what each caller gets at each port."""
    return {
        entry.port: " ".join(
            configuration.decide(
                GatewayRequest(entry=entry, caller=caller, method="GET", target="/")
            ).passage.value
            for caller in GatewayCaller
        )
        for entry in configuration.entries
    }


INBOUND = 15006
STRICT, OPEN = "refused-in-tls answered refused-in-tls", "answered answered answered"


def test_chains_of_a_sidecar_differ_by_port(tmp_path: Path) -> None:
    """Those to other ports are listed, and nothing else is."""
    secure = chain(200, tls=True, measures=True, destination_port=8080, transport_protocol="tls")
    chains = [secure, chain(200, measures=True, destination_port=9090), chain(200, transport_protocol="tls")]
    found = Envoy().read(written(tmp_path, INBOUND, chains, use_original_dst=True))
    assert outcomes(found) == {8080: STRICT, 9090: OPEN}
    assert [(one.what, one.kind.value) for one in found.unresolved] == [
        ("a filter chain for connections to other ports", "unreached")
    ]


def test_a_permissive_sidecar_has_two_chains_of_one_port(tmp_path: Path) -> None:
    """One requires a certificate, and one has no TLS."""
    secure = chain(200, tls=True, destination_port=8080, transport_protocol="tls")
    plain = chain(200, destination_port=8080, transport_protocol="raw_buffer")
    found = Envoy().read(written(tmp_path, INBOUND, [secure, plain], use_original_dst=True))
    assert [(entry.port, entry.kind.value) for entry in found.entries] == [(8080, "tls"), (8080, "plaintext")]
    assert found.unresolved == ()


@pytest.mark.servers
@pytest.mark.skipif(not BINARY.exists(), reason="Envoy is not installed")
@pytest.mark.parametrize("own", [True, False])
def test_envoy_prefers_the_chain_of_the_port(tmp_path: Path, *, own: bool) -> None:
    """Of its own port; one for another port is never reached."""
    (port,) = free_ports(1)
    file = written(tmp_path, port, [chain(201), chain(202, destination_port=port if own else port - 1)])
    configuration = Envoy().read(file)
    (entry,) = configuration.entries
    request = GatewayRequest(entry=entry, caller=GatewayCaller.ANONYMOUS, method="GET", target="/")
    decision = configuration.decide(request)
    assert decision.passage is Passage.ANSWERED
    with running(file, [port]):
        status, *_ = send(request, "a.example", "a.example", make_pki(tmp_path / "pki"))
    assert status == str(decision.status) == ("202" if own else "201")
