"""The first requests of a run: without a certificate, before the server has seen a valid one in this run.

A guard that reads its policy when the first client with a certificate comes admits everybody until then.
"""

from collections.abc import AsyncIterator, Iterator
from itertools import islice

from msgspec.structs import replace

from specdrift.classify.check_names import CONSISTENCY
from specdrift.crawler.crawl import Crawler
from specdrift.events import Event, PhaseStarted, ProbeFinished
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Connection, Endpoint, Phase, Probe, ProbeTag, Reuse
from specdrift.model.policy import UnsafeMethods
from specdrift.scan.execution.state import ScanState
from specdrift.scan.execution.value_trials import needs_values
from specdrift.scan.preparation.run import Run

MOST = 6
"""Operations that are requested."""
TAG = ProbeTag(name="no request of a valid certificate before")


async def request_without_certificate(state: ScanState, crawler: Crawler) -> AsyncIterator[Event]:
    """Request some guarded operations without a certificate."""
    endpoint = replace(state.run.endpoint, address=state.preflight.answering[0])
    probes = requests_without_certificate(state.run, endpoint, only_http2=state.preflight.only_http2)
    if not probes:
        return
    yield PhaseStarted(phase=Phase.PREFLIGHT, probes=len(probes))
    state.sent = replace(state.sent, follow_ups=state.sent.follow_ups + len(probes))
    async for probe, observation in crawler.crawl(probes):
        state.exchanges.add(probe, observation)
        yield ProbeFinished(probe=probe, observation=observation)


def requests_without_certificate(
    run: Run, endpoint: Endpoint, *, only_http2: bool = False
) -> tuple[Probe, ...]:
    """Return the requests; none without the check that judges them."""
    judged = any(check.name == CONSISTENCY for check in run.checks)
    return tuple(_probes(run, endpoint, HTTP_2 if only_http2 else HTTP_1)) if judged else ()


def _probes(run: Run, endpoint: Endpoint, alpn: tuple[str, ...]) -> Iterator[Probe]:
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
