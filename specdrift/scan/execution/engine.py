"""Runs the checks against the target and yields events, the last of which carries the result."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import chain

from msgspec.structs import replace

from specdrift import __version__
from specdrift.checks.core.base import open_operations, roles_of
from specdrift.checks.core.operation_words import words_of_names
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.collecting import collecting_rarely
from specdrift.crawler.crawl import Crawler
from specdrift.events import (
    ContractLoaded,
    Event,
    PhaseStarted,
    ProbeFinished,
    ScanFinished,
    SendingEnded,
    Warned,
)
from specdrift.interruption import Interruption
from specdrift.model.exchange.probe import Phase, fields_of_run
from specdrift.model.plural import with_verb
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.result import Counts
from specdrift.scan.callbacks.receiving import receiving
from specdrift.scan.conclusion.finish import finish, judge_input_for
from specdrift.scan.conclusion.judge_input import RunEnd
from specdrift.scan.execution.checkpoint import Checkpoint, opened, was_not_sent
from specdrift.scan.execution.crawler_setup import client_certificates, crawler_for, tls_contexts
from specdrift.scan.execution.learning import learn_values
from specdrift.scan.execution.opening.base_path import choose_base_path
from specdrift.scan.execution.opening.certified_names import certified_names
from specdrift.scan.execution.opening.preflight import Preflight, first_probes, preflight
from specdrift.scan.execution.opening.unauthenticated import request_without_certificate
from specdrift.scan.execution.planning import assumed_ranges, context_of
from specdrift.scan.execution.revoking import revoke
from specdrift.scan.execution.rounds import send_waves
from specdrift.scan.execution.state import ScanState
from specdrift.scan.issuers.reading import read_issuers
from specdrift.scan.preparation.alternate_endpoints import alternate_endpoints, resolved
from specdrift.scan.preparation.callers import callers_from_server, short_lived_callers
from specdrift.scan.preparation.http3_endpoint import resolved_http3
from specdrift.scan.preparation.run import Run
from specdrift.scan.preparation.target import addresses_of
from specdrift.settings import RecordingSettings

Clock = Callable[[], datetime]

OUT_OF_TIME = Problem(
    kind=ProblemKind.STOPPED, text="the time for the whole run is used up (--overall-timeout)"
)

NOT_JUDGED = Problem(
    kind=ProblemKind.STOPPED, text="the time to judge the exchanges is used up, so that none is judged"
)


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


async def scan(run: Run, *, clock: Clock = utc_now) -> AsyncIterator[Event]:
    """Send what the checks plan, and yield events; the last one carries the result.

    When cancelled (a signal, or ``--overall-timeout``) it stops sending and still yields a result of its exchanges.
    """
    checkpoint = opened(run.recording.resume, run, now=clock()) if run.recording.resume else None
    with collecting_rarely(), checkpoint or nullcontext():
        async for event in _scan(_resumed(run, checkpoint) if checkpoint else run, checkpoint, clock):
            yield event


def _resumed(run: Run, checkpoint: Checkpoint) -> Run:
    """Resume with the checkpoint's run id, which is the nonce of not-found paths. The settings stay as given."""
    known = len(checkpoint.known)
    count = with_verb(known, "answer", "is", "are")
    notes = (f"{checkpoint.path}: {count} known and not requested again",) if known else ()
    return replace(run, run_id=checkpoint.run_id, notes=(*run.notes, *notes))


async def _scan(run: Run, checkpoint: Checkpoint | None, clock: Clock) -> AsyncIterator[Event]:
    state = ScanState(
        run=run,
        started_at=checkpoint.started_at if checkpoint else clock(),
        exchanges=_no_exchanges(run),
        context=context_of(run, tls=assumed_ranges(run)),
        checkpoint=checkpoint,
    )
    began = time.monotonic()
    yield ContractLoaded(contract=run.contract)
    for note in run.notes:
        yield Warned(message=note)
    with crawler_for(run, spent=checkpoint.requests if checkpoint else 0) as crawler:
        try:
            async with asyncio.timeout(run.network.overall_timeout):
                async for event in _exchanges(state, crawler, clock):
                    yield event
        except (TimeoutError, asyncio.CancelledError):
            _uncancel()
            _stopped(state, began)
    yield SendingEnded()
    yield _finish(state, crawler, clock(), began)


def _stopped(state: ScanState, began: float) -> None:
    """Note why sending stopped: the time limit if it has passed, else a signal."""
    limit = state.run.network.overall_timeout
    if limit is not None and time.monotonic() - began >= limit:
        state.problem, state.stop_reason = OUT_OF_TIME, StopReason.OVERALL_TIMEOUT
    else:
        state.stop_reason = StopReason.INTERRUPTED


