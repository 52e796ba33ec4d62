"""Estimates the requests, connections and time of planned probes. Pure."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from specdrift.crawler.http.sans_io import AFTER_CONTINUE_S
from specdrift.crawler.portions import share
from specdrift.model.exchange.probe import Connection, Probe
from specdrift.scan.preparation.run import Run
from specdrift.settings import NetworkSettings

TOTAL = "total"
ROUND_TRIP_S = 0.01
"""Assumed round-trip time, as within one region."""
REQUEST_S, HANDSHAKE_S = 0.0005, 0.002
"""Processor time of an exchange and of a connection, judging included: the order of what `./dev bench` measures."""


class Cost(Struct, frozen=True, kw_only=True):
    """The estimated cost of probes."""

    probes: int
    requests: int
    """HTTP requests: a probe may send none, or a priming request before its own."""
    connections: int
    """Connections if the server keeps them open."""
    connections_if_closed: int
    """Connections if the server closes them after each refusal."""
    seconds: float
    """At ``ROUND_TRIP_S``, or as the rate limit allows, with ``connections``."""
    seconds_if_closed: float
    """The same with ``connections_if_closed``."""


def cost(probes: Sequence[Probe], run: Run) -> Cost:
    """Estimate the cost of probes."""
    network = run.network
    requests = sum((probe.request is not None) + (probe.priming is not None) for probe in probes)
    fresh = sum(1 + (probe.connection.resumes is not None) for probe in probes if probe.fresh)
    kept = [probe for probe in probes if not probe.fresh]
    valid = {identity.name for identity in run.identities.values() if identity.is_control}
    admitted = [probe for probe in kept if probe.identity in valid]
    most = share(probes, network.concurrency)
    connections = fresh + _connections(kept, most)
    closed = fresh + _connections(admitted, most) + len(kept) - len(admitted)
    heads = sum(probe.request is not None and probe.request.head_only for probe in probes)
    return Cost(
        probes=len(probes),
        requests=requests,
        connections=connections,
        connections_if_closed=closed,
        seconds=seconds(requests, connections, network, heads=heads),
        seconds_if_closed=seconds(requests, closed, network, heads=heads),
    )


def _connections(kept: Sequence[Probe], most: int) -> int:
    """Count the portions of at most so many probes that share a connection. Equal connections are compared once."""
    same = Counter((probe.identity, id(probe.connection)) for probe in kept)
    kinds = {id(probe.connection): probe.connection.kind for probe in kept}
    groups: Counter[tuple[str, Connection]] = Counter()
    for (identity, connection), count in same.items():
        groups[identity, kinds[connection]] += count
    return sum(-(-count // most) for count in groups.values())


def seconds(requests: int, connections: int, network: NetworkSettings, *, heads: int = 0) -> float:
    """Estimate seconds: one round trip per request and two per connection, in parallel, plus processor time.

    ``heads`` of the requests are sent without their bodies: after 100 Continue each waits for a final response.
    """
    trips = (requests + 2 * connections) * ROUND_TRIP_S + heads * AFTER_CONTINUE_S
    waiting = trips / max(1, network.concurrency)
    working = requests * REQUEST_S + connections * HANDSHAKE_S
    return round(max(waiting + working, requests / network.rate_limit if network.rate_limit else 0.0), 1)


def costs(run: Run, probes: Sequence[Probe]) -> dict[str, Cost]:
    """Return the cost by check, the most expensive first, then of all (``total``)."""
    checks = [check for check, _ in Counter(probe.check for probe in probes).most_common()]
    each = {check: cost([p for p in probes if p.check == check], run) for check in checks}
    return {**each, TOTAL: cost(probes, run)}
