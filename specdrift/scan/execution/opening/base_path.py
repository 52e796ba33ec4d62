"""Finds out whether the document's base path is meant, where the base URL lacks it."""

from collections.abc import AsyncIterator

from msgspec.structs import replace

from specdrift.checks.core.base import PlannedOperation
from specdrift.crawler.crawl import Crawler
from specdrift.events import Event, ProbeFinished, Warned
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Connection, Phase, Probe, Reuse
from specdrift.model.policy import UnsafeMethods
from specdrift.scan.execution.opening.preflight import CHECK
from specdrift.scan.execution.state import ScanState
from specdrift.scan.preparation.run import Run

_NOT_FOUND = 404


async def choose_base_path(state: ScanState, crawler: Crawler) -> AsyncIterator[Event]:
    """Request one operation below both base paths, with a valid certificate, and continue where it exists.

    Without a clear answer the base URL stays as given.
    """
    if state.run.at_document_path is None:
        return
    given = state.run
    other = replace(
        state.run.at_document_path(), run_id=given.run_id, notes=given.notes, at_document_path=None
    )
    probes = [probe for run in (given, other) if (probe := _probe(run, state))]
    answers: dict[str, HttpFacts] = {}
    async for probe, observation in crawler.crawl(probes):
        state.exchanges.add(probe, observation)
        state.sent = replace(state.sent, planned=state.sent.planned + 1)
        if observation.http:
            answers[probe.id] = observation.http
        yield ProbeFinished(probe=probe, observation=observation)
    if len(answers) < len((given, other)):
        return
    here, there = (answers[probe.id].status for probe in probes)
    if here == _NOT_FOUND != there:
        state.run = other
        yield Warned(
            message=f"{given.base_url} answers {here}, and {other.base_url} {there}: the API is below the "
            f"base path of {given.contract.document.source}. Continuing with {other.base_url}; make it the base URL"
        )


def _probe(run: Run, state: ScanState) -> Probe | None:
    """Return a probe for the operation that needs the fewest parameter values; ``None`` if no GET may be sent."""
    sent = [one for one in run.operations if one.mode is UnsafeMethods.SEND and one.request.method == "GET"]
    if not sent:
        return None
    chosen = min(sent, key=_parameters)
    valid = [identity.name for identity in run.identities.values() if identity.is_control]
    endpoint = replace(run.endpoint, address=state.preflight.answering[0])
    return Probe(
        check=CHECK,
        operation=None,
        identity=valid[0] if valid else ANONYMOUS.name,
        connection=Connection(
            endpoint=endpoint,
            alpn=HTTP_2 if state.preflight.only_http2 else HTTP_1,
            reuse=Reuse.FRESH,
        ),
        request=chosen.request,
        phase=Phase.PREFLIGHT,
        variant=f"base path of {run.base_url}",
        control=True,
        why="below which base path the API is",
    )


def _parameters(planned: PlannedOperation) -> int:
    return planned.operation.key.path.count("{")
