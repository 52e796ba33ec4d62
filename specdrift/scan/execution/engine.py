"""Runs the checks against the target: plans, sends, follows up, judges. It tells all it does as events."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from ssl import SSLContext

from specdrift import __version__
from specdrift.checks.core.base import PlanContext, roles_of
from specdrift.classify.evidence import ExchangeLog
from specdrift.collecting import collecting_rarely
from specdrift.config.describe.show import describe
from specdrift.crawler.crawl import Crawler
from specdrift.crawler.limits import Budget
from specdrift.differ.diff import document_drifts
from specdrift.differ.reproduce import Reproducer
from specdrift.errors import UsageError
from specdrift.events import ContractLoaded, Event, PhaseStarted, Planned, ProbeFinished, ScanFinished, Warned
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import HTTP_2, Connection, Phase, Probe
from specdrift.model.result.result import Counts, Target
from specdrift.pki.context import client_context
from specdrift.result.redact import redact_config
from specdrift.scan.conclusion.assemble import assemble
from specdrift.scan.conclusion.documented import off_document
from specdrift.scan.conclusion.judge_input import JudgeInput, RunEnd
from specdrift.scan.conclusion.recording import record
from specdrift.scan.execution.checkpoint import Checkpoint, never_left, opened
from specdrift.scan.execution.estimate import cost
from specdrift.scan.execution.planning import Wave, assumed_ranges, by_phase, context_of, planned, wave_of
from specdrift.scan.execution.preflight import Preflight, first_probes, preflight
from specdrift.scan.execution.sampling import send
from specdrift.scan.execution.sending import Remembering, Sender
from specdrift.scan.preparation.alternate_endpoints import doors_of, located
from specdrift.scan.preparation.callers import mint_from_server
from specdrift.scan.preparation.run import Run
from specdrift.scan.preparation.source_analysis import with_source
from specdrift.scan.preparation.target import addresses_of
from specdrift.settings import CertificateFormat, IdentitySettings

Clock = Callable[[], datetime]

MAX_ROUNDS = 8
"""Rounds of probes: most checks need three; what narrows a bundle of headers down needs seven."""


@dataclass(slots=True)
class State:
    """What a run knows so far; a result can be made of it at any moment."""

    run: Run
    started_at: datetime
    evidence: ExchangeLog
    context: PlanContext
    kept: Checkpoint | None = None
    addresses: tuple[str, ...] = ()
    look: Preflight = field(default_factory=Preflight)
    interrupted: bool = False
    problem: str = ""
    sent: Counts = field(default_factory=Counts)


def utc_now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


async def scan(run: Run, *, clock: Clock = utc_now) -> AsyncIterator[Event]:
    """Sends what the checks ask for and yields events; the last one brings the result.

    Cancelled (Ctrl-C, or the overall timeout), it stops sending and still ends with what it knows.
    """
    kept = opened(run.settings.resume, run, now=clock()) if run.settings.resume else None
    if kept is not None:
        run = _taken_up(run, kept)
    with kept or nullcontext():
        async for event in _scan(run, kept, clock):
            yield event


def _taken_up(run: Run, kept: Checkpoint) -> Run:
    """Resume with the checkpoint's run id, which is the nonce of not-found paths. The settings stay as given."""
    notes = (
        (f"{kept.path}: {len(kept.known):,} answers are known and not asked for again",) if kept.known else ()
    )
    return replace(
        run,
        run_id=kept.run_id,
        notes=(*run.notes, *notes),
    )


async def _scan(run: Run, kept: Checkpoint | None, clock: Clock) -> AsyncIterator[Event]:
    state = State(
        run=run,
        started_at=kept.started_at if kept else clock(),
        evidence=ExchangeLog(identities=run.identities, roles=roles_of(run.subjects)),
        context=context_of(run, tls=assumed_ranges(run)),
        kept=kept,
    )
    yield ContractLoaded(contract=run.contract)
    for note in run.notes:
        yield Warned(message=note)
    with crawler_of(run, spent=kept.requests if kept else 0) as crawler, collecting_rarely():
        try:
            async with asyncio.timeout(run.settings.network.overall_timeout):
                async for event in _exchanges(state, crawler):
                    yield event
        except TimeoutError:
            state.problem = "the time for the whole run is used up (--overall-timeout)"
        except asyncio.CancelledError:
            _survive_cancellation()
            state.interrupted = True
    yield _ended(state, crawler, clock())


