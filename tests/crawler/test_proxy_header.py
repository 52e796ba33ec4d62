"""Headers of the PROXY protocol: their bytes, and when they are sent."""

import pytest
from msgspec.structs import replace

from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.proxy_header import ProxyHeader, ProxyVersion
from tests.crawler.peers import Visit, answering, server_context, serving
from tests.crawler.sending import NETWORK, Client, endpoint_of, probe_of
from tests.servers.pki import TestPki

ALONE = replace(NETWORK, concurrency=1)
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
V1, V2 = ProxyVersion.V1, ProxyVersion.V2


@pytest.mark.parametrize(
    ("header", "line"),
    [
        (ProxyHeader(version=V1, source="10.0.0.5"), b"PROXY TCP4 10.0.0.5 127.0.0.1 40000 443\r\n"),
        (ProxyHeader(version=V1, source="::1"), b"PROXY TCP6 ::1 ::1 40000 443\r\n"),
        (ProxyHeader(version=V1), b"PROXY UNKNOWN\r\n"),
        (ProxyHeader(version=V2), SIGNATURE + b"\x20\x00\x00\x00"),
        (
            ProxyHeader(version=V2, source="10.0.0.5"),
            SIGNATURE + b"\x21\x11\x00\x0c\x0a\x00\x00\x05\x7f\x00\x00\x01\x9c\x40\x01\xbb",
        ),
        (
            ProxyHeader(version=V2, source="203.0.113.7", common_name="alice"),
            SIGNATURE
            + b"\x21\x11\x00\x3f\xcb\x00\x71\x07\x7f\x00\x00\x01\x9c\x40\x01\xbb"
            + b"\x20\x00\x30\x07\x00\x00\x00\x00"
            + b"\x21\x00\x07TLSv1.3\x22\x00\x05alice\x23\x00\x16TLS_AES_128_GCM_SHA256",
        ),
    ],
    ids=lambda value: value.words if isinstance(value, ProxyHeader) else "",
)
def test_a_proxy_header_has_the_format_of_its_version(header: ProxyHeader, line: bytes) -> None:
    """HAProxy's proxy-protocol.txt, sections 2.1, 2.2 and 2.2.6."""
    assert header.encoded("127.0.0.1", 443) == line


@pytest.mark.parametrize("secured", [True, False], ids=["TLS", "plaintext"])
@pytest.mark.parametrize("version", ProxyVersion)
def test_a_proxy_header_comes_first(
    client: Client, pki: TestPki, version: ProxyVersion, *, secured: bool
) -> None:
    """Before the ClientHello, or the request; once for each connection."""
    begun: list[bytes] = []
    context = server_context(pki)
    header = ProxyHeader(version=version, source="10.0.0.5")

    def script(visit: Visit) -> None:
        begun.append(visit.sock.recv(len(header.encoded("127.0.0.1", visit.sock.getsockname()[1]))))
        if not secured:
            return answering()(visit)
        with context.wrap_socket(visit.sock, server_side=True) as visit.sock:
            return answering()(visit)

    with serving(script) as peer:
        probe = probe_of(replace(endpoint_of(peer), tls=secured))
        connection = replace(probe.connection, proxy=header)
        sent = [replace(probe, connection=connection, variant=str(number)) for number in range(2)]
        observed = client.send(*sent, network=ALONE)
    assert [one.ending for one in observed] == [Ending.RESPONSE] * 2
    assert begun == [header.encoded("127.0.0.1", peer.port)]


@pytest.mark.parametrize(("header", "visits"), [(None, 3), (ProxyHeader(version=V1, source="10.0.0.5"), 1)])
def test_a_connection_that_ends_at_a_proxy_header_is_not_repeated(
    client: Client, header: ProxyHeader | None, visits: int
) -> None:
    """A listener that does not read it closes each time; other connections may have been closed by chance."""
    with serving(lambda visit: visit.sock.close()) as peer:
        probe = probe_of(replace(endpoint_of(peer), tls=True))
        sent = replace(probe, connection=replace(probe.connection, proxy=header))
        observed = client.send(sent, network=replace(ALONE, retries=2))
    assert (observed[0].ending, observed[0].attempts) == (Ending.CLOSED, visits)
    assert len(peer.visits) == visits
