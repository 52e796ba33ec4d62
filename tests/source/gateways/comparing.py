"""Compares what a gateway answers with what is predicted, for many made-up configurations in one process of it."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Generic, TypeVar
from unittest import mock

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.model.result.source import ListenerKind
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway import open_facts
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.exchange import GatewayConfiguration, GatewayRequest
from tests.servers.pki import Pair, TestPki, make_pki
from tests.source.gateways.http_versions import exchanged_over

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from specdrift.model.result.gateway import GatewayEntry
    from specdrift.source.gateway.exchange import Decision

REQUESTS = 40
"""For each configuration."""
STARTS_S = 60.0
"""Time for a gateway to listen."""
Answer = tuple[int, str]
"""Status and body; status 0 for none."""
ProgramT = TypeVar("ProgramT")
ConfigurationT = TypeVar("ConfigurationT", bound=GatewayConfiguration)


class Comparison(Struct):
    """What was compared."""

    programs: int = 0
    rejected: int = 0
    """Configurations that the gateway does not accept."""
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def skip(self, why: str) -> None:
        """Count a request for which nothing is predicted."""
        self.counts[f"unknown: {why}"] += 1


class Expected(Struct, frozen=True):
    """The predicted answer."""

    statuses: tuple[int, ...] = ()
    """Empty if any may come."""
    text: str = ""
    """A regular expression of the whole body; empty if it is not compared."""

    @classmethod
    def echo(cls, service: str, path: str, values: Sequence[str], *, status: int = 200) -> Expected:
        """Return the answer of a service that repeats the path and the values of some headers."""
        text = " ".join((service, path, *(f"[{value}]" for value in values)))
        return cls((status,), re.escape(text).replace(re.escape(UNKNOWN_PART), ".+"))

    def is_met_by(self, answer: Answer) -> bool:
        """Return whether a real answer is this one."""
        status, text = answer
        fits = not self.text or re.fullmatch(self.text, text) is not None
        return (not self.statuses or status in self.statuses) and fits


@dataclass(slots=True)
class GatewayBatch(ABC, Generic[ProgramT, ConfigurationT]):
    """Configurations, by name, that one process of a gateway serves."""

    pki: TestPki
    folder: Path
    programs: dict[str, ProgramT]
    random: Random
    comparison: Comparison

    @abstractmethod
    def write(self) -> None:
        """Write the files, and drop the configurations that the gateway rejects."""

    @abstractmethod
    def file(self, name: str) -> Path:
        """Return the file of one configuration."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return how to start the gateway in the foreground."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Return whether the gateway listens everywhere."""

    @abstractmethod
    def read(self, name: str) -> ConfigurationT:
        """Read one configuration as users have it read."""

    @abstractmethod
    def request(self, entry: GatewayEntry, program: ProgramT) -> GatewayRequest:
        """Make up a request."""

    @abstractmethod
    def send(self, request: GatewayRequest, configuration: ConfigurationT) -> Answer:
        """Send a request to the gateway."""

    @abstractmethod
    def expected(self, decision: Decision) -> Expected:
        """Return the answer that a decision predicts."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the gateway until the context ends."""
        log = self.folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(self.command(), stderr=output, stdout=output)
        try:
            until = time.monotonic() + STARTS_S
            while not self.is_ready():
                alive = process.poll() is None and time.monotonic() < until
                assert alive, log.read_text(encoding="utf-8", errors="replace")[-2000:]
                time.sleep(0.02)
            yield
        finally:
            process.terminate()
            process.wait(20)

    def compare(self) -> None:
        """Send requests to each configuration."""
        for name, program in self.programs.items():
            self.comparison.programs += 1
            configuration = self.read(name)
            for _ in range(REQUESTS if configuration.entries else 0):
                request = self.request(self.random.choice(configuration.entries), program)
                self._compare(name, request, configuration)

    def _compare(self, name: str, made_up: GatewayRequest, configuration: ConfigurationT) -> None:
        request = replace(made_up, presented=presented_by(made_up, self.pki))
        with mock.patch.object(open_facts, "wished", wraps=open_facts.wished) as wished:
            decision = configuration.decide(request)
        if wished.called:  # another certificate than the one that is sent may get something else
            self.comparison.counts["as the client likes"] += 1
            return
        if decision.passage is Passage.UNKNOWN:
            self.comparison.skip(decision.reason)
            return
        try:
            expected, answer = self.expected(decision), self.send(request, configuration)
        except TimeoutError:
            self.comparison.skip("no answer in time")
            return
        self.comparison.counts[decision.passage.value] += 1
        if not expected.is_met_by(answer):
            self.comparison.wrong.append(
                f"{self.file(name)}: {request}: predicted {expected} at {decision.at}, got {answer}"
            )


