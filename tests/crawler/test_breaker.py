"""A listener that accepts no connections is given up; endings that may be an answer do not count."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from msgspec import Struct
from msgspec.structs import replace

from specdrift.crawler.breaker import FIRST_PAUSE_S, GIVE_UP, LONGEST_PAUSE_S, Breaker, pause_before
from specdrift.model.exchange.observation import Ending, Observation, WirePhase
from specdrift.model.exchange.probe import Endpoint, Probe, Request, TlsRange
from tests.classify.exchanges import answer, observed
from tests.crawler.peers import Visit, answering, server_context, serving
from tests.crawler.sending import NETWORK, Client, endpoint_of, probe_of
from tests.servers.pki import TestPki

ONE_BY_ONE = replace(NETWORK, concurrency=1, retries=0)
MORE = 5


@contextmanager
def closed_port() -> Iterator[Endpoint]:
    """Return a port without a listener, reserved meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        yield Endpoint(host="localhost", port=port, server_name="localhost", address="127.0.0.1")


def probes(where: Endpoint, count: int, *, identity: str = "anonymous") -> list[Probe]:
    """Build this many different probes."""
    return [probe_of(where, f"/items/{number}", identity=identity) for number in range(count)]


def endings(observed: list[Observation]) -> list[Ending]:
    """Return the endings."""
    return [each.ending for each in observed]


def test_a_port_without_a_listener_is_given_up(client: Client) -> None:
    """The other probes report that nothing was sent, which is no refusal."""
    with closed_port() as where:
        observed = client.send(*probes(where, GIVE_UP + MORE), network=ONE_BY_ONE)
    assert endings(observed) == [Ending.NO_CONNECTION] * GIVE_UP + [Ending.NOT_SENT] * MORE
    assert [each.attempts for each in observed] == [1] * GIVE_UP + [0] * MORE
    assert (
        observed[-1].detail
        == f"given up: {GIVE_UP} connections to 127.0.0.1 port {where.port} in a row failed"
    )


class Returning(Breaker, Struct):
    """Calls ``back`` during the last rest."""

    back: Callable[[], object] = lambda: None

    async def rest(self, probe: Probe) -> None:  # noqa: ARG002 - there is but one listener
        """Rest without waiting."""
        if self._rested.total() == len(self.rests) and not any(self.failures.values()):
            self.back()
            self.back = lambda: None


def test_a_server_that_restarts_is_waited_for(client: Client, pki: TestPki) -> None:
    """It answered, it is away for a while, it is back: the other probes are sent."""
    context = server_context(pki)
    with ExitStack() as stack:
        breaker = Returning(
            rests=(0.0, 0.0), back=lambda: stack.enter_context(serving(answering(), context, port=where.port))
        )
        with serving(answering(), context) as peer:
            where = endpoint_of(peer)
            before = client.send(*probes(where, 1), network=ONE_BY_ONE, breaker=breaker)
        observed = client.send(*probes(where, 3 * GIVE_UP), network=ONE_BY_ONE, breaker=breaker)
    assert endings(before) == [Ending.RESPONSE]
    assert endings(observed) == [Ending.NO_CONNECTION] * 2 * GIVE_UP + [Ending.RESPONSE] * GIVE_UP


