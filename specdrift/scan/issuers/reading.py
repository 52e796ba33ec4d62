"""Requests the metadata of token issuers, without a certificate and without credentials."""

from collections.abc import AsyncIterator, Iterator

from msgspec.structs import replace

from specdrift.checks.credentials import issuer_metadata
from specdrift.crawler.crawl import Crawler
from specdrift.events import Event, PhaseStarted, ProbeFinished
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.issuer import IssuerMetadata
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import Connection, Endpoint, Phase, Probe, Request
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.scan.execution.state import ScanState
from specdrift.scan.issuers.issuer_metadata import MetadataReading, read_metadata
from specdrift.scan.issuers.metadata_urls import AllowedHosts, IssuerCandidate
from specdrift.scan.preparation.run import Run
from specdrift.scan.preparation.target import addresses_of

OK = 200


def metadata_probes(run: Run) -> list[Probe]:
    """Return the requests of the metadata."""
    return [_probe(candidate, candidate.endpoint) for candidate in _wanted(run)]


async def read_issuers(state: ScanState, crawler: Crawler) -> AsyncIterator[Event]:
    """Request all places, and keep the metadata of each issuer that a place has."""
    run = state.run
    candidates: dict[str, IssuerCandidate] = {}
    probes: list[Probe] = []
    for candidate in _wanted(run):
        addresses = await addresses_of(candidate.endpoint)
        probe = _probe(candidate, _at(candidate.endpoint, addresses))
        if addresses:
            candidates[probe.id] = candidate
            probes.append(probe)
        else:
            state.skip(_skipped(f"{candidate.endpoint.host} does not resolve to an address"))
    if not probes:
        return
    yield PhaseStarted(phase=Phase.PREFLIGHT, probes=len(probes))
    state.sent = replace(state.sent, follow_ups=state.sent.follow_ups + len(probes))
    hosts = AllowedHosts(base_url=run.base_url, target=run.endpoint, network=run.network)
    readings: dict[str, MetadataReading] = {}
    async for probe, observation in crawler.crawl(probes):
        state.exchanges.add(probe, observation)
        readings[probe.id] = _reading(probe, observation, candidates[probe.id], hosts)
        yield ProbeFinished(probe=probe, observation=observation)
    # In the order of the probes, whichever was answered first.
    ordered = {candidates[probe.id]: readings[probe.id] for probe in probes if probe.id in readings}
    found = list(_first_of_each(ordered))
    for skipped in _unread(ordered):
        state.skip(skipped)
    state.run = replace(state.run, issuer_metadata=tuple([await _resolved(one) for one in found]))


def _wanted(run: Run) -> tuple[IssuerCandidate, ...]:
    return run.issuers if issuer_metadata.CHECK in run.checks else ()


def _probe(candidate: IssuerCandidate, endpoint: Endpoint) -> Probe:
    return Probe(
        check=issuer_metadata.NAME,
        operation=None,
        identity=ANONYMOUS.name,
        connection=Connection(endpoint=endpoint),
        request=Request(method="GET", target=candidate.target),
        phase=Phase.PREFLIGHT,
        variant=f"metadata at {candidate.url}",
        control=True,
        why="what the token issuer announces of mutual TLS",
        whole_body=True,
    )


def _at(endpoint: Endpoint, addresses: tuple[str, ...]) -> Endpoint:
    return replace(endpoint, address=addresses[0] if addresses else "")


def _reading(
    probe: Probe, observation: Observation, candidate: IssuerCandidate, hosts: AllowedHosts
) -> MetadataReading:
    http = observation.http
    if http is None:
        return MetadataReading(problem=observation.detail or observation.ending.value)
    if http.status != OK:
        return MetadataReading(problem=f"the answer is {http.status}")
    return read_metadata(http.body_excerpt, candidate, hosts, probe=probe.id)


def _first_of_each(readings: dict[IssuerCandidate, MetadataReading]) -> Iterator[IssuerMetadata]:
    """Yield the first metadata of each issuer: both places have the same members."""
    found: dict[str, IssuerMetadata] = {}
    for reading in readings.values():
        if reading.metadata is not None:
            found.setdefault(reading.metadata.issuer, reading.metadata)
    yield from found.values()


def _unread(readings: dict[IssuerCandidate, MetadataReading]) -> Iterator[Skipped]:
    """Yield one entry for each issuer without readable metadata, and one for endpoints that may not be contacted."""
    problems: dict[str, list[str]] = {}
    read = {candidate.issuer for candidate, reading in readings.items() if reading.metadata is not None}
    for candidate, reading in readings.items():
        if reading.problem and candidate.issuer not in read:
            problems.setdefault(candidate.issuer or candidate.url, []).append(
                f"{candidate.target}: {reading.problem}"
            )
    for issuer, texts in problems.items():
        yield _skipped(f"the metadata of issuer {issuer} cannot be read: {'; '.join(texts)}")
    hosts = sorted({host for reading in readings.values() for host in reading.not_allowed})
    if hosts:
        reason = (
            f"endpoints of issuers at {', '.join(hosts)}: other hosts are contacted only if "
            "network.allow-hosts names them"
        )
        yield Skipped(check=issuer_metadata.NAME, kind=SkipReason.FILTERED, reason=reason)


async def _resolved(metadata: IssuerMetadata) -> IssuerMetadata:
    """Return the metadata with the endpoints that resolve, each at its first address."""
    resolved = [(one, await addresses_of(one.endpoint)) for one in metadata.endpoints]
    endpoints = (
        replace(one, endpoint=_at(one.endpoint, addresses)) for one, addresses in resolved if addresses
    )
    return replace(metadata, endpoints=tuple(endpoints))


def _skipped(reason: str) -> Skipped:
    return Skipped(check=issuer_metadata.NAME, kind=SkipReason.NOT_AVAILABLE, reason=reason)
