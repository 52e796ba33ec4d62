"""Faulty servers: neither their failure nor the client's may look like a refusal."""

import socket
import ssl

import pytest
from msgspec.structs import replace

from specdrift.model.exchange.observation import Ending, WirePhase
from specdrift.model.exchange.probe import Request, TlsRange
from tests.crawler.peers import OK, Visit, answering, handshake_by_hand, server_context, serving
from tests.crawler.sending import NETWORK, Client, endpoint_of, probe_of
from tests.servers.pki import TestPki

BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def plain_http(visit: Visit) -> None:
    """Answer a ClientHello as a web server does."""
    visit.sock.recv(65536)
    visit.send(BAD_REQUEST)


def plain_banner(visit: Visit) -> None:
    """Send the greeting of a mail server."""
    visit.send(b"220 mail.example.test ESMTP\r\n")
    visit.drain()


@pytest.mark.parametrize("script", [plain_http, plain_banner])
def test_a_port_without_tls_is_no_refusal(client: Client, script: object) -> None:
    """It answers in another protocol."""
    assert callable(script)
    with serving(script) as peer:
        observed = client.one(probe_of(peer, identity="alice"))
    assert (observed.ending, observed.phase, observed.attempts) == (Ending.NOT_HTTP, WirePhase.HANDSHAKE, 1)
    assert (observed.tls.version, observed.tls.certificate_sent) == ("", False)


def test_a_server_of_another_name_gets_nothing(client: Client, pki: TestPki) -> None:
    """The client stops: an untrusted server gets neither request nor certificate."""
    with serving(answering(), server_context(pki)) as peer:
        observed = client.one(probe_of(endpoint_of(peer, name="other.example.test"), identity="alice"))
    assert (observed.ending, observed.phase, observed.attempts) == (
        Ending.CLIENT_ERROR,
        WirePhase.HANDSHAKE,
        1,
    )
    assert "other.example.test" in observed.detail
    assert (observed.tls.alert_received, observed.tls.certificate_sent, peer.requests) == ("", False, [])


@pytest.mark.parametrize("tls", [TlsRange.ONLY_1_2, TlsRange.ONLY_1_3])
def test_a_server_of_an_unknown_ca_gets_nothing(client: Client, pki: TestPki, tls: TlsRange) -> None:
    """The alert is the client's, and the server receives it."""
    client.ca_file = pki.client_ca
    with serving(answering(), server_context(pki)) as peer:
        observed = client.one(probe_of(peer, tls=tls))
    assert (observed.ending, observed.tls.alert_sent, observed.tls.alert_received) == (
        Ending.CLIENT_ERROR,
        "unknown_ca",
        "",
    )
    assert peer.visits[0].refused == "TLSV1_ALERT_UNKNOWN_CA"


def test_an_unsupported_version_is_recorded(client: Client, pki: TestPki) -> None:
    """The alert is about the version; the crawler does not classify it."""
    with serving(answering(), server_context(pki, tls=TlsRange.ONLY_1_3)) as peer:
        observed = client.one(probe_of(peer, tls=TlsRange.ONLY_1_2))
    assert (observed.ending, observed.tls.alert_received) == (Ending.ALERT, "protocol_version")
    assert observed.phase is WirePhase.HANDSHAKE


def closes_before_hello(visit: Visit) -> None:
    """Close with FIN after the ClientHello."""
    visit.sock.recv(65536)
    visit.sock.shutdown(socket.SHUT_RDWR)


def resets_before_hello(visit: Visit) -> None:
    """Close with RST after the ClientHello."""
    visit.sock.recv(65536)
    visit.reset()


@pytest.mark.parametrize("script", [closes_before_hello, resets_before_hello])
def test_a_connection_that_ends_before_tls_is_a_close(client: Client, script: object) -> None:
    """Without an alert, in the handshake."""
    assert callable(script)
    with serving(script) as peer:
        observed = client.one(probe_of(peer))
    assert (observed.ending, observed.phase, observed.attempts) == (Ending.CLOSED, WirePhase.HANDSHAKE, 3)


def with_a_warning(visit: Visit, context: ssl.SSLContext) -> None:
    """A TLS 1.2 server that sends a warning of an unknown name first, then closes after the request."""
    visit.send(bytes.fromhex("15030300020170"))
    finished, _ = handshake_by_hand(visit, context)
    visit.send(finished)


def test_a_warning_is_no_refusal(client: Client, pki: TestPki) -> None:
    """Before TLS 1.3 the connection continues after it; a close that follows has no alert."""
    context = server_context(pki, tls=TlsRange.ONLY_1_2)
    with serving(lambda visit: with_a_warning(visit, context)) as peer:
        observed = client.one(probe_of(peer, tls=TlsRange.ONLY_1_2), replace(NETWORK, retries=0))
    assert (observed.ending, observed.tls.alert_received, observed.tls.version) == (
        Ending.CLOSED,
        "",
        "TLSv1.2",
    )


@pytest.mark.parametrize(
    "request_",
    [
        Request(method="GET", target="/a b"),
        Request(method="GET", target="/\u00e9"),
        Request(method="GET", target="/\ud800"),
        Request(method="GET", target=""),
        Request(method="BAD METHOD", target="/"),
        Request(method="GET", target="/", headers=(("X-A", "one\r\nX-B: two"),)),
        Request(method="GET", target="/", headers=(("X A", "1"),)),
        Request(method="GET", target="/", headers=(("Host", "one.example"), ("Host", "two\r\nX-B: two"))),
    ],
)
def test_a_request_that_cannot_be_sent_is_a_client_failure(
    client: Client, pki: TestPki, request_: Request
) -> None:
    """A document may require what HTTP forbids; that ends neither the run nor other connections."""
    with serving(answering(), server_context(pki)) as peer:
        bad, good = client.send(
            probe_of(peer, request_), probe_of(peer), network=replace(NETWORK, concurrency=1)
        )
    assert (bad.ending, bad.attempts, good.ending) == (Ending.CLIENT_ERROR, 1, Ending.RESPONSE)
    assert peer.lines == ["GET /items/1 HTTP/1.1"]


def test_non_ascii_header_values_are_sent_as_utf_8(client: Client, pki: TestPki) -> None:
    """Field values are opaque bytes to HTTP (RFC 9110 §5.5)."""
    with serving(answering(), server_context(pki)) as peer:
        observed = client.one(probe_of(peer, Request(method="GET", target="/", headers=(("X-Name", "Zoë"),))))
    assert observed.ending is Ending.RESPONSE
    assert "X-Name: Zoë\r\n".encode() in peer.requests[0]


def test_a_response_before_the_request_is_read_is_an_answer(client: Client, pki: TestPki) -> None:
    """Some servers answer 400 to a long body and close: the answer is in the buffer after the write failed."""

    def script(visit: Visit) -> None:
        visit.send(OK)
        visit.reset()

    large = Request(method="POST", target="/", body=b"a" * 5_000_000)
    with serving(script, server_context(pki)) as peer:
        observed = client.one(probe_of(peer, large))
    assert observed.ending in (Ending.RESPONSE, Ending.CLOSED)
    assert (observed.ending is Ending.RESPONSE) == (observed.http is not None)
