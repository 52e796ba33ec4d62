"""HTTP/3 on the wire: what is sent, which certificate, and how each end of a connection is recorded."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.crawler.quic.client_certificate import ClientCertificate
from specdrift.model.exchange.observation import Ending, WirePhase
from specdrift.model.exchange.probe import HTTP_3, Connection, Endpoint, Probe, Request, Reuse
from tests.crawler.http3_peer import Http3Peer, http3_peer
from tests.crawler.sending import NETWORK, Client, probe_of

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

QUICK = replace(NETWORK, timeout=1.0, retries=0)
CERTIFICATE_REQUIRED = 116


def over_quic(where: Endpoint, request: Request | None = None, **changes: object) -> Probe:
    """Build a probe over QUIC."""
    probe = probe_of(where, request or Request(method="GET", target="/items/1"))
    connection = Connection(endpoint=where, alpn=HTTP_3, quic=True)
    return replace(probe, connection=connection, **changes)


def test_a_request_and_its_response(pki: TestPki, client: Client) -> None:
    """Method, target, authority and fields as planned."""
    with http3_peer(pki, Http3Peer(interim=True)) as peer:
        request = Request(method="GET", target="/a?b=%2F", headers=(("X-Id", "7"), ("Connection", "close")))
        (got,) = client.send(over_quic(peer.endpoint(), request))
    head = dict(peer.heads[0])
    assert got.http is not None
    assert (got.http.status, got.http.http_version, got.http.body_excerpt) == (
        200,
        "HTTP/3",
        "for known callers",
    )
    assert got.http.header("link") == "</a>"
    assert (head[b":path"], head[b"x-id"], b"connection" in head) == (b"/a?b=%2F", b"7", False)
    assert head[b":authority"] == f"localhost:{peer.port}".encode()
    assert (got.tls.version, got.tls.alpn, got.tls.certificate_requested) == ("TLSv1.3", "h3", True)


@pytest.mark.parametrize(("identity", "sent"), [("alice", True), ("anonymous", False)])
def test_the_certificate_of_the_identity_is_presented(
    pki: TestPki, client: Client, identity: str, *, sent: bool
) -> None:
    """The server has it, and the observation says so."""
    with http3_peer(pki, Http3Peer()) as peer:
        (got,) = client.send(over_quic(peer.endpoint(), identity=identity))
    assert (peer.presented, got.tls.certificate_sent) == ([sent], sent)


def test_a_certificate_that_is_not_requested_is_not_sent(pki: TestPki, client: Client) -> None:
    """The configuration of the client alone says nothing."""
    with http3_peer(pki, Http3Peer(asks=False)) as peer:
        (got,) = client.send(over_quic(peer.endpoint(), identity="alice"))
    assert (got.tls.certificate_requested, got.tls.certificate_sent) == (False, False)


def test_a_body_is_sent(pki: TestPki, client: Client) -> None:
    """In DATA frames, with its length."""
    with http3_peer(pki, Http3Peer()) as peer:
        (got,) = client.send(over_quic(peer.endpoint(), Request(method="POST", target="/", body=b"{}")))
    assert got.http is not None
    assert dict(peer.heads[0])[b"content-length"] == b"2"


def test_a_connection_is_kept_for_the_next_request_of_the_identity(pki: TestPki, client: Client) -> None:
    """A fresh one only where the probe needs it."""
    with http3_peer(pki, Http3Peer()) as peer:
        first, second = over_quic(peer.endpoint()), over_quic(peer.endpoint(), variant="second")
        fresh = replace(second.connection, reuse=Reuse.FRESH)
        third = replace(second, connection=fresh, variant="third")
        got = client.send(first, second, third, network=replace(NETWORK, concurrency=1))
    assert [each.reused_connection for each in got] == [False, True, False]


def test_an_alert_after_the_handshake_is_the_end(pki: TestPki, client: Client) -> None:
    """QUIC carries it as a transport error (RFC 9001 §4.8)."""
    with http3_peer(pki, Http3Peer(alert=CERTIFICATE_REQUIRED)) as peer:
        # One packet ends the connection. If it comes before the keys for it, nothing sends it again.
        answers = (client.send(over_quic(peer.endpoint()), network=QUICK)[0] for _ in range(5))
        got = next(each for each in answers if each.ending is not Ending.TIMEOUT)
    assert (got.ending, got.tls.alert_received) == (Ending.ALERT, "certificate_required")
    assert got.phase is WirePhase.REQUEST


@pytest.mark.slow
def test_a_reset_stream_and_a_request_without_an_answer(pki: TestPki, client: Client) -> None:
    """Neither is a response."""
    with http3_peer(pki, Http3Peer(resets=True)) as peer:
        (reset,) = client.send(over_quic(peer.endpoint()))
        peer.resets, peer.hangs = False, True
        (silent,) = client.send(over_quic(peer.endpoint()), network=QUICK)
    assert (reset.ending, silent.ending) == (Ending.STREAM_REFUSED, Ending.TIMEOUT)


@pytest.mark.slow
def test_a_closed_port_and_a_silent_one_are_no_answers(client: Client) -> None:
    """Loopback reports a closed port; a firewall says nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        where = Endpoint(
            host="localhost", port=bound.getsockname()[1], server_name="localhost", address="127.0.0.1"
        )
        (silent,) = client.send(over_quic(where), network=QUICK)
    (closed,) = client.send(over_quic(where), network=QUICK)
    assert (silent.ending, silent.phase) == (Ending.TIMEOUT, WirePhase.CONNECT)
    assert (closed.ending, closed.phase) == (Ending.NO_CONNECTION, WirePhase.CONNECT)


