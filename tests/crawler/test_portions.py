"""Probes are split so that no worker has nothing to do while another has much."""

from collections import Counter
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import count

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from specdrift.crawler.portions import FEWEST, HANDSHAKES, MOST, Portion, Portions, portions
from specdrift.model.exchange.probe import Connection, Endpoint, Probe, Reuse, TlsRange
from tests.crawler.sending import probe_of

CALLERS = ("anonymous", "alice", "bob")
SOMEWHERE = Endpoint(host="a.test", port=1, server_name="a.test", address="127.0.0.1")
WORKERS = 8

identities = st.sampled_from(CALLERS)
ways = st.builds(
    Connection,
    endpoint=st.sampled_from([SOMEWHERE, replace(SOMEWHERE, port=2)]),
    tls=st.sampled_from(TlsRange),
    reuse=st.sampled_from(Reuse),
)


@given(who=st.lists(st.tuples(identities, ways), max_size=40), workers=st.integers(0, 9))
def test_portions_hold_every_probe_once_and_are_of_one_kind(
    who: list[tuple[str, Connection]], workers: int
) -> None:
    """For every mixture and number of workers."""
    probes = [
        replace(probe_of(SOMEWHERE, identity=identity, variant=str(number)), connection=connection)
        for number, (identity, connection) in enumerate(who)
    ]
    found = list(portions(probes, workers=workers))
    assert sorted(p.variant for portion in found for p in portion) == sorted(p.variant for p in probes)
    for portion in found:
        assert len({(p.identity, p.connection.kind) for p in portion}) == 1
        assert [int(p.variant) for p in portion] == sorted(int(p.variant) for p in portion)


def test_a_portion_has_at_most_a_hundred_probes() -> None:
    """So that one slow connection does not delay the rest."""
    probes = [probe_of(SOMEWHERE, variant=str(number)) for number in range(1000)]
    assert [len(portion) for portion in portions(probes, workers=2)] == [MOST] * 10
    assert [len(portion) for portion in portions(probes, workers=40)] == [25] * 40


def test_a_group_is_split_only_where_a_worker_would_have_nothing_to_do() -> None:
    """Each portion costs a handshake. Probes that need one of their own are split as well as before."""
    callers = [f"caller {number}" for number in range(8)]
    many = [probe_of(SOMEWHERE, identity=who, variant=str(number)) for who in callers for number in range(8)]
    assert [len(portion) for portion in portions(many, workers=8)] == [8] * 8
    one = [probe for probe in many if probe.identity == callers[0]]
    assert [len(portion) for portion in portions(one, workers=2)] == [4] * 2
    assert [len(portion) for portion in portions(one, workers=8)] == [FEWEST] * 4
    fresh = [replace(probe, connection=replace(probe.connection, reuse=Reuse.FRESH)) for probe in one]
    assert [len(portion) for portion in portions(fresh, workers=8)] == [1] * 8


def _simulated(probes: Sequence[Probe], closes: Callable[[Probe], bool]) -> tuple[int, list[Probe]]:
    """Return the round trips until all is sent, and what was sent; the server closes the connections of some probes."""
    work, order, sent = Portions(probes, workers=WORKERS), count(), list[Probe]()
    events: list[tuple[int, int, Portion | None, int]] = [(0, next(order), None, 0) for _ in range(WORKERS)]
    time = 0
    while events:
        time, _, portion, connections = heappop(events)
        if portion is None or not portion.left:
            portion, connections = work.next(), 0
            if portion is None:
                continue
        probe = portion.left.popleft()
        sent.append(probe)
        opens = not connections or closes(sent[-1])
        connections += opens
        portion.note(connections=connections)
        heappush(events, (time + 1 + HANDSHAKES * opens, next(order), portion, connections))
    return time, sent


def _of(identity: str, number: int) -> list[Probe]:
    return [probe_of(SOMEWHERE, identity=identity, variant=f"{identity} {each}") for each in range(number)]


def test_workers_without_work_take_half_of_the_longest_portion() -> None:
    """The portion of a caller whose connections are closed takes three times as long as those of others."""
    probes = [probe for who in CALLERS for probe in _of(who, 200)]
    trips = sum(1 + HANDSHAKES * (probe.identity == "anonymous") for probe in probes)
    took, sent = _simulated(probes, lambda probe: probe.identity == "anonymous")
    assert Counter(probe.id for probe in sent) == Counter(probe.id for probe in probes)
    assert took <= 1.2 * trips / WORKERS
    alike, _ = _simulated(probes, lambda _: False)
    assert alike <= 1.2 * len(probes) / WORKERS


def test_a_portion_that_ends_soon_is_not_halved() -> None:
    """Another connection would take as long."""
    work = Portions(_of("alice", MOST), workers=1)
    portion = work.next()
    assert portion is not None
    portion.note(connections=1)
    for _ in range(MOST - 10):
        portion.left.popleft()
        portion.note(connections=1)
    assert work.next() is None
    assert len(portion.left) == 10


@given(st.lists(st.sampled_from(CALLERS), max_size=300), st.sets(st.sampled_from(CALLERS)))
def test_whatever_a_server_closes_every_probe_is_sent_once(who: list[str], closed: set[str]) -> None:
    """Those of one portion are of one kind."""
    probes = [probe_of(SOMEWHERE, identity=name, variant=str(each)) for each, name in enumerate(who)]
    _, sent = _simulated(probes, lambda probe: probe.identity in closed)
    assert Counter(probe.id for probe in sent) == Counter(probe.id for probe in probes)
