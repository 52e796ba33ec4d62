"""The crawler on a local nginx: 1,000 operations as four identities, and the whole battery on 200 operations.

Nobody and three good certificates first: what most owners have. Then the same with a forged certificate, which costs a
handshake for each request, since nginx answers it with 400 and closes.
Beside the first stands what httpx does by itself: one client for each identity over its own pool, the same requests
with the same number at once. It only sends; specdrift also judges and writes the result.
"""

import asyncio
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import yaml

from specdrift import scan
from specdrift.events import ScanFinished
from specdrift.model.result import Result
from specdrift.pki.battery import PROFILES
from specdrift.settings import (
    ClientCaSettings,
    IdentitySettings,
    NetworkSettings,
    Policy,
    ServerSettings,
    Settings,
)
from tests.servers.cases import case_named
from tests.servers.pki import Pair, TestPki, make_pki

OPERATIONS, BATTERY_OPERATIONS = 1000, 200
FLOOR_S, BATTERY_FLOOR_S = 4.0, 20.0
WORKERS = 8
MATRIX = ("certificate", "consistency")
"""The checks that ask every operation as every identity; the others come on top."""
FAMILIES = {profile.family for profile in PROFILES.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A running nginx and what is needed to ask it."""

    base_url: str
    pki: TestPki
    folder: Path

    def settings(self, operations: int) -> Settings:
        """A document of that many operations, and three good identities."""
        spec = self.folder / f"{operations}.yaml"
        spec.write_text(yaml.safe_dump(_document(operations)), encoding="utf-8")
        return Settings(
            spec=str(spec),
            base_url=self.base_url,
            server=ServerSettings(ca_file=self.pki.server_ca),
            identities=tuple(
                _identity(name, pair)
                for name, pair in (
                    ("alice", self.pki.alice),
                    ("bob", self.pki.bob),
                    ("carol", self.pki.revoked),
                )
            ),  # nginx has no CRL here: the revoked certificate is a third good one
            network=NetworkSettings(concurrency=WORKERS),
            checks=MATRIX,
        )


def run() -> bool:
    """Print the figures; whether the floors were held."""
    with nginx() as bench:
        good = replace(bench.settings(OPERATIONS), battery=dict.fromkeys(FAMILIES, Policy.SKIP))
        seconds, result = _timed(good)
        print(_line(f"{OPERATIONS} operations x 4 identities", seconds, result, FLOOR_S))
        plain = asyncio.run(_plain_httpx(bench, requests=result.counts.requests))
        rate = result.counts.requests / seconds
        print(
            f"  httpx by itself: {plain:,.0f} requests/s; specdrift {rate / plain:.1f} times that, judging included"
        )
        forged = replace(good, battery=dict.fromkeys(FAMILIES - {"self-signed"}, Policy.SKIP))
        forged_s, result = _timed(replace(forged, identities=forged.identities[:2]))
        print(_line(f"{OPERATIONS} operations x 4 identities, one of them forged", forged_s, result))
        everything = replace(
            bench.settings(BATTERY_OPERATIONS),
            client_ca=ClientCaSettings(
                cert_file=bench.pki.client_ca, key_file=bench.pki.client_ca_key, crl_file=bench.pki.crl
            ),
            exhaustive=True,
        )
        battery_s, result = _timed(everything)
        identities = len(result.identities)
        what = f"{BATTERY_OPERATIONS} operations x {identities} identities, every one sent"
        print(_line(what, battery_s, result, BATTERY_FLOOR_S))
    return seconds <= FLOOR_S and battery_s <= BATTERY_FLOOR_S


def _line(what: str, seconds: float, result: Result, floor: float = 0) -> str:
    held = f" (floor {floor:g} s: {'held' if seconds <= floor else 'MISSED'})" if floor else ""
    counts = result.counts
    return (
        f"{what}: {seconds:.2f} s{held}, {counts.requests:,} requests on "
        f"{counts.connections:,} connections, {counts.requests / seconds:,.0f} requests/s"
    )


def _timed(settings: Settings) -> tuple[float, Result]:
    """Seconds from the prepared run to its result."""
    prepared = scan.prepare(settings)
    results: list[Result] = []
    began = time.perf_counter()
    asyncio.run(_into(results, prepared))
    return time.perf_counter() - began, results[0]


async def _into(results: list[Result], prepared: scan.Run) -> None:
    # Not as the task's result: `asyncio.run` writes the repr of its task when it ends, thousands of probes long.
    results.extend([e.result async for e in scan.scan(prepared) if isinstance(e, ScanFinished)])


async def _plain_httpx(bench: Bench, *, requests: int) -> float:
    """Requests a second of stock httpx with one good certificate, ``WORKERS`` at once."""
    context = ssl.create_default_context(cafile=str(bench.pki.server_ca))
    context.load_cert_chain(bench.pki.alice.cert, bench.pki.alice.key)
    paths = iter(range(1, requests + 1))

    async def worker(client: httpx.AsyncClient) -> None:
        for number in paths:
            response = await client.get(f"{bench.base_url}/items/{number}")
            assert response.status_code == 200

    began = time.perf_counter()
    async with httpx.AsyncClient(verify=context, trust_env=False) as client, asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(worker(client))
    return requests / (time.perf_counter() - began)


@contextmanager
def nginx() -> Iterator[Bench]:
    """A local nginx that leaves the decision to each location."""
    case = case_named("nginx-optional")
    if missing := case.available():
        raise SystemExit(f"the crawler's benchmark needs nginx: {missing}")
    with tempfile.TemporaryDirectory(prefix="specdrift-bench-") as scratch:
        folder = Path(scratch)
        pki = make_pki(folder / "pki")
        with case.start(pki, folder / "server") as server:
            yield Bench(base_url=server.base_url, pki=pki, folder=folder)


def _identity(name: str, pair: Pair) -> IdentitySettings:
    return IdentitySettings(name=name, cert_file=pair.cert, key_file=pair.key)


def _document(operations: int) -> dict[str, object]:
    get = {"get": {"responses": {"200": {"description": "an item"}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bench", "version": "1"},
        "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
        "security": [{"mtls": []}],
        "paths": {f"/items/{number}": get for number in range(1, operations + 1)},
    }
