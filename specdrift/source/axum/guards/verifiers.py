"""Client certificate verifiers that verify nothing, trust everything or nothing, or check no revocation."""

import re
from collections.abc import Iterator

from msgspec.structs import replace
from tree_sitter import Node

from specdrift.model.result.drift import Severity
from specdrift.model.result.source import ClientAuth, SourceFinding, TlsFact
from specdrift.model.result.verdict import Confidence
from specdrift.source.axum.guards import openssl_callbacks, root_stores
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_expressions import EXPRESSIONS
from specdrift.source.axum.guards.absent.absent_insertions import Insertions
from specdrift.source.axum.guards.absent.absent_values import ABSENT, Present
from specdrift.source.axum.guards.access_profiles import AccessProfiles
from specdrift.source.axum.tls_facts import called
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import Conditions, only_dead
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.name_resolver import NameResolver
from specdrift.source.rust.reachability import Reachability
from specdrift.source.rust.syntax import descendants, name_of, path_of, plain, text

ROOTS = re.compile(
    r"webpki_roots|TLS_SERVER_ROOTS|rustls_native_certs|load_native_certs|webpki_root_certs"
    r"|[\"']/etc/ssl/(?:certs(?:/|/ca-certificates\.crt)?|cert\.pem|ca-bundle\.pem)[\"']"
    r"|[\"']/etc/pki/(?:tls/cert\.pem|tls/certs/ca-bundle\.crt|ca-trust/extracted/pem/tls-ca-bundle\.pem)[\"']"
)
"""Crates with the public CAs, and the files in which Debian, Alpine, SUSE, Fedora and Red Hat keep them."""
VERIFYING = re.compile(r"verify|check|validate|authenticate|is_trusted|is_allowed", re.IGNORECASE)
"""Names of functions that may verify something."""
BUILDERS = frozenset(
    {"WebPkiClientVerifier", "AllowAnyAuthenticatedClient", "AllowAnyAnonymousOrAuthenticatedClient"}
)
TEXTS = tuple(name.encode() for name in (*sorted(BUILDERS), "set_verify_callback"))
IN_BYTES = re.compile(b"|".join(TEXTS))
REPAIRS = frozenset({"or_else", "unwrap_or_else", "unwrap_or", "or", "map_or", "map_or_else"})
"""Methods of Result that turn an error into a value."""
VERIFY = "verify_client_cert"
LEAVING = frozenset({("bail",), ("ensure",), ("panic",)})
"""Macros that leave the function."""
ASSERTING = frozenset({VERIFY, "verify_tls12_signature", "verify_tls13_signature"})


def own_verifiers(index: CrateIndex) -> tuple[RustItem, ...]:
    """Return the methods of ClientCertVerifier implementations that accept certificates and signatures."""
    return tuple(i for i in index.functions_of({"ClientCertVerifier"}) if i.name in ASSERTING)


def facts(
    index: CrateIndex, conditions: Conditions, reach: Reachability, case: AbsentCase
) -> Iterator[TlsFact]:
    """Yield verifiers that inspect certificates themselves; whether they do so correctly is not analysed."""
    refused = AbsentCase(
        case.profiles, case.expressions, case.insertions, conditions, results={VERIFY: {ABSENT}}
    )
    for item in own_verifiers(index):
        if item.name != VERIFY or _unused(item, index, conditions):
            continue
        asserted = [
            node
            for node in descendants(item.node)
            if _asserts(node) and not _of_unused_variant(node, index, conditions)
        ]
        delegates = any(called(node) == VERIFY for node in descendants(item.node))
        inspects = all(_is_verified(node, _parameters(item)) for node in asserted)
        overrules = delegates and any(isinstance(one, Present) for one in refused.returned(item))
        if asserted and (overrules or (inspects and not delegates)):
            what = f"the verifier {item.owner} inspects certificates itself"
            if overrules:
                what = f"the verifier {item.owner} accepts certificates that its delegate rejects, by a condition"
            place = item.file.place(item.node)
            entries = reach.binaries_of(item)
            yield TlsFact(location=place, client_auth=ClientAuth.CUSTOM, what=what, entries=entries)
    for item in index.functions_in(index.files_with((b"set_verify_callback",), IN_BYTES)):
        for fact in openssl_callbacks.facts(item, case, conditions):
            yield replace(fact, entries=reach.binaries_of(item))


def findings(
    index: CrateIndex, names: NameResolver, conditions: Conditions, reach: Reachability
) -> Iterator[SourceFinding]:
    """Yield defects of verifiers; a note where no binary runs the verifier."""
    for item, finding in _findings(index, names, conditions):
        yield finding if reach.runs(item) else _idle(finding)


