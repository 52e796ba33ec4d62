"""Sends the planned probes in waves, and the follow-ups of each wave until there are none."""

from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from specdrift.classify.exchange_log import ExchangeLog
from specdrift.crawler.crawl import Crawler
from specdrift.events import Event, PhaseStarted, Planned, ProbeFinished
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import HTTP_2, Connection, Probe
from specdrift.scan.execution.body_trials import try_bodies
from specdrift.scan.execution.estimate import cost
from specdrift.scan.execution.plain_again import is_confirmation, plain_requests
from specdrift.scan.execution.planning import Wave, by_phase, is_possible, planned, wave_of
from specdrift.scan.execution.sampling import send
from specdrift.scan.execution.sending import ReplayingSender, Sender
from specdrift.scan.execution.state import ScanState
from specdrift.scan.execution.steady_requests import is_lost, send_again, send_at_times

MAX_ROUNDS = 64
"""Limit of follow-up rounds: most checks need three, bisecting a bundle of headers seven; redirects double that.
Requests whose effects are read at the same place follow each other, with some seven rounds each.
"""


async def send_waves(state: ScanState, crawler: Crawler) -> AsyncIterator[Event]:
    """Send all probes of the run; yield what is planned, and each exchange."""
    context = state.context
    probes = planned(state.run, context)
    state.sent = replace(state.sent, planned=state.sent.planned + len(probes))
    expected = cost(probes, state.run)
    yield Planned(probes=expected.probes, requests=expected.requests, connections=expected.connections)
    sender: Sender = ReplayingSender(crawler, state.checkpoint) if state.checkpoint else crawler
    postponed: list[Probe] = []
    for wave in Wave:
        if wave is Wave.WRITES:
            async for event in try_bodies(state, sender, probes):
                yield event
            if state.context is not context:  # other bodies are sent
                probes = planned(state.run, state.context)
        batch = tuple(p for p in probes if wave_of(p) is wave and p.id not in state.exchanges.by_id)
        if batch or postponed:
            async for event in _send_wave(state, sender, wave, batch, postponed):
                yield event
            async for event in send_again(state, sender):
                yield event
        if is_lost(state):
            return


async def _send_wave(
    state: ScanState, sender: Sender, wave: Wave, probes: Sequence[Probe], postponed: list[Probe]
) -> AsyncIterator[ProbeFinished | PhaseStarted]:
    """Send the probes of a wave and their follow-ups. Follow-ups of later waves go into ``postponed``."""
    http2 = HTTP_2 in state.context.alpn
    sending = send_all if state.run.exhaustive else partial(send, http2=http2)
    for number in range(MAX_ROUNDS):
        for phase, batch in by_phase(tuple(probes)).items():
            yield PhaseStarted(phase=phase, probes=len(batch))
            async for probe, observation in sending(sender, batch, state.exchanges):
                state.exchanges.add(probe, observation)
                yield ProbeFinished(probe=probe, observation=observation)
            async for event in send_at_times(state, sender):
                yield event
            if is_lost(state):
                return
        spared = [probe for probe in probes if probe.id not in state.exchanges.by_id]
        state.spared.update(map(_kind, spared))
        if number == 0:
            state.sent = replace(state.sent, spared=state.sent.spared + len(spared))
        else:
            state.sent = replace(state.sent, follow_ups=state.sent.follow_ups - len(spared))
        follow_ups = tuple(_follow_ups(state))
        probes = tuple(probe for probe in follow_ups if wave_of(probe) <= wave)
        postponed[:] = (probe for probe in follow_ups if wave_of(probe) > wave)
        # What is due is planned anew after these: it is not, where they are admitted.
        probes = tuple(plain_requests(probes, state.confirmed, state.exchanges)) or probes
        state.confirmed.update(
            probe.operation for probe in probes if probe.operation and is_confirmation(probe)
        )
        state.sent = replace(state.sent, follow_ups=state.sent.follow_ups + len(probes))
        if not probes:
            return


async def send_all(
    sender: Sender,
    batch: Sequence[Probe],
    exchanges: ExchangeLog,  # noqa: ARG001 - the signature of `send`
) -> AsyncIterator[tuple[Probe, Observation]]:
    """Send every probe of a batch (``--exhaustive``)."""
    async for pair in sender.crawl(batch):
        yield pair


def _follow_ups(state: ScanState) -> Iterator[Probe]:
    probes = {
        probe.id: probe
        for check in state.run.checks
        for probe in check.follow_up(state.context, state.exchanges)
        if is_possible(probe, state.context)
    }
    return (
        probe
        for name, probe in probes.items()
        if name not in state.exchanges.by_id and _kind(probe) not in state.spared
    )


def _kind(probe: Probe) -> tuple[str, str, Connection]:
    return probe.check, probe.identity, probe.connection.kind
