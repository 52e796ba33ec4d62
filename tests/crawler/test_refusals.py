"""Forms of refusals: with an alert or without, in the handshake or after it."""

import ssl
from collections.abc import Callable
from contextlib import suppress

import pytest

from specdrift.model.exchange.observation import Ending, WirePhase
from specdrift.model.exchange.probe import TlsRange
from tests.crawler.peers import OK, Visit, answering, server_context, serving
from tests.crawler.sending import Client, probe_of
from tests.servers.pki import TestPki

ONLY = (TlsRange.ONLY_1_2, TlsRange.ONLY_1_3)
NAMES = {TlsRange.ONLY_1_2: "TLSv1.2", TlsRange.ONLY_1_3: "TLSv1.3"}
LATE = {TlsRange.ONLY_1_2: WirePhase.HANDSHAKE, TlsRange.ONLY_1_3: WirePhase.REQUEST}
"""Where the verdict on the client's certificate arrives: in TLS 1.3 after the client's handshake."""
MOMENTS = 50
"""How often a server looks, a tenth of a second apart, whether the requested certificate is there."""


@pytest.mark.parametrize(
    ("identity", "alert"),
    [
        ("self_signed", "unknown_ca"),
        ("untrusted", "unknown_ca"),
        ("impostor", "unknown_ca"),
        ("expired", "certificate_expired"),
        ("not_yet_valid", "bad_certificate"),
    ],
)
@pytest.mark.parametrize("tls", ONLY)
def test_an_invalid_certificate_is_sent_and_the_alert_recorded(
    client: Client, pki: TestPki, tls: TlsRange, identity: str, alert: str
) -> None:
    """The alert's name, the phase, and that the certificate was refused."""
    with serving(answering(), server_context(pki, demand=ssl.CERT_REQUIRED)) as peer:
        observed = client.one(probe_of(peer, identity=identity, tls=tls))
    assert (observed.ending, observed.phase) == (Ending.ALERT, LATE[tls])
    assert (observed.tls.alert_received, observed.tls.alert_sent) == (alert, "")
    assert (observed.tls.certificate_requested, observed.tls.certificate_sent) == (True, True)
    assert (observed.tls.version, observed.attempts, observed.http) == (NAMES[tls], 1, None)


@pytest.mark.parametrize(
    ("tls", "alert"),
    [(TlsRange.ONLY_1_2, "handshake_failure"), (TlsRange.ONLY_1_3, "certificate_required")],
)
def test_no_certificate_where_one_is_required(
    client: Client, pki: TestPki, tls: TlsRange, alert: str
) -> None:
    """An empty Certificate message counts as none."""
    with serving(answering(), server_context(pki, demand=ssl.CERT_REQUIRED)) as peer:
        observed = client.one(probe_of(peer, tls=tls))
    assert (observed.ending, observed.phase, observed.tls.alert_received) == (Ending.ALERT, LATE[tls], alert)
    assert (observed.tls.certificate_requested, observed.tls.certificate_sent) == (True, False)
    assert observed.detail == f"TLS alert {alert}"


@pytest.mark.parametrize("tls", ONLY)
def test_a_bare_handshake_reads_the_refusal(client: Client, pki: TestPki, tls: TlsRange) -> None:
    """In TLS 1.3 the alert arrives after the handshake; without reading it the handshake looks like an admission."""
    with serving(answering(), server_context(pki, demand=ssl.CERT_REQUIRED)) as peer:
        refused, silent = client.send(
            probe_of(peer, None, tls=tls), probe_of(peer, None, tls=tls, identity="alice")
        )
    listening = WirePhase.LISTEN if tls is TlsRange.ONLY_1_3 else WirePhase.HANDSHAKE
    assert (refused.ending, refused.phase) == (Ending.ALERT, listening)
    assert (silent.ending, silent.phase) == (Ending.SILENCE, WirePhase.LISTEN)
    assert (silent.tls.certificate_sent, silent.http, peer.requests) == (True, None, [])


@pytest.mark.parametrize("tls", ONLY)
def test_a_valid_certificate_is_admitted(client: Client, pki: TestPki, tls: TlsRange) -> None:
    """All facts of a working connection."""
    with serving(answering(), server_context(pki, demand=ssl.CERT_REQUIRED)) as peer:
        observed = client.one(probe_of(peer, identity="alice", tls=tls))
    assert (observed.ending, observed.phase) == (Ending.RESPONSE, WirePhase.RESPONSE)
    assert observed.http is not None
    assert (observed.http.status, observed.http.body_excerpt) == (200, '{"id":1}')
    assert (observed.tls.certificate_sent, observed.tls.alert_received) == (True, "")
    assert (observed.tls.version, observed.tls.resumed) == (NAMES[tls], False)
    assert "GCM" in observed.tls.cipher or "CHACHA" in observed.tls.cipher
    assert len(observed.tls.server_certificate_sha256) == 64
    assert [visit.caller for visit in peer.visits] == ["alice"]


