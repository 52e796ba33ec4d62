"""Types that hold what the TLS connection of a request says about its client.

They are made of the peer's certificates where a connection is accepted, or have a field of a certificate type.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.syntax import arguments, descendants, path_of, text

PEER = re.compile(r"\bpeer_cert(?:ificates?|_chain)\s*\(")
"""Methods of rustls, openssl and native-tls that return the certificates of the peer."""
IN_BYTES = re.compile(rb"\bpeer_cert(?:ificates?|_chain)\s*\(")
CERTIFICATE = re.compile(r"\bCertificate(?:Der)?\b|\bX509\w*\b|\bPeerCert\w*\b|\bClientCert\w*\b")
"""Certificate types of rustls, openssl, native-tls, x509-parser and axum-server-mtls."""


def made_of_certificates(index: CrateIndex) -> frozenset[str]:
    """Return the names of the types that are made of the certificates of a connection."""
    files = index.files_with((b"peer_cert",), IN_BYTES)
    found: set[str] = set()
    for item in index.functions_in(files):
        if item.body is not None and PEER.search(text(item.node)):
            found.update(_made(item.body, index))
            if item.trait == "Connected":
                found.add(item.owner)
    return frozenset(found)


def _made(body: Node, index: CrateIndex) -> Iterator[str]:
    """Yield the types of values that a function makes of the peer's certificates, directly or through variables."""
    names = _variables(body)
    for node in descendants(body):
        kind, parts = _construction(node)
        if kind and any(_holds(part, names) for part in parts) and index.types(kind):
            yield kind


def _variables(body: Node) -> set[str]:
    """Return the variables whose values depend on the peer's certificates."""
    found: set[str] = set()
    for node in descendants(body):
        if node.type not in {"let_declaration", "let_condition", "match_expression"}:
            continue
        value = syntax.field(node, "value")
        if value is None or not _holds(value, found):
            continue
        pattern = syntax.field(node, "pattern") or syntax.field(node, "body")
        found |= (
            {text(child) for child in descendants(pattern) if child.type == "identifier"}
            if pattern
            else set()
        )
    return found


def _holds(node: Node, names: set[str]) -> bool:
    return PEER.search(text(node)) is not None or any(
        child.type in {"identifier", "shorthand_field_identifier"} and text(child) in names
        for child in descendants(node)
    )


def _construction(node: Node) -> tuple[str, list[Node]]:
    """Return the type that an expression makes, and what of: ``Peer { … }``, ``Peer(…)``, ``Peer::new(…)``."""
    if node.type == "struct_expression":
        body = syntax.field(node, "body")
        return (path_of(syntax.field(node, "name")) or ("",))[-1], [body] if body is not None else []
    if node.type == "call_expression":
        path = path_of(syntax.field(node, "function"))
        kind = next((part for part in reversed(path) if part[:1].isupper()), "")
        return kind, arguments(node)
    return "", []
