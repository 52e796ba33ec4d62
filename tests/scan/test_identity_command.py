"""``identity-command``: a certificate and key that a program prints, such as Vault, step or spiffe-helper."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import grpc  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import (
    BasicConstraints,
    CertificateBuilder,
    KeyUsage,
    Name,
    SubjectAlternativeName,
    UniformResourceIdentifier,
    load_pem_x509_certificate,
    random_serial_number,
)
from msgspec.structs import replace
from spiffe._proto.workload_pb2 import X509SVID, X509SVIDResponse

from specdrift.app.plan import plan_check
from specdrift.config import ConfigAccess, Consent, read
from specdrift.config.trust.consent import Trust
from specdrift.errors import ConfigError, CredentialError, ExitStatus, UsageError
from specdrift.model.exchange.identity import IdentityKind
from specdrift.pki.load import load_credential
from specdrift.result import serialize
from specdrift.scan.preparation.credentials.identity_command import with_printed
from specdrift.settings import Identity, Settings
from tests.loopback import answering
from tests.scan.running import run, settings_for
from tests.scan.small_api import api_of, listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from tests.servers.pki import TestPki

BINARY = "import sys; sys.stdout.buffer.write(bytes([255]))"
PRINT = "import pathlib, sys; [sys.stdout.write(pathlib.Path(f).read_text()) for f in sys.argv[1:]]"


def printing(*files: object) -> tuple[str, ...]:
    """Return a command that prints these files."""
    return (sys.executable, "-I", "-c", PRINT, *map(str, files))


def saying(text: str) -> tuple[str, ...]:
    """Return a command that prints a text."""
    return (sys.executable, "-I", "-c", f"print({text!r})")


def alice(pki: TestPki) -> Identity:
    """The valid identity, printed."""
    return Identity.from_command("alice", printing(pki.alice.cert, pki.alice.key))


@pytest.mark.servers
@pytest.mark.slow
def test_a_printed_identity_is_presented(pki: TestPki, tmp_path: Path) -> None:
    """As one from files: the server admits it, and its key is in no result."""
    document = tmp_path / "openapi.yaml"
    document.write_text(
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nsecurity: [{mtls: []}]\n"
        "paths: {/items: {get: {responses: {'200': {description: ok}}}}}\n"
        "components: {securitySchemes: {mtls: {type: mutualTLS}}}\n",
        encoding="utf-8",
    )
    api = api_of(lambda handler: bool(handler.caller) if handler.path.startswith("/items") else None)
    with listening(api, pki) as base_url:
        settings = settings_for(pki, base_url, spec=str(document), checks=("mtls-not-enforced",))
        result = run(replace(settings, identities=(alice(pki),)))
    assert result.exit_status == ExitStatus.OK
    (own,) = [one for one in result.identities if one.kind is IdentityKind.CONFIGURED]
    assert own.certificate is not None
    assert "PRIVATE KEY" not in serialize.serialize(result).decode()


@pytest.mark.parametrize(
    ("command", "error", "said"),
    [
        (("/nowhere/vault",), UsageError, "cannot run /nowhere/vault"),
        ((sys.executable, "-I", "-c", "import sys; print('SECRET'); sys.exit(3)"), UsageError, "status 3"),
        (saying("no PEM: SECRET"), CredentialError, "not PEM"),
        (
            (sys.executable, "-I", "-c", "import sys; sys.stdout.buffer.write(bytes([255]))"),
            UsageError,
            "must print PEM",
        ),
    ],
)
def test_what_a_command_prints_instead_is_an_error_without_its_output(
    pki: TestPki, command: tuple[str, ...], error: type[Exception], said: str
) -> None:
    """Nothing is sent, and nothing that may be a secret is shown."""
    settings = settings_for(pki, "https://127.0.0.1:1")
    with pytest.raises(error) as caught:
        run(replace(settings, identities=(Identity.from_command("alice", command),)))
    assert said in str(caught.value)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (("cert",), "holds no private key"),
        (("key",), "holds no certificate"),
        (("cert", "other"), "does not belong to the certificate"),
    ],
)
def test_a_part_of_an_identity_is_an_error(pki: TestPki, files: tuple[str, ...], said: str) -> None:
    """The message names the identity and what is missing."""
    known = {"cert": pki.alice.cert, "key": pki.alice.key, "other": pki.bob.key}
    identity = Identity.from_command("alice", printing(*(known[name] for name in files)))
    settings = settings_for(pki, "https://127.0.0.1:1")
    with pytest.raises(CredentialError, match=said):
        run(replace(settings, identities=(identity,)))


def test_a_plan_runs_no_command(pki: TestPki, tmp_path: Path) -> None:
    """It sends nothing, and a made-up certificate stands for the printed one."""
    mark = tmp_path / "ran"
    identity = Identity.from_command("alice", (sys.executable, "-c", f"open({str(mark)!r}, 'w')"))
    settings = settings_for(pki, "https://127.0.0.1:1")
    planned = plan_check(replace(settings, identities=(identity,)))
    assert {"alice", "anonymous"} <= {probe.identity for probe in planned.probes}
    assert not mark.exists()


TOML = """
spec = "openapi.yaml"
[[identities]]
name = "alice"
identity-command = ["vault", "read"]
"""


def configured(folder: Path, text: str, trust: Trust) -> Settings:
    """Read a configuration that was found in a folder."""
    (folder / "specdrift.toml").write_text(text, encoding="utf-8")
    return read(cwd=folder, environ={}, access=ConfigAccess(consent=Consent(trust=trust)))


def test_a_found_configuration_never_runs_it(tmp_path: Path) -> None:
    """The same permission as ``token-command``: trust, or a file that the user names."""
    with pytest.raises(ConfigError, match=r"identities\.identity-command: runs a command"):
        configured(tmp_path, TOML, Trust.WITHHELD)
    (identity,) = configured(tmp_path, TOML, Trust.GRANTED).identities
    assert identity.command == ("vault", "read")


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ('cert-file = "a.pem"', "identities.cert-file: identity-command is given as well"),
        ('key-file = "a.key"', "identities.key-file: identity-command is given as well"),
        ('cert-type = "p12"', "identities.cert-type: identity-command is given as well"),
    ],
)
def test_a_certificate_has_one_source(tmp_path: Path, member: str, said: str) -> None:
    """Files, or a command."""
    with pytest.raises(ConfigError, match=said):
        configured(tmp_path, TOML + member, Trust.GRANTED)


def test_an_identity_without_a_certificate_is_an_error(tmp_path: Path) -> None:
    """As before there was a command."""
    with pytest.raises(ConfigError, match='identities: "cert-file" is missing'):
        configured(tmp_path, '[[identities]]\nname = "alice"\n', Trust.GRANTED)


def test_a_command_that_was_not_run_is_no_file() -> None:
    """No code reads a file named like the command by mistake."""
    (one,) = with_printed([Identity.from_command("alice", saying("x"))])
    assert one.pem is not None
    assert repr(one.pem) == "Secret(***)"


PAGE = (Path(__file__).parents[2] / "docs/identities.md").read_text(encoding="utf-8")
RECIPES = {
    text.splitlines()[0]: text
    for text in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    if text.startswith("#") and "identity-command" in text
}
PASSWORD = "s3cret"


class Vault(BaseHTTPRequestHandler):
    """Answers as the PKI engine of Vault does (developer.hashicorp.com/vault/api-docs/secret/pki)."""

    def do_POST(self) -> None:
        """Issue a certificate to who has the token."""
        length = int(self.headers["Content-Length"])
        asked = json.loads(self.rfile.read(length))
        allowed = (self.path, self.headers["X-Vault-Token"]) == ("/v1/pki/issue/client", PASSWORD)
        files: tuple[Path, Path] = self.server.files  # type: ignore[attr-defined]
        certificate, key = (file.read_text() for file in files)
        data = {"certificate": certificate, "ca_chain": [], "private_key": key, "asked": asked}
        body = json.dumps({"data": data}).encode()
        self.send_response(200 if allowed else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def vault(pki: TestPki) -> Iterator[dict[str, str]]:
    """A server on loopback, and the variables that name it."""
    server = HTTPServer(("127.0.0.1", 0), Vault)
    server.files = (pki.alice.cert, pki.alice.key)  # type: ignore[attr-defined]
    with answering(server):
        yield {"VAULT_ADDR": f"http://127.0.0.1:{server.server_port}", "VAULT_TOKEN": PASSWORD}


@contextmanager
def archive(pki: TestPki) -> Iterator[dict[str, str]]:
    """The variables of GitLab's DAST."""
    export = ["openssl", "pkcs12", "-export", "-in", str(pki.alice.cert), "-inkey", str(pki.alice.key)]
    done = subprocess.run([*export, "-passout", f"pass:{PASSWORD}"], check=True, capture_output=True)
    text = base64.b64encode(done.stdout).decode()
    yield {"DAST_PKCS12_CERTIFICATE_BASE64": text, "DAST_PKCS12_PASSWORD": PASSWORD}


