"""Sends one request over a version of HTTP, with a target as clients may write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events
import h2.exceptions

if TYPE_CHECKING:
    import socket

    from specdrift.source.gateway.exchange import GatewayRequest

STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
MOST_READ = 65_536
AS_SENT = h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)


def exchanged_over(sock: socket.socket, request: GatewayRequest, host: str, scheme: str) -> tuple[int, str]:
    """Send a request on a connection; return status and body of the answer, with the status 0 for none."""
    if request.protocol.startswith("HTTP/2"):
        return _over_http2(sock, request, host, scheme)
    headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    target = f"{scheme}://{host}{request.target}" if request.absolute else request.target
    text = f"{request.method} {target} {request.protocol}\r\nHost: {host}\r\n{headers}"
    received = b""
    try:
        sock.sendall(f"{text}Connection: close\r\nContent-Length: 0\r\n\r\n".encode("latin-1"))
        while part := sock.recv(MOST_READ):
            received += part
    except (ConnectionError, BrokenPipeError):
        pass  # refused, perhaps after a part of the answer
    status = STATUS.match(received)
    return (int(status[1]) if status else 0), received.partition(b"\r\n\r\n")[2].decode("latin-1")


def _over_http2(sock: socket.socket, request: GatewayRequest, host: str, scheme: str) -> tuple[int, str]:
    """Send it on one stream of a connection that begins with HTTP/2."""
    http2 = h2.connection.H2Connection(AS_SENT)
    http2.initiate_connection()
    pseudo = {":method": request.method, ":scheme": scheme, ":authority": host, ":path": request.target}
    http2.send_headers(1, [*pseudo.items(), *request.headers.items()], end_stream=True)
    status, body = 0, b""
    while True:
        sock.sendall(http2.data_to_send())
        received = sock.recv(MOST_READ)
        try:
            events = http2.receive_data(received)
        except h2.exceptions.ProtocolError:
            return 0, ""
        for event in events:
            if isinstance(event, h2.events.ResponseReceived):
                status = int(dict(event.headers or ())[b":status"])
            elif isinstance(event, h2.events.DataReceived):
                body += event.data
            elif isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
                return status, body.decode("latin-1")
        if not received:
            return status, body.decode("latin-1")