def _findings(
    index: CrateIndex, names: NameResolver, conditions: Conditions
) -> Iterator[tuple[RustItem, SourceFinding]]:
    for item in own_verifiers(index):
        if not _unused(item, index, conditions):
            yield from ((item, finding) for finding in _verifier(item, index, conditions))
    files = index.files_with(TEXTS, IN_BYTES)
    profiles = AccessProfiles(index, names)
    case = AbsentCase(profiles, EXPRESSIONS, Insertions(profiles), conditions)
    for item in index.functions_in(files):
        yield from ((item, finding) for finding in _builder(item, case.profiles, conditions))
        yield from ((item, finding) for finding in openssl_callbacks.findings(item, case, conditions))


def _idle(finding: SourceFinding) -> SourceFinding:
    message = f"{finding.message} No analysed binary runs it."
    return replace(finding, message=message, confidence=Confidence.LOW, severity=Severity.NOTE)


def _unused(item: RustItem, index: CrateIndex, conditions: Conditions) -> bool:
    """Return whether only dead code creates the verifier."""
    return (
        only_dead(conditions, _mentions(item.owner, index, without=item.owner))
        if conditions.outcomes
        else False
    )


def _mentions(name: str, index: CrateIndex, *, without: str = "") -> Iterator[Node]:
    """Yield mentions of a type or variant outside patterns and outside its own methods."""
    wanted = name.encode()
    for item in index.functions_in([file.name for file in index.sources() if wanted in file.content]):
        if item.owner == without and without:
            continue
        for node in descendants(item.node):
            if (
                node.type in {"identifier", "type_identifier"}
                and text(node) == name
                and not _in_pattern(node)
            ):
                yield node


def _in_pattern(node: Node) -> bool:
    current: Node | None = node
    while current is not None and current.type != "function_item":
        if current.type in {"match_pattern", "let_condition"} or current.type.endswith("_pattern"):
            return True
        current = current.parent
    return False


def _verifier(item: RustItem, index: CrateIndex, conditions: Conditions) -> Iterator[SourceFinding]:
    """Report acceptances without verification, and delegation with other arguments."""
    own = _parameters(item)
    for node in descendants(item.node):
        if conditions.dead(node) or (conditions.outcomes and _of_unused_variant(node, index, conditions)):
            continue
        if _asserts(node) and not _is_verified(node, own):
            what = "certificate" if item.name == VERIFY else "signature over the handshake"
            yield _bad(item, node, f"accepts any {what} here without verification")
        elif called(node) == VERIFY and (given := _third(node)) is not None and text(given) not in own:
            yield _bad(item, given, "passes another time than now to the delegate", Confidence.MEDIUM)
        elif called(node) == VERIFY and (given := _of_the_chain(item, node)) is not None:
            yield _bad(item, given, "passes another certificate than the client's to the delegate")


def _of_unused_variant(node: Node, index: CrateIndex, conditions: Conditions) -> bool:
    """Return whether the node is in a match arm of a variant that only dead code creates."""
    current = node.parent
    while current is not None and current.type != "function_item":
        pattern = syntax.field(current, "pattern") if current.type == "match_arm" else None
        path = path_of(plain(pattern)[0]) if pattern is not None and plain(pattern) else ()
        if len(path) > 1 and only_dead(conditions, _mentions(path[-1], index)):
            return True
        current = current.parent
    return False


def _asserts(node: Node) -> bool:
    path = path_of(syntax.field(node, "function")) if node.type == "call_expression" else ()
    return path[-1:] == ("assertion",) and path[-2:-1] in {
        ("ClientCertVerified",),
        ("HandshakeSignatureValid",),
    }


def _parameters(item: RustItem) -> frozenset[str]:
    """Return the parameter names of a verifier."""
    parameters = syntax.field(item.node, "parameters")
    children = plain(parameters) if parameters is not None else []
    return frozenset(text(syntax.field(p, "pattern")) for p in children if p.type == "parameter")


def _is_verified(node: Node, own: frozenset[str]) -> bool:
    """Return whether the node is reached only after a verification or an inspection of the certificate."""
    current = node
    while current.parent is not None and current.type != "function_item":
        parent = current.parent
        match parent.type:
            case "match_arm":
                return_of = _subject(parent)
                if return_of is not None and _inspects(return_of, own):
                    return not text(syntax.field(parent, "pattern")).startswith("Err")
            case "if_expression":
                if _inspects(syntax.field(parent, "condition"), own):
                    return True
            case "call_expression" if current.type == "arguments" and _inspects(_receiver(parent), own):
                return text(name_of(parent)) not in REPAIRS
            case "block" if any(_may_refuse(before, own) for before in _before(parent, current)):
                return True
        current = parent
    return False


def _subject(arm: Node) -> Node | None:
    """Return the scrutinee of the ``match`` of an arm."""
    match = arm.parent.parent if arm.parent is not None else None
    return syntax.field(match, "value") if match is not None else None


def _receiver(call: Node) -> Node | None:
    callee = syntax.field(call, "function")
    return syntax.field(callee, "value") if callee is not None and callee.type == "field_expression" else None


def _before(block: Node, child: Node) -> list[Node]:
    return [statement for statement in plain(block) if statement.end_byte <= child.start_byte]


