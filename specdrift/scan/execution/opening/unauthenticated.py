"""The first requests of a run: without a certificate, before the server has seen a valid one in this run.

A guard that reads its policy when the first client with a certificate comes admits everybody until then.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import islice

from specdrift.classify.check_names import CONSISTENCY
from specdrift.crawler.crawl import Crawler
from specdrift.events import Event, PhaseStarted, ProbeFinished
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Connection, Phase, Probe, ProbeTag, Reuse
from specdrift.model.policy import UnsafeMethods
from specdrift.scan.execution.opening.preflight import Preflight
from specdrift.scan.execution.state import ScanState
from specdrift.scan.execution.value_trials import needs_values
from specdrift.scan.preparation.run import Run

MOST = 6
"""Operations that are requested."""
TAG = ProbeTag(name="no request of a valid certificate before")


async def request_without_certificate(state: ScanState, crawler: Crawler) -> AsyncIterator[Event]:
    """Request some guarded operations without a certificate."""
    if not any(check.name == CONSISTENCY for check in state.run.checks):
        return
    probes = tuple(_probes(state.run, state.preflight))
    if not probes:
        return
    yield PhaseStarted(phase=Phase.PREFLIGHT, probes=len(probes))
    state.sent = replace(state.sent, planned=state.sent.planned + len(probes))
    async for probe, observation in crawler.crawl(probes):
        state.exchanges.add(probe, observation)
        yield ProbeFinished(probe=probe, observation=observation)


def _probes(run: Run, preflight: Preflight) -> Iterator[Probe]:
    endpoint = replace(run.endpoint, address=preflight.answering[0])
    alpn = HTTP_2 if preflight.only_http2 else HTTP_1
    reading = (
        planned
        for planned in run.operations
        if planned.is_guarded
        and planned.mode is UnsafeMethods.SEND
        and planned.request.method == "GET"
        and not needs_values(planned)
    )
    for planned in islice(reading, MOST):
        yield Probe(
            check=CONSISTENCY,
            operation=planned.key,
            identity=ANONYMOUS.name,
            connection=Connection(endpoint=endpoint, alpn=alpn, reuse=Reuse.FRESH),
            request=planned.request,
            phase=Phase.PREFLIGHT,
            variant="first",
            tag=TAG,
            why="whether it is guarded before a valid certificate is seen",
        )
