"""Handshake messages: whether a certificate was requested and sent, and which side refused."""

import ssl
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.crawler.tls.handshake import (
    ALERT_RECORD,
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    COMPRESSED_CERTIFICATE,
    HANDSHAKE_RECORD,
    TLS_1_3,
    Transcript,
    carries_certificate,
    certificate_authorities,
)
from specdrift.model.exchange.probe import TlsRange
from tests.crawler.captured import Handshake, handshake
from tests.crawler.sending import Client

TLS_1_2 = 0x0303
ONLY = (TlsRange.ONLY_1_2, TlsRange.ONLY_1_3)
NAMES = {TlsRange.ONLY_1_2: "TLSv1.2", TlsRange.ONLY_1_3: "TLSv1.3"}
versions = st.sampled_from([TLS_1_2, TLS_1_3])
names = st.lists(st.binary(max_size=60), max_size=6)


def vector(data: bytes, size: int) -> bytes:
    """Encode a vector of RFC 8446 §3.4: its length in ``size`` bytes, then its content."""
    return len(data).to_bytes(size, "big") + data


def message(kind: int, body: bytes) -> bytes:
    """Encode a handshake message."""
    return bytes([kind]) + vector(body, 3)


def certificate_request(version: int, authorities: list[bytes]) -> bytes:
    """Encode a CertificateRequest of RFC 5246 §7.4.4 or RFC 8446 §4.3.2 with these authorities."""
    listed = vector(b"".join(vector(name, 2) for name in authorities), 2)
    if version < TLS_1_3:
        return message(CERTIFICATE_REQUEST, vector(b"\x01\x40", 1) + vector(b"\x04\x03\x08\x04", 2) + listed)
    extensions = b"\x00\x0d" + vector(vector(b"\x04\x03", 2), 2) + b"\x00\x2f" + vector(listed, 2)
    return message(CERTIFICATE_REQUEST, vector(b"", 1) + vector(extensions, 2))


@pytest.mark.parametrize("tls", ONLY)
def test_a_requested_and_sent_certificate_is_recorded(client: Client, tls: TlsRange) -> None:
    """From the messages themselves."""
    observed = handshake(client, "alice", tls).transcript()
    assert (observed.certificate_requested, observed.certificate_sent, observed.post_handshake) == (
        True,
        True,
        False,
    )
    assert (observed.alert_received, observed.alert_sent, observed.version) == ("", "", NAMES[tls])


@pytest.mark.parametrize("tls", ONLY)
def test_an_empty_certificate_message_is_none(client: Client, tls: TlsRange) -> None:
    """The client answers the request, with an empty list."""
    both = handshake(client, "anonymous", tls, demand=ssl.CERT_OPTIONAL)
    assert len(list(both.of_kind(CERTIFICATE, "write"))) == 1
    assert (both.transcript().certificate_requested, both.transcript().certificate_sent) == (True, False)


@pytest.mark.parametrize("tls", ONLY)
def test_a_server_without_a_request_is_recorded(client: Client, tls: TlsRange) -> None:
    """Without a request the certificate is not sent."""
    both = handshake(client, "alice", tls, demand=ssl.CERT_NONE)
    assert list(both.of_kind(CERTIFICATE, "write")) == []
    assert (both.transcript().certificate_requested, both.transcript().certificate_sent) == (False, False)


@pytest.mark.parametrize(
    ("identity", "sent", "alert"),
    [
        ("alice", True, ""),
        ("expired", True, "certificate_expired"),
        ("anonymous", False, "certificate_required"),
    ],
)
def test_post_handshake_authentication_is_recorded(
    client: Client,
    identity: str,
    sent: bool,  # noqa: FBT001 - a column of the table
    alert: str,
) -> None:
    """The request comes after the handshake, with a context that the Certificate message repeats."""
    both = handshake(client, identity, TlsRange.ONLY_1_3, later=True)
    before = both.transcript()
    both.request_after_handshake()
    after = both.transcript()
    assert (before.certificate_requested, before.certificate_sent, before.post_handshake) == (False,) * 3
    assert (after.certificate_requested, after.post_handshake) == (True, True)
    assert (after.certificate_sent, after.alert_received) == (sent, alert)


@pytest.mark.parametrize(
    ("tls", "identity", "alert"),
    [
        (TlsRange.ONLY_1_2, "anonymous", "handshake_failure"),
        (TlsRange.ONLY_1_3, "anonymous", "certificate_required"),
        (TlsRange.ONLY_1_2, "expired", "certificate_expired"),
        (TlsRange.ONLY_1_3, "expired", "certificate_expired"),
    ],
)
def test_the_alert_of_a_refusal_is_recorded(client: Client, tls: TlsRange, identity: str, alert: str) -> None:
    """The server's alert, not the client's."""
    observed = handshake(client, identity, tls).transcript()
    assert (observed.alert_received, observed.alert_sent, observed.version) == (alert, "", NAMES[tls])


def test_the_clients_own_alert_is_not_the_servers(client: Client) -> None:
    """A client that does not trust the server sends an alert, and was not refused."""
    client.pki = client.pki.__class__(
        **{name: getattr(client.pki, name) for name in client.pki.__struct_fields__}
        | {"server_ca": client.pki.client_ca}
    )
    observed = handshake(client, "alice", TlsRange.ONLY_1_3).transcript()
    assert (observed.alert_sent, observed.alert_received) == ("unknown_ca", "")


