"""Retries: when a probe is sent again, and which facts stay."""

import select
import ssl

import pytest
from msgspec.structs import replace

from specdrift.model.exchange.observation import Ending, WirePhase
from specdrift.model.exchange.probe import Endpoint, Request, Reuse, TlsRange
from tests.crawler.peers import (
    OK,
    Visit,
    answering,
    closing_after,
    handshake_by_hand,
    server_context,
    serving,
)
from tests.crawler.sending import NETWORK, Client, probe_of
from tests.servers.pki import TestPki

ALONE = replace(NETWORK, concurrency=1)
PATIENCE_S = 0.05
"""How long the racing server waits for a request before it sends its verdict on the certificate."""
LARGE = Request(method="POST", target="/items", body=b"a" * 4000)


def racing(visit: Visit, context: ssl.SSLContext) -> None:
    """Judge the certificate late. If the request has arrived by then, the reset discards the alert."""
    alert, received = handshake_by_hand(visit, context)
    while received < len(LARGE.body) and select.select([visit.sock], [], [], PATIENCE_S)[0]:
        received += len(visit.sock.recv(65536))
    if received > len(LARGE.body):
        visit.reset()
        return
    visit.send(alert)
    visit.drain()


@pytest.mark.parametrize("reuse", list(Reuse))
def test_a_retry_reads_before_it_writes(client: Client, pki: TestPki, reuse: Reuse) -> None:
    """So that an alert which the first request discarded is read, on kept and on fresh connections."""
    context = server_context(pki, demand=ssl.CERT_REQUIRED, tls=TlsRange.ONLY_1_3)
    with serving(lambda visit: racing(visit, context)) as peer:
        first, second = client.send(
            probe_of(peer, LARGE, reuse=reuse), probe_of(peer, LARGE, reuse=reuse), network=ALONE
        )
    assert (first.ending, first.attempts, first.tls.alert_received) == (
        Ending.ALERT,
        2,
        "certificate_required",
    )
    assert second.ending is Ending.ALERT


def test_without_retries_the_discarded_alert_is_a_close(client: Client, pki: TestPki) -> None:
    """Therefore probes are retried."""
    context = server_context(pki, demand=ssl.CERT_REQUIRED, tls=TlsRange.ONLY_1_3)
    with serving(lambda visit: racing(visit, context)) as peer:
        observed = client.one(probe_of(peer, LARGE), replace(ALONE, retries=0))
    assert (observed.ending, observed.attempts, observed.tls.alert_received) == (Ending.CLOSED, 1, "")


def test_a_retry_may_get_an_answer(client: Client, pki: TestPki) -> None:
    """Reset once, then answered: the answer counts, and so do the attempts."""

    def script(visit: Visit) -> None:
        if visit.number == 1:
            visit.reset()
        else:
            answering()(visit)

    with serving(script, server_context(pki)) as peer:
        observed = client.one(probe_of(peer))
    assert (observed.ending, observed.attempts, observed.http and observed.http.status) == (
        Ending.RESPONSE,
        2,
        200,
    )


def test_a_retry_reads_an_answer_before_the_request(client: Client, pki: TestPki) -> None:
    """Data that the server sends before the request is its answer."""

    def script(visit: Visit) -> None:
        if visit.number == 1:
            visit.reset()
            return
        visit.send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        visit.drain()

    with serving(script, server_context(pki)) as peer:
        observed = client.one(probe_of(peer))
    assert (observed.ending, observed.attempts, observed.http and observed.http.status) == (
        Ending.RESPONSE,
        2,
        408,
    )


def idle_closer(visit: Visit) -> None:
    """Answer once, then close the kept connection at its next use."""
    visit.request()
    visit.send(OK)
    if visit.sock.recv(65536):
        visit.reset()


@pytest.mark.parametrize("retries", [0, 2])
def test_a_server_that_closes_idle_connections_is_no_refusal(
    client: Client, pki: TestPki, retries: int
) -> None:
    """A request on a kept connection that was closed is sent again, and costs no attempt."""
    network = replace(ALONE, retries=retries)
    with serving(idle_closer, server_context(pki)) as peer:
        observed = client.send(*(probe_of(peer, f"/{number}") for number in range(3)), network=network)
    assert [(s.ending, s.attempts, s.reused_connection) for s in observed] == [
        (Ending.RESPONSE, 1, False)
    ] * 3
    assert client.tally.connections == len(peer.visits) == 3


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1),
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_connection_announced_to_close_is_not_used_again(
    client: Client, pki: TestPki, answer: bytes
) -> None:
    """No request is lost on it."""
    with serving(closing_after(answer), server_context(pki)) as peer:
        observed = client.send(probe_of(peer), probe_of(peer), network=ALONE)
    assert [(s.ending, s.reused_connection) for s in observed] == [(Ending.RESPONSE, False)] * 2
    assert (len(peer.visits), client.tally.requests) == (2, 2)


def test_a_port_without_a_listener_is_unreachable(client: Client) -> None:
    """Unreachable is no refusal; it is retried, since servers restart."""
    with serving(answering()) as peer:
        port = peer.port
    where = Endpoint(host="localhost", port=port, server_name="localhost", address="127.0.0.1")
    observed = client.one(probe_of(where))
    assert (observed.ending, observed.phase, observed.attempts) == (
        Ending.NO_CONNECTION,
        WirePhase.CONNECT,
        3,
    )
    assert (observed.tls.version, observed.address, client.tally.connections) == ("", "127.0.0.1", 0)


def test_a_server_that_stops_has_not_refused(client: Client, pki: TestPki) -> None:
    """The alert of the last connection shows nothing about the next one, which was not accepted."""
    context = server_context(pki, demand=ssl.CERT_REQUIRED, tls=TlsRange.ONLY_1_2)

    def script(visit: Visit) -> None:
        alert, _ = handshake_by_hand(visit, context)
        peer.stop()
        visit.send(alert)
        visit.drain()

    with serving(script) as peer:
        observed = client.send(*(probe_of(peer, identity="expired") for _ in range(2)), network=ALONE)
    assert (observed[0].ending, observed[0].tls.alert_received) == (Ending.ALERT, "certificate_expired")
    assert (observed[1].ending, observed[1].phase) == (Ending.NO_CONNECTION, WirePhase.CONNECT)
    assert (observed[1].tls.alert_received, observed[1].tls.certificate_sent) == ("", False)
