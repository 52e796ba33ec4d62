"""A check of a small API, as a command: how much processor time each of its requests takes beside a bare loop.

Both figures are of the same minute and machine, so that their ratio shows a change of specdrift and little else.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import bare
from benchmarks.crawl import plain
from benchmarks.growth import configuration
from benchmarks.peers import library
from benchmarks.processes import cost
from benchmarks.stand import FAMILIES, WORKERS, Bench, stand, timed
from benchmarks.table import Job, Row, Theme, median
from specdrift import scan
from specdrift.model.exchange.probe import Probe
from specdrift.scan.execution.crawler_setup import tls_contexts
from specdrift.settings import Settings
from tests.changed_settings import changed

OPERATIONS, RUNS, LIMIT_S = 10, 5, 120
WITHIN = 6.5
"""Times as much as the loop that a request may take: a third more than was measured."""


def theme() -> Theme:
    """One job."""
    with stand() as bench:
        job = _job(bench)
    return Theme(
        title="A small check",
        about=f"`specdrift check` of {OPERATIONS} operations as a command, with all checks and the certificates that "
        "need no CA key, on nginx `optional` over TLS 1.3: CPU milliseconds of the whole process (start-up, judging "
        f"and the report included) for each request that it sends; median of {RUNS} runs. The bare loop sends those of "
        "its requests that a usual client can send, in turns with it.",
        jobs=(job,),
    )


def _job(bench: Bench) -> Job:
    file = bench.folder / "small.toml"
    settings = changed(
        bench.twelve(OPERATIONS), checks=(), battery={}, identities=bench.twelve(1).identities[:2]
    )
    file.write_text(configuration(bench, settings.identities, sorted(FAMILIES)), encoding="utf-8")
    result = timed(settings).result
    run = scan.prepare(settings)
    probes, contexts = list(_for_a_loop(plain(result), run)), tls_contexts(run, shared=False)
    own, loop = [], []
    for _ in range(RUNS):
        own.append(_command(bench, settings, file) * 1000 / result.counts.requests)
        seconds = bare.seconds(probes, contexts, workers=WORKERS, clock=time.process_time)
        loop.append(seconds * 1000 / len(probes))
    note = f"{result.counts.requests:,} requests, {result.counts.connections:,} connections"
    return Job(
        f"Processor time of a request in a check of {OPERATIONS} operations",
        [
            Row(who="specdrift check", value=median(own), unit="CPU ms", note=note),
            Row(
                who=f"asyncio + {library('h11')}",
                value=median(loop),
                unit="CPU ms",
                within=WITHIN,
                note=f"{len(probes):,} requests",
            ),
        ],
    )


def _for_a_loop(probes: Sequence[Probe], run: scan.Run) -> Iterator[Probe]:
    """Yield what goes over a usual connection, by callers that exist before the run."""
    for probe in probes:
        connection = probe.connection
        usual = (
            connection.endpoint.tls and connection.resumes is None and not (connection.quic or probe.priming)
        )
        if usual and probe.identity in run.credentials:
            yield probe


def _command(bench: Bench, settings: Settings, file: Path) -> float:
    command = (sys.executable, "-m", "specdrift", "check", settings.spec, bench.base_url)
    spent = cost((*command, "--config", file, "-q", "-o", "/dev/null"), limit_s=LIMIT_S)
    assert spent.ended
    assert spent.status in (0, 3), spent.said
    return spent.cpu_s
