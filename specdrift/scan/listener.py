"""Sends a batch of probes without those that a listener's decision answers."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from specdrift.classify.evidence import Evidence, Seen
from specdrift.classify.listener import FIRST, LEAST, refused_by_listener, sample_size, spread
from specdrift.model.observation import Observation
from specdrift.model.probe import Connection, Probe
from specdrift.scan.sending import Sender

Pair = tuple[Probe, Observation]


@dataclass(slots=True)
class _Group:
    """The probes of one check and identity over one kind of connection.

    Check by check, since what one asks of few operations must not leave out what another asks of each.
    """

    check: str
    identity: str
    connection: Connection
    probes: list[Probe] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether all that were sent were refused by the listener."""
        return bool(self.seen) and all(refused_by_listener(entry.observation) for entry in self.seen)


async def send(sender: Sender, batch: Sequence[Probe], evidence: Evidence) -> AsyncIterator[Pair]:
    """Yields what was really sent; decisions go into ``evidence``, which is told nothing else.

    Large groups are asked in three steps: a few probes, a sample, the rest. Both TLS versions of an identity have to
    agree before a rest is left out.
    """
    groups = _groups(batch, evidence)
    first = {id(group): spread(group.probes, FIRST) for group in groups}
    grouped = {probe.id for group in groups for probe in group.probes}
    small = [probe for probe in batch if probe.id not in grouped]
    async for pair in _sent(sender, groups, [*small, *(p for chosen, _ in first.values() for p in chosen)]):
        yield pair
    sample: dict[int, list[Probe]] = {}
    rest: dict[int, list[Probe]] = {}
    for group in groups:
        others = first[id(group)][1]
        hopeful = _agreed(group, groups)
        sample[id(group)], rest[id(group)] = spread(
            others, sample_size(len(others)) if hopeful else len(others)
        )
    async for pair in _sent(sender, groups, [p for probes in sample.values() for p in probes]):
        yield pair
    revoked = [p for group in groups if not _agreed(group, groups) for p in rest[id(group)]]
    for group in groups:
        if _agreed(group, groups) and rest[id(group)]:
            evidence.decide(group.identity, group.connection, group.seen[:FIRST])
    async for pair in _sent(sender, groups, revoked):
        yield pair


def _groups(batch: Sequence[Probe], evidence: Evidence) -> list[_Group]:
    """The groups that are large enough, of identities that may be refused."""
    groups: dict[tuple[str, str, Connection], _Group] = {}
    for probe in batch:
        if not evidence.identities[probe.identity].is_control and probe.request is not None:
            key = (probe.check, probe.identity, probe.connection.kind)
            groups.setdefault(key, _Group(*key)).probes.append(probe)
    return [group for group in groups.values() if len(group.probes) > FIRST + LEAST]


def _agreed(group: _Group, groups: Sequence[_Group]) -> bool:
    """Whether this identity was refused by the listener over all TLS versions."""
    return all(other.refused for other in groups if other.identity == group.identity)


async def _sent(sender: Sender, groups: Sequence[_Group], probes: Sequence[Probe]) -> AsyncIterator[Pair]:
    by_kind = {(group.check, group.identity, group.connection): group for group in groups}
    async for probe, observation in sender.crawl(probes):
        group = by_kind.get((probe.check, probe.identity, probe.connection.kind))
        if group is not None:
            group.seen.append(Seen(probe, observation))
        yield probe, observation
