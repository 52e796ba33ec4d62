"""Writes the command with which a person repeats a probe. Pure; a key is only ever named by its file."""

import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from specdrift.model.identity import ANONYMOUS
from specdrift.model.probe import Connection, Endpoint, Probe, Request, TlsRange

CURL_VERSIONS: Mapping[TlsRange, tuple[str, ...]] = {
    TlsRange.ANY: (),
    TlsRange.ONLY_1_2: ("--tlsv1.2", "--tls-max", "1.2"),
    TlsRange.ONLY_1_3: ("--tlsv1.3",),
}
OPENSSL_VERSIONS: Mapping[TlsRange, tuple[str, ...]] = {
    TlsRange.ANY: (),
    TlsRange.ONLY_1_2: ("-tls1_2",),
    TlsRange.ONLY_1_3: ("-tls1_3",),
}
METHOD_OPTIONS: Mapping[str, tuple[str, ...]] = {"GET": (), "HEAD": ("-I",)}
"""How curl is told a method; any other by ``-X``."""
OPENSSL_OPTIONS: Mapping[str, str] = {"--cert": "-cert", "--key": "-key", "--cert-type": "-certform"}
"""What openssl calls the options of curl that present a certificate."""
CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token"})
HIDDEN = "[redacted]"
PLAIN_TARGET = re.compile(r"/[\w\-.~%!$&'()*+,;=:@/?]*", re.ASCII)
"""What curl takes out of a URL as it is; it cuts at ``#``, and knows no ``*`` and no absolute form."""
ADDRESS = re.compile(r"[\d.]+|.*:.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeater:
    """What a command needs to know. ``trust`` is the file of the server's CA (empty: the system's); ``files``
    holds the options that present each configured identity, as ``(certificate option, file, …)``; the values of
    ``secret_headers`` (lower-case names) and of the usual credentials are not shown.
    """

    document: str
    base_url: str
    trust: str = ""
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    secret_headers: Collection[str] = ()

    def command_for(self, probe: Probe) -> str:
        """A curl command line; ``openssl s_client`` where only a handshake was made. A minted certificate exists
        in memory only: for it, the specdrift command that mints and sends it again.
        """
        if probe.identity != ANONYMOUS.name and probe.identity not in self.files:
            return self._check_again(probe)
        if probe.request is None:
            return shlex.join(self._handshake(probe.connection, probe.identity))
        return shlex.join(self._curl(probe.connection, probe.request, probe.identity))

    def _curl(self, connection: Connection, request: Request, identity: str) -> Iterator[str]:
        endpoint = connection.endpoint
        name = _name(endpoint)
        yield from ("curl", "-sS", "-i", "--http2" if connection.alpn[:1] == ("h2",) else "--http1.1")
        yield from ("--path-as-is", "--globoff", *CURL_VERSIONS[connection.tls])
        yield from ("--cacert", self.trust) if self.trust else ()
        if endpoint.address and endpoint.address != name:
            yield from ("--resolve", f"{name}:{endpoint.port}:{endpoint.address}")
        yield from self.files.get(identity, ())
        yield from METHOD_OPTIONS.get(request.method, ("-X", request.method))
        for header in self._headers(endpoint, request):
            yield from ("-H", header)
        if request.body:
            yield from ("--data-raw", request.body.decode("utf-8", "replace"))
        origin = f"{'https' if endpoint.tls else 'http'}://{_bracketed(name)}:{endpoint.port}"
        if PLAIN_TARGET.fullmatch(request.target):
            yield origin + request.target
        else:
            yield from ("--request-target", request.target, f"{origin}/")

    def _headers(self, endpoint: Endpoint, request: Request) -> Iterator[str]:
        """As curl wants them: with a semicolon for an empty one, with nothing for one of its own to be left out."""
        given = {name.lower() for name, _ in request.headers}
        if "host" not in given and endpoint.host != _name(endpoint):
            yield f"Host: {endpoint.authority}"
        if request.body and "content-type" not in given:
            yield "Content-Type:"
        for name, value in request.headers:
            secret = name.lower() in CREDENTIALS or name.lower() in self.secret_headers
            shown = HIDDEN if secret else value
            yield f"{name}: {shown}" if shown else f"{name};"

    def _handshake(self, connection: Connection, identity: str) -> Iterator[str]:
        endpoint = connection.endpoint
        name = endpoint.server_name
        where = _bracketed(endpoint.address or endpoint.host)
        yield from ("openssl", "s_client", "-connect", f"{where}:{endpoint.port}")
        yield from ("-servername", name) if name and not ADDRESS.fullmatch(name) else ("-noservername",)
        yield from OPENSSL_VERSIONS[connection.tls]
        yield from ("-CAfile", self.trust) if self.trust else ()
        yield from (OPENSSL_OPTIONS.get(part, part) for part in self.files.get(identity, ()))

    def _check_again(self, probe: Probe) -> str:
        parts = [
            "specdrift",
            "check",
            self.document,
            self.base_url,
            "--checks",
            "invalid-certificate-accepted",
        ]
        if probe.operation is not None:
            parts += ["--include-path", probe.operation.path, "--include-method", probe.operation.method]
        parts += ["--cacert", self.trust] if self.trust else []
        for name, options in self.files.items():
            given = dict(zip(options[::2], options[1::2], strict=True))
            files = [given["--cert"], *([given["--key"]] if "--key" in given else [])]
            parts += ["--identity", f"{name}={','.join(files)}"]
        return shlex.join(parts)


def _name(endpoint: Endpoint) -> str:
    """The name that goes into the URL: curl sends it as SNI and looks for it in the certificate."""
    return (endpoint.server_name if endpoint.tls else "") or endpoint.host


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
