"""What the standard library has no way to do, through ``openssl s_client``: a request as early data (RFC 8446 §2.3),
and one on a session that was made before the run.

Only callers without a certificate go this way, so that no key leaves our memory.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import ssl
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

from specdrift.crawler.http.conversation import MAX_BODY, Message, Response
from specdrift.crawler.http.http1 import Http1
from specdrift.crawler.http.transport import FAILURES, ExchangeFailed, OneConnectionTransport
from specdrift.model.contract.hosts import is_address
from specdrift.model.exchange.alerts import alert_name
from specdrift.model.exchange.observation import Ending, NotSentReason, TlsFacts, WirePhase
from specdrift.model.exchange.probe import Endpoint

PATIENCE_S = 2.0
"""How long a connection may last that only brings a session."""
MOST = 2 * MAX_BODY
"""Bytes that are read of what the program shows: the answer, and what it says of the connection."""
TICKET = re.compile(rb"Max Early Data: \d")
DECLINED = re.compile(rb"^Early data was (rejected|not sent)", re.MULTILINE)
ALERT = re.compile(rb"SSL alert number (\d+)")
GRANTED = re.compile(rb"Max Early Data: [1-9]")
ACCEPTED = re.compile(rb"^Early data was accepted", re.MULTILINE)
REUSED = re.compile(rb"^Reused, (TLSv1\.3), Cipher is (\S+)", re.MULTILINE)
RESPONSE = re.compile(rb"^HTTP/1\.[01] \d{3}", re.MULTILINE)
NOTE, NOTED = b"---\nPost-Handshake New Session Ticket arrived:\n", b"\n---\nread R BLOCK\n"
"""How begins and ends what the program says of a ticket that arrives while the answer comes in."""
AT_THE_END = b"closed\n"
"""What it says when the server has closed."""


def openssl() -> str | None:
    """The program's path; ``None`` where it is not installed."""
    return shutil.which("openssl")