Batch = Callable[[Path, dict[str, ProgramT], Random, Comparison], GatewayBatch[ProgramT, ConfigurationT]]


def compare_batches(
    count: int,
    seed: int,
    folder: Path,
    size: int,
    program: Callable[[Random], ProgramT],
    batch: Batch[ProgramT, ConfigurationT],
) -> Comparison:
    """Compare that many configurations, ``size`` at a time, each batch in a folder of its own."""
    random, comparison = Random(seed), Comparison()
    number = 0
    while comparison.programs < count:
        names = [f"p{number + n}" for n in range(min(size, count - comparison.programs))]
        number += len(names)
        programs = {name: program(random) for name in names}
        one = batch(folder / f"b{number}", programs, random, comparison)
        one.write()
        if one.programs:
            with one.running():
                one.compare()
    return comparison


NOT_EPHEMERAL = range(12_000, 32_000)
"""Below those from which Linux takes the ports of clients, and of servers that name none (ip_local_port_range)."""


def free_ports(count: int) -> list[int]:
    """Return different ports that nothing is bound to, and that no system gives to clients by itself."""
    found: list[int] = []
    for port in Random().sample(NOT_EPHEMERAL, len(NOT_EPHEMERAL)):
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"fewer than {count} ports are free")


def has_tls(entry: GatewayEntry) -> bool:
    """Return whether an entry has TLS: sockets of the programs that are made up say it in their names."""
    if entry.address.startswith("unix:"):
        return entry.address.endswith("-t.sock")
    return entry.kind is ListenerKind.TLS


def any_caller(entry: GatewayEntry, random: Random) -> GatewayCaller:
    """Choose who sends a request: none has a certificate without TLS."""
    return random.choice(list(GatewayCaller) if has_tls(entry) else [GatewayCaller.ANONYMOUS])


def connected(entry: GatewayEntry) -> socket.socket:
    """Connect to an entry."""
    if not entry.address.startswith("unix:"):
        return socket.create_connection(("127.0.0.1", entry.port), timeout=10)
    raw = socket.socket(socket.AF_UNIX)
    raw.settimeout(10)
    raw.connect(entry.address.removeprefix("unix:"))
    return raw


def answers(path: Path) -> bool:
    """Return whether a socket file has a listener."""
    with socket.socket(socket.AF_UNIX) as raw:
        return raw.connect_ex(str(path)) == 0


def exchanged(request: GatewayRequest, pki: TestPki, server_name: str | None, host: str = "") -> Answer:
    """Send a request to its entry.

    ``pki`` has the certificates of callers, ``server_name`` is the SNI of a connection with TLS, and ``host`` the Host
    field if it is not the request's.
    """
    tls = has_tls(request.entry)
    sock: socket.socket = connected(request.entry)
    try:
        if tls:
            sock = _wrapped(sock, request.caller, server_name, pki)
        return exchanged_over(sock, request, host or request.host, "https" if tls else "http")
    except (ssl.SSLError, ConnectionError, BrokenPipeError):
        return 0, ""  # refused in the handshake, or by rules about the connection
    finally:
        sock.close()


def _pair(caller: GatewayCaller, pki: TestPki) -> Pair:
    return pki.alice if caller is GatewayCaller.VALID else pki.untrusted


def presented_by(request: GatewayRequest, pki: TestPki) -> PresentedCertificate | None:
    """Return the certificate of the caller as the reader gets it."""
    if request.caller is GatewayCaller.ANONYMOUS:
        return None
    file = _pair(request.caller, pki).cert
    return PresentedCertificate.of(ssl.PEM_cert_to_DER_cert(file.read_text(encoding="ascii").strip()))


def _wrapped(raw: socket.socket, caller: GatewayCaller, name: str | None, pki: TestPki) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.post_handshake_auth = True
    if caller is not GatewayCaller.ANONYMOUS:
        pair = _pair(caller, pki)
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


def assert_as_predicted(comparison: Comparison, *, unknown: float = 0.05) -> None:
    """Assert that every prediction was right, and that no more than a share of the requests had none."""
    assert comparison.wrong == []
    assert comparison.counts["forwarded"] > 50
    none = sum(count for kind, count in comparison.counts.items() if kind.startswith("unknown"))
    assert none < sum(comparison.counts.values()) * unknown