def test_a_host_without_an_address_is_never_this_machine(client: Client) -> None:
    """An empty address would be this machine for the system."""
    where = Endpoint(host="a.invalid", port=443, server_name="a.invalid", address="")
    (got,) = client.send(over_quic(where), network=QUICK)
    assert (got.ending, got.detail) == (Ending.NO_CONNECTION, "the host does not resolve to an address")


def test_a_server_of_another_ca_is_refused_before_the_request(pki: TestPki) -> None:
    """The trust anchors are those of TCP."""
    with http3_peer(pki, Http3Peer()) as peer:
        (got,) = Client(pki, ca_file=pki.client_ca).send(over_quic(peer.endpoint()))
    assert got.ending is Ending.CLIENT_ERROR
    assert peer.heads == []


def test_a_server_without_the_name_is_refused(pki: TestPki, client: Client) -> None:
    """As over TCP."""
    with http3_peer(pki, Http3Peer()) as peer:
        (got,) = client.send(over_quic(peer.endpoint("other.test")))
    assert got.ending is Ending.CLIENT_ERROR
    assert peer.heads == []


@pytest.mark.parametrize(
    ("name", "seen"), [("LOCALHOST", "LOCALHOST"), ("a.localhost", "a.localhost"), ("", None)]
)
def test_another_server_name_is_sent_as_it_is(pki: TestPki, name: str, seen: str | None) -> None:
    """Its chain is verified, and the name in the certificate cannot match."""
    with http3_peer(pki, Http3Peer()) as peer:
        (got,) = Client(pki, verify_name=False).send(over_quic(peer.endpoint(name)))
    assert got.http is not None
    assert peer.names == [seen]


def test_a_key_that_is_not_in_memory_sends_nothing(pki: TestPki) -> None:
    """An identity on a token is no anonymous client."""
    with http3_peer(pki, Http3Peer()) as peer:
        problem = ClientCertificate(problem="not in memory")
        (got,) = Client(pki, presented=lambda _: problem).send(over_quic(peer.endpoint()))
    assert (got.ending, got.detail, peer.heads) == (Ending.CLIENT_ERROR, "not in memory", [])


def test_a_client_certificate_shows_no_key() -> None:
    """Neither in messages nor in tracebacks."""
    assert repr(ClientCertificate()) == "ClientCertificate(certificates=0, key=***)"
