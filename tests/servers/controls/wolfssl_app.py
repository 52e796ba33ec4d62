"""A server on a wolfSSL library, by ctypes: `python -m tests.servers.controls.wolfssl_app VARIANT --library FILE …`.

It requests a certificate from every client (variant `late`: after the handshake, for guarded paths), and answers 401 on
guarded paths if the library has none.
"""

# ruff: noqa: T201 (standard output is what the harness reads the port from)
from __future__ import annotations

import argparse
import ctypes
import os
import select
import socket
import threading
import time

from tests.servers.python.raw_answers import is_guarded, response

PEM, VERIFY_PEER, SUCCESS = 1, 1, 1
WANT_READ = 2
ANSWER_S = 0.5
"""Seconds to wait for the client's answer to a request after the handshake."""
BUFFER = 8192
POINTER = ctypes.c_void_p
RETURN_POINTERS = (
    "wolfSSLv23_server_method",
    "wolfTLSv1_3_server_method",
    "wolfSSL_CTX_new",
    "wolfSSL_new",
    "wolfSSL_get_peer_certificate",
)


class Library:
    """The functions of wolfSSL that the server calls."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Load the library and make the context of all connections."""
        self.lib = ctypes.CDLL(options.library)
        for name in RETURN_POINTERS:
            getattr(self.lib, name).restype = POINTER
        self.lib.wolfSSL_Init()
        self.late = options.variant == "late"
        method = self.lib.wolfTLSv1_3_server_method() if self.late else self.lib.wolfSSLv23_server_method()
        self.context = POINTER(self.lib.wolfSSL_CTX_new(POINTER(method)))
        done = (
            self.lib.wolfSSL_CTX_use_certificate_chain_file(self.context, options.cert.encode()),
            self.lib.wolfSSL_CTX_use_PrivateKey_file(self.context, options.key.encode(), PEM),
            self.lib.wolfSSL_CTX_load_verify_locations(self.context, options.client_ca.encode(), None),
        )
        if set(done) != {SUCCESS}:
            raise SystemExit(f"wolfSSL does not take the files: {done}")
        if not self.late:
            self.lib.wolfSSL_CTX_set_verify(self.context, VERIFY_PEER, None)

    def serve(self, client: socket.socket) -> None:
        """Answer one request."""
        tls = POINTER(self.lib.wolfSSL_new(self.context))
        self.lib.wolfSSL_set_fd(tls, client.fileno())
        if self.lib.wolfSSL_accept(tls) == SUCCESS:
            buffer = ctypes.create_string_buffer(BUFFER)
            length = self.lib.wolfSSL_read(tls, buffer, BUFFER)
            if length > 0:
                head = buffer.raw[:length]
                if self.late and is_guarded(head.split(b" ")[1].decode("latin-1")):
                    self.request_certificate(tls)
                answer = response(head, known=self.peer(tls))
                self.lib.wolfSSL_write(tls, answer, len(answer))
                self.lib.wolfSSL_shutdown(tls)
        self.lib.wolfSSL_free(tls)
        client.close()

    def request_certificate(self, tls: ctypes.c_void_p) -> None:
        """Request a certificate, and take the client's answer: `wolfSSL_peek` returns before the next request."""
        self.lib.wolfSSL_set_verify(tls, VERIFY_PEER, None)
        self.lib.wolfSSL_request_certificate(tls)
        self.lib.wolfSSL_write(tls, b"", 0)  # sends what is waiting
        connection = self.lib.wolfSSL_get_fd(tls)
        os.set_blocking(connection, False)
        ends = time.monotonic() + ANSWER_S
        while not self.peer(tls) and time.monotonic() < ends:
            done = self.lib.wolfSSL_peek(tls, ctypes.create_string_buffer(1), 1)
            error = self.lib.wolfSSL_get_error(tls, done)
            if error != WANT_READ:
                break
            select.select([connection], [], [], 0.05)
        os.set_blocking(connection, True)

    def peer(self, tls: ctypes.c_void_p) -> bool:
        """Return whether the library has a certificate of the client."""
        return self.lib.wolfSSL_get_peer_certificate(tls) is not None


def main() -> None:
    """Serve on an ephemeral port of 127.0.0.1."""
    parser = argparse.ArgumentParser()
    parser.add_argument("variant")
    parser.add_argument("--tls")
    for option in ("--library", "--cert", "--key", "--client-ca", "--crl"):
        parser.add_argument(option, required=option != "--crl")
    library = Library(parser.parse_args())
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on {listener.getsockname()[1]}", flush=True)
    while True:
        client, _ = listener.accept()
        client.settimeout(None)
        threading.Thread(target=library.serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    main()
