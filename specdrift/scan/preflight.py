"""The first look at the target: does anything answer, where, and which TLS versions does it speak?"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace

from specdrift.crawler.crawl import Crawler
from specdrift.model.identity import ANONYMOUS
from specdrift.model.observation import Ending, Observation
from specdrift.model.probe import Connection, Phase, Probe, Reuse, TlsRange
from specdrift.scan.run import Run

CHECK = "preflight"
RANGES = {"TLSv1.2": TlsRange.ONLY_1_2, "TLSv1.3": TlsRange.ONLY_1_3}


@dataclass(slots=True)
class Preflight:
    """``address`` is the first that accepts connections; ``versions`` those that it speaks, newest first;
    ``problem`` the sentence that says why there is nothing to go on with.
    """

    address: str = ""
    versions: tuple[str, ...] = ()
    problem: str = ""
    seen: list[tuple[Probe, Observation]] = field(default_factory=list)

    @property
    def ranges(self) -> tuple[TlsRange, ...]:
        """What to try: the server's own choice, and TLS 1.2 apart where that is not it."""
        return (TlsRange.ANY, TlsRange.ONLY_1_2) if len(self.versions) > 1 else (TlsRange.ANY,)


async def preflight(run: Run, crawler: Crawler, addresses: Sequence[str]) -> AsyncIterator[Preflight]:
    """Yields the state after each look; the last one is what was found out."""
    state = Preflight()
    if not addresses:
        state.problem = f"{run.endpoint.host} does not resolve to an address"
        yield state
    for address in addresses:
        async for pair in crawler.crawl(tuple(_probes(run, address))):
            state.seen.append(pair)
        _conclude(state, address, run)
        yield state
        if state.versions:
            return


def _probes(run: Run, address: str) -> Iterator[Probe]:
    good = [i.name for i in run.identities.values() if i.is_control]
    for tls in (TlsRange.ONLY_1_3, TlsRange.ONLY_1_2):
        if run.settings.server.tls_min <= tls.value <= run.settings.server.tls_max:
            yield Probe(
                check=CHECK,
                operation=None,
                identity=good[0] if good else ANONYMOUS.name,
                connection=Connection(
                    endpoint=replace(run.endpoint, address=address), tls=tls, reuse=Reuse.FRESH
                ),
                request=None,
                phase=Phase.PREFLIGHT,
                variant=address,
                control=True,
                why="which TLS versions the server speaks",
            )


def _conclude(state: Preflight, address: str, run: Run) -> None:
    here = [observation for probe, observation in state.seen if probe.connection.endpoint.address == address]
    failed = next((o for o in here if o.ending is Ending.CLIENT_ERROR), None)
    versions = {o.tls.version for o in here if o.ending is not Ending.CLIENT_ERROR} & set(RANGES)
    state.versions = tuple(sorted(versions, reverse=True))
    if state.versions:
        state.address, state.problem = address, ""
    elif failed is not None:
        state.problem = (
            f"the server at {run.base_url} was not accepted: {failed.detail}. Name its CA with --cacert, "
            "its name with server.server-name"
        )
    else:
        state.problem = (
            f"{run.base_url} ({address}) cannot be asked: {here[0].detail or here[0].ending.value}"
        )
