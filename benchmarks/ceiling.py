"""What one exchange costs at the least: a handshake with a client certificate, and a request on a kept connection.

The ceiling of handshakes is OpenSSL's own loop in C; that of requests a socket which is written to and read from
without looking at what comes.
"""

import asyncio
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from benchmarks import bare
from benchmarks.peers import library, named
from benchmarks.stand import Bench, stand
from benchmarks.table import Job, Row, Theme, median
from specdrift import scan
from specdrift.crawler.crawl import Crawler
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import IdentityKind
from specdrift.model.exchange.probe import Connection, Phase, Probe, Request, Reuse, TlsRange
from specdrift.scan.execution.crawler_setup import crawler_for, tls_contexts
from specdrift.settings import NetworkSettings

PROBES, RUNS, S_TIME_S = 1000, 3, 3
_ALONE = NetworkSettings(concurrency=1)
CONNECTIONS = re.compile(r"(\d+) connections in (\d+) real seconds")


def theme() -> Theme:
    """One exchange, in milliseconds."""
    with stand("nginx-on") as bench:
        jobs = (_handshakes(bench), _requests(bench))
    return Theme(
        title="One exchange",
        about=f"Milliseconds of one of {PROBES:,} exchanges with nginx, one after the other by one worker, "
        f"TLS 1.3, a valid P-256 certificate; median of {RUNS} runs. `openssl s_time` runs for {S_TIME_S} seconds.",
        jobs=jobs,
    )


def _handshakes(bench: Bench) -> Job:
    return Job("A new connection for each request", [*_rows(bench, Reuse.FRESH), _s_time(bench)])


def _requests(bench: Bench) -> Job:
    return Job("A request on a connection that is kept", _rows(bench, Reuse.KEEP_ALIVE))


def _rows(bench: Bench, reuse: Reuse) -> list[Row]:
    probes, fresh = _probes(bench, reuse), reuse is Reuse.FRESH
    return [
        Row(who="specdrift", value=_median(lambda: _own(bench, probes)), unit="ms"),
        Row(who=f"asyncio + {library('h11')}", value=_median(lambda: _bare(bench, probes)), unit="ms"),
        Row(
            who="socket and ssl, blocking",
            value=_median(lambda: _blocking(bench, fresh=fresh)),
            unit="ms",
            note="" if fresh else "reads once, and does not look at it",
        ),
    ]


def _median(seconds: Callable[[], float]) -> float:
    return median(seconds() * 1000 / PROBES for _ in range(RUNS))


def _probes(bench: Bench, reuse: Reuse) -> list[Probe]:
    run = scan.prepare(bench.twelve(1))
    good = next(i.name for i in run.identities.values() if i.kind is IdentityKind.CONFIGURED)
    endpoint = replace(run.endpoint, address="127.0.0.1")
    return [
        Probe(
            check="bench",
            operation=OperationKey(method="GET", path="/items/{id}"),
            identity=good,
            connection=Connection(endpoint=endpoint, tls=TlsRange.ONLY_1_3, reuse=reuse),
            request=Request(method="GET", target=f"/items/{number}"),
            phase=Phase.MAIN,
            variant=str(number),
        )
        for number in range(1, PROBES + 1)
    ]


def _own(bench: Bench, probes: Sequence[Probe]) -> float:
    run = scan.prepare(bench.twelve(1))

    async def all_of(crawler: Crawler) -> None:
        async for _, seen in crawler.crawl(probes):
            assert seen.http
            assert seen.http.status == 200

    with crawler_for(replace(run, network=_ALONE)) as crawler:
        began = time.perf_counter()
        asyncio.run(all_of(crawler))
        return time.perf_counter() - began


def _bare(bench: Bench, probes: Sequence[Probe]) -> float:
    return bare.seconds(probes, tls_contexts(scan.prepare(bench.twelve(1)), shared=False), workers=1)


def _blocking(bench: Bench, *, fresh: bool) -> float:
    context = ssl.create_default_context(cafile=str(bench.pki.server_ca))
    context.load_cert_chain(bench.pki.alice.cert, bench.pki.alice.key)
    host, _, port = bench.base_url.removeprefix("https://").partition(":")

    def connect() -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", int(port)))
        return context.wrap_socket(plain, server_hostname=host)

    began = time.perf_counter()
    line = connect()
    for number in range(1, PROBES + 1):
        line.sendall(b"GET /items/%d HTTP/1.1\r\nHost: %s\r\n\r\n" % (number, host.encode()))
        assert line.recv(65536).startswith(b"HTTP/1.1 200")
        if fresh and number < PROBES:
            line.close()
            line = connect()
    line.close()
    return time.perf_counter() - began


def _s_time(bench: Bench) -> Row:
    """One connection after the other in C, with a request on each."""
    program = shutil.which("openssl")
    if program is None:
        return Row(who="openssl s_time", note="openssl is not here")
    pki, where = bench.pki, bench.base_url.removeprefix("https://").partition(":")[2]
    command = [
        program,
        "s_time",
        "-connect",
        f"127.0.0.1:{where}",
        "-new",
        "-time",
        str(S_TIME_S),
        "-www",
        "/items/1",
    ]
    command += ["-cert", str(pki.alice.cert), "-key", str(pki.alice.key), "-CAfile", str(pki.server_ca)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ).stdout
    found = CONNECTIONS.search(said)
    who = f"{named(program, 'openssl', option='version')} s_time -new"
    if found is None:
        return Row(who=who, note="failed")
    # It counts whole seconds, and one more than configured.
    return Row(who=who, value=1000 * S_TIME_S / int(found[1]), unit="ms")
