"""Exchanges through ``openssl s_client``, which Python's ``ssl`` cannot make: early data (RFC 8446 §2.3), and sessions
from before the run.

Only callers without a certificate use it, so that no key leaves our memory.
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

from specdrift.crawler.http.http1 import Http1
from specdrift.crawler.http.sans_io import MAX_BODY, RawRequest, RawResponse
from specdrift.crawler.http.transport import FAILURES, ExchangeFailed, OneConnectionTransport
from specdrift.model.contract.hosts import is_address
from specdrift.model.exchange.alerts import alert_name
from specdrift.model.exchange.observation import Ending, NotSentReason, TlsFacts, WirePhase
from specdrift.model.exchange.probe import Endpoint

SESSION_TIMEOUT_S = 2.0
"""Seconds that a connection may take to receive a session."""
MAX_OUTPUT = 2 * MAX_BODY
"""Maximum bytes read of the program's output: the response, and its report of the connection."""
TICKET = re.compile(rb"Max Early Data: \d")
DECLINED = re.compile(rb"^Early data was (rejected|not sent)", re.MULTILINE)
ALERT = re.compile(rb"SSL alert number (\d+)")
GRANTED = re.compile(rb"Max Early Data: [1-9]")
ACCEPTED = re.compile(rb"^Early data was accepted", re.MULTILINE)
REUSED = re.compile(rb"^Reused, (TLSv1\.3), Cipher is (\S+)", re.MULTILINE)
RESPONSE = re.compile(rb"^HTTP/1\.[01] \d{3}", re.MULTILINE)
NOTE_START, NOTE_END = b"---\nPost-Handshake New Session Ticket arrived:\n", b"\n---\nread R BLOCK\n"
"""Start and end of the program's report of a ticket, which may interrupt the response."""
CLOSED_LINE = b"closed\n"
"""The program's last line if the server has closed."""


def openssl() -> str | None:
    """Return the program's path; None if it is not installed."""
    return shutil.which("openssl")


class SClientTransport(OneConnectionTransport):
    """Opens a connection for each request.

    Two transports share the private ``folder``: one stores a session there, the other (``resumes``) resumes it and
    sends its request as early data.
    """

    version = "-tls1_3"

    def __init__(self, endpoint: Endpoint, context: ssl.SSLContext, *, folder: Path, resumes: bool) -> None:
        super().__init__(endpoint, context)
        self._trust = context
        self._folder = folder
        self._resumes = resumes
        self._session = folder / "session.pem"

    async def _exchange(self, request: RawRequest) -> RawResponse:
        """Send one request. Raises `ExchangeFailed` if it was not accepted as early data."""
        self.phase, self.reported_tls = WirePhase.HANDSHAKE, None
        http = Http1()
        # The program ends when the server closes.
        data = http.encode(request).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        output, errors = await self._communicate(data)
        self._record(output, errors)
        response = RESPONSE.search(output)
        http.feed(without_notes(output[response.start() :]) if response else b"")
        try:
            return await http.read_response(_nothing_more, _no_reply)
        except FAILURES as error:
            raise self._failure(error) from error

    def give_session_to(self, _to: OneConnectionTransport) -> bool:
        """Return whether there is a session that allows early data. The other transport reads it from the folder."""
        return self._session.exists()

    async def _communicate(self, data: bytes) -> tuple[bytes, bytes]:
        return await (self._resume_session(data) if self._resumes else self._make_session(data))

    async def _make_session(self, data: bytes) -> tuple[bytes, bytes]:
        self._session.unlink(missing_ok=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SESSION_TIMEOUT_S):
                output, errors = await self._run("-sess_out", str(self._session), stdin=data, until=TICKET)
                if not GRANTED.search(output):
                    self._session.unlink(missing_ok=True)
                return output, errors
        return b"", b""

    async def _resume_session(self, data: bytes) -> tuple[bytes, bytes]:
        early = self._folder / "request"
        early.write_bytes(data)
        return await self._run("-sess_in", str(self._session), "-early_data", str(early), until=DECLINED)

    def _record(self, output: bytes, errors: bytes) -> None:
        """Record the TLS facts. Raises `ExchangeFailed` if the output cannot contain a response."""
        reused, early = REUSED.search(output), bool(ACCEPTED.search(output))
        received = alert_of(errors)
        version, cipher = (part.decode() for part in reused.groups()) if reused else ("", "")
        self.reported_tls = TlsFacts(
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
        """Return stdout (up to the match of ``until``) and stderr. The program never outlives the call."""
        command = (openssl() or "openssl", "s_client", *self._arguments(), *options, self.version, "-ign_eof")
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
            output = await _read(process.stdout, until)
        finally:
            _kill(process)
            await process.wait()
        return output, await process.stderr.read()

    def _arguments(self) -> Iterator[str]:
        """Return the arguments for the endpoint and for the trust anchors, which are those of the context."""
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


def without_notes(output: bytes) -> bytes:
    """Remove the program's reports of tickets from a response.

    A regular expression would search for an end from each start: quadratic time if a server sends thousands.
    """
    parts, at = [], 0
    while (start := output.find(NOTE_START, at)) >= 0:
        if (end := output.find(NOTE_END, start + len(NOTE_START))) < 0:
            break
        parts.append(output[at:start])
        at = end + len(NOTE_END)
    return b"".join([*parts, output[at:].removesuffix(CLOSED_LINE)])


def alert_of(errors: bytes) -> str:
    """Return the name of the alert that the program reports; empty without one."""
    alert = ALERT.search(errors)
    return alert_name(int(alert[1])) if alert else ""


def _is_name(endpoint: Endpoint) -> bool:
    """Whether the server name can be sent as SNI (RFC 6066 §3 excludes IP addresses)."""
    return bool(endpoint.server_name) and not is_address(endpoint.server_name)


def _kill(process: asyncio.subprocess.Process) -> None:
    # Process.kill() may reap the exit status that wait() needs.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


async def _read(stream: asyncio.StreamReader, until: re.Pattern[bytes]) -> bytes:
    output = b""
    while len(output) < MAX_OUTPUT and not until.search(output) and (more := await stream.read(MAX_OUTPUT)):
        output += more
    return output


async def _nothing_more() -> bytes:
    return b""


async def _no_reply(_: bytes) -> None:
    """HTTP/1.1 sends nothing while it reads."""
