"""Writes the command with which a person repeats a probe. No secret is ever in it: keys are named by a variable."""

import shlex

from specdrift.model.identity import ANONYMOUS
from specdrift.model.probe import Probe, TlsRange

TLS_OPTIONS = {
    TlsRange.ANY: (),
    TlsRange.ONLY_1_2: ("--tlsv1.2", "--tls-max", "1.2"),
    TlsRange.ONLY_1_3: ("--tlsv1.3",),
}


def command_for(probe: Probe, *, cafile: str) -> str:
    """A curl command line, or ``openssl s_client`` where only a handshake was made.

    ``cafile`` is the trust anchor's file as the user named it; empty for the system's. Certificates of configured
    identities are to be put in place of ``CERT`` and ``KEY``.
    """
    endpoint = probe.connection.endpoint
    if probe.request is None:
        parts = ["openssl", "s_client", "-connect", f"{endpoint.host}:{endpoint.port}"]
        parts += ["-servername", endpoint.server_name] if endpoint.server_name else []
        return shlex.join(parts)
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    scheme = "https" if endpoint.tls else "http"
    parts = ["curl", "-sS", "-i", "--http1.1", "--path-as-is", *TLS_OPTIONS[probe.connection.tls]]
    parts += ["--cacert", cafile] if cafile else []
    if endpoint.address and endpoint.address != endpoint.host:
        parts += ["--resolve", f"{endpoint.host}:{endpoint.port}:{endpoint.address}"]
    if probe.identity != ANONYMOUS.name:
        parts += ["--cert", f"{probe.identity}.pem", "--key", f"{probe.identity}.key"]
    if probe.request.method != "GET":
        parts += ["-I"] if probe.request.method == "HEAD" else ["-X", probe.request.method]
    for name, value in probe.request.headers:
        parts += ["-H", f"{name}: {value}"]
    if probe.request.body:
        parts += ["--data-binary", probe.request.body.decode("utf-8", "replace")]
    return shlex.join([*parts, f"{scheme}://{host}:{endpoint.port}{probe.request.target}"])
