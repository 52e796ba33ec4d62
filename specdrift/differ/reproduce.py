"""Writes the command with which a person repeats a probe. Pure; a key is only ever named by its file."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from specdrift.model.identity import ANONYMOUS
from specdrift.model.probe import Connection, Probe, Request, TlsRange

TLS_OPTIONS = {
    TlsRange.ANY: (),
    TlsRange.ONLY_1_2: ("--tlsv1.2", "--tls-max", "1.2"),
    TlsRange.ONLY_1_3: ("--tlsv1.3",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeater:
    """What a command needs to know. ``trust`` is the file of the server's CA (empty: the system's); ``files``
    holds the options that present each configured identity, as ``(certificate option, file, …)``.
    """

    document: str
    base_url: str
    trust: str = ""
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def command_for(self, probe: Probe) -> str:
        """A curl command line; ``openssl s_client`` where only a handshake was made. A minted certificate exists
        in memory only: for it, the specdrift command that mints and sends it again.
        """
        if probe.identity != ANONYMOUS.name and probe.identity not in self.files:
            return self._check_again(probe)
        if probe.request is None:
            return self._handshake(probe.connection, probe.identity)
        return self._curl(probe.connection, probe.request, probe.identity)

    def _curl(self, connection: Connection, request: Request, identity: str) -> str:
        endpoint = connection.endpoint
        protocol = "--http2" if connection.alpn[:1] == ("h2",) else "--http1.1"
        parts = ["curl", "-sS", "-i", protocol, "--path-as-is", *TLS_OPTIONS[connection.tls]]
        parts += ["--cacert", self.trust] if self.trust else []
        if endpoint.address and endpoint.address != endpoint.host:
            parts += ["--resolve", f"{endpoint.host}:{endpoint.port}:{endpoint.address}"]
        parts += self.files.get(identity, ())
        parts += METHOD_OPTIONS.get(request.method, ("-X", request.method))
        for name, value in request.headers:
            parts += ["-H", f"{name}: {value}"]
        if request.body:
            parts += ["--data-binary", request.body.decode("utf-8", "replace")]
        host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        scheme = "https" if endpoint.tls else "http"
        return shlex.join([*parts, f"{scheme}://{host}:{endpoint.port}{request.target}"])

    def _handshake(self, connection: Connection, identity: str) -> str:
        endpoint = connection.endpoint
        parts = ["openssl", "s_client", "-connect", f"{endpoint.address or endpoint.host}:{endpoint.port}"]
        parts += ["-servername", endpoint.server_name] if endpoint.server_name else []
        names = {"--cert": "-cert", "--key": "-key"}
        return shlex.join([*parts, *(names.get(part, part) for part in self.files.get(identity, ()))])

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


METHOD_OPTIONS: Mapping[str, tuple[str, ...]] = {"GET": (), "HEAD": ("-I",)}
"""How curl is told a method; any other by ``-X``."""
