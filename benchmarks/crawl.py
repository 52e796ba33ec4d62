"""The crawler on real servers of this machine, from the prepared run to its result, judging included.

Beside it stand those that only send the same requests: a bare loop on asyncio and h11, blocking sockets with a parser
in C, and httpx as it comes, one client for each identity. They take them in the same portions with as many at once.
"""

import asyncio
import ssl
import time
from collections.abc import Iterator, Sequence

import httpx
from msgspec.structs import replace

from benchmarks import bare, blocking
from benchmarks.peers import library
from benchmarks.stand import WORKERS, Bench, SharedRun, Timed, sent, shared, stand, timed
from benchmarks.table import Job, Row, Theme, median
from specdrift import scan
from specdrift.classify.check_names import CONSISTENCY
from specdrift.crawler.portions import portions
from specdrift.model.exchange.probe import HTTP_1, HttpVersion, Probe, Request
from specdrift.model.result.result import Result
from specdrift.scan.execution.crawler_setup import tls_contexts
from specdrift.settings import ClientCaSettings, Settings
from tests.changed_settings import changed

OPERATIONS, BATTERY_OPERATIONS = 1000, 200
RUNS = 3
PROCESSES = (1, 2)
SERVERS = (
    ("nginx-optional", "nginx, ssl_verify_client optional", 5.0),
    ("nginx-on", "nginx, ssl_verify_client on", 6.0),
    ("python-cert-required", "Python ssl, CERT_REQUIRED", 0.0),
    ("axum-required", "Axum on rustls, certificate required", 0.0),
)
"""A test case, its name in the table, and the floor in seconds for twelve identities."""
WITHIN = 2.0
HTTPX_TAKES = (httpx.TransportError, ssl.SSLError)


def theme() -> Theme:
    """All jobs of the crawler."""
    return Theme(
        title="Crawling",
        about=f"Median of {RUNS} runs, taken in turns with the peers of the same job; wall-clock seconds from the "
        "prepared run to its result. The matrix is every operation as every identity (the checks `certificate` and "
        "`consistency`, with the preflight and the paths that do not exist). Twelve identities are the anonymous "
        "client, eight valid certificates and three untrusted ones, over TLS 1.3. nginx refuses with an HTTP response "
        "and then closes, so each refusal costs a handshake over HTTP/1.1; most are therefore probed over HTTP/2, "
        "except for the anonymous client. The loops and httpx send the same requests over HTTP/1.1, and none of them "
        "judges or stores anything.",
        jobs=_jobs(),
    )


def _jobs() -> Iterator[Job]:
    with stand() as bench:
        what = f"{OPERATIONS:,} operations as 4 identities, both TLS versions: {SERVERS[0][1]}"
        # Of its requests a sixth are over HTTP/2, which the loop does not speak: no floor against that.
        yield _matrix(bench.settings(OPERATIONS), what, floor=4.0, within=0.0, httpx_too=True)
    for case, name, floor in SERVERS:
        with stand(case) as bench:
            what = f"{OPERATIONS:,} operations as 12 identities: {name}"
            yield _matrix(bench.twelve(OPERATIONS), what, floor=floor, within=WITHIN, httpx_too=False)
    with stand() as bench:
        yield _processes(bench.twelve(OPERATIONS), f"{OPERATIONS:,} operations as 12 identities: --workers")
    with stand() as bench:
        what, settings = (
            f"{BATTERY_OPERATIONS} operations, the full battery, both TLS versions",
            _battery(bench),
        )
        yield _alone(settings, what, floor=20.0)
        yield _alone(changed(settings, exhaustive=True), f"{what}, --exhaustive")
        settings = changed(bench.twelve(BATTERY_OPERATIONS), checks=())
        yield _alone(settings, f"{BATTERY_OPERATIONS} operations as 12 identities, all checks")


def _battery(bench: Bench) -> Settings:
    pki = bench.pki
    return replace(
        bench.settings(BATTERY_OPERATIONS),
        battery={},
        client_ca=ClientCaSettings(cert_file=pki.client_ca, key_file=pki.client_ca_key, crl_file=pki.crl),
    )


