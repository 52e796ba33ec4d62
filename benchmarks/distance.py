"""A crawl of a distant server: how much longer it takes than its requests, one after the other, on all connections."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from benchmarks.delayed import delayed
from benchmarks.stand import WORKERS, Bench, sent, stand, timed
from benchmarks.table import Job, Row, Theme
from tests.changed_settings import changed

OPERATIONS = 200
ROUND_TRIPS_S = (0.05, 0.2)
SERVERS = (
    ("nginx-optional", "nginx, ssl_verify_client optional"),
    ("nginx-on", "nginx, ssl_verify_client on"),
)
MOST = 1.3
"""Times the round trips of all requests, shared by the connections."""


def theme() -> Theme:
    """A job for each server and distance."""
    return Theme(
        title="At a distance",
        about="The matrix of 200 operations as 12 identities, seconds by the clock of one run, through a relay that "
        "brings bytes later. The floor is 1.3 times the round trips of all requests, divided by the 8 simultaneous "
        "connections: new connections have to fit into the rest.",
        jobs=_jobs(),
    )


def _jobs() -> Iterator[Job]:
    for case, name in SERVERS:
        with stand(case) as bench:
            yield from (_job(bench, name, round_trip_s) for round_trip_s in ROUND_TRIPS_S)


def _job(bench: Bench, name: str, round_trip_s: float) -> Job:
    port = urlsplit(bench.base_url).port
    assert port is not None
    with delayed(port, round_trip_s) as relay:
        settings = changed(bench.twelve(OPERATIONS), base_url=bench.base_url.replace(f":{port}", f":{relay}"))
        run = timed(settings)
    assert not run.result.problem, run.result.problem
    floor = MOST * run.result.counts.requests * round_trip_s / WORKERS
    what = f"{OPERATIONS} operations as 12 identities, {round_trip_s * 1000:.0f} ms away: {name}"
    return Job(what, [Row(who="specdrift", value=run.seconds, floor=round(floor, 1), note=sent(run.result))])
