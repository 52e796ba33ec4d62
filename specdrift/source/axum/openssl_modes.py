"""Which members of OpenSSL's ``SslVerifyMode`` an expression may have."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import product

from msgspec import Struct
from tree_sitter import Node

from specdrift.model.result.source import ClientAuth
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import Conditions
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import arguments, descendants, path_of, plain, text

MODE = "SslVerifyMode"
Members = frozenset[str]
UNKNOWN = "?"
"""Stands for members that are not known."""
WHOLE = {"empty": frozenset[str](), "all": frozenset({"PEER", "FAIL_IF_NO_PEER_CERT"})}
"""Functions of bitflags."""
JOINING: Mapping[str, Callable[[Members, Members], Members]] = {
    **dict.fromkeys(("|", "union"), Members.union),
    **dict.fromkeys(("&", "intersection"), Members.intersection),
    **dict.fromkeys(("-", "difference"), Members.difference),
    **dict.fromkeys(("^", "symmetric_difference"), Members.symmetric_difference),
}
"""Operators and methods of bitflags."""
PASSING = frozenset({"parenthesized_expression", "expression_statement", "return_expression", "else_clause"})
ADDING = re.compile(r"(\w+)\s*(?:\.\s*(\w+)\s*\(|(\|=|=))")
"""A statement that changes a variable."""
DEEPEST = 12


class VerifyModes(Struct, frozen=True):
    index: CrateIndex
    conditions: Conditions

    def of(self, node: Node, item: RustItem) -> frozenset[ClientAuth]:
        """Return what a mode may request; ``CUSTOM`` is not known."""
        return frozenset(map(_meaning, self._members(node, item, 0)))

    def _members(self, node: Node | None, item: RustItem, depth: int) -> set[Members]:  # noqa: PLR0911 - a table of cases
        if node is None or depth > DEEPEST:
            return {frozenset({UNKNOWN})}
        deeper = depth + 1
        match node.type:
            case "scoped_identifier" if path_of(node)[-2:-1] == (MODE,):
                return {frozenset({path_of(node)[-1]})}
            case "binary_expression" if (operator := text(syntax.field(node, "operator"))) in JOINING:
                sides = [self._members(syntax.field(node, side), item, deeper) for side in ("left", "right")]
                return _joined(operator, *sides)
            case "block":
                return self._members(next(reversed(plain(node)), None), item, deeper)
            case kind if kind in PASSING:
                return self._members(next(iter(plain(node)), None), item, deeper)
            case "if_expression":
                known = self.conditions.fold(syntax.field(node, "condition"))
                names = ["consequence"] * (known is not False) + ["alternative"] * (known is not True)
                return {
                    one for name in names for one in self._members(syntax.field(node, name), item, deeper)
                }
            case "match_expression":
                arms = [one for one in descendants(node) if one.type == "match_arm"]
                return {
                    one for arm in arms for one in self._members(syntax.field(arm, "value"), item, deeper)
                }
            case "identifier" | "scoped_identifier":
                return self._named(node, item, deeper)
            case "call_expression":
                return self._called(node, item, deeper)
        return {frozenset({UNKNOWN})}

    def _called(self, node: Node, item: RustItem, depth: int) -> set[Members]:
        callee = syntax.field(node, "function")
        path = path_of(callee)
        if path[-2:-1] == (MODE,) and path[-1] in WHOLE:
            return {WHOLE[path[-1]]}
        if callee is not None and callee.type == "field_expression" and len(arguments(node)) == 1:
            name = text(syntax.field(callee, "field"))
            sides = (syntax.field(callee, "value"), arguments(node)[0])
            every = [self._members(one, item, depth) for one in sides]
            return _joined(name, *every) if name in JOINING else {frozenset({UNKNOWN})}
        named = [*self.index.functions_named({path[-1]})] if path else []
        return {one for made in named for one in self._members(made.body, made, depth)} or {
            frozenset({UNKNOWN})
        }

    def _named(self, node: Node, item: RustItem, depth: int) -> set[Members]:
        """Return the members of a variable, or of a constant of the crates."""
        name = (path_of(node) or (text(node),))[-1]
        if node.type == "identifier":
            declared = [*_declarations(node, name)]
            if declared:
                return self._changed(declared[-1], node, name, item, depth)
        return {one for made in self._constants(name) for one in self._members(made, item, depth)} or {
            frozenset({UNKNOWN})
        }

    def _constants(self, name: str) -> Iterator[Node | None]:
        yield from (syntax.field(one.node, "value") for one in self.index.constants(name))
        for module in self.index.modules(MODE.encode()):
            found = module.item(name)
            if found is not None and found.kind in {"const", "static"}:
                yield syntax.field(found.node, "value")

    def _changed(self, declared: Node, used: Node, name: str, item: RustItem, depth: int) -> set[Members]:
        """Return what a variable holds where it is used: what it was declared with, and what was added."""
        found = self._members(syntax.field(declared, "value"), item, depth)
        for one in descendants(declared.parent) if declared.parent is not None else ():
            if (
                not (declared.end_byte <= one.start_byte < used.start_byte)
                or one.type != "expression_statement"
            ):
                continue
            change = ADDING.match(text(one))
            if change is None or change[1] != name:
                continue
            inner = plain(one)[0]
            given = syntax.field(inner, "right") or next(iter(arguments(inner)), None)
            result = _after(found, change, self._members(given, item, depth))
            always = one.parent == declared.parent
            found = result if always else found | result
        return found


def _joined(operator: str, left: set[Members], right: set[Members]) -> set[Members]:
    """Return the members of two modes together; of one that is not known, nothing is known."""
    join, unknown = JOINING[operator], frozenset({UNKNOWN})
    return {unknown if UNKNOWN in one | other else join(one, other) for one, other in product(left, right)}


def _after(found: set[Members], change: re.Match[str], added: set[Members]) -> set[Members]:
    """Return what a variable holds after a statement."""
    if change[3] == "=":
        return added
    if change[2] == "insert" or change[3] == "|=":
        return {left | right for left, right in product(found, added)}
    return {frozenset({UNKNOWN})}


def _meaning(members: Members) -> ClientAuth:
    if UNKNOWN in members:
        return ClientAuth.CUSTOM
    if "PEER" not in members:
        return ClientAuth.NONE
    return ClientAuth.REQUIRED if "FAIL_IF_NO_PEER_CERT" in members else ClientAuth.OPTIONAL


def _declarations(node: Node, name: str) -> Iterator[Node]:
    """Yield the declarations of a variable before its use, in the function around it."""
    around = node.parent
    while around is not None and around.type != "function_item":
        around = around.parent
    for one in descendants(around) if around is not None else ():
        pattern = syntax.field(one, "pattern") if one.type == "let_declaration" else None
        before = pattern is not None and one.end_byte <= node.start_byte
        if before and text(pattern).removeprefix("mut ").strip() == name:
            yield one
