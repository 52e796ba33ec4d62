"""Sends plain requests again, and stops a run whose server answers them otherwise than before."""

from collections.abc import AsyncIterator

from msgspec.structs import replace

from specdrift.events import PhaseStarted, ProbeFinished
from specdrift.model.exchange.probe import Phase
from specdrift.scan.execution.sending import Sender
from specdrift.scan.execution.state import ScanState
from specdrift.scan.steadiness import MOST_PROBES, TIMES, again, change, is_doubtful


async def send_at_times(state: ScanState, sender: Sender) -> AsyncIterator[PhaseStarted | ProbeFinished]:
    """Send them if many probes were sent since the last time."""
    if len(state.exchanges.by_id) - state.steady_at >= MOST_PROBES:
        async for event in send_again(state, sender):
            yield event


async def send_again(state: ScanState, sender: Sender) -> AsyncIterator[PhaseStarted | ProbeFinished]:
    """Send them; some times more where one is answered otherwise than before."""
    if len(state.exchanges.by_id) == state.steady_at:
        return
    for _ in range(TIMES):
        state.steady_times += 1
        probes = again(state.exchanges, state.run.identities, state.steady_times)
        state.sent = replace(state.sent, follow_ups=state.sent.follow_ups + len(probes))
        yield PhaseStarted(phase=Phase.AFTER, probes=len(probes))
        async for probe, observation in sender.crawl(probes):
            state.exchanges.add(probe, observation)
            yield ProbeFinished(probe=probe, observation=observation)
        if not is_doubtful(state.exchanges, state.run.identities, state.steady_times):
            break
    state.steady_at = len(state.exchanges.by_id)


def is_lost(state: ScanState) -> bool:
    """Return whether the server answers a caller otherwise than before."""
    return change(state.exchanges, state.run.identities) is not None
