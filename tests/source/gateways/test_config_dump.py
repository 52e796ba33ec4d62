"""What a running Envoy returns at ``/config_dump`` is read as its files are, with all that it fetched."""

from __future__ import annotations

import copy
import json
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from specdrift.errors import UsageError
from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.source import read_gateway
from specdrift.source.envoy.envoy_gateway import MOST_NAMES
from specdrift.source.gateway.exchange import GatewayRequest
from tests.servers.cases import case_named
from tests.servers.envoy.launch import BINARY, QUIET
from tests.servers.oracle import documented
from tests.servers.process import configured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.source.gateway.exchange import GatewayConfiguration
    from tests.servers.oracle import DocumentedGet
    from tests.servers.pki import TestPki

CASES = ("envoy-required", "envoy-optional-unguarded", "envoy-rbac-certificate", "envoy-required-without-ca")
API = "type.googleapis.com/envoy"


def fetched(static: dict[str, Any], folder: Path, port: int) -> dict[str, Any]:
    """Move the listener, its routes and its validation context into files that Envoy watches; return the bootstrap."""

    def from_file(name: str, kind: str, resource: dict[str, Any]) -> dict[str, Any]:
        file = folder / f"{name}.yaml"
        file.write_text(
            yaml.safe_dump({"resources": [{"@type": f"{API}.{kind}", **resource}]}), encoding="utf-8"
        )
        return {"path_config_source": {"path": str(file)}, "resource_api_version": "V3"}

    (listener,) = static.pop("listeners")
    (chain,) = listener["filter_chains"]
    manager = chain["filters"][0]["typed_config"]
    routes = {"name": "api-routes", **manager.pop("route_config")}
    source = from_file("rds", "config.route.v3.RouteConfiguration", routes)
    manager["rds"] = {"route_config_name": "api-routes", "config_source": source}
    common = chain["transport_socket"]["typed_config"]["common_tls_context"]
    secret = {"name": "clients", "validation_context": common.pop("validation_context")}
    source = from_file("sds", "extensions.transport_sockets.tls.v3.Secret", secret)
    common["combined_validation_context"] = {
        "default_validation_context": {},
        "validation_context_sds_secret_config": {"name": "clients", "sds_config": source},
    }
    listener["address"]["socket_address"]["port_value"] = port
    source = from_file("lds", "config.listener.v3.Listener", listener)
    return {
        "node": {"id": "one", "cluster": "one"},
        "static_resources": static,
        "dynamic_resources": {"lds_config": source},
    }


@contextmanager
def dumped(written: Path, folder: Path, pki: TestPki) -> Iterator[Path]:
    """Run a configuration whose parts are fetched, and yield its dump."""
    admin = folder / "admin-address"

    def configure(port: int) -> list[str]:
        bootstrap = fetched(
            yaml.safe_load(written.read_text(encoding="utf-8"))["static_resources"], folder, port
        )
        bootstrap["admin"] = {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}}
        file = folder / "bootstrap.yaml"
        file.write_text(yaml.safe_dump(bootstrap), encoding="utf-8")
        return [str(BINARY), *QUIET, "--admin-address-path", str(admin), "-c", str(file)]

    with configured(configure, workdir=folder, server_ca=pki.server_ca):
        deadline = time.monotonic() + 20
        while not admin.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        url = f"http://{admin.read_text(encoding='utf-8').strip()}/config_dump"
        with urllib.request.urlopen(url, timeout=10) as answer:
            dump = folder / "config_dump.json"
            dump.write_bytes(answer.read())
        yield dump


def passages(
    configuration: GatewayConfiguration, operations: list[DocumentedGet]
) -> list[tuple[str, GatewayCaller, Passage]]:
    """Return what becomes of each operation for each caller."""
    (entry,) = configuration.entries
    return [
        (one.path, caller, configuration.decide(request).passage)
        for one in operations
        for caller in GatewayCaller
        for request in [GatewayRequest(entry=entry, caller=caller, method="GET", target=one.path)]
    ]


@pytest.mark.servers
@pytest.mark.skipif(not BINARY.exists(), reason="Envoy is not installed")
@pytest.mark.parametrize("name", CASES)
def test_a_dump_says_what_the_files_say(name: str, pki: TestPki, tmp_path: Path) -> None:
    """Listener, routes and validation context are fetched, and stand in the dump by their names.

    What the files say is compared with the running server in ``test_servers``.
    """
    case, folder = case_named(name), tmp_path / "dumped"
    folder.mkdir()
    with case.start(pki, tmp_path):
        written = tmp_path / "envoy.yaml"
    stated = read_gateway(written).configuration
    with dumped(written, folder, pki) as dump:
        found = read_gateway(dump).configuration
        fetching = read_gateway(folder / "bootstrap.yaml").configuration
    assert found.unresolved == ()
    operations = list(documented(case))
    assert passages(found, operations) == passages(stated, operations)
    assert {one.what for one in fetching.unresolved} == {"resources that are fetched (lds_config)"}