def _alone(settings: Settings, what: str, *, floor: float = 0.0) -> Job:
    runs = [timed(settings) for _ in range(RUNS)]
    return Job(what, [_own(runs, floor)])


def _processes(settings: Settings, what: str) -> Job:
    """The same run by one process and by several, which share two processors with the server."""
    runs: dict[int, list[SharedRun]] = {count: [] for count in PROCESSES}
    for _ in range(RUNS):
        for count, found in runs.items():
            found.append(shared(settings, count))
    rows = [
        Row(
            who=f"specdrift check --workers {count}",
            value=median(run.seconds for run in found),
            note=f"{median(run.cpu_s for run in found):.1f} CPU s, those of nginx "
            f"{median(run.server_cpu_s for run in found):.1f}; {sent(found[-1].result)}",
        )
        for count, found in runs.items()
    ]
    return Job(what, rows)


def _own(runs: Sequence[Timed], floor: float) -> Row:
    result = runs[-1].result
    assert not result.problem, result.problem
    cpu_s = median(run.cpu_s for run in runs)
    note = f"{cpu_s:.1f} CPU s; {len(result.identities)} identities, {sent(result)}"
    return Row(who="specdrift", value=median(run.seconds for run in runs), floor=floor, note=note)


def _matrix(settings: Settings, what: str, *, floor: float, within: float, httpx_too: bool) -> Job:
    """In turns, so that what else the machine does meets all of them alike."""
    own: list[Timed] = []
    loop: list[float] = []
    ceiling: list[float] = []
    client: list[float] = []
    probes: list[Probe] = []
    for _ in range(RUNS):
        own.append(timed(settings))
        probes = plain(own[-1].result)
        contexts = tls_contexts(scan.prepare(settings), shared=False)
        loop.append(bare.seconds(probes, contexts, workers=WORKERS))
        ceiling.append(blocking.seconds(probes, contexts, workers=WORKERS))
        if httpx_too:
            client.append(asyncio.run(_httpx(probes, contexts)))
    note = f"{len(probes):,} requests"
    rows = [
        _own(own, floor),
        Row(who=f"asyncio + {library('h11')}", value=median(loop), within=within, note=note),
        Row(
            who=f"blocking sockets + {library('httptools')}",
            value=median(ceiling),
            within=within,
            note=f"{note}, {WORKERS} threads",
        ),
    ]
    if httpx_too:
        rows.append(
            Row(who=library("httpx"), value=median(client), note=f"{note}, a client for each identity")
        )
    return Job(what, rows)


def plain(result: Result) -> list[Probe]:
    """The requests that were planned over HTTP/1.1, all of them over that: those that went over HTTP/2 because a
    refusal ends no connection there are sent as a loop would that does not know it. Left out are the few that no usual
    client can send.
    """
    return [
        replace(entry.probe, connection=replace(entry.probe.connection, alpn=HTTP_1))
        for entry in result.probes
        if _usual(entry.probe.request)
        and (entry.probe.check != CONSISTENCY or entry.probe.connection.alpn == HTTP_1)
    ]


def _usual(request: Request | None) -> bool:
    if request is None or request.version is not HttpVersion.HTTP_1_1:
        return False
    return not any(name.lower() == "host" for name, _ in request.headers)


async def _httpx(probes: Sequence[Probe], contexts: bare.ContextFactory) -> float:
    """Seconds of stock httpx: a client with its own pool for each identity, ``WORKERS`` at once."""
    work = portions(probes, workers=WORKERS)
    with bare.ready(probes, contexts) as made:
        clients = {key: httpx.AsyncClient(verify=context, trust_env=False) for key, context in made.items()}

        async def worker() -> None:
            for portion in work:
                for probe in portion:
                    assert probe.request
                    where = probe.connection.endpoint
                    url = f"https://{where.authority}{probe.request.target}"
                    client = clients[probe.identity, probe.connection.kind]
                    try:
                        await client.request(probe.request.method, url, headers=probe.request.headers)
                    except HTTPX_TAKES:
                        continue

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(worker())
        took = time.perf_counter() - began
        for client in clients.values():
            await client.aclose()
    return took