@contextmanager
def agent(pki: TestPki) -> Iterator[dict[str, str]]:
    """An agent of SPIFFE's Workload API: it issues alice's certificate, on a socket that a variable names."""
    certificate, key = (file.read_bytes() for file in (pki.alice.cert, pki.alice.key))
    leaf, signed = svid(pki, load_pem_x509_certificate(certificate).public_key())
    private = load_pem_private_key(key, None).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    answer = X509SVIDResponse(
        svids=[X509SVID(spiffe_id=leaf, x509_svid=signed, x509_svid_key=private, bundle=signed)]
    )
    handler = grpc.unary_stream_rpc_method_handler(
        lambda *_: iter([answer]), response_serializer=X509SVIDResponse.SerializeToString
    )
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("SpiffeWorkloadAPI", {"FetchX509SVID": handler})]
    )
    with TemporaryDirectory() as folder:
        server.add_insecure_port(f"unix://{folder}/agent.sock")
        server.start()
        try:
            yield {"SPIFFE_ENDPOINT_SOCKET": f"unix://{folder}/agent.sock"}
        finally:
            server.stop(None).wait()


def svid(pki: TestPki, public: CertificatePublicKeyTypes) -> tuple[str, bytes]:
    """Return a SPIFFE ID, and a certificate (DER) of the client CA that has it."""
    name = "spiffe://example.test/alice"
    now = datetime.now(UTC)
    builder = (
        CertificateBuilder()
        .subject_name(Name([]))
        .issuer_name(load_pem_x509_certificate(pki.client_ca.read_bytes()).subject)
        .public_key(public)
        .serial_number(random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(KeyUsage(True, *[False] * 8), critical=True)  # noqa: FBT003 - digital signatures alone
        .add_extension(SubjectAlternativeName([UniformResourceIdentifier(name)]), critical=True)
    )
    issuer = load_pem_private_key(pki.client_ca_key.read_bytes(), None)
    assert isinstance(issuer, EllipticCurvePrivateKey | RSAPrivateKey)
    return name, builder.sign(issuer, SHA256()).public_bytes(Encoding.DER)


@pytest.mark.slow
@pytest.mark.parametrize("made", [vault, archive, agent])
def test_the_recipes_of_the_page_work(
    pki: TestPki,
    made: Callable[[TestPki], AbstractContextManager[dict[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each gives the certificate and key of alice; the agent one with a name of its own."""
    word = {vault.__name__: "Vault", archive.__name__: "DAST", agent.__name__: "SPIFFE"}[made.__name__]
    (recipe,) = (text for first, text in RECIPES.items() if word in first)
    (entry,) = tomllib.loads(recipe)["identities"]
    # The recipe of an agent needs a package that is in this environment.
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    with made(pki) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        (printed,) = with_printed([Identity.from_command("alice", entry["identity-command"])])
    loaded = load_credential(printed)
    files = load_credential(Identity.from_files("alice", pki.alice.cert, pki.alice.key))
    assert loaded.leaf.public_key() == files.leaf.public_key()
    assert loaded.leaf == files.leaf or made is agent
    assert len(RECIPES) == 4