LISTENER = {
    "address": {"socket_address": {"address": "127.0.0.1", "port_value": 8443}},
    "filter_chains": [
        {
            "transport_socket": {
                "typed_config": {
                    "@type": f"{API}.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                    "require_client_certificate": True,
                    "common_tls_context": {
                        "validation_context_sds_secret_config": {"name": "clients", "sds_config": {"ads": {}}}
                    },
                }
            },
            "filters": [
                {
                    "typed_config": {
                        "@type": f"{API}.extensions.filters.network.http_connection_manager.v3"
                        ".HttpConnectionManager",
                        "rds": {"route_config_name": "api"},
                    }
                }
            ],
        }
    ],
}
ROUTES = {
    "name": "api",
    "virtual_hosts": [
        {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "one"}}]}
    ],
}
CA = {
    "name": "clients",
    "secret": {"name": "clients", "validation_context": {"trusted_ca": {"filename": "a"}}},
}
OTHER_CA = {"name": "clients", "secret": {"name": "clients", "validation_context": {}}}


def dump_of(
    folder: Path,
    listeners: list[dict[str, Any]],
    routes: list[dict[str, Any]],
    secrets: list[dict[str, Any]],
) -> GatewayConfiguration:
    """Write a dump, and read it."""
    configs = [
        {"@type": f"{API}.admin.v3.ListenersConfigDump", "dynamic_listeners": listeners},
        {"@type": f"{API}.admin.v3.RoutesConfigDump", "dynamic_route_configs": routes},
        {"@type": f"{API}.admin.v3.SecretsConfigDump", "dynamic_active_secrets": secrets},
    ]
    file = folder / "config_dump.json"
    file.write_text(json.dumps({"configs": configs}, indent=1), encoding="utf-8")
    return read_gateway(folder).configuration


ACTIVE: dict[str, Any] = {"name": "api", "active_state": {"listener": LISTENER}}
KNOWN = {"route_config": ROUTES}


@pytest.mark.parametrize(
    ("listeners", "routes", "secrets", "unresolved", "anonymous"),
    [
        ([ACTIVE], [KNOWN], [CA], [], Passage.REFUSED_IN_TLS),
        ([ACTIVE], [KNOWN], [], ["a validation context that is fetched is not evaluated"], Passage.UNKNOWN),
        (
            [ACTIVE],
            [KNOWN],
            [CA, OTHER_CA],
            ["a validation context that is fetched is not evaluated"],
            Passage.UNKNOWN,
        ),
        ([ACTIVE], [], [CA], ["routes that are fetched"], None),
        (
            [{"name": "api", "warming_state": {"listener": LISTENER}}],
            [KNOWN],
            [CA],
            ["a listener that is not active yet"],
            None,
        ),
    ],
    ids=["whole", "without its secret", "two secrets of one name", "without its routes", "not active"],
)
def test_what_a_dump_does_not_show_is_listed(
    tmp_path: Path,
    listeners: list[dict[str, Any]],
    routes: list[dict[str, Any]],
    secrets: list[dict[str, Any]],
    unresolved: list[str],
    anonymous: Passage | None,
) -> None:
    """It is never taken for enforced."""
    found = dump_of(tmp_path, listeners, routes, secrets)
    assert [one.what for one in found.unresolved] == unresolved
    decided = [
        found.decide(
            GatewayRequest(entry=entry, caller=GatewayCaller.ANONYMOUS, method="GET", target="/a")
        ).passage
        for entry in found.entries
    ]
    assert decided == ([] if anonymous is None else [anonymous])


def test_a_dump_without_listeners_is_not_read_as_one(tmp_path: Path) -> None:
    """Such as one that was asked for its clusters only."""
    file = tmp_path / "config_dump.json"
    file.write_text(json.dumps({"configs": [{"@type": f"{API}.admin.v3.ClustersConfigDump"}]}))
    with pytest.raises(UsageError):
        read_gateway(file)


def test_listeners_that_share_routes_do_not_multiply_them(tmp_path: Path) -> None:
    """A dump of 130 kB had 10,000 virtual hosts of listeners, and one of 520 kB 160,000."""
    listeners = []
    for number in range(100):
        listener = copy.deepcopy(ACTIVE)
        listener["active_state"]["listener"]["address"]["socket_address"]["port_value"] = 1000 + number
        listeners.append(listener)
    hosts = [{"name": f"h{number}", "domains": [f"h{number}.test"]} for number in range(100)]
    found = dump_of(tmp_path, listeners, [{"route_config": {"name": "api", "virtual_hosts": hosts}}], [CA])
    assert len(found.entries) == MOST_NAMES
    assert [one.what for one in found.unresolved] == [f"more than {MOST_NAMES:,} names of virtual hosts"]
