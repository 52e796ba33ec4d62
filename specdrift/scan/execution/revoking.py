"""Revokes certificates by the owner's commands when all else has been sent, and waits until they are refused."""

import asyncio
import time
from collections.abc import AsyncIterator

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from specdrift.checks.core.base import PlannedOperation
from specdrift.checks.credentials import revoked
from specdrift.crawler.crawl import Crawler
from specdrift.errors import UsageError
from specdrift.events import Event, ProbeFinished, Warned
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.scan.execution.state import ScanState
from specdrift.scan.preparation.credentials.printed import printed
from specdrift.scan.preparation.run import Revocation

SERIAL = "SPECDRIFT_SERIAL"
"""Variable with the serial number in hexadecimal."""


async def revoke(state: ScanState, crawler: Crawler) -> AsyncIterator[Event]:
    """Revoke each certificate by its command, and send it until it is refused or its time has passed."""
    if revoked.CHECK not in state.run.checks:
        return
    for name, revocation in state.run.revocations.items():
        identity = state.run.identities[name]
        planned = revoked.operation_for(state.context, identity)
        problem = await _revoked(state, planned, identity, revocation)
        if problem or planned is None:
            skipped = Skipped(check=revoked.NAME, kind=SkipReason.NOT_AVAILABLE, reason=problem)
            state.skip(skipped)
            yield Warned(message=problem)
            continue
        async for event in _waiting(state, crawler, planned, identity, revocation.within):
            yield event


async def _revoked(
    state: ScanState, planned: PlannedOperation | None, identity: ClientIdentity, revocation: Revocation
) -> str:
    """Run the command. Return why the certificate is not revoked; empty if it is."""
    why = f'the certificate of "{identity.name}" is not revoked'
    if state.run.shard is not None or state.checkpoint is not None:
        return f"{why}: other runs may need it (--shard, --resume)"
    if planned is None:
        return f"{why}: no operation must admit it that may be sent"
    if not revoked.is_admitted_before(state.exchanges.classifier(), planned, identity):
        return f"{why}: it was not admitted before"
    certificate = identity.certificate
    assert certificate is not None  # noqa: S101 - it was admitted
    pem = x509.load_der_x509_certificate(certificate.der).public_bytes(Encoding.PEM)
    key = f'revoke-command of "{identity.name}"'
    variables = {SERIAL: certificate.serial}
    try:
        await asyncio.to_thread(printed, key, revocation.command, "end", given=pem, variables=variables)
    except UsageError as error:
        return f"{why}: {error}"
    return ""


async def _waiting(
    state: ScanState, crawler: Crawler, planned: PlannedOperation, identity: ClientIdentity, within: float
) -> AsyncIterator[Event]:
    """Send requests until several in a row are refused. State after how many seconds the first of these was."""
    began, exchanges, at = time.monotonic(), state.exchanges, revoked.times(within)
    for number, seconds in enumerate(at, start=1):
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
        probe = revoked.probe_of(state.context, planned, identity, number)
        async for sent, observation in crawler.crawl([probe]):
            exchanges.add(sent, observation)
            yield ProbeFinished(probe=sent, observation=observation)
        own = exchanges.of(revoked.NAME, planned.key, identity.name)
        if revoked.is_refused_by_now(own, exchanges.classifier()):
            first = at[max(0, number - revoked.REFUSALS)]
            yield Warned(
                message=f'the certificate of "{identity.name}" is refused {first:g} s after its revocation'
            )
            return
