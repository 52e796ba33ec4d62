"""The readers of specdrift, each as a function of bytes. None contacts a host."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from specdrift import reports
from specdrift.body.content import content_of
from specdrift.body.denial import says_no
from specdrift.body.shape import shape_of
from specdrift.body.values import values_of
from specdrift.config import ConfigAccess, Use
from specdrift.config import read as read_configuration
from specdrift.crawler.http.http1 import Http1
from specdrift.crawler.http.http2 import Http2
from specdrift.crawler.http.sans_io import HttpConnection, RawRequest
from specdrift.crawler.tls.distinguished_name import rfc4514
from specdrift.differ.baseline_file import read as read_baseline
from specdrift.errors import SpecdriftError
from specdrift.fleet.history.joining import join
from specdrift.fleet.inventory.inventory import read as read_inventory
from specdrift.loader import load
from specdrift.model.contract.contract import Contract
from specdrift.pki.discovery import discover_credentials
from specdrift.pki.inspection.inspecting import inspection_of
from specdrift.result.schema.probes import PROBE
from specdrift.scan.conclusion.recording import rejudge
from specdrift.scan.execution.checkpoint import MARK
from specdrift.scan.execution.checkpoint_file import CheckpointLines
from specdrift.settings import Identity, LoaderSettings
from specdrift.source import SourceQuery
from specdrift.source import read as read_source
from specdrift.source.apache import apache_gateway
from specdrift.source.caddy import caddy_gateway
from specdrift.source.envoy import envoy_gateway
from specdrift.source.gateway.join.gateway_join import join as join_gateways
from specdrift.source.gateway.views import ReadGateway
from specdrift.source.haproxy import haproxy_gateway
from specdrift.source.kong import kong_gateway
from specdrift.source.kubernetes import kubernetes_gateway
from specdrift.source.nginx import nginx_gateway
from specdrift.source.protocol import Gateway
from specdrift.source.traefik import traefik_gateway
from specdrift.traffic.importer import import_traffic

SHOP = Path(__file__).resolve().parents[2] / "examples/gateway"
FOLDER = Path(tempfile.mkdtemp(prefix="specdrift-fuzz-"))
MANIFEST = b'[package]\nname = "fuzz"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\naxum = "0.8"\n'
REQUEST = RawRequest(method="GET", target=b"/", headers=[(b"Host", b"h")])
PIECE = 1000
"""Bytes that arrive at once."""


def written(name: str, content: bytes) -> Path:
    """Write a file in a folder of this process."""
    file = FOLDER / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def document(content: bytes) -> None:
    """Load a document with everything that may be read of it."""
    written("openapi.yaml", content)
    load("openapi.yaml", LoaderSettings(validate=False), cwd=FOLDER, inputs=True)


def result(content: bytes) -> None:
    """Read a result and write it in two formats that quote most of it."""
    read = reports.read(content)
    for form in ("text", "markdown", "json", "sarif"):
        reports.render(read, form)


def recording(content: bytes) -> None:
    """Judge a recording."""
    rejudge(written("recording.json", content))


def checkpoint(content: bytes) -> None:
    """Read the lines of a checkpoint, and its exchanges."""
    file = written("run.jsonl", content)
    with file.open("r+b") as opened:
        lines = CheckpointLines.of(opened, path=file, mark=MARK)
    for line in lines.rest:
        if "exchange" in line:
            PROBE.load(line["exchange"])


def baseline(content: bytes) -> None:
    """Read a baseline, finished or not."""
    read_baseline(content, source="x", unfinished=True)


def conversation(make: Callable[[], HttpConnection]) -> Callable[[bytes], None]:
    """Return a reader of what a server sends on one connection."""

    async def talk(content: bytes) -> None:
        connection, at = make(), 0

        async def receive() -> bytes:
            nonlocal at
            piece, at = content[at : at + PIECE], at + PIECE
            return piece

        async def send(_: bytes) -> None:
            return None

        for _ in range(3):
            connection.encode(REQUEST)
            await connection.read_response(receive, send)
            if not connection.start_next_cycle():
                return

    return lambda content: asyncio.run(talk(content))


def body(content: bytes) -> None:
    """Find shape, values and denials of a body. Its first line is the media type and the content encoding."""
    head, _, rest = content.partition(b"\n")
    media_type, _, encoding = head.decode("latin-1").partition(" ")
    headers = (("content-type", media_type), ("content-encoding", encoding))
    decoded = content_of(rest, headers)
    shape_of(decoded, headers, "/x")
    values_of(decoded, headers)
    says_no(rest.decode("latin-1"))


def traffic(content: bytes) -> None:
    """Import a file of traffic."""
    import_traffic(content, name="x", folder=FOLDER)


def configuration(content: bytes) -> None:
    """Read a configuration that was found, and one that is trusted; no command runs."""
    folder = written("configured/specdrift.toml", content).parent
    for use in (Use.READ, Use.INSPECT):
        with contextlib.suppress(SpecdriftError):
            read_configuration(cwd=folder, environ={}, access=ConfigAccess(use=use))
    read_configuration(config=folder / "specdrift.toml", cwd=folder, environ={})


def inventory(content: bytes) -> None:
    """Read the inventory of a fleet."""
    file = written("fleet/specdrift-fleet.toml", content)
    read_inventory(file, cwd=file.parent, trusts=lambda _, __: False)


def shard(content: bytes) -> None:
    """Join a fleet.json with one of another shard. Each has its history, so that no run builds on the last."""
    folder = FOLDER / "shards"
    shutil.rmtree(folder, ignore_errors=True)
    first = written("shards/1/fleet.json", content)
    other = written("shards/2/fleet.json", content.replace(b"[1, 2]", b"[2, 2]"))
    join([first, other], output=folder / "joined", history=folder / "history.db", locate=str)


def overlay(content: bytes) -> None:
    """Apply an overlay to a document."""
    written("plain.yaml", b"openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {}}}\n")
    written("overlay.yaml", content)
    load(
        "plain.yaml",
        LoaderSettings(validate=False, overlays=("overlay.yaml",)),
        cwd=FOLDER,
        inputs=True,
    )


def credential(content: bytes) -> None:
    """Read certificates, keys and archives, configured and found."""
    file = written("keys/client.pem", content)
    now = datetime.now(tz=UTC)
    discover_credentials(FOLDER / "keys", now=now)
    inspection_of(Identity(name="i", cert_file=file, key_file=file), now=now)


def names(content: bytes) -> None:
    """Read a name that a server sends in a CertificateRequest."""
    rfc4514(content)


def source(content: bytes) -> None:
    """Read the routes of a service whose only file this is."""
    written("crate/Cargo.toml", MANIFEST)
    written("crate/src/main.rs", content)
    read_source(SourceQuery(folder=FOLDER / "crate"))


@cache
def _promised() -> Contract:
    """Return a document whose operations the gateways of the seeds serve."""
    return load("openapi.yaml", LoaderSettings(), cwd=SHOP)


def gateway(adapter: Gateway, name: str) -> Callable[[bytes], None]:
    """Return a reader of a configuration that decides the operations of a document with it."""

    def decide(content: bytes) -> None:
        file = written(f"{adapter.name}/{name}", content)
        if adapter.recognises(file):
            read = ReadGateway(name="g", gateway=adapter.name, configuration=adapter.read(file))
            join_gateways(_promised(), [read], None)

    return decide


TRAEFIK = b"entryPoints: {p-t: {address: ':443'}, p-p: {address: ':80'}}\nproviders: {file: {filename: dynamic.yml}}\n"
"""Entry points of the configurations that are drawn."""


def traefik(content: bytes) -> None:
    """Read dynamic configuration beside a static one."""
    written("traefik/traefik.yml", TRAEFIK)
    gateway(traefik_gateway.GATEWAY, "dynamic.yml")(content)


CLUSTER = b"entryPoints: {p-t: {address: ':443'}, p-p: {address: ':80'}}\nproviders: {kubernetesCRD: {}}\n"


def traefik_resources(content: bytes) -> None:
    """Read resources of Kubernetes beside a static configuration."""
    written("traefik/resources/traefik.yml", CLUSTER)
    gateway(traefik_gateway.GATEWAY, "resources/cluster.yaml")(content)


READERS: dict[str, Callable[[bytes], None]] = {
    "document": document,
    "result": result,
    "recording": recording,
    "checkpoint": checkpoint,
    "baseline": baseline,
    "http1": conversation(Http1),
    "http2": conversation(Http2),
    "body": body,
    "traffic": traffic,
    "source": source,
    "nginx": gateway(nginx_gateway.GATEWAY, "nginx.conf"),
    "envoy": gateway(envoy_gateway.GATEWAY, "envoy.yaml"),
    "caddy": gateway(caddy_gateway.GATEWAY, "caddy.json"),
    "apache": gateway(apache_gateway.GATEWAY, "httpd.conf"),
    "haproxy": gateway(haproxy_gateway.GATEWAY, "haproxy.cfg"),
    "traefik": traefik,
    "traefik-resources": traefik_resources,
    "kong": gateway(kong_gateway.GATEWAY, "kong.json"),
    "mesh": gateway(kubernetes_gateway.GATEWAY, "mesh.yaml"),
    "configuration": configuration,
    "inventory": inventory,
    "shard": shard,
    "overlay": overlay,
    "credential": credential,
    "names": names,
}


def json_lines(*values: object) -> bytes:
    """Write values as lines of JSON."""
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)
