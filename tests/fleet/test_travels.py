"""Keys stay where they are mounted: only paths, names and results are sent between machines."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from msgspec import Struct, field

from tests.fleet.cluster import dask_cluster
from tests.fleet.stand import Stand, judged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.slow]
pytest.importorskip("distributed")

PASSPHRASE = "correct-horse-battery-staple"
PLAIN = {"DASK_DISTRIBUTED__COMM__COMPRESSION": "False"}
"""Nothing is packed on its way, so that it can be read."""


class Wire(Struct):
    """A proxy that records all traffic."""

    port: int
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)


@contextmanager
def tapped(host: str, port: int) -> Iterator[Wire]:
    """Listen, and hand on both ways."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire(listener.getsockname()[1])

        def accept() -> None:
            while True:
                try:
                    near = listener.accept()[0]
                except OSError:
                    return
                far = socket.create_connection((host, port))
                for one, other, kept in ((near, far, wire.sent), (far, near, wire.received)):
                    threading.Thread(target=pump, args=(one, other, kept), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield wire
        listener.shutdown(socket.SHUT_RDWR)


def pump(source: socket.socket, target: socket.socket, kept: bytearray) -> None:
    """Until one of them has enough."""
    try:
        while data := source.recv(65536):
            kept += data
            target.sendall(data)
    except OSError:
        pass
    for one in (source, target):
        one.close()


def encrypted(stand: Stand, path: Path) -> bytes:
    """Alice's key behind a passphrase; its text in the file."""
    key = serialization.load_pem_private_key(stand.pki.alice.key.read_bytes(), None)
    algorithm = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, algorithm)
    path.write_bytes(text)
    return text


def test_neither_key_nor_passphrase_leaves_its_worker(servers: Stand, tmp_path: Path) -> None:
    """The parent does not have them, and the services are judged with them."""
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    key = encrypted(servers, mounted / "alice.key")
    passphrase = '\nkey-pass = "${ALICE_PASS}"'
    with dask_cluster(tmp_path / "dask", protocol="tcp") as cluster:
        cluster.start_worker(HOME=str(mounted), ALICE_PASS=PASSPHRASE, **PLAIN)
        host, _, port = cluster.address.removeprefix("tcp://").rpartition(":")
        with tapped(host, int(port)) as wire:
            text = servers.inventory(fleet=f'scheduler = "tcp://127.0.0.1:{wire.port}"', key="~/alice.key")
            text = text.replace('key-file = "~/alice.key"', f'key-file = "~/alice.key"{passphrase}')
            (tmp_path / "inventory.toml").write_text(text)
            command = [
                sys.executable,
                "-m",
                "specdrift",
                "fleet",
                "inventory.toml",
                "-o",
                "out",
                "--no-history",
            ]
            subprocess.run(
                command,
                cwd=tmp_path,
                env={**os.environ, **PLAIN, "HOME": str(tmp_path)},
                check=False,
                timeout=120,
            )
    found = judged(tmp_path / "out")
    assert len(found["judged"]) == len(servers.base_urls)
    passed = bytes(wire.sent + wire.received)
    assert sha256(text.encode()).hexdigest().encode() in wire.sent
    assert b"\x1f\x8b" in wire.received  # the results, packed
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    secrets = [PASSPHRASE.encode(), *(line for line in key.splitlines() if b"-----" not in line)]
    secrets += [line for line in servers.pki.alice.key.read_bytes().splitlines() if b"-----" not in line]
    assert [secret for secret in secrets if secret in passed or secret in written] == []
