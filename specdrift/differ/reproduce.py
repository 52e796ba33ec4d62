"""Commands that reproduce a probe. Pure; keys are named by their files only."""

import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct, field

from specdrift.differ.openssl_command import bracketed, prior_session, resumption, s_client
from specdrift.model.client_files import ClientFiles
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import (
    Connection,
    Endpoint,
    HeadForm,
    HttpVersion,
    Probe,
    Request,
    TlsRange,
)
from specdrift.model.exchange.proxy_header import ProxyVersion
from specdrift.model.exchange.redirect import SAFE
from specdrift.model.policy import UnsafeMethods
from specdrift.model.secrets import HIDDEN, SECRET_HEADERS

CURL_VERSIONS: Mapping[TlsRange, tuple[str, ...]] = {
    TlsRange.ANY: (),
    TlsRange.ONLY_1_2: ("--tlsv1.2", "--tls-max", "1.2"),
    TlsRange.ONLY_1_3: ("--tlsv1.3",),
}
HEAD_ONLY_S = 5
"""Seconds that curl waits after a head without its body."""
METHOD_OPTIONS: Mapping[str, tuple[str, ...]] = {"GET": (), "HEAD": ("-I",)}
"""curl options of a method; ``-X`` for any other."""
FOLLOWING = ("--location", "--cookie", "", "--max-redirs")
"""curl options that follow redirects, before their number; an empty ``--cookie`` keeps the cookies of the response."""
PLAIN_TARGET = re.compile(r"/[\w\-.~%!$&'()*+,;=:@/?]*", re.ASCII)
"""Request targets that curl sends unchanged from a URL; not ``#``, ``*`` or the absolute form."""


class Reproducer(Struct, frozen=True, kw_only=True):
    """Writes commands that reproduce a probe."""

    document: str
    base_url: str
    trust: str = ""
    """File of the server's CA; empty means the system's trust store."""
    insecure: bool = False
    """Whether the run did not verify the server."""
    files: Mapping[str, ClientFiles] = field(default_factory=dict)
    """Files of the configured identities."""
    secret_headers: Collection[str] = ()
    """Lower-case names whose values are redacted, besides the usual credentials."""
    prior_sessions: Mapping[str, str] = field(default_factory=dict)
    """Files of TLS sessions, by the identity that made the session."""
    configuration: str = ""
    """The configuration file of the run; empty without one."""
    identities: Mapping[str, str] = field(default_factory=dict)
    """Values of ``--identity`` for the identities that no file configures."""

    def command_for(self, probe: Probe, *, rule: str, followers: Sequence[Probe] = ()) -> str:
        """Return a curl command; ``openssl s_client`` for handshakes and resumed sessions.

        ``followers`` are the probes that followed its redirects. A generated certificate exists in memory only: for it,
        the specdrift command that checks ``rule`` again.
        """
        ours = probe.identity != ANONYMOUS.name and probe.identity not in self.files
        if ours or _is_beyond_curl(probe):
            return self._check_again(probe, rule)
        presenting = self.files.get(probe.identity)
        if probe.request is None:
            return shlex.join(s_client(probe.connection, trust=self.trust, presenting=presenting))
        if probe.connection.prior_session:
            file = self.prior_sessions[probe.identity]
            return prior_session(probe, trust=self.trust, file=file, redact=self._redacted)
        if probe.connection.resumes is not None:
            return resumption(probe, trust=self.trust, presenting=presenting, redact=self._redacted)
        words = list(self._curl(probe.connection, probe.request, probe.identity))
        if followers:
            words = self._redirected(words, probe, [each.request for each in followers if each.request])
        if probe.priming is not None:
            # One curl command reuses the connection if the options of both requests are equal.
            words = [*self._curl(probe.connection, probe.priming, probe.identity), "--next", *words[1:]]
        return shlex.join(words)

    def _redirected(self, words: list[str], probe: Probe, following: Sequence[Request]) -> list[str]:
        """Add the requests that follow: curl follows the redirects, with the cookies of the responses."""
        if probe.request is None or probe.request.method in METHOD_OPTIONS:
            return [words[0], *FOLLOWING, str(len(following)), *words[1:]]
        # With -X, curl would repeat the method.
        for request in following:
            words = [*words, "--next", *list(self._curl(probe.connection, request, probe.identity))[1:]]
        return words

    def _curl(self, connection: Connection, request: Request, identity: str) -> Iterator[str]:
        endpoint = connection.endpoint
        name = _name(endpoint)
        yield from ("curl", "-sS", "-i", *_protocol(connection, request))
        yield from ("--path-as-is", "--globoff", *CURL_VERSIONS[connection.tls])
        yield from self._trusting
        yield from ("--ciphers", connection.ciphers) if connection.ciphers else ()
        if connection.proxy is not None:
            yield from ("--haproxy-clientip", connection.proxy.source)  # since curl 8.2
        if endpoint.address and endpoint.address != name:
            yield from ("--resolve", f"{name}:{endpoint.port}:{endpoint.address}")
        if identity in self.files:
            yield from _curl_options(self.files[identity])
        if request.head_only:
            # curl has no body to send, and waits for a final response after 100 Continue.
            yield from ("--max-time", str(HEAD_ONLY_S))
        yield from METHOD_OPTIONS.get(request.method, ("-X", request.method))
        for header in self._headers(endpoint, request):
            yield from ("-H", header)
        if request.body:
            yield from ("--data-raw", request.body.decode("utf-8", "replace"))
        origin = f"{'https' if endpoint.tls else 'http'}://{bracketed(name)}:{endpoint.port}"
        if PLAIN_TARGET.fullmatch(request.target.replace(HIDDEN, "")):  # the target before redaction
            yield origin + request.target
        else:
            yield from ("--request-target", request.target, f"{origin}/")

    @property
    def _trusting(self) -> tuple[str, ...]:
        """Options for the server's certificate, equal for curl and specdrift."""
        if self.insecure:
            return ("--insecure",)
        return ("--cacert", self.trust) if self.trust else ()

    def _headers(self, endpoint: Endpoint, request: Request) -> Iterator[str]:
        """Headers for ``curl -H``: ``Name;`` sends an empty value, ``Name:`` omits a default header."""
        given = {name.lower() for name, _ in request.headers}
        if request.version is HttpVersion.HTTP_1_0 and "host" not in given:
            yield "Host:"
        elif "host" not in given and endpoint.host != _name(endpoint):
            yield f"Host: {endpoint.authority}"
        if request.body and "content-type" not in given:
            yield "Content-Type:"
        for name, value in request.headers:
            redact = self._redacted(name, value)
            yield f"{name}: {redact}" if redact else f"{name};"

    def _redacted(self, name: str, value: str) -> str:
        """Return the value of a header, redacted if it is secret."""
        secret = name.lower() in SECRET_HEADERS or name.lower() in self.secret_headers
        return HIDDEN if secret else value

    def _check_again(self, probe: Probe, rule: str) -> str:
        parts = [
            "specdrift",
            "check",
            self.document,
            self.base_url,
            "--checks",
            rule,
            *(["--exhaustive"] if probe.connection.omits or _has_a_line(probe) else []),
        ]
        if probe.operation is not None:
            parts += ["--include-path", probe.operation.path, "--include-method", probe.operation.method]
            parts += _unsafe_methods(probe.operation.method, probe.request)
        parts += self._trusting
        parts += ["--config", self.configuration] if self.configuration else []
        for value in self.identities.values():
            parts += ["--identity", value]
        return shlex.join(parts)