@pytest.mark.parametrize(
    ("data", "version", "received"),
    [
        (b"\x02\x28", "TLSv1.2", "handshake_failure"),
        (b"\x02\xff", "TLSv1.2", "alert_255"),
        (b"\x01\x70", "", ""),
        (b"\x01\x70", "TLSv1.2", ""),
        (b"\x01\x74", "TLSv1.3", "certificate_required"),
        (b"\x01\x00", "TLSv1.3", ""),
        (b"\x02\x00", "TLSv1.2", ""),
        (b"\x01\x5a", "TLSv1.3", ""),
        (b"\x02", "TLSv1.2", ""),
        (b"\x02\x28\x00", "TLSv1.2", ""),
        (b"", "TLSv1.2", ""),
    ],
)
def test_only_fatal_alerts_count(data: bytes, version: str, received: str) -> None:
    """Before TLS 1.3 a warning does not end the handshake (RFC 5246 §7.2); since then the level has no meaning."""
    transcript = Transcript(version=version)
    transcript.record("read", TLS_1_3, ALERT_RECORD, data)
    assert transcript.alert_received == received


def test_the_first_alert_is_kept() -> None:
    """A later one answers it."""
    transcript = Transcript()
    for direction in ("read", "write"):
        for code in (48, 40):
            transcript.record(direction, TLS_1_2, ALERT_RECORD, bytes([2, code]))
    assert (transcript.alert_received, transcript.alert_sent) == ("unknown_ca", "unknown_ca")


def test_a_compressed_certificate_was_sent() -> None:
    """RFC 8879: the message has another type, and is never empty."""
    transcript = Transcript()
    transcript.record("write", TLS_1_3, HANDSHAKE_RECORD, message(COMPRESSED_CERTIFICATE, b"\x00\x01"))
    assert transcript.certificate_sent


@pytest.mark.parametrize("kind", [CERTIFICATE, COMPRESSED_CERTIFICATE])
def test_the_servers_certificate_is_not_the_clients(kind: int) -> None:
    """The direction of the message decides."""
    transcript = Transcript()
    transcript.record("read", TLS_1_3, HANDSHAKE_RECORD, message(kind, b"\x00\x00\x00\x01x"))
    transcript.record("write", TLS_1_3, HANDSHAKE_RECORD, message(CERTIFICATE_REQUEST, b"\x00\x00\x00"))
    assert (transcript.certificate_sent, transcript.certificate_requested) == (False, False)


@given(version=versions, authorities=names)
def test_a_request_names_its_authorities(version: int, authorities: list[bytes]) -> None:
    """All of them, in their order, in either version."""
    assert list(certificate_authorities(certificate_request(version, authorities), version)) == authorities


@given(context=st.binary(max_size=40), content=st.binary(min_size=1, max_size=80))
def test_a_certificate_is_found_behind_any_context(context: bytes, content: bytes) -> None:
    """In TLS 1.3 the list follows a context of any length; an empty list is no certificate."""
    entries = vector(vector(content, 3) + b"\0\0", 3)
    assert carries_certificate(message(CERTIFICATE, vector(context, 1) + entries), TLS_1_3)
    assert not carries_certificate(message(CERTIFICATE, vector(context, 1) + b"\0\0\0"), TLS_1_3)
    assert carries_certificate(message(CERTIFICATE, vector(vector(content, 3), 3)), TLS_1_2)
    assert not carries_certificate(message(CERTIFICATE, b"\0\0\0"), TLS_1_2)


@pytest.fixture(scope="module")
def real(pki: object) -> list[Handshake]:
    """Return handshakes of both versions, refused and not."""
    client = Client(pki)  # type: ignore[arg-type]
    return [handshake(client, who, tls) for who in ("alice", "anonymous") for tls in ONLY]


@given(data=st.data())
def test_no_broken_message_raises(real: list[Handshake], data: st.DataObject) -> None:
    """A truncated or altered message of the server is at most misread; it never ends the run."""
    whole = data.draw(st.sampled_from(list(chain.from_iterable(both.messages for both in real))))
    cut = bytearray(whole.data[: data.draw(st.integers(0, len(whole.data)))])
    for place in data.draw(st.lists(st.integers(0, max(0, len(cut) - 1)), max_size=4)):
        cut[place : place + 1] = bytes([data.draw(st.integers(0, 255))])
    transcript = Transcript()
    transcript.record(
        data.draw(st.sampled_from(["read", "write"])), data.draw(versions), whole.content_type, bytes(cut)
    )
    assert transcript.alert_received == "" or whole.content_type == ALERT_RECORD


@given(version=versions, direction=st.sampled_from(["read", "write"]), body=st.binary(max_size=80))
def test_no_byte_string_raises(version: int, direction: str, body: bytes) -> None:
    """Nor does one that begins like a known message."""
    for kind in (CERTIFICATE, CERTIFICATE_REQUEST, COMPRESSED_CERTIFICATE):
        transcript = Transcript()
        for data in (bytes([kind]) + body, message(kind, body)):
            transcript.record(direction, version, HANDSHAKE_RECORD, data)
        assert transcript.certificate_requested is (direction == "read" and kind == CERTIFICATE_REQUEST)
