"""Listeners behind a balancer that any client reaches: nginx and HAProxy, and Go without TLS."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from specdrift.settings import Identity, NetworkSettings, ServerSettings, Settings
from tests.scan.running import run
from tests.servers.cases import FOLDER
from tests.servers.harness import render
from tests.servers.process import SYSTEM_PATH, announced, configured, free_port
from tests.servers.proxied.launch import available, build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.servers
RULE = "proxy-protocol-trusted"
GUARDED = ["/items/{id}", "/secure"]
ANYBODY, BALANCER = "0.0.0.0/0", "127.0.0.2"
"""Whose header is read. No client of the tests has the balancer's address."""


@contextmanager
def served(
    program: str, file: str, options: list[str], values: dict[str, str], *, pki: TestPki, folder: Path
) -> Iterator[tuple[str, str]]:
    """Run a server with two listeners; yield the URLs of the target and of the other listener."""
    binary = shutil.which(program, path=SYSTEM_PATH)
    if binary is None:
        pytest.skip(f"{program} is not installed")
    inner, template = free_port(), (FOLDER / "proxied" / file).read_text(encoding="utf-8")
    pem = folder / "server.pem"
    pem.write_bytes(pki.server_cert.read_bytes() + pki.server_key.read_bytes())

    def configure(port: int) -> list[str]:
        marks = {
            **values,
            "PORT": str(port),
            "INNER": str(inner),
            "WORKDIR": str(folder),
            "SERVER_PEM": str(pem),
            "SERVER_CERT": str(pki.server_cert),
            "SERVER_KEY": str(pki.server_key),
            "CLIENT_CA": str(pki.client_ca),
        }
        (folder / file).write_text(render(template, marks), encoding="utf-8")
        return [binary, *options, str(folder / file)]

    with configured(configure, workdir=folder, server_ca=pki.server_ca) as running:
        yield running.base_url, f"https://127.0.0.1:{inner}"


def checked(target: str, listener: str, pki: TestPki) -> Result:
    """Check a target with one further listener."""
    alice = Identity(name="alice", cert_file=pki.alice.cert, key_file=pki.alice.key)
    return run(
        Settings(
            spec=str(FOLDER / "openapi.yaml"),
            base_url=target,
            server=ServerSettings(ca_file=pki.server_ca, listeners=(listener,)),
            identities=(alice,),
            network=NetworkSettings(retries=2),
        )
    )


def found(result: Result) -> list[tuple[str, str]]:
    """Return rule and path of each drift."""
    return sorted((drift.rule, drift.operation.path) for drift in result.drifts if drift.operation)


@pytest.mark.parametrize(("trusted", "paths"), [(ANYBODY, GUARDED), (BALANCER, [])])
def test_nginx_behind_a_balancer(trusted: str, paths: list[str], pki: TestPki, tmp_path: Path) -> None:
    """It reads the header of anybody; ``set_real_ip_from`` decides whether the address in it counts."""
    options = ["-p", str(tmp_path), "-e", "stderr", "-c"]
    with served("nginx", "nginx.conf", options, {"TRUSTED": trusted}, pki=pki, folder=tmp_path) as (
        target,
        listener,
    ):
        result = checked(target, listener, pki)
    assert found(result) == [(RULE, path) for path in paths]
    assert all(f"at {listener}" in drift.message for drift in result.drifts)
    assert {drift.reproduce.partition("--haproxy-clientip ")[2][:8] for drift in result.drifts} == (
        {"10.0.0.5"} if paths else set()
    )


@pytest.mark.parametrize(
    ("accepts", "paths"), [("accept-proxy", GUARDED), ("", [])], ids=["anybody", "the balancer"]
)
def test_haproxy_behind_a_balancer(accepts: str, paths: list[str], pki: TestPki, tmp_path: Path) -> None:
    """``accept-proxy`` takes the header of anybody, ``expect-proxy`` only of some addresses."""
    values = {"ACCEPTS": accepts, "TRUSTED": BALANCER}
    with served("haproxy", "haproxy.cfg", ["-db", "-f"], values, pki=pki, folder=tmp_path) as (
        target,
        listener,
    ):
        result = checked(target, listener, pki)
    assert found(result) == [(RULE, path) for path in paths]


@pytest.mark.skipif(available() is not None, reason=str(available()))
@pytest.mark.parametrize(("whose", "paths"), [("anyone", GUARDED), ("balancer", [])])
def test_a_listener_without_tls(whose: str, paths: list[str], pki: TestPki, tmp_path: Path) -> None:
    """The header comes before the request."""
    files = ("--cert", pki.server_cert, "--key", pki.server_key, "--client-ca", pki.client_ca)
    command = [str(build()), "--variant", f"networks-of-{whose}-plain", *map(str, files)]
    with announced(command, workdir=tmp_path) as server:
        port = re.search(r"^plain listener at (\d+)$", (tmp_path / "server.log").read_text(), re.MULTILINE)
        assert port
        result = checked(server.base_url, f"http://127.0.0.1:{port[1]}", pki)
    assert found(result) == [(RULE, path) for path in paths]