def _ended(state: State, crawler: Crawler, now: datetime) -> ScanFinished:
    """The result, recorded if that is wanted; that it cannot be is no reason to lose it."""
    run, kept, tally = state.run, state.kept, crawler.tally
    ending = RunEnd(
        finished_at=now,
        problem=state.problem,
        interrupted=state.interrupted,
        sent=replace(
            state.sent,
            requests=tally.requests + (kept.requests if kept else 0),
            connections=tally.connections + (kept.connections if kept else 0),
        ),
    )
    dossier = _dossier(state)
    result = assemble(dossier, state.evidence, ending)
    state.evidence.off_document = off_document(run, result, state.evidence)
    if state.evidence.off_document:
        result = assemble(dossier, state.evidence, ending)
    if run.source_analysis is not None and not state.problem:
        result = with_source(result, run.source_analysis, run.contract, run.settings, asked=True)
    unrecorded = ""
    if run.settings.record is not None:
        try:
            record(run.settings.record, dossier, state.evidence, result, problem=state.problem)
        except UsageError as error:
            unrecorded = str(error)
    if kept and not (state.problem or state.interrupted or _held_back(state)):
        kept.finish()
    return ScanFinished(result=result, unrecorded=unrecorded)


def _held_back(state: State) -> bool:
    """Whether something was left unasked that another run may ask."""
    return any(never_left(seen.observation) for seen in state.evidence.seen.values())


def _dossier(state: State) -> JudgeInput:
    run, settings = state.run, state.run.settings
    return JudgeInput(
        run_id=run.run_id,
        started_at=state.started_at,
        document=run.contract.document,
        document_drifts=document_drifts(run.contract.diagnostics),
        context=state.context,
        checks=run.checks,
        target=Target(
            base_url=run.base_url,
            addresses=state.addresses,
            listeners=settings.server.listeners,
            tls_versions=state.look.versions,
            insecure=settings.server.insecure,
        ),
        skipped=run.skipped,
        secret_headers=run.secret_headers,
        repeater=Reproducer(
            document=run.contract.document.source,
            base_url=run.base_url,
            trust=str(settings.server.ca_file or ""),
            insecure=settings.server.insecure,
            files={identity.name: _curl_options(identity) for identity in settings.identities},
            secret_headers=tuple(name.lower() for name in run.secret_headers),
            older_sessions={name: str(session.file) for name, session in run.older_sessions.items()},
        ),
        fail_on=settings.fail_on,
        allow_incomplete=settings.allow_incomplete,
        part=settings.shard is not None,
        config=redact_config(describe(settings), run.contract.operations, run.secret_headers),
        origins=dict(settings.origins),
    )


def _curl_options(identity: IdentitySettings) -> tuple[str, ...]:
    """How curl is told to present an identity. A passphrase is never among it: curl asks for it."""
    kind = ("--cert-type", "P12") if identity.format is CertificateFormat.PKCS12 else ()
    key = ("--key", str(identity.key_file)) if identity.key_file else ()
    return ("--cert", str(identity.cert_file), *key, *kind)


