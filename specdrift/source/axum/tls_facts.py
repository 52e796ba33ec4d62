"""Client certificate settings in TLS configurations: rustls, axum-server, OpenSSL, and own verifiers."""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from specdrift.model.result.source import ClientAuth, TlsFact
from specdrift.source.axum import openssl_rules, wrapped_verifiers
from specdrift.source.axum.openssl_acceptors import BuiltAcceptor, OpensslAcceptors, is_setting
from specdrift.source.axum.wrapped_verifiers import MandatoryAnswer
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import Conditions, is_compiled
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.reachability import Reachability
from specdrift.source.rust.syntax import descendants, name_of, path_of, text

REQUIRED, OPTIONAL, NONE = ClientAuth.REQUIRED, ClientAuth.OPTIONAL, ClientAuth.NONE
RELOADING = ("reload_from_pem", "reload_from_pem_file", "reload_from_pem_chain_file", "reload_from_der")
"""Methods of axum-server's configurations that replace one by another without client authentication."""
CALLS = {
    "with_no_client_auth": (NONE, "requests no client certificate"),
    "no_client_auth": (NONE, "requests no client certificate"),
    "allow_unauthenticated": (OPTIONAL, "allows clients without a certificate; routes decide"),
    "with_client_cert_verifier": (REQUIRED, "verifies client certificates"),
    "AllowAnyAuthenticatedClient": (REQUIRED, "requires a client certificate"),
    "AllowAnyAnonymousOrAuthenticatedClient": (OPTIONAL, "allows clients without a certificate"),
    "NoClientAuth": (NONE, "requests no client certificate"),
    "RustlsConfig": (NONE, "of axum-server requests no client certificate"),
    "OpenSSLConfig": (NONE, "of axum-server requests no client certificate"),
    **dict.fromkeys(RELOADING, (NONE, "installs a configuration that requests no client certificate")),
}
"""Methods and types that build a server configuration."""
READERS = re.compile(r"from_(?:pem|der)\w*")
"""Functions of axum-server that build a configuration."""
MODES = {
    "FAIL_IF_NO_PEER_CERT": (REQUIRED, "OpenSSL requires a certificate"),
    "NONE": (NONE, "OpenSSL requests no certificate"),
    "PEER": (OPTIONAL, "OpenSSL requests a certificate and allows clients without one"),
}
"""Members of OpenSSL's ``SslVerifyMode``; the first that occurs counts."""
ACCEPTORS = {
    REQUIRED: "OpenSSL requires a certificate",
    OPTIONAL: "OpenSSL requests a certificate and allows clients without one",
    NONE: "OpenSSL requests no certificate from the clients of this acceptor",
}
"""What acceptors request."""
MODE_NOT_KNOWN = "the verify mode of an acceptor of OpenSSL is not known"
SETTING_NOT_FOLLOWED = "a verify mode of OpenSSL is set on a value that was not followed"
WITHOUT_PEER = NONE, "OpenSSL requests no certificate: FAIL_IF_NO_PEER_CERT has no effect without PEER"
INTERESTING = re.compile(
    r"with_no_client_auth|no_client_auth|allow_unauthenticated|with_client_cert_verifier|AllowAny\w*AuthenticatedClient"
    r"|NoClientAuth|ClientCertVerifier|SslVerifyMode|RustlsConfig|OpenSSLConfig|reload_from_(?:pem|der)"
)
IN_BYTES = re.compile(INTERESTING.pattern.encode())
TEXTS = (
    *(b"no_client_auth", b"allow_unauthenticated", b"with_client_cert_verifier", b"AuthenticatedClient"),
    *(b"NoClientAuth", b"ClientCertVerifier", b"SslVerifyMode", b"RustlsConfig", b"OpenSSLConfig"),
    b"reload_from_",
)
"""Each match contains one of these."""
CLIENT_SIDE = re.compile(r"\bClientConfig\b|\breqwest\b|\bhyper_rustls\b|\bSslConnector\b")
SERVER_SIDE = re.compile(r"\bServerConfig\b|\bSslAcceptor\b")


class LocatedFact(Struct, frozen=True):
    """A TLS fact with its node, and the function that it is in."""

    fact: TlsFact
    node: Node
    function: RustItem


ANSWERS = {"client_auth_mandatory": OPTIONAL, "offer_client_auth": NONE}
"""Methods of ClientCertVerifier, and their meaning when they return false."""


def facts(index: CrateIndex, conditions: Conditions, reach: Reachability) -> Iterator[TlsFact]:
    """Yield the client certificate settings of server configurations, in source order."""
    yield from (one.fact for one in located(index, conditions, reach))


def located(index: CrateIndex, conditions: Conditions, reach: Reachability) -> Iterator[LocatedFact]:
    """Yield the same with their places in the code."""
    for item, node, fact in _facts(index, conditions):
        whole = replace(fact, entries=reach.binaries_of(item))
        yield LocatedFact(whole, node, item)


