"""A real server on loopback with 1,000 operations, and its callers."""

import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import yaml
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.machine import machine_cpu_s
from specdrift import scan
from specdrift.app.check import run_check
from specdrift.app.notices import ignore
from specdrift.app.output import NO_OUTPUT
from specdrift.events import ScanFinished
from specdrift.model.policy import ProfilePolicy
from specdrift.model.result.result import Result
from specdrift.pki.battery import PROFILES
from specdrift.settings import CheckSettings, Identity, NetworkSettings, ServerSettings, Settings
from tests.servers.cases import case_named
from tests.servers.pki import Pair, TestPki, make_pki

WORKERS = 8
MATRIX = ("certificate", "consistency")
"""The checks that ask every operation as every identity; the others come on top."""
FAMILIES = frozenset(profile.family for profile in PROFILES.values())
UNTRUSTED = ("self-signed", "untrusted-issuer", "leaf-as-issuer")
VALID = 8
INVOICES = (1001, 1002, 1003)


class Bench(Struct, frozen=True, kw_only=True):
    """A running server and the settings to probe it."""

    base_url: str
    pki: TestPki
    folder: Path
    path: Callable[[int], str]

    def spec(self, operations: int) -> Path:
        """A document of that many operations."""
        file = self.folder / f"{operations}.yaml"
        if not file.exists():
            file.write_text(
                yaml.safe_dump(_document(map(self.path, range(1, operations + 1)))), encoding="utf-8"
            )
        return file

    def settings(self, operations: int) -> Settings:
        """The anonymous client and three valid certificates, by the checks of the matrix."""
        return Settings(
            spec=str(self.spec(operations)),
            base_url=self.base_url,
            server=ServerSettings(ca_file=self.pki.server_ca),
            identities=tuple(
                _identity(name, pair)
                for name, pair in (
                    ("alice", self.pki.alice),
                    ("bob", self.pki.bob),
                    ("carol", self.pki.revoked),  # without a CRL the revoked certificate is a third valid one
                )
            ),
            network=NetworkSettings(concurrency=WORKERS),
            checks=CheckSettings(only=MATRIX),
            battery=dict.fromkeys(FAMILIES, ProfilePolicy.SKIP),
        )

    def twelve(self, operations: int) -> Settings:
        """Twelve identities over the server's preferred TLS version: the anonymous client, eight valid certificates and
        three untrusted ones.
        """
        settings = self.settings(operations)
        valid = (self.pki.alice, self.pki.bob)
        return replace(
            settings,
            identities=tuple(_identity(f"valid-{n}", valid[n % 2]) for n in range(VALID)),
            battery=dict.fromkeys(FAMILIES - set(UNTRUSTED), ProfilePolicy.SKIP),
            server=replace(settings.server, tls_min="1.3"),
        )


@contextmanager
def stand(case_name: str = "nginx-optional") -> Iterator[Bench]:
    """The server of one of the test cases."""
    case = case_named(case_name)
    if missing := case.available():
        raise SystemExit(f"the crawler's benchmark needs {case_name}: {missing}")
    with tempfile.TemporaryDirectory(prefix="specdrift-bench-") as scratch:
        folder = Path(scratch)
        pki = make_pki(folder / "pki")
        with case.start(pki, folder / "server") as server:
            path = invoice if case_name.startswith("axum") else item
            yield Bench(base_url=server.base_url, pki=pki, folder=folder, path=path)


class Timed(NamedTuple):
    """Seconds by the clock and of our processor from the prepared run to its result, judging included."""

    seconds: float
    cpu_s: float
    result: Result


def timed(settings: Settings) -> Timed:
    """One run."""
    prepared = scan.prepare(settings)
    results: list[Result] = []
    gc.collect()
    began, worked = time.perf_counter(), time.process_time()
    asyncio.run(_into(results, prepared))
    return Timed(time.perf_counter() - began, time.process_time() - worked, results[0])


class SharedRun(NamedTuple):
    """Seconds by the clock of a whole check without reports, and of the processor: ours and the server's."""

    seconds: float
    cpu_s: float
    server_cpu_s: float
    result: Result


def shared(settings: Settings, count: int) -> SharedRun:
    """One check by so many processes. Whatever else used the processor meanwhile was the server's: keep quiet."""
    wanted = replace(settings, network=replace(settings.network, workers=count))
    gc.collect()
    began, ours, all_of_it = time.perf_counter(), _own_cpu_s(), machine_cpu_s()
    result = run_check(wanted, NO_OUTPUT, watch=lambda _: None, notify=ignore)
    seconds, cpu_s = time.perf_counter() - began, _own_cpu_s() - ours
    return SharedRun(seconds, cpu_s, max(0.0, machine_cpu_s() - all_of_it - cpu_s), result)


def _own_cpu_s() -> float:
    """Return the processor seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])


async def _into(results: list[Result], prepared: scan.Run) -> None:
    # Not as the task's result: `asyncio.run` writes the repr of its task when it ends, thousands of probes long.
    results.extend([e.result async for e in scan.scan(prepared) if isinstance(e, ScanFinished)])


def sent(result: Result) -> str:
    """What was asked, and what a listener's decision answered."""
    counts = result.counts
    by_listener = f", {counts.by_listener:,} cells by the listener's decision" if counts.by_listener else ""
    wire = f"{counts.requests:,} requests, {counts.connections:,} connections"
    return f"{counts.probed:,} cells probed{by_listener}; {wire}"


def _identity(name: str, pair: Pair) -> Identity:
    return Identity(name=name, cert_file=pair.cert, key_file=pair.key)


def item(number: int) -> str:
    """The test servers have as many items as one asks for."""
    return f"/items/{number}"


def invoice(number: int) -> str:
    """The Axum lab has three invoices, and reads each with as many zeros before its number as one likes."""
    zeros, which = divmod(number - 1, len(INVOICES))
    return f"/v1/invoices/{'0' * zeros}{INVOICES[which]}"


def _document(paths: Iterable[str]) -> dict[str, object]:
    get = {"get": {"responses": {"200": {"description": "an item"}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bench", "version": "1"},
        "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
        "security": [{"mtls": []}],
        "paths": dict.fromkeys(paths, get),
    }
