"""What the source does about TLS and client certificates: rustls, axum-server, OpenSSL, and listeners without."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from specdrift.model.source import ClientAuth, SourceFinding, TlsFact
from specdrift.model.verdict import Confidence
from specdrift.source.rust import syntax
from specdrift.source.rust.items import Index, Item
from specdrift.source.rust.syntax import descendants, path_of, text

CALLS = {
    "with_no_client_auth": (ClientAuth.NONE, "asks nobody for a certificate"),
    "allow_unauthenticated": (ClientAuth.OPTIONAL, "lets clients without a certificate in; routes decide"),
    "with_client_cert_verifier": (ClientAuth.REQUIRED, "verifies client certificates"),
    "AllowAnyAuthenticatedClient": (ClientAuth.REQUIRED, "demands a client certificate"),
    "AllowAnyAnonymousOrAuthenticatedClient": (ClientAuth.OPTIONAL, "lets clients without a certificate in"),
}
INTERESTING = re.compile(
    r"with_no_client_auth|allow_unauthenticated|with_client_cert_verifier|AllowAny\w*AuthenticatedClient|WebPkiClientVerifier"
    r"|ClientCertVerifier|SslVerifyMode|set_verify|axum_server|axum::serve|webpki_roots|rustls_native_certs"
)
IN_BYTES = re.compile(INTERESTING.pattern.encode())
ROOTS = re.compile(r"webpki_roots|TLS_SERVER_ROOTS|rustls_native_certs|load_native_certs")
CLIENT_SIDE = re.compile(r"\bClientConfig\b|\breqwest\b|\bhyper_rustls\b")


def facts(index: Index) -> Iterator[TlsFact]:
    """What TLS configurations of servers do about client certificates, in the order of the source."""
    files = {file.name for file in index.files.values() if IN_BYTES.search(file.content)}
    for item in index.functions:
        if item.file.name not in files:
            continue
        said = text(item.node)
        if INTERESTING.search(said):
            for node in descendants(item.node):
                yield from _fact(item, node, said)


def _fact(item: Item, node: Node, said: str) -> Iterator[TlsFact]:
    name = _called(node)
    if name in CALLS and not (name == "with_no_client_auth" and _of_a_client(node, said)):
        kind, what = CALLS[name]
        yield TlsFact(
            location=item.file.place(_name(node) or node),
            client_auth=kind,
            what=f"{name} {what}",
            conditional=_conditional(node),
        )
    elif node.type == "scoped_identifier" and text(node).endswith("SslVerifyMode::FAIL_IF_NO_PEER_CERT"):
        yield TlsFact(
            location=item.file.place(node),
            client_auth=ClientAuth.REQUIRED,
            what="OpenSSL demands a certificate",
        )
    elif node.type == "scoped_identifier" and text(node).endswith("SslVerifyMode::NONE"):
        yield TlsFact(
            location=item.file.place(node), client_auth=ClientAuth.NONE, what="OpenSSL verifies nobody"
        )


def _called(node: Node) -> str:
    """The name of the function or method that is called; empty for what is no call."""
    if node.type != "call_expression":
        return ""
    callee = syntax.field(node, "function")
    if callee is None:
        return ""
    if callee.type == "field_expression":
        return text(syntax.field(callee, "field"))
    path = path_of(callee)
    return path[-2] if len(path) > 1 and path[-2] in CALLS else path[-1] if path else ""


def _name(node: Node) -> Node | None:
    callee = syntax.field(node, "function")
    return (
        syntax.field(callee, "field") if callee is not None and callee.type == "field_expression" else callee
    )


def _of_a_client(node: Node, said: str) -> bool:
    chain = text(node)
    if "ServerConfig" in chain:
        return False
    return "ClientConfig" in chain or (CLIENT_SIDE.search(said) is not None and "ServerConfig" not in said)


def _conditional(node: Node) -> bool:
    """Whether it stands inside of a branch."""
    current = node.parent
    while current is not None and current.type not in {"function_item", "closure_expression"}:
        if current.type in {"if_expression", "match_arm", "else_clause"}:
            return True
        current = current.parent
    return False


def findings(index: Index) -> Iterator[SourceFinding]:
    """Verifiers that verify nothing, roots of the whole world, revocation that nobody looks at."""
    for item in index.functions:
        if item.trait == "ClientCertVerifier" and item.name == "verify_client_cert":
            yield from _verifier(item)
    for item in index.functions:
        if b"WebPkiClientVerifier" in item.file.content and "WebPkiClientVerifier" in text(item.node):
            yield from _builder(item)


def _verifier(item: Item) -> Iterator[SourceFinding]:
    """Each way in which a verifier lets in without having asked the real one, or asks it about something else."""
    said = text(item.body)
    for node in descendants(item.node):
        name = _called(node)
        if (
            text(node).endswith("ClientCertVerified::assertion()")
            and node.type == "call_expression"
            and not _asked(node)
        ):
            yield _bad(item, node, "is content with any certificate here: nobody has verified it")
        elif name == "verify_client_cert" and (given := _third(node)) is not None and _changed(given, item):
            yield _bad(item, given, "asks the real one about another moment than now", Confidence.MEDIUM)
    if "assertion" not in said and "verify_client_cert" not in said and "Err" not in said:
        yield _bad(item, item.node, "never asks a real one", Confidence.LOW)


def _asked(node: Node) -> bool:
    """Whether a verification stands before it in its function, with an error that leaves."""
    body = node
    while body.parent is not None and body.type != "function_item":
        body = body.parent
    before = text(body)[: node.start_byte - body.start_byte]
    return (
        re.search(r"(?:verify\w*|check\w*|validate\w*)\s*\([^;]*\)\s*(?:\.map_err\([^;]*\))?\s*\?", before)
        is not None
    )


def _third(node: Node) -> Node | None:
    given = syntax.field(node, "arguments")
    found = syntax.plain(given) if given is not None else []
    return found[2] if len(found) > 2 else None


def _changed(given: Node, item: Item) -> bool:
    parameters = syntax.field(item.node, "parameters")
    own = (
        [text(syntax.field(p, "pattern")) for p in syntax.plain(parameters)] if parameters is not None else []
    )
    return text(given) not in own


def _bad(item: Item, node: Node, what: str, confidence: Confidence = Confidence.HIGH) -> SourceFinding:
    return SourceFinding(
        rule="client-certificate-not-verified",
        message=f"The verifier {item.owner} {what}.",
        location=item.file.place(node),
        confidence=confidence,
        subject=f"{item.owner} {what}",
    )


def _builder(item: Item) -> Iterator[SourceFinding]:
    for node in descendants(item.node):
        if node.type != "call_expression":
            continue
        path = path_of(syntax.field(node, "function"))
        if "WebPkiClientVerifier" in path and path[-1].startswith("builder"):
            if ROOTS.search(text(item.node)):
                yield _remark(
                    item,
                    node,
                    "public-roots-for-clients",
                    "Client certificates of any public CA are accepted.",
                )
            if "with_crls" not in text(item.node):
                yield _remark(
                    item, node, "revocation-not-checked", "Client certificates are verified without any CRL."
                )


def _remark(item: Item, node: Node, rule: str, message: str) -> SourceFinding:
    place = item.file.place(node)
    return SourceFinding(
        rule=rule, message=message, location=place, confidence=Confidence.MEDIUM, subject=str(item)
    )
