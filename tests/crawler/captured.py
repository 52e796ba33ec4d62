"""Real handshakes in memory; the client records every message."""

import ssl
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from msgspec import Struct, field

from specdrift.crawler.tls.handshake import ALERT_RECORD, HANDSHAKE_RECORD, Transcript
from specdrift.model.exchange.probe import TlsRange
from specdrift.pki.context import client_context
from specdrift.settings import ServerSettings
from tests.crawler.peers import server_context
from tests.crawler.sending import Client

ROUNDS = 8


class Message(Struct, frozen=True):
    """A message of OpenSSL's message callback."""

    direction: str
    version: int
    content_type: int
    data: bytes


class Handshake(Struct):
    """Two ends in one process. ``messages`` are those that the client read and wrote."""

    client: ssl.SSLObject
    server: ssl.SSLObject
    pipes: tuple[ssl.MemoryBIO, ssl.MemoryBIO]
    messages: list[Message] = field(default_factory=list)

    def transcript(self) -> Transcript:
        """Return the crawler's transcript of the messages."""
        transcript = Transcript()
        for message in self.messages:
            transcript.record(message.direction, message.version, message.content_type, message.data)
        return transcript

    def of_kind(self, kind: int, direction: str) -> Iterator[Message]:
        """Yield the handshake messages of one type."""
        return (
            m
            for m in self.messages
            if (m.direction, m.content_type) == (direction, HANDSHAKE_RECORD) and m.data[0] == kind
        )

    def pump(self) -> None:
        """Let both sides read what the other one wrote. Each keeps its own error."""
        for _ in range(ROUNDS):
            for end in (self.client, self.server):
                with suppress(ssl.SSLError):
                    end.read(65536) if end.version() else end.do_handshake()

    def request_after_handshake(self) -> None:
        """Post-handshake authentication: the server requests the certificate now (RFC 8446 §4.6.2)."""
        self.server.verify_client_post_handshake()
        self.server.write(b"x")
        self.pump()


def handshake(
    client: Client,
    identity: str,
    tls: TlsRange,
    *,
    demand: ssl.VerifyMode = ssl.CERT_REQUIRED,
    later: bool = False,
) -> Handshake:
    """Complete or fail a handshake. ``later``: the server requests a certificate only after the handshake."""
    theirs = server_context(client.pki, demand=demand, tls=tls)
    theirs.post_handshake_auth = later
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    messages: list[Message] = []
    settings = ServerSettings(ca_file=client.pki.server_ca)
    with client_context(client.credential(identity), server=settings, tls_range=tls, alpn=()) as ours:
        ours._msg_callback = _note(messages)  # type: ignore[attr-defined]
        both = Handshake(
            client=ours.wrap_bio(down, up, server_hostname="localhost"),
            server=theirs.wrap_bio(up, down, server_side=True),
            pipes=(up, down),
            messages=messages,
        )
        both.pump()
    return both


def _note(messages: list[Message]) -> Any:  # noqa: ANN401 - a private interface of the standard library
    def note(_conn: object, direction: str, version: int, kind: int, _type: object, data: bytes) -> None:
        if kind in (ALERT_RECORD, HANDSHAKE_RECORD):
            messages.append(Message(direction, int(version), int(kind), data))

    return note