def _survive_cancellation() -> None:
    """The consumer cancelled us to make us stop, and still wants the result."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


async def _exchanges(state: State, crawler: Crawler) -> AsyncIterator[Event]:
    run = state.run
    state.addresses = await addresses_of(run.endpoint)
    state.sent = Counts(planned=len(first_probes(run, state.addresses)))
    yield PhaseStarted(phase=Phase.PREFLIGHT, probes=state.sent.planned)
    state.look = await preflight(run, crawler, state.addresses)
    for probe, observation in state.look.seen:
        state.evidence.add(probe, observation)
        yield ProbeFinished(probe=probe, observation=observation)
    if state.look.problem:
        state.problem = state.look.problem
        yield Warned(message=state.problem)
        return
    look = state.look
    if state.kept is not None:
        state.kept.meet(_listener(look, crawler))
    _know_server(state, crawler)
    doors = await located(doors_of(run), run.endpoint, state.addresses)
    for door in doors_of(run):
        if door.url not in {placed.url for placed in doors}:
            yield Warned(message=f"{door.url} does not resolve to an address: that door was not asked")
    state.context = context_of(
        state.run,
        tls=look.ranges,
        addresses=look.answering,
        alpn=look.alpn,
        doors=doors,
    )
    async for event in _rounds(state, crawler):
        yield event


def _listener(look: Preflight, crawler: Crawler) -> dict[str, object]:
    """What a checkpoint notes of the listener."""
    return {
        "addresses": sorted(look.answering),
        "versions": list(look.versions),
        "http2": look.http2,
        "certificates": sorted(crawler.server_certificates),
    }


def _know_server(state: State, crawler: Crawler) -> None:
    """Adds the callers that can be made only now that the server has shown its certificate."""
    run = state.run
    shown = next(iter(crawler.server_certificates.values()), b"")
    if run.workshop is None or not shown:
        return
    more = mint_from_server(run.workshop, shown, run.settings)
    run.credentials.update(more.credentials)
    state.run = replace(run, identities={**run.identities, **more.identities})
    state.evidence.know(state.run.identities)


async def _rounds(state: State, crawler: Crawler) -> AsyncIterator[Event]:
    """The planned probes, wave by wave."""
    probes = planned(state.run, state.context)
    state.sent = replace(state.sent, planned=state.sent.planned + len(probes))
    expected = cost(probes, state.run)
    yield Planned(probes=expected.probes, requests=expected.requests, connections=expected.connections)
    sender: Sender = Remembering(crawler, state.kept) if state.kept else crawler
    later: list[Probe] = []
    for wave in Wave:
        batch = tuple(probe for probe in probes if wave_of(probe) is wave)
        if batch or later:
            async for event in _wave(state, sender, wave, batch, later):
                yield event


async def _wave(
    state: State, sender: Sender, wave: Wave, probes: Sequence[Probe], later: list[Probe]
) -> AsyncIterator[ProbeFinished | PhaseStarted]:
    """The probes of a wave, then follow-ups until there are none but ``later`` ones, of the waves to come."""
    http2 = HTTP_2 in state.context.alpn
    sending = all_of if state.run.settings.exhaustive else partial(send, http2=http2)
    for number in range(MAX_ROUNDS):
        for phase, batch in by_phase(tuple(probes)).items():
            yield PhaseStarted(phase=phase, probes=len(batch))
            async for probe, observation in sending(sender, batch, state.evidence):
                state.evidence.add(probe, observation)
                yield ProbeFinished(probe=probe, observation=observation)
        if number == 0:
            spared = sum(probe.id not in state.evidence.seen for probe in probes)
            state.sent = replace(state.sent, spared=state.sent.spared + spared)
        follow_ups = tuple(_follow_ups(state))
        probes = tuple(probe for probe in follow_ups if wave_of(probe) <= wave)
        later[:] = (probe for probe in follow_ups if wave_of(probe) > wave)
        state.sent = replace(state.sent, follow_ups=state.sent.follow_ups + len(probes))
        if not probes:
            return


async def all_of(
    sender: Sender,
    batch: Sequence[Probe],
    evidence: ExchangeLog,  # noqa: ARG001 - as `send`, which needs it
) -> AsyncIterator[tuple[Probe, Observation]]:
    """Sends every probe of a batch (``--exhaustive``)."""
    async for pair in sender.crawl(batch):
        yield pair


def _follow_ups(state: State) -> Iterator[Probe]:
    asked = {
        probe.id: probe
        for check in state.run.checks
        for probe in check.follow_up(state.context, state.evidence)
    }
    return (probe for name, probe in asked.items() if name not in state.evidence.seen)


def crawler_of(run: Run, *, spent: int = 0) -> Crawler:
    """Return the crawler that sends the probes of a run; ``spent`` requests of its budget are used."""

    @contextmanager
    def context(identity: str, connection: Connection) -> Iterator[SSLContext]:
        with client_context(
            run.credentials[identity],
            server=run.settings.server,
            tls_range=connection.tls,
            alpn=connection.alpn,
        ) as made:
            where = (connection.endpoint, connection.resumes or connection.endpoint)
            if any(endpoint.server_name != run.endpoint.server_name for endpoint in where):
                # A probe under another name (SNI): the chain is verified as ever, the name cannot match.
                made.check_hostname = False
            yield made

    headers = (
        ("User-Agent", f"specdrift/{__version__}"),
        ("X-Specdrift-Run", run.run_id),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
    )
    sessions = {name: session.file for name, session in run.older_sessions.items()}
    return Crawler(
        contexts=context,
        network=run.settings.network,
        headers=headers,
        older_sessions=sessions,
        budget=Budget.after(spent, limit=run.settings.network.max_requests),
    )
