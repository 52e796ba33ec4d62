"""Budget, rate limit, pauses and retries."""

import asyncio
import time
from collections.abc import Iterable

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.crawler import limits
from specdrift.crawler.busy import PATIENCE
from specdrift.crawler.limits import MAX_PAUSE_S, MAX_PAUSES_S, Budget, Pace
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import Ending, Observation
from specdrift.model.exchange.probe import Probe, Request
from tests.crawler.peers import OK, Peer, Visit, answering, server_context, serving
from tests.crawler.sending import NETWORK, Client, endpoint_of, probe_of
from tests.servers.pki import TestPki

BUSY = b"HTTP/1.1 %s\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n"
LATER = BUSY % (b"429 Busy", b"0")


class Clock(Struct):
    """A clock that advances only during sleeps."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Record the seconds and advance the time."""
        self.slept.append(round(seconds, 6))
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the clock of the module under test only."""
    fake = Clock()
    monkeypatch.setattr(limits, "time", fake)
    monkeypatch.setattr(limits, "asyncio", fake)
    return fake


@pytest.mark.parametrize(
    ("remaining", "granted"),
    [(0, [False] * 3), (2, [True, True, False]), (None, [True] * 3), (-1, [False] * 3)],
)
def test_a_budget_counts_down(remaining: int | None, granted: list[bool]) -> None:
    """Spent requests stay spent; ``None`` is unlimited."""
    budget = Budget(remaining)
    assert [budget.take() for _ in range(3)] == granted


@pytest.mark.parametrize(
    ("per_second", "slept"), [(None, []), (4.0, [0.25, 0.25, 0.25]), (0.5, [2.0, 2.0, 2.0])]
)
def test_requests_are_spaced_evenly(clock: Clock, per_second: float | None, slept: list[float]) -> None:
    """The first goes at once."""
    pace = Pace(per_second)

    async def turns() -> None:
        for _ in range(4):
            await pace.turn()

    asyncio.run(turns())
    assert clock.slept == slept


def test_elapsed_time_counts_towards_the_interval(clock: Clock) -> None:
    """A slow answer uses up the interval after its request; it does not accumulate."""
    pace = Pace(2.0)

    async def turns() -> None:
        await pace.turn()
        clock.now += 10
        for _ in range(2):
            await pace.turn()

    asyncio.run(turns())
    assert clock.slept == [0.5]


@pytest.mark.parametrize("per_second", [None, 100.0])
def test_a_pause_holds_every_worker(clock: Clock, per_second: float | None) -> None:
    """A shorter pause meanwhile does not shorten it."""
    pace = Pace(per_second)
    pace.pause(3.0)
    pace.pause(1.0)
    asyncio.run(pace.turn())
    assert clock.slept == [3.0]


@pytest.mark.parametrize(
    ("asked", "granted"), [(0.0, True), (MAX_PAUSE_S, True), (MAX_PAUSE_S + 1, False), (float("inf"), False)]
)
def test_no_wait_is_longer_than_a_minute(clock: Clock, asked: float, granted: bool) -> None:  # noqa: FBT001
    """Per pause."""
    assert Pace(None).grants(asked) is granted
    assert clock.slept == []


def test_all_pauses_together_are_limited(clock: Clock) -> None:
    """A server that stays busy is given up; simultaneous waits count once."""
    pace = Pace(None)
    while pace.grants(MAX_PAUSE_S):
        for _ in range(4):
            pace.pause(MAX_PAUSE_S)
        asyncio.run(pace.turn())
    assert sum(clock.slept) == MAX_PAUSES_S
    assert pace.grants(0.0)


def test_the_budget_holds_for_the_whole_run(client: Client, pki: TestPki) -> None:
    """Probes beyond it are not sent, and report that."""
    network = replace(NETWORK, max_requests=3)
    with serving(answering(), server_context(pki)) as peer:
        observed = client.send(*(probe_of(peer, f"/{number}") for number in range(5)), network=network)
    endings = [observation.ending for observation in observed]
    assert (endings.count(Ending.RESPONSE), endings.count(Ending.NOT_SENT)) == (3, 2)
    assert len(peer.requests) == 3
    unsent = next(observation for observation in observed if observation.ending is Ending.NOT_SENT)
    assert "--max-requests" in unsent.detail
    assert (client.tally.requests, unsent.attempts) == (3, 0)


def test_retries_come_out_of_the_budget(client: Client, pki: TestPki) -> None:
    """The last observation is kept."""
    with serving(Visit.reset, server_context(pki)) as peer:
        first, second = client.send(
            probe_of(peer), probe_of(peer), network=replace(NETWORK, max_requests=2, concurrency=1)
        )
    assert (first.ending, first.attempts) == (Ending.CLOSED, 2)
    assert (second.ending, len(peer.visits)) == (Ending.NOT_SENT, 2)


def test_a_request_repeated_after_an_idle_close_comes_out_of_the_budget(client: Client, pki: TestPki) -> None:
    """It is no attempt, but it is a request: the server and the budget count five."""
    network = replace(NETWORK, max_requests=5, concurrency=1)

    def script(visit: Visit) -> None:
        visit.request()
        visit.send(OK)
        if visit.request():
            visit.reset()

    with serving(script, server_context(pki)) as peer:
        observed = client.send(*(probe_of(peer, f"/{number}") for number in range(5)), network=network)
    assert [s.ending for s in observed] == [Ending.RESPONSE] * 3 + [Ending.NOT_SENT] * 2
    assert client.tally.requests == len(peer.requests) == 5


def test_a_priming_request_comes_out_of_the_budget(client: Client, pki: TestPki) -> None:
    """Two requests per probe: the fourth exceeds a budget of three."""
    priming = Request(method="GET", target="/first")
    with serving(answering(), server_context(pki)) as peer:
        probes = [replace(probe_of(peer, f"/{number}"), priming=priming) for number in range(2)]
        observed = client.send(*probes, network=replace(NETWORK, max_requests=3, concurrency=1))
    assert [s.ending for s in observed] == [Ending.RESPONSE, Ending.NOT_SENT]
    assert client.tally.requests == len(peer.requests) == 2


@pytest.mark.slow
@pytest.mark.parametrize(("status", "wait"), [(b"429 Busy", b"1"), (b"503 Unavailable", b"0")])
def test_retry_after_is_honoured(client: Client, pki: TestPki, status: bytes, wait: bytes) -> None:
    """After that time the request is repeated and answered."""
    turns = iter([BUSY % (status, wait), OK])

    def script(visit: Visit) -> None:
        while visit.request():
            visit.send(next(turns))

    with serving(script, server_context(pki)) as peer:
        observed = client.one(probe_of(peer))
    assert (observed.http and observed.http.status, observed.attempts, len(peer.requests)) == (200, 2, 2)
    assert observed.retry_after_s is None


@pytest.mark.slow
def test_an_answer_after_which_the_request_is_repeated_is_kept(client: Client, pki: TestPki) -> None:
    """It may have data. Answers to valid identities and for no operation are not."""
    busy = BUSY % (b"503 Unavailable", b"0")
    answers = iter([busy, OK, busy, OK, busy, OK])

    def script(visit: Visit) -> None:
        while visit.request():
            visit.send(next(answers))

    key = OperationKey(path="/items", method="GET")
    with serving(script, server_context(pki)) as peer:
        plain = probe_of(peer, variant="plain")
        probes = (
            replace(plain, operation=key),
            replace(plain, operation=key, control=True, variant="control"),
            plain,
        )
        every = client.every(*probes, network=replace(NETWORK, concurrency=1))
    kept = [(probe.id, observation.http and observation.http.status) for probe, observation in every]
    assert [status for _, status in kept] == [200, 503, 200, 200]
    assert kept[1][0] == "retried/GET |items/anonymous/any/certificate plain/1"


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [
        (b"429 Busy", b"3600", 3600.0),
        (b"429 Busy", b"9" * 400, float("inf")),
        (b"429 Busy", b"Fri, 31 Dec 1999 23:59:59 GMT", None),
        (b"429 Busy", b"\xb2", None),
        (b"429 Busy", b"-1", None),
        (b"429 Busy", b"", None),
        (b"301 Moved", b"1", None),
        (b"200 OK", b"1", None),
    ],
)
def test_a_pause_that_is_too_long_or_invalid_is_not_observed(
    client: Client, pki: TestPki, status: bytes, value: bytes, seconds: float | None
) -> None:
    """The answer is recorded at once."""
    with serving(answering(BUSY % (status, value)), server_context(pki)) as peer:
        observed = client.one(probe_of(peer))
    assert (observed.retry_after_s, observed.attempts, len(peer.requests)) == (seconds, 1, 1)


def waited_beside(client: Client, pki: TestPki, busy: bytes, retries: int) -> float:
    """Seconds that another probe waited after a busy answer that the first probe accepted."""
    turns = iter([busy, OK])

    def script(visit: Visit) -> None:
        while visit.request():
            visit.send(next(turns, OK))

    network = replace(NETWORK, concurrency=1, retries=retries)
    with serving(script, server_context(pki)) as peer:
        observed = client.send(probe_of(peer), probe_of(peer, "/items/2"), network=network)
        assert [s.attempts for s in observed] == [1, 1]
        return peer.times[1] - peer.times[0]


@pytest.mark.parametrize(("wait", "retries"), [(b"86400", 2), (b"61", 2), (b"2", 0)])
def test_no_pause_before_the_end_of_the_run(client: Client, pki: TestPki, wait: bytes, retries: int) -> None:
    """It would delay all others without use."""
    assert waited_beside(client, pki, BUSY % (b"429 Busy", wait), retries) < 1


@pytest.mark.slow
def test_a_pause_before_a_retry_holds_all_probes(client: Client, pki: TestPki) -> None:
    """The server limits all clients: nothing is sent meanwhile."""
    turns = iter([BUSY % (b"429 Busy", b"1")])

    def script(visit: Visit) -> None:
        while visit.request():
            visit.send(next(turns, OK))

    with serving(script, server_context(pki)) as peer:
        observed = client.send(probe_of(peer), probe_of(peer), network=replace(NETWORK, concurrency=1))
    assert [s.attempts for s in observed] == [2, 1]
    assert peer.times[1] - peer.times[0] >= 1


def test_a_server_that_stays_busy_gets_no_more_than_the_retries(client: Client, pki: TestPki) -> None:
    """Its last answer is recorded."""
    with serving(answering(BUSY % (b"429 Busy", b"0")), server_context(pki)) as peer:
        observed: Observation = client.one(probe_of(peer))
    assert (observed.http and observed.http.status, observed.attempts, len(peer.requests)) == (429, 3, 3)


def attempts_on_busy(client: Client, pki: TestPki, answers: Iterable[bytes], *, count: int) -> list[int]:
    """Return the attempts of so many probes of one operation, after one of another that is answered by ``answers``."""
    busy, calm = (OperationKey(method="GET", path=path) for path in ("/busy", "/calm"))
    turns = iter(answers)

    def script(visit: Visit) -> None:
        while visit.request():
            visit.send(next(turns, LATER))

    with serving(script, server_context(pki)) as peer:
        first = replace(probe_of(peer, "/calm"), operation=calm)
        rest = (replace(probe_of(peer, f"/busy/{number}"), operation=busy) for number in range(count))
        observed = client.send(first, *rest, network=replace(NETWORK, concurrency=1))
    return [each.attempts for each in observed[1:]]


@pytest.mark.slow
def test_an_operation_that_alone_stays_busy_is_not_retried_forever(client: Client, pki: TestPki) -> None:
    """Each retry holds all probes, and brings nothing new."""
    assert attempts_on_busy(client, pki, [OK], count=PATIENCE + 2) == [3] * PATIENCE + [1, 1]


@pytest.mark.slow
def test_a_server_that_is_busy_everywhere_limits_its_clients(client: Client, pki: TestPki) -> None:
    """Then each probe needs its retries."""
    assert attempts_on_busy(client, pki, [], count=PATIENCE + 2) == [3] * (PATIENCE + 2)


@pytest.mark.slow
def test_an_operation_that_answers_again_is_retried_again(client: Client, pki: TestPki) -> None:
    """The count begins anew."""
    answers = [OK, *[LATER] * (3 * PATIENCE), OK]
    assert attempts_on_busy(client, pki, answers, count=PATIENCE + 2) == [3] * PATIENCE + [1, 3]


def paced(client: Client, peer: Peer, *probes: Probe) -> tuple[int, float]:
    """Return the number of requests at twenty per second, and the seconds until the last one."""
    began = time.monotonic()
    observed = client.send(*probes, network=replace(NETWORK, rate_limit=20.0, concurrency=4))
    assert {observation.ending for observation in observed} == {Ending.RESPONSE}
    assert len(peer.times) == client.tally.requests
    return len(peer.times), max(peer.times) - began


def test_the_rate_limit_is_kept_by_all_workers_together(client: Client, pki: TestPki) -> None:
    """Six requests at twenty a second take a quarter of a second, however many workers there are."""
    with serving(answering(), server_context(pki)) as peer:
        requests, seconds = paced(client, peer, *(probe_of(peer, f"/{n}") for n in range(6)))
    assert requests == 6
    assert seconds >= 0.25


def test_a_priming_request_keeps_the_rate_limit(client: Client, pki: TestPki) -> None:
    """Each of three follows another one on its connection: six requests."""
    priming = Request(method="GET", target="/public")
    with serving(answering(), server_context(pki)) as peer:
        probes = (replace(probe_of(peer, f"/{n}"), priming=priming) for n in range(3))
        requests, seconds = paced(client, peer, *probes)
    assert requests == 6
    assert seconds >= 0.25


def test_a_session_request_keeps_the_rate_limit(client: Client, pki: TestPki) -> None:
    """Each of three resumes the session of another connection with a request: six requests."""
    priming = Request(method="GET", target="/public")
    with serving(answering(), server_context(pki)) as peer:
        probes = []
        for n in range(3):
            probe = probe_of(peer, f"/{n}")
            connection = replace(probe.connection, resumes=endpoint_of(peer))
            probes.append(replace(probe, connection=connection, priming=priming))
        requests, seconds = paced(client, peer, *probes)
    assert requests == 6
    assert seconds >= 0.25


def test_a_repeated_request_keeps_the_rate_limit(client: Client, pki: TestPki) -> None:
    """The server answers once per connection, then closes: three are sent once more."""

    def once(visit: Visit) -> None:
        if visit.request():
            visit.sock.sendall(OK)
            visit.request()

    with serving(once, server_context(pki)) as peer:
        one_line = replace(NETWORK, rate_limit=20.0, concurrency=1)
        began = time.monotonic()
        observed = client.send(*(probe_of(peer, f"/{n}") for n in range(4)), network=one_line)
    assert [observation.attempts for observation in observed] == [1] * 4
    assert len(peer.times) == 7
    assert max(peer.times) - began >= 0.3
