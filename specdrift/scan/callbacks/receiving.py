"""Listens for requests of the server while probes are sent, and adds the callers whose certificates cause them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

from msgspec.structs import replace

from specdrift.checks.inputs import callbacks
from specdrift.config.value_types.hosts import split_address
from specdrift.crawler.callback_listener import CallbackListener
from specdrift.crawler.crawl import Crawler
from specdrift.model.exchange.fetch import CertificateFetch, UrlKind
from specdrift.model.exchange.identity import IdentityKind
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.scan.execution.crawler_setup import tls_contexts
from specdrift.scan.execution.state import ScanState
from specdrift.scan.preparation.callers import callback_callers

SETTLE_S = 2.0
"""Time after the last probe in which requests still count: some servers fetch in another thread."""


@asynccontextmanager
async def receiving(state: ScanState, crawler: Crawler) -> AsyncIterator[None]:
    """Listen until the context ends, if the configuration names an address; then keep what was requested."""
    listener = await _opened(state)
    if listener is None:
        yield
        return
    try:
        _add_callers(state, crawler, f"{listener.url}/{state.run.run_id}")
        yield
        await asyncio.sleep(SETTLE_S)
    finally:
        await listener.close()
        fetches = tuple(dict.fromkeys(fetches_of(listener.targets, state.run.run_id)))
        state.context = replace(state.context, callback_url=listener.url, fetches=fetches)


def fetches_of(targets: Iterable[str], nonce: str) -> Iterator[CertificateFetch]:
    """Yield the URLs of this run's certificates among request targets. OCSP by GET appends its request to the path."""
    kinds = set(UrlKind)
    for target in targets:
        _, _, path = target.partition(f"/{nonce}/")
        identity, _, rest = path.partition("/")
        name = rest.partition("/")[0].partition("?")[0]
        if identity and name in kinds:
            yield CertificateFetch(identity=identity, kind=UrlKind(name))


async def _opened(state: ScanState) -> CallbackListener | None:
    run = state.run
    address = run.network.callback_listen
    if not address or callbacks.CHECK not in run.checks:
        return None
    if run.factory is None:
        state.skip(_skipped("needs a valid identity, from which untrusted certificates are generated"))
        return None
    if state.checkpoint is not None:
        state.skip(_skipped("a resumed run does not send the certificates again (--resume)"))
        return None
    host, port = split_address(address)
    try:
        return await CallbackListener.opened(host, port)
    except OSError as error:
        state.skip(_skipped(f"cannot listen on {address}: {error.strerror or error}"))
        return None


def _add_callers(state: ScanState, crawler: Crawler, url: str) -> None:
    run = state.run
    assert run.factory is not None  # noqa: S101 - else nothing listens
    more = callback_callers(replace(run.factory, callback_url=url), run.policies)
    generated = {name: one for name, one in more.identities.items() if one.kind is IdentityKind.GENERATED}
    state.run = replace(
        run,
        identities={**run.identities, **generated},
        credentials={**run.credentials, **{name: more.credentials[name] for name in generated}},
    )
    state.exchanges.set_identities(state.run.identities)
    crawler.contexts = tls_contexts(state.run)


def _skipped(reason: str) -> Skipped:
    return Skipped(check=callbacks.NAME, kind=SkipReason.NOT_AVAILABLE, reason=reason)