def test_a_rest_ends_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock of the breaker; a listener that never answered gets no rest."""
    now, slept = [100.0], list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    breaker = Breaker(rests=(5.0,), clock=lambda: now[0])
    asked, never = (
        probe_of(Endpoint(host="localhost", port=port, server_name="localhost")) for port in (1, 2)
    )
    breaker.note(asked, observed(answer(200)))
    for _ in range(GIVE_UP):
        breaker.note(asked, observed(Ending.NO_CONNECTION))
        breaker.note(never, observed(Ending.NO_CONNECTION))
    assert breaker.given_up(never)
    assert not breaker.given_up(asked)
    for now[0] in (100.0, 104.0, 106.0):
        asyncio.run(breaker.rest(asked))
    assert slept == [5.0, 1.0]


def test_a_closed_udp_port_says_nothing_of_the_tcp_port() -> None:
    """They have one number, and are two listeners."""
    breaker = Breaker()
    tcp = probe_of(Endpoint(host="localhost", port=1, server_name="localhost"))
    udp = replace(tcp, connection=replace(tcp.connection, quic=True))
    for _ in range(GIVE_UP):
        breaker.note(udp, observed(Ending.NO_CONNECTION))
    assert breaker.given_up(udp)
    assert not breaker.given_up(tcp)


def test_a_server_that_stays_away_is_given_up(client: Client, pki: TestPki) -> None:
    """After the configured number of rests."""
    breaker = Breaker(rests=(0.01, 0.01))
    with serving(answering(), server_context(pki)) as peer:
        where = endpoint_of(peer)
        client.send(*probes(where, 1), network=ONE_BY_ONE, breaker=breaker)
    observed = client.send(*probes(where, 3 * GIVE_UP + MORE), network=ONE_BY_ONE, breaker=breaker)
    assert endings(observed) == [Ending.NO_CONNECTION] * 3 * GIVE_UP + [Ending.NOT_SENT] * MORE


def test_handshakes_without_an_answer_give_up_one_caller_only(client: Client, pki: TestPki) -> None:
    """A listener may let one name or certificate wait for ever, and answer the next.

    Which handshake is one without an answer: `test_answers.py`.
    """
    breaker, silent = Breaker(rests=()), observed(Ending.TIMEOUT, phase=WirePhase.HANDSHAKE)
    with serving(answering(), server_context(pki)) as peer:
        where = endpoint_of(peer)
        for waiting in probes(where, GIVE_UP):
            breaker.note(waiting, silent)
        asked = (*probes(where, MORE), *probes(where, 1, identity="alice"))
        seen = client.send(*asked, network=ONE_BY_ONE, breaker=breaker)
    assert endings(seen) == [Ending.NOT_SENT] * MORE + [Ending.RESPONSE]
    assert "handshakes of anonymous" in seen[0].detail


@pytest.mark.parametrize("tls", [TlsRange.ONLY_1_2, TlsRange.ONLY_1_3])
def test_refusals_are_answers_however_many(client: Client, pki: TestPki, tls: TlsRange) -> None:
    """An alert for every caller without a certificate is a result."""
    context = server_context(pki, demand=ssl.CERT_REQUIRED, tls=tls)
    with serving(answering(), context) as peer:
        asked = [probe_of(peer, f"/{number}", tls=tls) for number in range(GIVE_UP + MORE)]
        observed = client.send(*asked, network=ONE_BY_ONE)
    assert Ending.NOT_SENT not in endings(observed)
    assert set(endings(observed)) <= {Ending.ALERT, Ending.CLOSED}


def test_reset_connections_do_not_give_up_the_listener(client: Client, pki: TestPki) -> None:
    """A close without an alert may be a refusal; every probe is sent."""

    def script(visit: Visit) -> None:
        visit.reset()

    with serving(script, server_context(pki)) as peer:
        asked = [probe_of(peer, f"/{number}") for number in range(GIVE_UP + MORE)]
        observed = client.send(*asked, network=ONE_BY_ONE)
    assert endings(observed) == [Ending.CLOSED] * (GIVE_UP + MORE)


def test_pauses_grow_to_a_bound_and_are_randomised() -> None:
    """So that workers that failed together do not return together."""
    drawn = {attempt: [pause_before(attempt) for _ in range(50)] for attempt in (1, 2, 9)}
    for attempt, pauses in drawn.items():
        longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempt - 1))
        assert longest / 2 <= min(pauses) < max(pauses) <= longest


def test_the_last_requests_of_a_listener_that_stopped_are_named() -> None:
    """One of them may have stopped it."""
    breaker = Breaker(rests=())
    where = Endpoint(host="localhost", port=1, server_name="localhost")
    read, write = (
        replace(probe_of(where), request=Request(method=method, target=target))
        for method, target in (("GET", "/a"), ("PUT", "/1.0/cluster\n"))
    )
    breaker.note(write, observed(answer(200)))
    breaker.note(read, observed(answer(200)))
    for _ in range(GIVE_UP):
        breaker.note(read, observed(Ending.NO_CONNECTION))
    assert breaker.given_up(read).endswith(
        f"in a row failed, after GET /a as {read.identity}; the last one that may change something was "
        f"PUT /1.0/cluster\\n as {write.identity}"
    )
