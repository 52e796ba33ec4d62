"""Types that hold what the TLS connection of a request says about its client.

They are made of the peer's certificates where a connection is accepted, or have a field of a certificate type.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import arguments, descendants, path_of, text

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
GIVING = frozenset({"map", "and_then", "map_or", "map_or_else", "filter_map", "flat_map", "inspect"})
"""Methods that give a closure what is in an option or a list."""
Key = Callable[[Sequence[str], RustModule], str]
"""Gives the name by which a type is known that a path names in a module."""


def made_of_certificates(index: CrateIndex, key: Key) -> frozenset[str]:
    """Return the types that are made of the certificates of a connection, by the names that ``key`` gives."""
    files = index.files_with((b"peer_cert",), IN_BYTES)
    found: set[str] = set()
    for item in index.functions_in(files):
        if PEER.search(item.code.source_text) and item.body is not None:
            found.update(key(path, item.module) for path in _made(item.body, index))
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


def _made(body: Node, index: CrateIndex) -> Iterator[tuple[str, ...]]:
    """Yield the types of values that a function makes of the peer's certificates, directly or through variables."""
    names = _variables(body)
    for node in descendants(body):
        path, parts = _construction(node)
        if path and any(_holds(part, names) for part in parts) and index.types(path[-1]):
            yield path


def _variables(body: Node) -> set[str]:
    """Return the variables whose values depend on the peer's certificates."""
    found: set[str] = set()
    for node in descendants(body):
        if node.type == "call_expression" and _holds_receiver(node, found):
            found |= set(_given_to_closures(node))
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


def _holds_receiver(call: Node, names: set[str]) -> bool:
    """Return whether a method gives a closure what depends on the peer's certificates."""
    callee = syntax.field(call, "function")
    method = callee is not None and text(syntax.field(callee, "field")) in GIVING
    receiver = syntax.field(callee, "value") if callee is not None and method else None
    return receiver is not None and _holds(receiver, names)


def _given_to_closures(call: Node) -> Iterator[str]:
    """Yield the parameters of the closures that a method gets, such as that of ``map``."""
    for argument in arguments(call):
        given = syntax.field(argument, "parameters") if argument.type == "closure_expression" else None
        for child in descendants(given) if given is not None else ():
            if child.type == "identifier":
                yield text(child)


def _holds(node: Node, names: set[str]) -> bool:
    return PEER.search(text(node)) is not None or any(
        child.type in {"identifier", "shorthand_field_identifier"} and text(child) in names
        for child in descendants(node)
    )


def _construction(node: Node) -> tuple[tuple[str, ...], list[Node]]:
    """Return the type that an expression makes, and what of: ``Peer { … }``, ``Peer(…)``, ``Peer::new(…)``."""
    if node.type == "struct_expression":
        body = syntax.field(node, "body")
        return path_of(syntax.field(node, "name")), [body] if body is not None else []
    if node.type == "call_expression":
        path = path_of(syntax.field(node, "function"))
        last = max((number for number, part in enumerate(path, 1) if part[:1].isupper()), default=0)
        return path[:last], arguments(node)
    return (), []
