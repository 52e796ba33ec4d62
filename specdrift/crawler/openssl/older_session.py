"""Resumes a session that an identity made before the run, through ``openssl s_client`` and without its certificate."""

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
"""A server's handshake message in the program's message log."""
VERSIONS = {TlsRange.ONLY_1_2: "-tls1_2", TlsRange.ONLY_1_3: "-tls1_3"}


class KeptSession:
    """A session file, and the newer sessions that servers issued on it.

    ``file`` is not changed; newer sessions go into the private ``folder``. A ticket may be valid for one connection
    only (RFC 8446 §C.4), so connections take turns with ``lock``.
    """

    def __init__(self, file: Path, folder: Path) -> None:
        self.folder = folder
        self.lock = asyncio.Lock()
        self.current, self.next = folder / "session.pem", folder / "next.pem"
        self.messages = folder / "messages"
        shutil.copyfile(file, self.current)


class OlderSessionTransport(SClientTransport):
    """Opens a connection for each request, and offers the session on it."""

    def __init__(self, connection: Connection, context: ssl.SSLContext, *, kept: KeptSession) -> None:
        super().__init__(connection.endpoint, context, folder=kept.folder, resumes=False)
        self.version = VERSIONS[connection.tls]
        self._kept = kept

    async def _communicate(self, data: bytes) -> tuple[bytes, bytes]:
        kept = self._kept
        session = ("-sess_in", str(kept.current), "-sess_out", str(kept.next))
        # -quiet, because reports of tickets may interrupt the response.
        log = ("-quiet", "-msg", "-msgfile", str(kept.messages))
        async with kept.lock:
            kept.next.unlink(missing_ok=True)
            kept.messages.write_bytes(b"")
            output, errors = await self._run(*session, *log, stdin=data, until=TO_THE_END)
            self.reported_tls = _facts(kept.messages.read_bytes(), errors)
            if self.reported_tls.resumed and kept.next.exists():  # not the session of a full handshake
                kept.next.replace(kept.current)
        return output, errors

    def _record(self, _output: bytes, _errors: bytes) -> None:
        facts = self.reported_tls or TlsFacts()
        if facts.alert_received:
            raise ExchangeFailed(Ending.ALERT, self.phase, f"TLS alert {facts.alert_received}")
        self.phase = WirePhase.REQUEST


def _facts(messages: bytes, errors: bytes) -> TlsFacts:
    """Read the facts; without a server Certificate message the session was resumed (RFC 8446 §2.2, RFC 5246 §7.3)."""
    received = {name: version for version, name in MESSAGE.findall(messages)}
    return TlsFacts(
        version=f"TLSv{received[b'Finished'].decode()}" if b"Finished" in received else "",
        alert_received=alert_of(errors),
        certificate_requested=b"CertificateRequest" in received,
        resumed=b"Finished" in received and b"Certificate" not in received,
    )
