"""Sends a batch of probes, except those whose refusal is inferred from the listener."""

from collections.abc import AsyncIterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.classify.listener import (
    FIRST,
    LEAST,
    refused_and_closed,
    refused_by_listener,
    sample_size,
    spread,
)
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, Observation
from specdrift.model.exchange.probe import HTTP_2, Connection, Probe
from specdrift.scan.execution.sending import Sender

Pair = tuple[Probe, Observation]


class _Group(Struct):
    """The probes of one check and identity over one kind of connection.

    Separate for each check, since one probes few operations and another all.
    """

    check: str
    identity: str
    connection: Connection
    probes: list[Probe] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether all that were sent were refused by the listener."""
        return bool(self.exchanges) and all(
            refused_by_listener(entry.observation) for entry in self.exchanges
        )

    @property
    def costs_handshakes(self) -> bool:
        """Whether each refusal over HTTP/1.1 closed the connection, for the unmodified requests of an identity.

        False for anonymous probes, which keep their protocol: both protocols are compared.
        """
        plain = self.check == CERTIFICATE and self.identity != ANONYMOUS.name
        return (
            plain
            and bool(self.exchanges)
            and all(refused_and_closed(entry.observation) for entry in self.exchanges)
        )


async def send(
    sender: Sender, batch: Sequence[Probe], exchanges: ExchangeLog, *, http2: bool
) -> AsyncIterator[Pair]:
    """Yield the exchanges of sent probes; add the inferred refusals, and nothing else, to ``exchanges``.

    Large groups are sent in three steps: a few probes, a sample, the rest. The rest is skipped only if both TLS
    versions of an identity agree. ``http2``: whether the listener speaks it.
    """
    groups = _groups(batch, exchanges)
    first = {id(group): spread(group.probes, FIRST) for group in groups}
    grouped = {probe.id for group in groups for probe in group.probes}
    small = [probe for probe in batch if probe.id not in grouped]
    async for pair in _sent(sender, groups, [*small, *(p for chosen, _ in first.values() for p in chosen)]):
        yield pair
    sample: dict[int, list[Probe]] = {}
    rest: dict[int, list[Probe]] = {}
    for group in groups:
        others = first[id(group)][1]
        sampled = _agreed(group, groups) or (http2 and group.costs_handshakes)
        sample[id(group)], rest[id(group)] = spread(
            others, sample_size(len(others)) if sampled else len(others)
        )
    async for pair in _sent(sender, groups, [p for probes in sample.values() for p in probes]):
        yield pair
    unsampled = [group for group in groups if not _agreed(group, groups)]
    unsent = [
        (p, group.costs_handshakes and not _needs_http1(p)) for group in unsampled for p in rest[id(group)]
    ]
    cheaper = [probe for probe, over_http2 in unsent if over_http2]
    revoked = [probe for probe, over_http2 in unsent if not over_http2]
    for group in groups:
        if _agreed(group, groups) and rest[id(group)]:
            exchanges.infer_refusal(group.identity, group.connection, group.exchanges[:FIRST])
    async for pair in _sent(sender, groups, revoked):
        yield pair
    async for pair in _over_http2(sender, cheaper):
        yield pair


async def _over_http2(sender: Sender, probes: Sequence[Probe]) -> AsyncIterator[Pair]:
    """Send probes over HTTP/2; repeat as planned those without a response (RFC 9113 §7: a refused stream)."""
    planned = {probe.id: probe for probe in probes}
    again: list[Probe] = []
    moved = [replace(p, connection=replace(p.connection, alpn=HTTP_2)) for p in probes]
    async for probe, observation in sender.crawl(moved):
        if observation.http is None and observation.ending is not Ending.NOT_SENT:
            again.append(planned[probe.id])
        else:
            yield probe, observation
    async for pair in sender.crawl(again):
        yield pair


def _needs_http1(probe: Probe) -> bool:
    """Whether it sends a head without its body, or asks for another protocol, which only HTTP/1.1 does."""
    return probe.request is not None and (probe.request.head_only or probe.request.upgrades)


def _groups(batch: Sequence[Probe], exchanges: ExchangeLog) -> list[_Group]:
    """Return the groups that are large enough to sample, of identities that may be refused."""
    groups: dict[tuple[str, str, Connection], _Group] = {}
    for probe in batch:
        may_be_refused = not exchanges.identities[probe.identity].is_control
        if may_be_refused and probe.request is not None and not probe.follows:
            key = (probe.check, probe.identity, probe.connection.kind)
            groups.setdefault(key, _Group(*key)).probes.append(probe)
    return [group for group in groups.values() if len(group.probes) > FIRST + LEAST]


def _agreed(group: _Group, groups: Sequence[_Group]) -> bool:
    """Return whether the listener refused this identity over all TLS versions."""
    return all(other.refused for other in groups if other.identity == group.identity)


async def _sent(sender: Sender, groups: Sequence[_Group], probes: Sequence[Probe]) -> AsyncIterator[Pair]:
    by_kind = {(group.check, group.identity, group.connection): group for group in groups}
    async for probe, observation in sender.crawl(probes):
        group = by_kind.get((probe.check, probe.identity, probe.connection.kind))
        if group is not None:
            group.exchanges.append(Exchange(probe, observation))
        yield probe, observation
