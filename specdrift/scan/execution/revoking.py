"""Revokes certificates by the owner's commands when all else has been sent, and waits until they are refused.

Connections and sessions that a certificate made before are held meanwhile, and used then.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import PlannedOperation
from specdrift.checks.credentials import revoked, revoked_session
from specdrift.crawler.crawl import Crawler
from specdrift.crawler.held import HeldProbes
from specdrift.errors import UsageError
from specdrift.events import Event, ProbeFinished, Warned
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.scan.execution.state import ScanState
from specdrift.scan.preparation.credentials.printed import printed
from specdrift.scan.preparation.run import Revocation

SERIAL = "SPECDRIFT_SERIAL"
"""Variable with the serial number, as `openssl x509 -serial` prints it and `openssl ca` writes it in its index."""


class _Canary(Struct, frozen=True):
    """A certificate that is to be revoked, and the operation that admitted it."""

    state: ScanState
    crawler: Crawler
    planned: PlannedOperation
    identity: ClientIdentity

    @property
    def is_refused(self) -> bool:
        """Whether the last new connections with it were refused."""
        log = self.state.exchanges
        own = log.of(revoked.NAME, self.planned.key, self.identity.name)
        return revoked.is_refused_by_now(own, log.classifier())

    async def poll(self, number: int) -> AsyncIterator[Event]:
        """Send it on a new connection."""
        probe = revoked.probe_of(self.state.context, self.planned, self.identity, number)
        async for event in self.logged(self.crawler.crawl([probe])):
            yield event

    async def logged(self, sending: AsyncIterator[tuple[Probe, Observation]]) -> AsyncIterator[Event]:
        """Keep each exchange."""
        async for probe, observation in sending:
            self.state.exchanges.add(probe, observation)
            yield ProbeFinished(probe=probe, observation=observation)


async def revoke(state: ScanState, crawler: Crawler) -> AsyncIterator[Event]:
    """Revoke each certificate by its command, and send it until it is refused or its time has passed."""
    if revoked.CHECK not in state.run.checks:
        return
    for name, revocation in state.run.revocations.items():
        identity = state.run.identities[name]
        planned = revoked.operation_for(state.context, identity)
        problem = _impossible(state, planned, identity)
        if planned is not None and not problem:
            canary = _Canary(state, crawler, planned, identity)
            async for event in _revoking(canary, revocation):
                yield event
        else:
            yield _skipped(state, problem)


async def _revoking(canary: _Canary, revocation: Revocation) -> AsyncIterator[Event]:
    state, number = canary.state, 0
    with_sessions = revoked_session.CHECK in state.run.checks
    probes = revoked_session.probes(state.context, canary.planned, canary.identity) if with_sessions else ()
    async with HeldProbes(canary.crawler, probes) as held:
        if problem := await _command(canary.identity, revocation):
            yield _skipped(state, problem)
            return
        began = time.monotonic()
        at = revoked.times(revocation.within)
        for number, seconds in enumerate(at, start=1):
            await _until(began + seconds)
            async for event in canary.poll(number):
                yield event
            if canary.is_refused:
                first = at[max(0, number - revoked.REFUSALS)]
                message = (
                    f'the certificate of "{canary.identity.name}" is refused {first:g} s after its revocation'
                )
                yield Warned(message=message)
                state.keep(replace(canary.identity, refused_after=first))
                break
        else:
            return
        async for event in _use(canary, held, probes, number=number + 1, end=began + revocation.within):
            yield event


async def _use(
    canary: _Canary, held: HeldProbes, probes: Sequence[Probe], *, number: int, end: float
) -> AsyncIterator[Event]:
    """Use what was made before the revocation, and at the end of its time again what did not end with it.

    ``number`` is that of the control at the end, which is a time of the monotonic clock.
    """
    first = [probe for probe in probes if probe.attempt == revoked_session.AT_ONCE]
    async for event in canary.logged(held.release(first)):
        yield event
    again = revoked_session.to_repeat(canary.state.exchanges.classifier(), canary.identity.name)
    late = [probe for probe in probes if probe not in first and revoked_session.way_of(probe) in again]
    if not late:
        return
    await _until(end)
    async for event in canary.logged(held.release(late)):
        yield event
    async for event in canary.poll(number):
        yield event


async def _until(when: float) -> None:
    """Wait until a time of the monotonic clock."""
    await asyncio.sleep(max(0.0, when - time.monotonic()))


def _skipped(state: ScanState, problem: str) -> Warned:
    state.skip(Skipped(check=revoked.NAME, kind=SkipReason.NOT_AVAILABLE, reason=problem))
    return Warned(message=problem)


def _why(identity: ClientIdentity, problem: object) -> str:
    return f'the certificate of "{identity.name}" is not revoked: {problem}'


def _impossible(state: ScanState, planned: PlannedOperation | None, identity: ClientIdentity) -> str:
    """Return why the command does not run; empty if it does."""
    if state.run.shard is not None or state.checkpoint is not None:
        return _why(identity, "other runs may need it (--shard, --resume)")
    if planned is None:
        return _why(identity, "no operation must admit it that may be sent")
    if not revoked.is_admitted_before(state.exchanges.classifier(), planned, identity):
        return _why(identity, "it was not admitted before")
    return ""


async def _command(identity: ClientIdentity, revocation: Revocation) -> str:
    """Run the command. Return why the certificate is not revoked; empty if it is."""
    certificate = identity.certificate
    assert certificate is not None  # noqa: S101 - it was admitted
    pem = x509.load_der_x509_certificate(certificate.der).public_bytes(Encoding.PEM)
    key = f'revoke-command of "{identity.name}"'
    variables = {SERIAL: certificate.serial_in_bytes}
    try:
        await asyncio.to_thread(printed, key, revocation.command, "end", given=pem, variables=variables)
    except UsageError as error:
        return _why(identity, error)
    return ""
