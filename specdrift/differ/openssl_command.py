"""``openssl s_client`` commands: handshakes, session resumption and early data. Pure."""

import shlex
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from specdrift.model.client_files import ClientFiles
from specdrift.model.contract.hosts import is_address
from specdrift.model.exchange.probe import Connection, Endpoint, Probe, Request, TlsRange

VERSIONS: Mapping[TlsRange, tuple[str, ...]] = {
    TlsRange.ANY: (),
    TlsRange.ONLY_1_2: ("-tls1_2",),
    TlsRange.ONLY_1_3: ("-tls1_3",),
}
SESSION, REQUEST = "session.pem", "request.txt"
"""Files that a command writes to the working directory."""

Redact = Callable[[str, str], str]
"""Redacts the value of a header, given its name and value."""


def s_client(connection: Connection, *, trust: str, presenting: ClientFiles | None) -> Iterator[str]:
    """Yield the words of a handshake. ``presenting``: files of the client certificate. ``trust``: CA file, or empty."""
    endpoint = connection.endpoint
    name = endpoint.server_name
    where = bracketed(endpoint.address or endpoint.host)
    yield from ("openssl", "s_client", "-connect", f"{where}:{endpoint.port}")
    yield from ("-servername", name) if name and not is_address(name) else ("-noservername",)
    yield from VERSIONS[connection.tls]
    yield from ("-CAfile", trust) if trust else ()
    yield from _certificate(presenting) if presenting else ()


def _certificate(files: ClientFiles) -> Iterator[str]:
    yield from ("-cert", files.cert)
    yield from ("-key", files.key) if files.key else ()
    yield from ("-certform", "P12") if files.pkcs12 else ()


def resumption(probe: Probe, *, trust: str, presenting: ClientFiles | None, redact: Redact) -> str:
    """Return two commands: one saves the session after the priming request, one resumes it."""
    connection, source, request = probe.connection, probe.connection.resumes, probe.request
    assert source is not None and request is not None  # noqa: S101, PT018 - checked by the caller
    saving = s_client(replace(connection, endpoint=source), trust=trust, presenting=presenting)
    resuming = s_client(connection, trust=trust, presenting=presenting)
    first = shlex.join([*saving, "-sess_out", SESSION, "-ign_eof"])
    then = shlex.join([*resuming, "-sess_in", SESSION, "-ign_eof"])
    priming = _printed(probe.priming, source, redact) if probe.priming else "printf ''"
    second = _printed(request, connection.endpoint, redact)
    if connection.early_data:
        return f"{priming} | {first}; {second} > {REQUEST}; {then} -early_data {REQUEST} < /dev/null"
    return f"{priming} | {first}; {second} | {then}"


def prior_session(probe: Probe, *, trust: str, file: str, redact: Redact) -> str:
    """Return a command that resumes the session in a file, without a certificate."""
    assert probe.request is not None  # noqa: S101 - checked by the caller
    resuming = s_client(probe.connection, trust=trust, presenting=None)
    then = shlex.join([*resuming, "-sess_in", file, "-ign_eof"])
    return f"{_printed(probe.request, probe.connection.endpoint, redact)} | {then}"


def bracketed(host: str) -> str:
    """Return a host for a URL, an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def _printed(request: Request, endpoint: Endpoint, redact: Redact) -> str:
    """Return the shell command that prints a request in wire format (RFC 9112 §2.1)."""
    given = {name.lower() for name, _ in request.headers}
    host = [] if "host" in given else [f"Host: {endpoint.authority}"]
    length = [f"Content-Length: {len(request.body)}"] if request.body else []
    fields = [f"{name}: {redact(name, value)}" for name, value in request.headers]
    lines = [
        f"{request.method} {request.target} HTTP/1.1",
        *host,
        "Connection: close",
        *length,
        *fields,
        "",
        "",
    ]
    text = "\r\n".join(lines) + request.body.decode("utf-8", "replace")
    escaped = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
    return shlex.join(["printf", "%b", escaped])
