"""A TLS client of tlslite-ng that leaves out messages of client authentication (RFC 8446 §4.4).

Transcripts and Finished are over the messages that are really sent, as a server computes them that misses nothing.
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

from tlslite.constants import CertificateType, CipherSuite
from tlslite.mathtls import HKDF_expand_label
from tlslite.messages import Certificate, CertificateVerify, CompressedCertificate, Finished
from tlslite.tlsconnection import TLSConnection

from specdrift.crawler.omission.memory_socket import MemorySocket
from specdrift.model.exchange.probe import Omission

CERTIFICATES = (Certificate, CompressedCertificate)
_OMITTED: dict[Omission, tuple[type, ...]] = {
    Omission.NOTHING: (),
    Omission.PROOF: (CertificateVerify,),
    Omission.CERTIFICATE: (*CERTIFICATES, CertificateVerify),
}


class OmittingClient(TLSConnection):  # type: ignore[misc] # tlslite has no types
    """A connection as a client. Its methods yield 0 to wait for bytes, and 1 to send some."""

    def __init__(self, memory: MemorySocket, omits: Omission) -> None:
        super().__init__(memory)
        self._omits = omits
        self.requested = False
        """Whether the server requested a certificate."""
        self.post_handshake = False
        self.sent = False
        """Whether a certificate was sent."""

    def _sendMsg(self, msg: Any, *arguments: Any, **options: Any) -> Iterator[Any]:  # noqa: ANN401, N802 - as tlslite has it
        """Send a message, unless it is one to omit: then it is not part of the transcript either."""
        is_certificate = isinstance(msg, CERTIFICATES)
        # A client answers a request with a Certificate message, empty without a certificate.
        self.requested = self.requested or is_certificate
        if isinstance(msg, _OMITTED[self._omits]):
            return
        self.sent = self.sent or is_certificate
        yield from super()._sendMsg(msg, *arguments, **options)

    def _handle_pha(self, cert_request: Any) -> Iterator[Any]:  # noqa: ANN401 - as tlslite has it
        """Answer a request after the handshake (RFC 8446 §4.6.2): tlslite makes Finished before it sends anything."""
        self.requested = self.post_handshake = True
        if self._omits is Omission.NOTHING:
            yield from super()._handle_pha(cert_request)
            return
        transcript = self._first_handshake_hashes.copy()
        transcript.update(cert_request.write())
        messages = []
        if self._omits is Omission.PROOF:
            chain, _ = self._client_keypair
            shown = self._create_cert_msg(
                "client",
                cert_request,
                [],
                chain,
                CertificateType.x509,
                cert_request.certificate_request_context,
                self.version,
            )
            transcript.update(shown.write())
            messages.append(shown)
        yield from self._sendMsgs([*messages, self._finished(transcript)])

    def _finished(self, transcript: Any) -> Any:  # noqa: ANN401 - tlslite has no types
        """Return Finished over this transcript (RFC 8446 §4.4.4)."""
        name = "sha384" if self.session.cipherSuite in CipherSuite.sha384PrfSuites else "sha256"
        size = hashlib.new(name).digest_size
        key = HKDF_expand_label(self.session.cl_app_secret, b"finished", b"", size, name)
        message = Finished((3, 4), size)
        message.create(bytearray(hmac.digest(key, transcript.digest(name), name)))
        return message
