"""Runs many Envoy listeners in one Envoy, and compares its answers with the predictions.

``python -m tests.source.gateways.envoy_runner 100 [SEED]`` compares 100 listeners, each with its own configuration.
"""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import time
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

import yaml
from msgspec.structs import replace

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.model.result.source import ListenerKind
from specdrift.source.envoy.envoy_decision import Served
from specdrift.source.envoy.envoy_gateway import UNMATCHED, Envoy
from specdrift.source.envoy.envoy_routes import FROM_CERTIFICATE
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from tests.loopback import answering
from tests.servers.envoy.launch import BINARY
from tests.servers.pki import TestPki
from tests.source.gateways.comparing import Comparison, free_ports, presented_by, run
from tests.source.gateways.envoy_programs import SCHEMES, TARGETS, EnvoyWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REQUESTS = 25
LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")
SPELLINGS: tuple[Callable[[str], str], ...] = (str, str, str.upper, "{}.".format, "{}:8443".format)
"""Host names as clients write them."""
SERVICES = ("alpha", "beta")
FORGED = "forged"
ADDRESSES = ("10.1.2.3", "192.0.2.1", "10.1.2.3, 10.1.2.4", "none")
LEVELS = ("3", "-1", "0", "5", "+2", "007", "x", "1.5", "", "99999999999999999999")
"""Numbers, and texts that are none."""
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
NAMES = ("x-client-cert", "x-forwarded-client-cert")
GRPC_STATUS = re.compile(rb"\r\ngrpc-status: *(\d+)\r\n", re.IGNORECASE)
OF_GRPC = {13: "400", 16: "401", 7: "403", 12: "404"}
"""Statuses of HTTP that Envoy writes as those of gRPC; empty for the others, which it writes as one."""


class _Echo(BaseHTTPRequestHandler):
    """Answers its letter, the path and the headers about certificates."""

    protocol_version = "HTTP/1.1"
    letter: ClassVar[str]

    def do_GET(self) -> None:
        values = [",".join(self.headers.get_all(name) or ["-"]) for name in NAMES]
        target = self.requestline.split(" ")[1]  # self.path has lost a slash of two at its beginning
        body = "\n".join((self.letter, target, *values)).encode("latin-1")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name that the base class calls

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def service(letter: str) -> Iterator[int]:
    """Run a service that answers its letter; yield its port."""
    handler = type(f"Echo{letter}", (_Echo,), {"letter": letter})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with answering(server):
        yield server.server_port


def cluster(name: str, port: int) -> dict[str, Any]:
    """Return a cluster with one address."""
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": address}}]}]
    return {"name": name, "type": "STATIC", "load_assignment": {"cluster_name": name, "endpoints": endpoints}}


@contextmanager
def running(file: Path, ports: list[int]) -> Iterator[None]:
    """Run Envoy until its ports are left."""
    command = [str(BINARY), "-c", str(file), "--disable-hot-restart", "--concurrency", "1", "-l", "error"]
    with (file.parent / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        for port in ports:
            _wait_for(port, process, file.parent / "log")
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(2400):
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-2000:]
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(port)


def compare(count: int, seed: int, folder: Path, pki: TestPki) -> Comparison:
    """Compare that many listeners."""
    random, result = Random(seed), Comparison(programs=count)
    writer = EnvoyWriter(random, pki)
    ports = free_ports(count)
    with ExitStack() as stack:
        clusters = [cluster(letter, stack.enter_context(service(letter))) for letter in SERVICES]
        listeners = [writer.listener(number, port) for number, port in enumerate(ports)]
        file = folder / "envoy.yaml"
        static = {"listeners": listeners, "clusters": clusters}
        file.write_text(yaml.dump({"static_resources": static}, Dumper=Plain), encoding="utf-8")
        configuration = Envoy().read(file)
        upstreams = {address: letter for letter in SERVICES for address in configuration.clusters[letter]}
        stack.enter_context(running(file, ports))
        for port in ports:
            hosts = [one for one in configuration.served if one.entry.port == port]
            for _ in range(REQUESTS if hosts else 0):
                served = random.choice(hosts)
                request = _request(served, random)
                request = replace(request, presented=presented_by(request, pki))
                decision = configuration.decide(request)
                if decision.passage is Passage.UNKNOWN:
                    result.skip(decision.reason)
                    continue
                result.counts[decision.passage.value] += 1
                answer = _send(request, served, pki)
                expected = _expected(decision, upstreams)
                if "application/grpc" in request.headers.values() and expected == ("307",):
                    expected = ("400",)  # Envoy redirects no gRPC request because of its path
                if "upgrade" in request.headers:  # Envoy ends no answer to one
                    expected = expected[:1]
                if not same(expected, answer):
                    where = f"{request.entry} at {request.entry.location}"
                    sent = f"{request.method} {request.target} {request.caller} {dict(request.headers)}"
                    result.wrong.append(
                        f"{sent} to {where}: predicted {expected} at {decision.at}, got {answer}"
                    )
    return result


