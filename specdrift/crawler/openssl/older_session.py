"""A session that an identity made before the run, taken up through ``openssl s_client``: without its certificate, whose
key the program need not have.
"""

import asyncio
import re
import shutil
import ssl
from pathlib import Path

from specdrift.crawler.http.transport import ExchangeFailed
from specdrift.crawler.openssl.s_client import SClientTransport, alert_of
from specdrift.model.exchange.observation import Ending, TlsFacts, WirePhase
from specdrift.model.exchange.probe import Connection, TlsRange

TO_THE_END = re.compile(rb"(?!)")
MESSAGE = re.compile(rb"^<<< TLS (1\.[23]), Handshake \[length [0-9a-f]+\], (\w+)", re.MULTILINE)
"""What the server's handshake messages are called in the file that the program writes of them."""
VERSIONS = {TlsRange.ONLY_1_2: "-tls1_2", TlsRange.ONLY_1_3: "-tls1_3"}


class KeptSession:
    """The session in ``file``, which stays as it is, and in the private ``folder`` what servers gave for it: a ticket
    may be good for one connection only (RFC 8446 §C.4), so connections take turns (``lock``).
    """

    def __init__(self, file: Path, folder: Path) -> None:
        self.folder = folder
        self.lock = asyncio.Lock()
        self.current, self.next = folder / "session.pem", folder / "next.pem"
        self.messages = folder / "messages"
        shutil.copyfile(file, self.current)


class OlderSessionTransport(SClientTransport):
    """Each request is a connection of its own, which takes up the session or, if the server will not, has none."""

    def __init__(self, connection: Connection, context: ssl.SSLContext, *, kept: KeptSession) -> None:
        super().__init__(connection.endpoint, context, folder=kept.folder, resumes=False)
        self.version = VERSIONS[connection.tls]
        self._kept = kept

    async def _converse(self, data: bytes) -> tuple[bytes, bytes]:
        kept = self._kept
        session = ("-sess_in", str(kept.current), "-sess_out", str(kept.next))
        # Quiet, since what it says of a ticket that arrives may come in the middle of the answer.
        told = ("-quiet", "-msg", "-msgfile", str(kept.messages))
        async with kept.lock:
            kept.next.unlink(missing_ok=True)
            kept.messages.write_bytes(b"")
            shown, said = await self._run(*session, *told, stdin=data, until=TO_THE_END)
            self.told = _facts(kept.messages.read_bytes(), said)
            if self.told.resumed and kept.next.exists():  # that of a full handshake is nobody's
                kept.next.replace(kept.current)
        return shown, said

    def _look(self, _shown: bytes, _said: bytes) -> None:
        told = self.told or TlsFacts()
        if told.alert_received:
            raise ExchangeFailed(Ending.ALERT, self.phase, f"TLS alert {told.alert_received}")
        self.phase = WirePhase.REQUEST


def _facts(messages: bytes, said: bytes) -> TlsFacts:
    """Who resumes shows no certificate of its own: the session stands for it (RFC 8446 §2.2, RFC 5246 §7.3)."""
    received = {name: version for version, name in MESSAGE.findall(messages)}
    return TlsFacts(
        version=f"TLSv{received[b'Finished'].decode()}" if b"Finished" in received else "",
        alert_received=alert_of(said),
        certificate_requested=b"CertificateRequest" in received,
        resumed=b"Finished" in received and b"Certificate" not in received,
    )
