"""What the programs that run made-up configurations of gateways have in common."""

from __future__ import annotations

import re
import shutil
import ssl
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from specdrift.model.result.gateway import GatewayCaller
from tests.servers.pki import TestPki, make_pki

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from specdrift.source.gateway.exchange import GatewayRequest

STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(slots=True)
class Comparison:
    """What was compared."""

    programs: int = 0
    rejected: int = 0
    """Configurations that the gateway does not accept."""
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def exchanged(
    raw: socket.socket, request: GatewayRequest, pki: TestPki | None, name: str | None
) -> tuple[int, str]:
    """Send a request, and return status and body; 0 without an answer.

    ``pki`` has the certificates of a connection with TLS, ``name`` is its SNI.
    """
    received = b""
    sock: socket.socket = raw
    try:
        if pki is not None:
            sock = _wrapped(raw, request.caller, name, pki)
        headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        text = f"{request.method} {request.target} HTTP/1.1\r\nHost: {request.host}\r\n{headers}"
        sock.sendall(f"{text}Connection: close\r\nContent-Length: 0\r\n\r\n".encode("latin-1"))
        while part := sock.recv(65536):
            received += part
    except (ssl.SSLError, ConnectionError, BrokenPipeError):
        pass  # refused in the handshake, or by rules about the connection
    finally:
        sock.close()
    status = STATUS.match(received)
    return (int(status[1]) if status else 0), received.partition(b"\r\n\r\n")[2].decode("latin-1")


def _wrapped(raw: socket.socket, caller: GatewayCaller, name: str | None, pki: TestPki) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.post_handshake_auth = True
    if caller is not GatewayCaller.ANONYMOUS:
        pair = pki.alice if caller is GatewayCaller.VALID else pki.untrusted
        context.load_cert_chain(pair.cert, pair.key)
    return context.wrap_socket(raw, server_hostname=name)


def run(compare: Callable[[int, int, Path, TestPki], Comparison], kept_as: str) -> int:
    """Print what was compared, and each difference; keep the files where there is one."""
    count, seed = int(sys.argv[1]), int((sys.argv[2:] or ["1"])[0])
    with tempfile.TemporaryDirectory(prefix="sd-") as name:
        result = compare(count, seed, Path(name), make_pki(Path(name) / "pki"))
        sys.stdout.write("\n".join([*result.wrong[:20], ""]))
        sys.stdout.write(
            f"{result.programs} configurations, {result.rejected} rejected, {dict(result.counts)}\n"
        )
        sys.stdout.write(f"{len(result.wrong)} differences\n")
        if result.wrong:
            kept = Path(tempfile.mkdtemp(prefix=f"{kept_as}-differences-"))
            shutil.copytree(name, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
            sys.stdout.write(f"{kept}\n")
    return 1 if result.wrong else 0
