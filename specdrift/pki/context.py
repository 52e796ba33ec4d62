"""Makes SSLContexts that present a credential and verify the server."""

import os
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from specdrift.errors import ConfigError, CredentialError
from specdrift.model.exchange.probe import TlsRange
from specdrift.pki.credential import Credential, KeyFile
from specdrift.pki.handover import handed_to_openssl
from specdrift.pki.inspection.key_strength import is_weak
from specdrift.pki.pem import pem_encode
from specdrift.pki.pss import pss_algorithm
from specdrift.settings import ServerSettings

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@contextmanager
def client_context(
    credential: Credential | None,
    *,
    server: ServerSettings,
    tls_range: TlsRange,
    alpn: Sequence[str],
) -> Iterator[ssl.SSLContext]:
    """A client context that presents ``credential`` (``None``: no certificate) and verifies the server.

    It trusts only ``server.ca_file``, or the system's store. Post-handshake authentication is on (RFC 8446 §4.6.2).
    Key files are removed before the context is yielded. Raises ConfigError for the CA file and CredentialError for the
    credential.
    """
    context = new_context(ssl.PROTOCOL_TLS_CLIENT)
    _trust(context, server)
    offer(context, server=server, tls_range=tls_range, alpn=alpn)
    context.post_handshake_auth = True
    if credential is not None:
        _present(context, credential)
    yield context


def offer(
    context: ssl.SSLContext,
    *,
    server: ServerSettings,
    tls_range: TlsRange,
    alpn: Sequence[str],
    other_name: bool = False,
) -> None:
    """Set what the next connections of a context offer. OpenSSL copies it when it makes a connection.

    ``alpn`` cannot be taken back: without protocols, what was set before stays. ``other_name``: the probe sends another
    server name, which the name in the certificate cannot match. The chain is verified all the same.
    """
    _limit_versions(context, server, tls_range)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if not server.insecure:
        context.check_hostname = not other_name


def new_context(protocol: int) -> ssl.SSLContext:
    """Return a TLS context. Raises ConfigError if OpenSSL is configured without what TLS needs."""
    try:
        return ssl.SSLContext(protocol)
    except ssl.SSLError as error:
        file = os.environ.get("OPENSSL_CONF")
        where = f"OPENSSL_CONF={file}" if file else "its configuration"
        raise ConfigError(
            f"OpenSSL cannot be used: {error}; {where} must activate the default provider, or one with ciphers"
        ) from None


def check_trust(server: ServerSettings) -> None:
    """Check the CA file before a run. Raises ConfigError."""
    _trust(new_context(ssl.PROTOCOL_TLS_CLIENT), server)


def _trust(context: ssl.SSLContext, server: ServerSettings) -> None:
    if server.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return
    if server.x509_strict:
        context.verify_flags |= ssl.VERIFY_X509_STRICT
    else:
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if server.ca_file is None:
        context.load_default_certs()
        return
    try:
        context.load_verify_locations(cafile=str(server.ca_file))
    except ssl.SSLError as error:
        raise ConfigError(
            f"{server.ca_file} holds no PEM certificate that OpenSSL can read; "
            "give the CA certificate that signed the server's, as PEM"
        ) from error
    except OSError as error:
        raise ConfigError(f"{server.ca_file} cannot be read: {error.strerror}") from error


def _limit_versions(context: ssl.SSLContext, server: ServerSettings, tls_range: TlsRange) -> None:
    exact = tls_range is not TlsRange.ANY
    context.minimum_version = _VERSIONS[tls_range.value if exact else server.tls_min]
    context.maximum_version = _VERSIONS[tls_range.value if exact else server.tls_max]


def _present(context: ssl.SSLContext, credential: Credential) -> None:
    if is_weak(credential):
        _lower_security_level(context)
    certificates = b"".join(pem_encode("CERTIFICATE", der) for der in credential.chain)
    key = credential.key
    in_place = isinstance(key, KeyFile)
    try:
        own = None if isinstance(key, KeyFile) else key
        with handed_to_openssl(certificates, own, pss=pss_algorithm(credential.chain[0])) as handed:
            if isinstance(key, KeyFile):
                context.load_cert_chain(handed.path, key.path, password=_pin(key))
            else:
                context.load_cert_chain(handed.path, password=handed.passphrase)
    except ssl.SSLError as error:
        who = f"identity {credential.name!r}: " if credential.name else ""
        why = "the provider of its PKCS#11 key may be missing" if in_place else "see `specdrift identities`"
        raise CredentialError(
            f"{who}OpenSSL cannot use the certificate and key ({error.reason or error}); {why}"
        ) from error


def _pin(key: KeyFile) -> Callable[[], str]:
    """Return a password callback; without one, OpenSSL would prompt for the token's PIN on the terminal."""
    return lambda: key.pin.reveal() if key.pin is not None else ""


def _lower_security_level(context: ssl.SSLContext) -> None:
    """Let OpenSSL use weak keys and signatures, with unchanged cipher suites."""
    suites = [suite["name"] for suite in context.get_ciphers() if not suite["name"].startswith("TLS_")]
    context.set_ciphers(":".join([*suites, "@SECLEVEL=0"]))