def _inspects(node: Node | None, own: frozenset[str]) -> bool:
    """Return whether the node verifies something or reads the certificate."""
    if node is None:
        return False
    return any(
        VERIFYING.search(called(child)) is not None or (child.type == "identifier" and text(child) in own)
        for child in descendants(node)
    )


def _may_refuse(statement: Node, own: frozenset[str]) -> bool:
    """Return whether a statement can reject: ``verify(…)?``, or a branch on the certificate that returns an error."""
    for node in descendants(statement):
        if node.type == "try_expression" and any(
            VERIFYING.search(called(child)) for child in descendants(node)
        ):
            return True
        looks = node.type == "if_expression" and _inspects(syntax.field(node, "condition"), own)
        if looks or (node.type == "match_expression" and _inspects(syntax.field(node, "value"), own)):
            return _leaves_with_error(node)
    return False


def _leaves_with_error(branch: Node) -> bool:
    """Return whether an ``if`` or ``match`` leaves the function with an error; to log it is not enough."""
    for node in descendants(branch):
        if node.type == "return_expression" and any(_is_error(inner) for inner in descendants(node)):
            return True
        if node.type == "try_expression" or (
            node.type == "macro_invocation" and path_of(syntax.field(node, "macro"))[-1:] in LEAVING
        ):
            return True
    return False


def _is_error(node: Node) -> bool:
    """Return whether a node is an error, or a value that may be one, such as a variable."""
    if node.type == "call_expression":
        return path_of(syntax.field(node, "function"))[-1:] != ("Ok",) and not _asserts(node)
    return node.type == "identifier" and text(node) not in {"Ok", "return"} and not _of_call(node)


def _of_call(node: Node) -> bool:
    """Return whether an identifier is part of a path or the name of a called function."""
    parent = node.parent
    return parent is not None and parent.type in {"scoped_identifier", "call_expression", "field_expression"}


def _of_the_chain(item: RustItem, call: Node) -> Node | None:
    """Return the certificate that a delegate gets, if it may be one of the chain that the client sent with its own."""
    parameters, given = syntax.field(item.node, "parameters"), syntax.arguments(call)
    children = plain(parameters) if parameters is not None else []
    names = [text(syntax.field(one, "pattern")) for one in children if one.type == "parameter"]
    if len(names) < 2 or not given:
        return None
    declared = (one for one in descendants(item.node) if one.type == "let_declaration")
    values = {text(syntax.field(one, "pattern")): syntax.field(one, "value") for one in declared}
    value = values.get(text(given[0]).lstrip("&")) or given[0]
    used = {text(one) for one in descendants(value) if one.type == "identifier"}
    return given[0] if names[1] in used else None


def _third(node: Node) -> Node | None:
    found = syntax.arguments(node)
    return found[2] if len(found) > 2 else None


def _bad(item: RustItem, node: Node, what: str, confidence: Confidence = Confidence.HIGH) -> SourceFinding:
    return SourceFinding(
        rule="client-certificate-not-verified",
        message=f"The verifier {item.owner} {what}.",
        location=item.file.place(node),
        confidence=confidence,
        subject=f"{item.owner} {what}",
    )


def _roots_text(node: Node, item: RustItem, profiles: AccessProfiles) -> str:
    """Return the code that may fill the root store of a verifier: its function, and the helpers that it is given."""
    given = syntax.arguments(node)
    names = {text(one) for part in given for one in descendants(part) if one.type == "identifier"}
    for one in descendants(item.node):
        if one.type == "let_declaration" and (value := syntax.field(one, "value")) is not None:
            held = text(syntax.field(one, "pattern")).removeprefix("mut ")
            given += [value] if held in names else []
    helpers = (one for part in given for one in profiles.called(part, item.module))
    return "\n".join(text(one.node) for one in (item, *helpers))


def _builder(item: RustItem, profiles: AccessProfiles, conditions: Conditions) -> Iterator[SourceFinding]:
    """Check the root store and the CRLs of rustls verifiers."""
    source_text = text(item.node)
    for node in descendants(item.node):
        path = path_of(syntax.field(node, "function")) if node.type == "call_expression" else ()
        if len(path) < 2 or path[-2] not in BUILDERS or not path[-1].startswith(("builder", "new")):
            continue
        if conditions.dead(node):
            continue
        if ROOTS.search(_roots_text(node, item, profiles)):
            message = "The verifier accepts client certificates of any public CA."
            yield _remark(item, node, "public-roots-for-clients", message)
        elif (given := syntax.arguments(node)) and root_stores.is_empty(given[0], item, profiles.names):
            message = (
                "The root store of the verifier is empty: it rejects every certificate, or cannot be built."
            )
            yield _remark(item, node, "no-roots-for-clients", message)
        if "crls" not in source_text:
            message = "The verifier checks no CRL."
            yield _remark(item, node, "revocation-not-checked", message)


def _remark(item: RustItem, node: Node, rule: str, message: str) -> SourceFinding:
    place = item.file.place(node)
    return SourceFinding(
        rule=rule, message=message, location=place, confidence=Confidence.MEDIUM, subject=str(item)
    )