def _facts(index: CrateIndex, conditions: Conditions) -> Iterator[tuple[RustItem, Node, TlsFact]]:
    files = index.files_with(TEXTS, IN_BYTES)
    acceptors = openssl_rules.acceptors(index, conditions)
    elsewhere = False
    for item in index.functions_in(files):
        if item.trait == "ClientCertVerifier":
            yield from ((item, item.node, fact) for fact in _answer(item))
        elif INTERESTING.search(item.code.source_text):
            for node, fact, of_mode in _settings(item, index, conditions, acceptors):
                yield item, node, fact
                if of_mode and acceptors.made and fact.client_auth is REQUIRED:
                    elsewhere = True
                    yield item, node, replace(fact, client_auth=ClientAuth.CUSTOM, what=SETTING_NOT_FOLLOWED)
    for built in acceptors.found.values():
        if not _never_runs(built.item, built.node, index, conditions):
            for fact in _of_acceptor(built, conditions, elsewhere=elsewhere):
                yield built.item, built.node, fact


def _settings(
    item: RustItem, index: CrateIndex, conditions: Conditions, acceptors: OpensslAcceptors
) -> Iterator[tuple[Node, TlsFact, bool]]:
    """Yield what a function sets, and whether it is a mode of OpenSSL, but for those of acceptors that are known."""
    source_text = text(item.node)
    for node in descendants(item.node):
        found, of_mode = _meaning(node, source_text), node.type == "scoped_identifier"
        if found is None or _never_runs(item, node, index, conditions):
            continue
        if of_mode and acceptors.made and (acceptors.explains(item) or _is_followed(node, acceptors)):
            continue
        if found[0] is REQUIRED or not wrapped_verifiers.is_overruled(node, index):
            fact = _fact(item, node, found, conditions)
            some = fact.conditional or _built(item, node, index) is None
            yield node, replace(fact, conditional=some), of_mode


def _of_acceptor(built: BuiltAcceptor, conditions: Conditions, *, elsewhere: bool) -> Iterator[TlsFact]:
    """Yield what an acceptor requests; ``elsewhere``: a mode that was not followed may be another for it."""
    several = len(built.kinds) > 1
    if ClientAuth.CUSTOM in built.kinds:
        yield _fact(built.item, built.node, (ClientAuth.CUSTOM, MODE_NOT_KNOWN), conditions)
    kinds = {REQUIRED if kind is ClientAuth.CUSTOM else kind for kind in built.kinds}
    for kind in sorted(kinds):
        fact = _fact(built.item, built.node, (kind, ACCEPTORS[kind]), conditions)
        some = kind is not REQUIRED and ((several and REQUIRED in kinds) or elsewhere)
        yield replace(fact, conditional=fact.conditional or some)


def _is_followed(node: Node, acceptors: OpensslAcceptors) -> bool:
    """Return whether a mode is an argument of a call that sets it on a builder that was followed."""
    current: Node | None = node
    while current is not None and current.type != "function_item":
        if is_setting(current):
            return current.id in acceptors.settings
        current = current.parent
    return False


def _never_runs(item: RustItem, node: Node, index: CrateIndex, conditions: Conditions) -> bool:
    return conditions.dead(node) or _built(item, node, index) is False


def _built(item: RustItem, node: Node, index: CrateIndex) -> bool | None:
    """Return whether builds have a part of a function; ``None``: only some have it."""
    features, found = index.features_of(item.module), set[bool | None]()
    current: Node | None = node
    while current is not None and current.type != "function_item":
        found.add(is_compiled(current, features))
        current = current.parent
    return False if False in found else None if None in found else True


def _answer(item: RustItem) -> Iterator[TlsFact]:
    """Yield a verifier that makes client certificates optional."""
    kind = ANSWERS.get(item.name)
    if kind is None or item.body is None:
        return
    answer = wrapped_verifiers.answer_of(item)
    if answer in {MandatoryAnswer.NO, MandatoryAnswer.BY_CONDITION}:
        certain = answer is MandatoryAnswer.NO
        what = f"the verifier {item.owner} {'returns' if certain else 'may return'} false from {item.name}"
        place = item.file.place(syntax.plain(item.body)[-1])
        yield TlsFact(location=place, client_auth=kind, what=what, conditional=not certain)


def _meaning(node: Node, source_text: str) -> tuple[ClientAuth, str] | None:
    """Return the meaning of a call or name for client certificates; ``None`` for no meaning."""
    if node.type == "scoped_identifier" and "SslVerifyMode::" in text(node):
        return _mode(node, source_text)
    name = called(node)
    if name not in CALLS or (CALLS[name][0] is NONE and _of_a_client(node, source_text)):
        return None
    if name in {"RustlsConfig", "OpenSSLConfig"} and not READERS.match(
        text(name_of(node)).rpartition("::")[2]
    ):
        return None
    kind, what = CALLS[name]
    return kind, f"{name} {what}"


