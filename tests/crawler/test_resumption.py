"""Connections that resume the session of another one, in TLS 1.2 and 1.3."""

import ssl

import pytest
from msgspec.structs import replace

from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Probe, Request, TlsRange
from tests.crawler.peers import Peer, Visit, answering, server_context, serving
from tests.crawler.sending import Client, endpoint_of, probe_of
from tests.servers.pki import TestPki

BOTH = (TlsRange.ONLY_1_2, TlsRange.ONLY_1_3)
PUBLIC = Request(method="GET", target="/public")


def resuming(
    peer: Peer, tls: TlsRange, *, of: str = "public.localhost", identity: str = "anonymous"
) -> Probe:
    """`/items/1` at localhost, on a connection that resumes a session of another name."""
    probe = probe_of(peer, tls=tls, identity=identity)
    return replace(
        probe, connection=replace(probe.connection, resumes=endpoint_of(peer, name=of)), priming=PUBLIC
    )


@pytest.mark.parametrize("tls", BOTH)
def test_a_session_of_one_name_is_resumed_at_another(client: Client, pki: TestPki, tls: TlsRange) -> None:
    """The priming request goes to the first name, the probe's own to the other; both count."""
    context = server_context(pki, tls=tls)
    names: list[str | None] = []
    context.sni_callback = lambda _tls, name, _context: names.append(name)
    with serving(answering(), context) as peer:
        observed = client.one(resuming(peer, tls))
    assert (observed.ending, observed.tls.resumed, observed.reused_connection) == (
        Ending.RESPONSE,
        True,
        False,
    )
    assert peer.lines == ["GET /public HTTP/1.1", "GET /items/1 HTTP/1.1"]
    assert [b"Host: public.localhost" in peer.requests[0], b"Host: localhost" in peer.requests[1]] == [
        True
    ] * 2
    assert names[0] == "public.localhost"
    assert (client.tally.requests, client.tally.connections) == (2, 2)


@pytest.mark.parametrize("tls", BOTH)
def test_each_attempt_resumes_a_session_of_its_own(client: Client, pki: TestPki, tls: TlsRange) -> None:
    """A ticket is used once (RFC 8446 §C.4), and a resumed connection is never kept for the next probe."""
    with serving(answering(), server_context(pki, tls=tls)) as peer:
        observed = client.send(*(replace(resuming(peer, tls), attempt=number) for number in (1, 2)))
    assert [observation.tls.resumed for observation in observed] == [True, True]
    assert len(peer.visits) == client.tally.connections == 4


@pytest.mark.parametrize("tls", BOTH)
def test_a_session_keeps_its_own_caller(client: Client, pki: TestPki, tls: TlsRange) -> None:
    """Alice resumes as alice without sending her certificate again; no other identity resumes her session."""
    context = server_context(pki, tls=tls, demand=ssl.CERT_OPTIONAL)
    with serving(answering(), context) as peer:
        observed = client.send(*(resuming(peer, tls, identity=who) for who in ("alice", "anonymous", "bob")))
        callers = sorted(visit.caller for visit in peer.visits)
    assert [observation.tls.resumed for observation in observed] == [True] * 3
    assert [observation.tls.certificate_sent for observation in observed] == [False] * 3
    assert callers == ["", "", "alice", "alice", "bob", "bob"]


@pytest.mark.parametrize("tls", BOTH)
def test_without_a_session_nothing_is_sent(client: Client, pki: TestPki, tls: TlsRange) -> None:
    """It would be a full handshake, which shows nothing about resumption."""
    context = server_context(pki, tls=tls, demand=ssl.CERT_REQUIRED)
    with serving(answering(), context) as peer:
        observed = client.one(resuming(peer, tls))
    assert (observed.ending, observed.tls.resumed, peer.lines) == (Ending.NOT_SENT, False, [])
    assert observed.detail == "there was no session to take up, of public.localhost"
    assert client.tally.connections == 1


def test_a_server_that_makes_a_full_handshake_did_not_resume(client: Client, pki: TestPki) -> None:
    """It has other ticket keys: the response shows that the session was not resumed."""
    with (
        serving(answering(), server_context(pki)) as source,
        serving(answering(), server_context(pki)) as other,
    ):
        probe = resuming(source, TlsRange.ANY)
        observed = client.one(
            replace(probe, connection=replace(probe.connection, endpoint=endpoint_of(other)))
        )
    assert (observed.ending, observed.tls.resumed) == (Ending.RESPONSE, False)


@pytest.mark.slow
def test_a_server_that_closes_gets_a_bounded_number_of_requests(client: Client, pki: TestPki) -> None:
    """Each attempt resumes a new session, and all count against the budget."""

    def only_public(visit: Visit) -> None:
        if b"/public" in visit.request():
            visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            visit.drain()

    with serving(only_public, server_context(pki)) as peer:
        observed = client.one(resuming(peer, TlsRange.ANY))
    assert (observed.ending, observed.attempts) == (Ending.CLOSED, 3)
    assert (client.tally.connections, client.tally.requests) == (6, 6)