class Plain(yaml.SafeDumper):
    """Writes no anchors, which would join the places of equal parts."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - of the base class
        return True


def _request(served: Served, random: Random) -> GatewayRequest:
    tls = served.entry.kind is ListenerKind.TLS
    return GatewayRequest(
        entry=served.entry,
        host=served.host if ":" in served.host else random.choice(SPELLINGS)(served.host),
        caller=random.choice(list(GatewayCaller)) if tls else GatewayCaller.ANONYMOUS,
        method=random.choice(("GET", "GET", "POST")),
        target=random.choice(TARGETS),
        headers={
            **{name: FORGED for name in NAMES if random.random() < 0.4},
            **({"upgrade": "WebSocket"} if random.random() < 0.15 else {}),
            **({"content-type": "application/grpc"} if random.random() < 0.1 else {}),
            **({"x-level": random.choice(LEVELS)} if random.random() < 0.5 else {}),
            **({"x-cluster": random.choice(SERVICES)} if random.random() < 0.5 else {}),
            **({"x-forwarded-proto": random.choice(SCHEMES)} if random.random() < 0.3 else {}),
            **({"x-forwarded-for": random.choice(ADDRESSES)} if random.random() < 0.3 else {}),
        },
        scheme=random.choice(SCHEMES) if random.random() < 0.2 else "",
    )


def _send(request: GatewayRequest, served: Served, pki: TestPki) -> tuple[str, ...]:
    """Send a request: the handshake has the name of the filter chain, the request that of the virtual host."""
    server_name = served.chain.names[0].replace("*", "www") if served.chain.names else UNMATCHED
    return send(request, request.host, server_name, pki)


def send(request: GatewayRequest, host: str, server_name: str, pki: TestPki) -> tuple[str, ...]:
    """Return the status and the lines of the answer; ``tls`` for none."""
    try:
        with ExitStack() as opened:
            sock = opened.enter_context(socket.create_connection(("127.0.0.1", request.entry.port), 5))
            if request.entry.kind is ListenerKind.TLS:  # the wrapped socket takes the plain one over
                sock = opened.enter_context(wrapped(sock, request, pki, server_name))
            headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
            connection = "upgrade" if "upgrade" in request.headers else "close"
            headers += f"Connection: {connection}\r\nContent-Length: 0\r\n"
            origin = f"{request.scheme}://{host}" if request.scheme else ""
            text = f"{request.method} {origin}{request.target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n"
            sock.sendall(text.encode("latin-1"))
            received = b""
            while not is_whole(received) and (part := sock.recv(65536)):
                received += part
    except OSError:
        return ("tls",)
    status = STATUS.match(received)
    if status is None:
        return ("tls",)
    if grpc := GRPC_STATUS.search(received):  # Envoy's own answer to gRPC
        return (OF_GRPC.get(int(grpc[1]), ""),)
    return (status[1].decode(), *received.partition(b"\r\n\r\n")[2].decode("latin-1").split("\n"))


def is_whole(received: bytes) -> bool:
    """Return whether an answer is complete: Envoy may keep the connection."""
    head, end, body = received.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


def wrapped(raw: socket.socket, request: GatewayRequest, pki: TestPki, server_name: str) -> ssl.SSLSocket:
    """Shake hands with the certificate of the caller."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if request.caller is not GatewayCaller.ANONYMOUS:
        pair = pki.alice if request.caller is GatewayCaller.VALID else pki.untrusted
        context.load_cert_chain(pair.cert, pair.key)
    return context.wrap_socket(raw, server_hostname=server_name)


def _expected(decision: Decision, upstreams: dict[str, str]) -> tuple[str, ...]:
    if decision.passage is Passage.REFUSED_IN_TLS:
        return ("tls",)
    if decision.passage is Passage.FORWARDED:
        letter = next(upstreams[address] for address in decision.upstream)
        return ("200", letter, decision.path, *(decision.sent.get(name, "-") for name in NAMES))
    return (str(decision.status),)


def same(expected: tuple[str, ...], got: tuple[str, ...]) -> bool:
    """Compare; of a value from the certificate, only that there is one."""
    if len(expected) == 1:
        return expected[0] == (got[0] or expected[0])
    if len(got) < len(expected) or expected[:3] != got[:3]:
        return False
    return all(_fits(wanted, real) for wanted, real in zip(expected[3:], got[3:], strict=False))


def _fits(wanted: str, real: str) -> bool:
    pattern = re.escape(wanted).replace(re.escape(FROM_CERTIFICATE), ".*CN=.*")
    return re.fullmatch(pattern, real) is not None


if __name__ == "__main__":
    raise SystemExit(run(compare, "envoy"))