def _mode(node: Node, source_text: str) -> tuple[ClientAuth, str] | None:
    """Return the mode of ``set_verify``, once for all members joined with ``|``."""
    joined = node
    while joined.parent is not None and joined.parent.type == "binary_expression":
        joined = joined.parent
    first = next(n for n in descendants(joined) if n.type == "scoped_identifier")
    if _changed(joined):
        return None
    names = set(re.findall(r"SslVerifyMode::(\w+)", "\n".join(map(text, (joined, *_changes(joined))))))
    found = next((meaning for name, meaning in MODES.items() if name in names), None)
    if "PEER" not in names and names >= {"FAIL_IF_NO_PEER_CERT"} and _is_whole(joined):
        found = WITHOUT_PEER
    return (
        found
        if first.id == node.id
        and not (CLIENT_SIDE.search(source_text) and not SERVER_SIDE.search(source_text))
        else None
    )


def _is_whole(joined: Node) -> bool:
    """Return whether a mode is declared or set as written, with members only that are written in it."""
    parent = joined.parent
    call = parent.parent if parent is not None and parent.type == "arguments" else None
    whole = (call is not None and called(call).startswith("set_verify")) or (
        parent is not None and parent.type == "let_declaration"
    )
    return whole and all(part.type == "scoped_identifier" for part in _operands(joined))


def _operands(joined: Node) -> list[Node]:
    """Return the parts of a mode that are joined with ``|``."""
    parts = [joined]
    while parts[0].type == "binary_expression":
        parts[:1] = syntax.plain(parts[0])
    return parts


SHORT = re.compile(r"&&|\|\|")
"""Operators whose right side may not be evaluated."""
CHANGE = re.compile(r"(\w+)\s*(?:\.\s*insert\s*\(|\|=)")
"""A statement that adds a member to a mode in a variable."""


def _changes(joined: Node) -> list[Node]:
    """Return the statements of the same block that add members to the variable that holds a mode."""
    declared = joined.parent
    if declared is None or declared.type != "let_declaration" or declared.parent is None:
        return []
    name = text(syntax.field(declared, "pattern")).removeprefix("mut ").strip()
    after = (one for one in syntax.plain(declared.parent) if one.start_byte > declared.start_byte)
    return [one for one in after if (found := CHANGE.match(text(one))) and found[1] == name]


def _changed(joined: Node) -> bool:
    """Return whether a mode is added to one in a variable, which has the meaning of both."""
    statement = joined
    while statement.parent is not None and statement.parent.type != "block":
        statement = statement.parent
    found = CHANGE.match(text(statement))
    block = statement.parent
    return (
        found is not None
        and block is not None
        and any(
            one.type == "let_declaration"
            and re.fullmatch(rf"(?:mut\s+)?{found[1]}", text(syntax.field(one, "pattern"))) is not None
            and "SslVerifyMode::" in text(syntax.field(one, "value"))
            for one in syntax.plain(block)
            if one.end_byte <= statement.start_byte
        )
    )


def _fact(item: RustItem, node: Node, found: tuple[ClientAuth, str], conditions: Conditions) -> TlsFact:
    kind, what = found
    place = item.file.place(name_of(node) if node.type == "call_expression" else node)
    return TlsFact(location=place, client_auth=kind, what=what, conditional=_conditional(node, conditions))


def called(node: Node) -> str:
    """Return the name of the called function, method or its type; empty if the node is no call."""
    if node.type != "call_expression":
        return ""
    callee = syntax.field(node, "function")
    if callee is not None and callee.type == "field_expression":
        return text(syntax.field(callee, "field"))
    path = path_of(callee)
    return path[-2] if len(path) > 1 and path[-2] in CALLS else path[-1] if path else ""


def _of_a_client(node: Node, source_text: str) -> bool:
    """Return whether the call configures outgoing connections."""
    chain = text(node)
    if SERVER_SIDE.search(chain):
        return False
    return "ClientConfig" in chain or (
        CLIENT_SIDE.search(source_text) is not None and SERVER_SIDE.search(source_text) is None
    )


def _conditional(node: Node, conditions: Conditions) -> bool:
    """Return whether the node is inside a conditional branch."""
    child, current = node, node.parent
    while current is not None and current.type not in {"function_item", "closure_expression"}:
        branch = current.type in {"if_expression", "match_arm", "else_clause"}
        if branch and not conditions.decided(current) and not _decides_alone(current, child):
            return True
        child, current = current, current.parent
    return False


def _decides_alone(branch: Node, part: Node) -> bool:
    """Return whether a part of a branch is all of its condition, which is always evaluated."""
    return syntax.field(branch, "condition") == part and not SHORT.search(text(part))