class SClientTransport(OneConnectionTransport):
    """Each request is a connection of its own. ``folder`` is private and shared by the two ends of a session: the one
    that makes it there, and the one that takes it up (``resumes``) and sends its request as early data.
    """

    version = "-tls1_3"

    def __init__(self, endpoint: Endpoint, context: ssl.SSLContext, *, folder: Path, resumes: bool) -> None:
        super().__init__(endpoint, context)
        self._trust = context
        self._folder = folder
        self._resumes = resumes
        self._session = folder / "session.pem"

    async def _ask(self, message: Message) -> Response:
        """Sends one request. Raises ``ExchangeFailed`` where it was not taken as early data."""
        self.phase, self.told = WirePhase.HANDSHAKE, None
        http = Http1()
        # The program ends when the server closes.
        data = http.encode(message).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        shown, said = await self._converse(data)
        self._look(shown, said)
        answer = RESPONSE.search(shown)
        http.feed(without_notes(shown[answer.start() :]) if answer else b"")
        try:
            return await http.answer(_nothing_more, _no_reply)
        except FAILURES as error:
            raise self._failure(error) from error

    def hand_over(self, _to: OneConnectionTransport) -> bool:
        """Whether there is a session that allows early data; it lies where the other end looks for it."""
        return self._session.exists()

    async def _converse(self, data: bytes) -> tuple[bytes, bytes]:
        return await (self._take_up(data) if self._resumes else self._make(data))

    async def _make(self, data: bytes) -> tuple[bytes, bytes]:
        self._session.unlink(missing_ok=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                shown, said = await self._run("-sess_out", str(self._session), stdin=data, until=TICKET)
                if not GRANTED.search(shown):
                    self._session.unlink(missing_ok=True)
                return shown, said
        return b"", b""

    async def _take_up(self, data: bytes) -> tuple[bytes, bytes]:
        early = self._folder / "request"
        early.write_bytes(data)
        return await self._run("-sess_in", str(self._session), "-early_data", str(early), until=DECLINED)

    def _look(self, shown: bytes, said: bytes) -> None:
        """Notes the facts. Raises where there is no answer to be looked for."""
        reused, early = REUSED.search(shown), bool(ACCEPTED.search(shown))
        received = alert_of(said)
        version, cipher = (part.decode() for part in reused.groups()) if reused else ("", "")
        self.told = TlsFacts(
            version=version, cipher=cipher, alert_received=received, resumed=bool(reused), early_data=early
        )
        if received:
            raise ExchangeFailed(Ending.ALERT, self.phase, f"TLS alert {received}")
        if self._resumes and not early:
            raise ExchangeFailed(
                Ending.NOT_SENT,
                self.phase,
                "the server took no early data",
                not_sent=NotSentReason.EARLY_DATA_REJECTED,
            )
        self.phase = WirePhase.REQUEST

    async def _run(self, *options: str, stdin: bytes = b"", until: re.Pattern[bytes]) -> tuple[bytes, bytes]:
        """What the program shows and says, to its end or ``until`` it has shown enough. It ends with us, whatever
        happens.
        """
        command = (openssl() or "openssl", "s_client", *self._where(), *options, self.version, "-ign_eof")
        try:
            process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        except OSError as error:
            raise ExchangeFailed(
                Ending.CLIENT_ERROR, self.phase, f"openssl cannot be run: {error}"
            ) from error
        self.connections += 1
        assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 - they are pipes
        try:
            process.stdin.write(stdin)
            process.stdin.close()
            shown = await _read(process.stdout, until)
        finally:
            _end(process)
            await process.wait()
        return shown, await process.stderr.read()

    def _where(self) -> Iterator[str]:
        """Where to connect, and whom to trust: what the context trusts."""
        endpoint, context = self.endpoint, self._trust
        host = f"[{endpoint.address}]" if ":" in endpoint.address else endpoint.address
        yield from ("-connect", f"{host}:{endpoint.port}")
        yield from ("-servername", endpoint.server_name) if _is_name(endpoint) else ("-noservername",)
        if context.verify_mode is ssl.CERT_NONE:
            return
        yield "-verify_return_error"
        if anchors := context.get_ca_certs(binary_form=True):
            file = self._folder / "ca.pem"
            file.write_text("".join(map(ssl.DER_cert_to_PEM_cert, anchors)))
            yield from ("-CAfile", str(file))
        if context.check_hostname:
            yield from ("-verify_hostname" if _is_name(endpoint) else "-verify_ip", endpoint.server_name)


def without_notes(shown: bytes) -> bytes:
    """What the server said, without what the program said meanwhile.

    By search and not by a pattern, which would look for the end of a note from each beginning: a server may send
    thousands of them, and the time would grow by the square of their number while every worker waits.
    """
    parts, at = [], 0
    while (begins := shown.find(NOTE, at)) >= 0 and (ends := shown.find(NOTED, begins + len(NOTE))) >= 0:
        parts.append(shown[at:begins])
        at = ends + len(NOTED)
    return b"".join([*parts, shown[at:].removesuffix(AT_THE_END)])


def alert_of(said: bytes) -> str:
    """The alert that the program complains of; empty without one."""
    alert = ALERT.search(said)
    return alert_name(int(alert[1])) if alert else ""


def _is_name(endpoint: Endpoint) -> bool:
    """Whether the server name is one that can be sent (RFC 6066 §3 leaves out addresses)."""
    return bool(endpoint.server_name) and not is_address(endpoint.server_name)


def _end(process: asyncio.subprocess.Process) -> None:
    # Not by its own method, which may take the exit status away from whoever waits for it.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


async def _read(stream: asyncio.StreamReader, until: re.Pattern[bytes]) -> bytes:
    shown = b""
    while len(shown) < MOST and not until.search(shown) and (more := await stream.read(MOST)):
        shown += more
    return shown


async def _nothing_more() -> bytes:
    return b""


async def _no_reply(_: bytes) -> None:
    """HTTP/1.1 has nothing to say while it reads."""
