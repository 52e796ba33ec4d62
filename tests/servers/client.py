"""A plain client (`ssl` and `http.client`) that shares no code with specdrift."""

from __future__ import annotations

import hashlib
import http.client
import json
import ssl
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import h2.connection
import h2.events
from msgspec import Struct

if TYPE_CHECKING:
    from tests.servers.pki import Pair, TestPki

TIMEOUT_SECONDS = 5.0
LONGEST_BODY = 262_144


class Answer(Struct, frozen=True, kw_only=True):
    """An HTTP answer; without one the status is 0 and `error` holds the exception.

    `keys` are the member names of a JSON object, else empty.
    """

    status: int
    keys: frozenset[str] = frozenset()
    sha256: str = ""
    body: bytes = b""
    location: str = ""
    cookie: str = ""
    """What the response sets, as a request sends it back."""
    error: str = ""
    reason: str = ""
    """The reason phrase; empty over HTTP/2."""
    beside: bytes = b""
    """What else may hold the data: the reason phrase, and the parameters of redirects."""


@cache
def client_context(
    pki: TestPki, version: ssl.TLSVersion, certificate: Pair | None = None, *, protocol: str = "http/1.1"
) -> ssl.SSLContext:
    """Create a context with one TLS version and one protocol, server verification, and post-handshake authentication.

    One context per caller; without `session=`, Python resumes no session.
    """
    context = ssl.create_default_context(cafile=str(pki.server_ca))
    context.minimum_version = context.maximum_version = version
    context.post_handshake_auth = True
    context.set_alpn_protocols([protocol])
    if certificate is not None:
        context.load_cert_chain(certificate.cert, certificate.key)
    return context


def get(
    base_url: str, path: str, context: ssl.SSLContext, *, timeout: float = TIMEOUT_SECONDS, cookie: str = ""
) -> Answer:
    """Send GET `path` on a new connection; `timeout` in seconds, for each read."""
    netloc = urlsplit(base_url).netloc
    connection = http.client.HTTPSConnection(netloc, timeout=timeout, context=context)
    try:
        connection.connect()
        if connection.sock.selected_alpn_protocol() == "h2":
            return _get_by_http2(connection.sock, netloc, path)
        connection.request("GET", path, headers={"Connection": "close", "Cookie": cookie})
        response = connection.getresponse()
        body = response.read(LONGEST_BODY)
        digest = hashlib.sha256(body).hexdigest()
        pairs = (value.partition(";")[0] for value in response.headers.get_all("Set-Cookie", ()))
        return Answer(
            status=response.status,
            keys=_keys(body),
            sha256=digest,
            body=body,
            location=response.headers.get("Location", ""),
            cookie="; ".join(pairs),
            reason=response.reason,
        )
    except (OSError, http.client.HTTPException) as error:
        return Answer(status=0, error=repr(error))
    finally:
        connection.close()


def _get_by_http2(sock: ssl.SSLSocket, authority: str, path: str) -> Answer:
    """Send it over HTTP/2, on one stream."""
    http2 = h2.connection.H2Connection()
    http2.initiate_connection()
    head = [(":method", "GET"), (":scheme", "https"), (":authority", authority), (":path", path)]
    http2.send_headers(1, head, end_stream=True)
    status, body = 0, b""
    while True:
        sock.sendall(http2.data_to_send())
        received = sock.recv(LONGEST_BODY)
        for event in http2.receive_data(received):
            if isinstance(event, h2.events.ResponseReceived):
                status = int(dict(event.headers or ())[b":status"])
            elif isinstance(event, h2.events.DataReceived):
                body += event.data
            elif isinstance(event, h2.events.StreamEnded):
                digest = hashlib.sha256(body).hexdigest()
                return Answer(status=status, keys=_keys(body), sha256=digest, body=body)
        if not received:
            raise ConnectionError("closed without an answer")


def _keys(body: bytes) -> frozenset[str]:
    try:
        value = json.loads(body)
    except ValueError:
        return frozenset()
    if not isinstance(value, dict):
        return frozenset()
    # An envelope has the same members with and without data.
    return frozenset(name for name, member in value.items() if name != "data" or member is not None)