def _uncancel() -> None:
    """Go on after a cancellation: the consumer cancels to stop the sending, and still awaits the result."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


def _finish(state: ScanState, crawler: Crawler, now: datetime, began: float) -> ScanFinished:
    """Judge the exchanges. If that does not end in time, no operation is decided."""
    try:
        return _judged(state, crawler, now)
    except Interruption:
        _stopped(state, began)
        record = state.run.recording.record
        state.problem, state.exchanges = NOT_JUDGED, _no_exchanges(state.run)
        state.run = replace(state.run, recording=RecordingSettings())
        finished = _judged(state, crawler, now)
        return replace(finished, unrecorded=f"cannot write {record}: {NOT_JUDGED.text}" if record else "")


def _no_exchanges(run: Run) -> ExchangeLog:
    return ExchangeLog(
        identities=run.identities,
        roles=roles_of(run.operations),
        open_operations=open_operations(run.operations),
        named=words_of_names(run.operations),
        sent=fields_of_run(run.run_id, __version__),
    )


def _judged(state: ScanState, crawler: Crawler, now: datetime) -> ScanFinished:
    checkpoint, tally = state.checkpoint, crawler.tally
    end = RunEnd(
        finished_at=now,
        problem=state.problem,
        stop_reason=state.stop_reason,
        sent=replace(
            state.sent,
            requests=tally.requests + (checkpoint.requests if checkpoint else 0),
            connections=tally.connections + (checkpoint.connections if checkpoint else 0),
        ),
    )
    judge_input = judge_input_for(
        state.run,
        state.context,
        started_at=state.started_at,
        addresses=state.addresses,
        tls_versions=state.preflight.versions,
    )
    finished = finish(state.run, judge_input, state.exchanges, end)
    if checkpoint is None:
        return finished
    if not (state.problem or state.stop_reason or _has_unsent(state)):
        checkpoint.finish()
    unrecorded = "\n".join(filter(None, (finished.unrecorded, checkpoint.problem)))
    return replace(finished, unrecorded=unrecorded)


def _has_unsent(state: ScanState) -> bool:
    """Return whether a resumed run has probes left to send."""
    return any(was_not_sent(entry.observation) for entry in state.exchanges.by_id.values())


async def _exchanges(state: ScanState, crawler: Crawler, clock: Clock) -> AsyncIterator[Event]:
    """Probe the listener first, then send the planned probes."""
    run = state.run
    state.addresses = await addresses_of(run.endpoint)
    state.sent = Counts(planned=len(first_probes(run, state.addresses)))
    yield PhaseStarted(phase=Phase.PREFLIGHT, probes=state.sent.planned)
    found = state.preflight = await preflight(run, crawler, state.addresses)
    for probe, observation in found.exchanges:
        state.exchanges.add(probe, observation)
        yield ProbeFinished(probe=probe, observation=observation)
    if found.problem:
        state.problem = found.problem
        yield Warned(message=state.problem.text)
        return
    if state.checkpoint is not None:
        state.checkpoint.verify_listener(_listener(found, crawler))
    for step in (choose_base_path, request_without_certificate, learn_values, read_issuers):
        async for event in step(state, crawler):
            yield event
    async with receiving(state, crawler):
        async for event in _probing(state, crawler, clock):
            yield event


async def _probing(state: ScanState, crawler: Crawler, clock: Clock) -> AsyncIterator[Event]:
    """Send the planned probes."""
    run, found = state.run, state.preflight
    _add_generated_callers(state, crawler, clock())
    configured = alternate_endpoints(run)
    found_endpoints = await resolved(configured, run.endpoint, state.addresses)
    for endpoint in configured:
        if endpoint.url not in {one.url for one in found_endpoints}:
            yield Warned(message=f"cannot resolve {endpoint.url}; that endpoint was not probed")
    state.context = context_of(
        state.run,
        tls=found.ranges,
        addresses=found.answering,
        alpn=found.alpn,
        alternate_endpoints=found_endpoints,
        http3=await resolved_http3(state.run, found.answering[0]),
        certified_names=_certified_names(run, found, crawler),
    )
    async for event in send_waves(state, crawler):
        yield event
    async for event in revoke(state, crawler):
        yield event


def _certified_names(run: Run, found: Preflight, crawler: Crawler) -> tuple[str, ...]:
    der = next(iter(crawler.server_certificates.values()), b"")
    return certified_names(der, replace(run.endpoint, address=found.answering[0]))


def _listener(found: Preflight, crawler: Crawler) -> dict[str, object]:
    """Return the facts by which a checkpoint recognises the listener."""
    return {
        "addresses": sorted(found.answering),
        "versions": list(found.versions),
        "http2": found.http2,
        "certificates": sorted(crawler.server_certificates),
    }


def _add_generated_callers(state: ScanState, crawler: Crawler, now: datetime) -> None:
    """Add the callers that imitate the server's own certificate, and the one whose certificate expires soon."""
    run = state.run
    der = next(iter(crawler.server_certificates.values()), b"")
    if run.factory is None or not der:
        return
    more = (
        callers_from_server(run.factory, der, run.policies),
        short_lived_callers(run.factory, run.identities.values(), now=now),
    )
    state.run = replace(
        run,
        identities=dict(chain(run.identities.items(), *(one.identities.items() for one in more))),
        credentials=dict(chain(run.credentials.items(), *(one.credentials.items() for one in more))),
    )
    state.exchanges.set_identities(state.run.identities)
    crawler.contexts = tls_contexts(state.run)
    crawler.client_certificates = client_certificates(state.run)