@pytest.mark.parametrize("tls", ONLY)
def test_a_server_that_requests_no_certificate(client: Client, pki: TestPki, tls: TlsRange) -> None:
    """No CertificateRequest, so that a configured certificate is not sent."""
    with serving(answering(), server_context(pki)) as peer:
        observed = client.one(probe_of(peer, identity="alice", tls=tls))
    assert (observed.ending, observed.tls.certificate_requested, observed.tls.certificate_sent) == (
        Ending.RESPONSE,
        False,
        False,
    )


def asks_for_the_path(visit: Visit) -> None:
    """Read the request, then request a certificate for it (RFC 8446 §4.6.2)."""
    visit.request()
    assert isinstance(visit.sock, ssl.SSLSocket)
    visit.sock.verify_client_post_handshake()
    visit.send(b"HTTP/1.1 102 Processing\r\n\r\n")  # sent with the CertificateRequest
    visit.sock.settimeout(0.1)
    for _ in range(MOMENTS):
        if visit.sock.getpeercert(binary_form=True):
            break
        with suppress(TimeoutError):
            visit.sock.recv(1)  # reads the certificate, and fails without one
    visit.send(OK)
    visit.drain()


@pytest.mark.parametrize(
    ("identity", "sent", "alert"),
    [
        ("alice", True, ""),
        ("expired", True, "certificate_expired"),
        ("anonymous", False, "certificate_required"),
    ],
)
def test_a_certificate_requested_after_the_handshake(
    client: Client,
    pki: TestPki,
    identity: str,
    sent: bool,  # noqa: FBT001 - a table's column
    alert: str,
) -> None:
    """As Apache does for single paths: it is sent then, and its refusal applies to the path."""
    context = server_context(pki, demand=ssl.CERT_REQUIRED, tls=TlsRange.ONLY_1_3)
    context.post_handshake_auth = True
    with serving(asks_for_the_path, context) as peer:
        observed = client.one(probe_of(peer, identity=identity))
    assert observed.ending is (Ending.ALERT if alert else Ending.RESPONSE)
    assert (observed.tls.alert_received, observed.tls.certificate_sent) == (alert, sent)
    assert (observed.tls.certificate_requested, observed.tls.post_handshake) == (True, True)


def close_at_once(visit: Visit) -> None:
    """FIN without close_notify, after the request is there."""
    visit.request()


def reset_at_once(visit: Visit) -> None:
    """RST, before the request is read."""
    visit.reset()


def say_goodbye(visit: Visit) -> None:
    """close_notify, and no answer."""
    visit.request()
    assert isinstance(visit.sock, ssl.SSLSocket)
    visit.sock.unwrap()


@pytest.mark.parametrize(
    ("script", "phases"),
    [
        (close_at_once, {WirePhase.REQUEST}),
        (reset_at_once, {WirePhase.LISTEN, WirePhase.HANDSHAKE}),
        (say_goodbye, {WirePhase.REQUEST}),
    ],
)
@pytest.mark.parametrize("tls", ONLY)
def test_a_close_without_a_word_is_tried_again_and_stays_what_it_is(
    client: Client, pki: TestPki, tls: TlsRange, script: Callable[[Visit], None], phases: set[WirePhase]
) -> None:
    """Node and others refuse like this; whether it is a refusal is for the control to say. The second look tells
    whether it waited for the request.
    """
    with serving(script, server_context(pki)) as peer:
        observed = client.one(probe_of(peer, tls=tls))
    assert (observed.ending, observed.attempts, observed.tls.alert_received) == (Ending.CLOSED, 3, "")
    assert observed.phase in phases
    assert len(peer.visits) == 3


def test_no_retries_means_one_attempt(client: Client, pki: TestPki) -> None:
    """``--retries 0``."""
    network = client.network.__class__(timeout=3.0, retries=0)
    with serving(close_at_once, server_context(pki)) as peer:
        observed = client.one(probe_of(peer), network)
    assert (observed.ending, observed.attempts, len(peer.visits)) == (Ending.CLOSED, 1, 1)