def _unsafe_methods(method: str, request: Request | None) -> Sequence[str]:
    """Return the option with which a run sends what this probe sent; by default it makes handshakes only."""
    if method in SAFE or request is None:
        return ()
    mode = UnsafeMethods.HEADERS if request.head_only else UnsafeMethods.SEND
    return ("--unsafe-methods", mode.value)


def _curl_options(files: ClientFiles) -> Iterator[str]:
    """The options with which curl presents a certificate; it prompts for a passphrase."""
    yield from ("--cert", files.cert)
    yield from ("--key", files.key) if files.key else ()
    yield from ("--cert-type", "P12") if files.pkcs12 else ()


def _protocol(connection: Connection, request: Request) -> Iterator[str]:
    if connection.quic:
        yield "--http3-only"
    elif request.version is HttpVersion.HTTP_1_0:
        yield "--http1.0"
    else:
        yield "--http2" if connection.alpn[:1] == ("h2",) else "--http1.1"
    if not connection.alpn and connection.endpoint.tls:
        yield "--no-alpn"


def _is_beyond_curl(probe: Probe) -> bool:
    """Return whether curl cannot send it.

    A fragmented or incomplete handshake, a head in records or after an empty line, trailers, two Host headers, a line
    without a colon, HTTP/0.9, NUL, an extended CONNECT, and headers of the PROXY protocol other than the line with an
    IP address.
    """
    if probe.request and _is_request_beyond_curl(probe.request):
        return True
    hosts = [name for name, _ in probe.request.headers if name.lower() == "host"] if probe.request else []
    connection = probe.connection
    altered = connection.fragmented or connection.omits is not None
    return altered or len(hosts) > 1 or _has_a_line(probe) or _has_another_header(connection)


def _is_request_beyond_curl(request: Request) -> bool:
    has_form = request.head_form is not HeadForm.WHOLE or bool(request.trailers)
    return has_form or request.version is HttpVersion.HTTP_0_9 or b"\0" in request.body


def _has_a_line(probe: Probe) -> bool:
    """Return whether a header is a line without a colon, or a pseudo-header field."""
    fields = probe.request.headers if probe.request else ()
    return any(" " in name.strip() or name.startswith(":") for name, _ in fields)


def _has_another_header(connection: Connection) -> bool:
    """Return whether it begins with another PROXY header than ``--haproxy-clientip`` sends: that is of version 1, with
    an address of the connection's own family.
    """
    header, endpoint = connection.proxy, connection.endpoint
    if header is None:
        return False
    same_family = (":" in header.source) is (":" in (endpoint.address or endpoint.host))
    return header.version is not ProxyVersion.V1 or not header.source or not same_family


def _name(endpoint: Endpoint) -> str:
    """Return the host of the URL, which curl sends as SNI and verifies in the certificate."""
    return (endpoint.server_name if endpoint.tls else "") or endpoint.host
