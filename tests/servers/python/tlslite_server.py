"""A server on tlslite-ng: `python -m tests.servers.python.tlslite_server VARIANT …`.

It requests a certificate from every client, and answers 401 on guarded paths unless the client CA issued it. The
variant `no-proof` does not wait for CertificateVerify, as wolfSSL before 5.2.0 did not over TLS 1.3 (CVE-2022-25640):
a simulation. With `late` the certificate is requested after the handshake.
"""

# ruff: noqa: T201 (standard output is what the harness reads the port from)
from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from tlslite.constants import HandshakeType, SignatureScheme
from tlslite.errors import BaseTLSException
from tlslite.handshakesettings import HandshakeSettings
from tlslite.messages import CertificateVerify, Finished
from tlslite.tlsconnection import TLSConnection
from tlslite.utils.keyfactory import parsePEMKey
from tlslite.utils.python_ecdsakey import Python_ECDSAKey
from tlslite.x509certchain import X509CertChain

from tests.servers.python.raw_answers import is_guarded, response
from tests.servers.python.tls import arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

READ_S = 5
"""Seconds that a client may take."""
HASH_SIZE = 48
"""Bytes of Finished with the cipher suite that tlslite prefers, AES 256 with SHA-384."""
NO_SIGNATURE = bytearray(64)
VERSIONS = {"1.2-1.3": ((3, 3), (3, 4)), "1.2": ((3, 3), (3, 3)), "1.3": ((3, 4), (3, 4))}


class NoProof(TLSConnection):  # type: ignore[misc] # tlslite has no types
    """Over TLS 1.3, takes a Finished where CertificateVerify belongs."""

    _handshake_hash: Any
    early: Finished | None = None

    def _getMsg(self, expected: Any, secondary: Any = None, constructor: Any = None) -> Iterator[Any]:  # noqa: ANN401, N802
        if self.version < (3, 4):
            yield from super()._getMsg(expected, secondary, constructor)
        elif secondary == HandshakeType.finished and self.early is not None:
            self._handshake_hash.update(self.early.write())
            yield self.early
        elif secondary != HandshakeType.certificate_verify:
            yield from super()._getMsg(expected, secondary, constructor)
        else:
            before = self._handshake_hash.copy()
            for result in super()._getMsg(expected, (secondary, HandshakeType.finished), HASH_SIZE):
                if not isinstance(result, Finished):
                    yield result
                    continue
                self._handshake_hash, self.early = before, result
                made_up = CertificateVerify(self.version)
                made_up.create(NO_SIGNATURE, SignatureScheme.ecdsa_secp256r1_sha256)
                yield made_up


class Server:
    """Files of the server, and what it does with a connection."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Read the files."""
        self.chain = X509CertChain()
        self.chain.parsePemList(Path(options.cert).read_text())
        self.key = parsePEMKey(Path(options.key).read_text(), private=True)
        self.client_ca = x509.load_pem_x509_certificate(Path(options.client_ca).read_bytes())
        self.settings = HandshakeSettings()
        self.settings.minVersion, self.settings.maxVersion = VERSIONS[options.tls]
        self.kind = NoProof if "no-proof" in options.variant else TLSConnection
        self.late = "late" in options.variant

    def serve(self, client: socket.socket) -> None:
        """Answer one request."""
        client.settimeout(READ_S)
        connection = self.kind(client)
        with client, contextlib.suppress(BaseTLSException, OSError):
            connection.handshakeServer(
                certChain=self.chain,
                privateKey=self.key,
                settings=self.settings,
                reqCert=not self.late,
                alpn=[bytearray(b"http/1.1")],
            )
            head = connection.read(max=8192, min=1)
            if head:
                path = head.decode("latin-1").split(" ")[1]
                if self.late and is_guarded(path):
                    for _ in connection.request_post_handshake_auth(self.settings):
                        pass
                    connection.read(max=0, min=0)
                connection.write(response(head, known=self.is_known(connection)))
                connection.close()

    def is_known(self, connection: Any) -> bool:  # noqa: ANN401 - tlslite has no types
        """Return whether the client CA issued the certificate of the client."""
        chain = connection.session.clientCertChain
        if not chain or not chain.x509List:
            return False
        try:
            x509.load_der_x509_certificate(bytes(chain.x509List[0].bytes)).verify_directly_issued_by(
                self.client_ca
            )
        except (ValueError, InvalidSignature):
            return False
        return True


def accepts_no_signature() -> mock._patch[Any]:
    """Let the made-up signature verify, and no other."""
    verify = Python_ECDSAKey.verify

    def verified(key: Any, signature: Any, *arguments: Any) -> Any:  # noqa: ANN401 - tlslite has no types
        return signature == NO_SIGNATURE or verify(key, signature, *arguments)

    return mock.patch.object(Python_ECDSAKey, "verify", verified)


def main() -> None:
    """Serve on an ephemeral port of 127.0.0.1."""
    options = arguments()
    server = Server(options)
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on {listener.getsockname()[1]}", flush=True)
    with accepts_no_signature() if "no-proof" in options.variant else contextlib.nullcontext():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=server.serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    main()
