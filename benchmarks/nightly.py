"""A night of a fleet, simulated: workers that take one service after the other, and a leader that merges. Pure."""

import heapq

from msgspec import Struct

from specdrift.fleet.scheduler.scheduler import MAX_UNSTORED


class Cost(Struct, frozen=True, kw_only=True):
    """What one service costs, measured. ``scan_s`` is processor time of a worker, of which it writes for ``bind_s``;
    ``merge_s`` is that of the leader; bytes are those that travel to it, and of the files that are written.
    """

    operations: int
    requests: int
    connections: int
    scan_s: float
    bind_s: float
    merge_s: float
    packed: int
    written: int


class World(Struct, frozen=True, kw_only=True):
    """``rtt_s`` is a round trip to a target, ``limit`` requests a second that its owner allows, ``at_once``
    connections; ``cores`` is for all workers together; one service in ``die_every`` costs its worker, half its time and
    ``back_s``, and is done again.
    """

    services: int = 5_000
    rtt_s: float = 0.01
    limit: float = 20.0
    at_once: int = 8
    cores: int = 16
    die_every: int = 500
    back_s: float = 5.0


class Night(Struct, frozen=True, kw_only=True):
    """How it went: hours, the shares of them in which leader and workers were busy (a worker also while it waits for
    its target), and the most results that had arrived and were not merged yet.
    """

    hours: float
    leader_busy: float
    workers_busy: float
    most_arrived: int


def service_seconds(one: Cost, world: World, *, workers: int) -> float:
    """How long a worker is at one service: what it computes (slower where workers share a processor) and waits for
    answers, a round trip for each request and two more for each connection; or what the owner's limit makes of it.
    """
    computing = one.scan_s * max(1.0, workers / world.cores)
    network = (one.requests + 2 * one.connections) * world.rtt_s / world.at_once
    return max(computing + network, one.requests / world.limit)


def simulated(one: Cost, world: World, *, workers: int) -> Night:
    """Check every service once, as the scheduler does: start tasks unless too many results wait; merge one result;
    collect finished workers, and wait for one where there is nothing else to do.
    """
    seconds = service_seconds(one, world, workers=workers)
    now, busy, most, arrived = 0.0, 0.0, 0, 0
    free, number = workers, 0
    ends: list[float] = []
    while number < world.services or ends or arrived:
        while free and number < world.services and arrived <= MAX_UNSTORED:
            number += 1
            lost = seconds / 2 + world.back_s if number % world.die_every == 0 else 0.0
            heapq.heappush(ends, now + lost + seconds)
            busy, free = busy + lost + seconds, free - 1
        if arrived:
            arrived, now = arrived - 1, now + one.merge_s
        elif ends:
            now = max(now, ends[0])
        while ends and ends[0] <= now:
            heapq.heappop(ends)
            arrived, free = arrived + 1, free + 1
        most = max(most, arrived)
    return Night(
        hours=now / 3600,
        leader_busy=world.services * one.merge_s / now,
        workers_busy=busy / (now * workers),
        most_arrived=most,
    )
