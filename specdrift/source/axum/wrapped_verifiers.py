"""Verifiers of the crates around others: rustls asks the outermost whether a certificate is mandatory."""

from collections.abc import Iterator
from enum import Enum, auto

from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import descendants, path_of, plain, text

TRAIT = "ClientCertVerifier"
MANDATORY, OFFER = "client_auth_mandatory", "offer_client_auth"
"""Methods of a verifier; by default, a certificate is offered, and mandatory if it is offered."""
UNCHANGED = frozenset({"new", "from", "clone", "pin"})
"""Functions of Arc, Rc and Box around a verifier."""
POINTERS = frozenset({"Arc", "Rc", "Box", "Some", "Ok"})
_PASSING = """
build build_with_provider unwrap expect clone into boxed map_err context with_context with_crls
allow_unknown_revocation_status only_check_end_entity_revocation
enforce_revocation_expiration clear_root_hint_subjects allow_unauthenticated
"""
PASSING = frozenset(_PASSING.split())
"""Methods that return the verifier, or its builder."""
TRANSPARENT = frozenset(
    {
        "try_expression",
        "parenthesized_expression",
        "reference_expression",
        "arguments",
        "field_initializer",
        "field_initializer_list",
    }
    | {"type_cast_expression", "expression_statement", "await_expression"}
)
SHORT = "shorthand_field_initializer"
"""``Type { name }``."""
DEEPEST = 40


class MandatoryAnswer(Enum):
    """What a method of a verifier returns."""

    YES = auto()
    NO = auto()
    DELEGATED = auto()
    """What another verifier answers."""
    BY_CONDITION = auto()


def answer_of(item: RustItem) -> MandatoryAnswer:
    """Return what ``client_auth_mandatory`` or ``offer_client_auth`` of a verifier answers."""
    body = plain(item.body) if item.body is not None else []
    if len(body) != 1:
        return MandatoryAnswer.BY_CONDITION
    match text(body[0]):
        case "true":
            return MandatoryAnswer.YES
        case "false":
            return MandatoryAnswer.NO
    callee = syntax.field(body[0], "function") if body[0].type == "call_expression" else None
    called = text(syntax.field(callee, "field")) if callee is not None else ""
    return MandatoryAnswer.DELEGATED if called in {MANDATORY, OFFER} else MandatoryAnswer.BY_CONDITION


def is_overruled(node: Node, index: CrateIndex) -> bool:
    """Return whether a verifier that makes certificates optional is only used within one that demands them."""
    function = _around(node, "function_item")
    used = list(_uses(node, function, DEEPEST)) if function is not None else []
    return bool(used) and all(name and _demands(name, index) for name in used)


def _demands(name: str, index: CrateIndex) -> bool:
    """Return whether the verifier of a type always demands a certificate."""
    methods = index.functions_of({TRAIT}, name)
    answers = {one.name: answer_of(one) for one in methods if one.name in {MANDATORY, OFFER}}
    offers = answers.get(OFFER, MandatoryAnswer.YES)
    demands = answers.get(MANDATORY, offers)
    return bool(methods) and demands is offers is MandatoryAnswer.YES


def _uses(node: Node, function: Node, depth: int) -> Iterator[str]:
    """Yield the types of verifiers around a value, for each use of it; an empty text for any other use."""
    current, parent = node, node.parent
    while parent is not None and depth > 0:
        depth -= 1
        if parent.type in {"field_expression", "generic_function"} or parent.type in TRANSPARENT:
            if parent.type == "field_expression" and text(syntax.field(parent, "field")) not in PASSING:
                break
        elif parent.type == "call_expression":
            path = path_of(syntax.field(parent, "function"))
            if path and current.type == "arguments" and not _points(path):
                yield _type_of(tuple(one for one in path if one[:1].isupper()), parent)
                return
        elif parent.type == "struct_expression":
            yield _type_of(path_of(syntax.field(parent, "name")), parent)
            return
        elif parent.type == "let_declaration":
            yield from _uses_of(parent, function, depth)
            return
        else:
            break
        current, parent = parent, parent.parent
    yield ""


def _type_of(path: tuple[str, ...], node: Node) -> str:
    """Return the last segment of a path to a type; for ``Self`` the type of the methods around the code."""
    name = path[-1] if path else ""
    around = _around(node, "impl_item") if name == "Self" else None
    return (path_of(syntax.field(around, "type")) or ("",))[-1] if around is not None else name


def _points(path: tuple[str, ...]) -> bool:
    owner = path[-2:-1] or path
    return owner[0] in POINTERS and (len(path) == 1 or path[-1] in UNCHANGED)


def _uses_of(declaration: Node, function: Node, depth: int) -> Iterator[str]:
    """Yield the verifiers around each use of a variable."""
    name = text(syntax.field(declaration, "pattern")).removeprefix("mut ").strip()
    after = (one for one in descendants(function) if one.start_byte >= declaration.end_byte)
    uses = [one for one in after if one.type == "identifier" and text(one) == name]
    for one in uses:
        short = one.parent if one.parent is not None and one.parent.type == SHORT else one
        yield from _uses(short, function, depth - 1)
    if not uses:
        yield ""


def _around(node: Node, kind: str) -> Node | None:
    current = node.parent
    while current is not None and current.type != kind:
        current = current.parent
    return current
