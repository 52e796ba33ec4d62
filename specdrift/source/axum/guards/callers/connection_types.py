"""Types that hold what the TLS connection of a request says about its client.

They are made of the peer's certificates where a connection is accepted, or have a field of a certificate type.
"""

import re

from tree_sitter import Node

from specdrift.source.axum.guards.callers.made_types import Key, made_in
from specdrift.source.rust import syntax
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.syntax import text

PEER = re.compile(r"\bpeer_cert(?:ificates?|_chain)\s*\(")
"""Methods of rustls, openssl and native-tls that return the certificates of the peer."""
IN_BYTES = re.compile(rb"\bpeer_cert(?:ificates?|_chain)\s*\(")
CERTIFICATE = re.compile(r"\bCertificate(?:Der)?\b|\bX509\w*\b|\bPeerCert\w*\b|\bClientCert\w*\b")
"""Certificate types of rustls, openssl, native-tls, x509-parser and axum-server-mtls."""


_OF_CONNECTIONS = """
server_name sni_hostname alpn_protocol protocol_version negotiated_cipher_suite negotiated_key_exchange_group
handshake_kind servername servername_raw version_str selected_alpn_protocol current_cipher verify_result
negotiated_alpn tls_server_end_point
"""
OF_CONNECTIONS = frozenset(_OF_CONNECTIONS.split())
"""Methods of rustls, openssl and native-tls that answer for clients without a certificate as well."""
OF_OPENSSL = frozenset({"certificate", "private_key", "session"})
"""Methods of openssl's connection with common names: of the own certificate, and of what every client has."""
SSL = re.compile(r"\bssl\s*(?:\(\s*\))?$")


def made_of_certificates(index: CrateIndex, key: Key) -> frozenset[str]:
    """Return the types that are made of the certificates of a connection, by the names that ``key`` gives."""
    files = index.files_with((b"peer_cert",), IN_BYTES)
    found: set[str] = set()
    for item in index.functions_in(files):
        if PEER.search(item.code.source_text) and item.body is not None:
            found.update(key(path, item.module) for path in made_in(item, index, PEER))
            if item.trait == "Connected":
                found.add(key((item.owner,), item.module))
    return frozenset(found)


def is_of_connection(call: Node) -> bool:
    """Return whether a call of a method asks a TLS connection for something else than the client's certificate."""
    callee = syntax.field(call, "function")
    name = text(syntax.field(callee, "field")) if callee is not None else ""
    if name in OF_OPENSSL and callee is not None:
        return SSL.search(text(syntax.field(callee, "value"))) is not None
    return name in OF_CONNECTIONS
