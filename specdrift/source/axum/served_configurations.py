"""Which TLS configuration a call that serves a router uses, where a binary has several.

It follows the listener and the connection back through variables, parameters and the code that these name. What it
finds may be too much, by names that several functions have, and is never too little, or it says that it is not known.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.model.result.source import ClientAuth, ListenerKind, TlsFact
from specdrift.source.axum.evaluate.router_roots import RouterRoot
from specdrift.source.axum.syntax.followed_calls import FollowedCall
from specdrift.source.axum.tls_facts import LocatedFact
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.named_code import ReachableCode
from specdrift.source.rust.reachability import Reachability
from specdrift.source.rust.syntax import arguments, descendants, path_of, plain, text

MOST = 400
"""Expressions of one call that are followed."""
REPLACING = re.compile(r"\breload_from_|\bArcSwap\b|\.\s*(?:store|swap|rcu|write|lock|replace|send)\s*\(")
"""Occurs in code that may replace what others hold."""
LETTING = frozenset({"if_expression", "while_expression"})
NAMES = frozenset({"identifier", "self"})
NOT_KNOWN: tuple[TlsFact, ...] = ()
Within = tuple[RustModule, Sequence[tuple[Node, RustModule]]]
"""The module of an expression, and the calls around it, outermost first."""


class _Origins(Struct, eq=False):
    """What a served connection is made of."""

    spans: list[tuple[str, Node]] = field(default_factory=list)
    code: list[ReachableCode] = field(default_factory=list)
    complete: bool = True


def by_call(
    roots: Iterable[RouterRoot], facts: Sequence[LocatedFact], reach: Reachability
) -> Mapping[int, tuple[TlsFact, ...]]:
    """Return the TLS facts of the calls that serve behind TLS, by their ids; no facts where they are not known.

    Of binaries that have one such call, or one kind of configuration only, there are none.
    """
    ways: dict[str, list[FollowedCall]] = {}
    for root in roots:
        if root.served and root.listener is ListenerKind.TLS:
            ways.setdefault(root.entry, []).extend(root.ways)
    found: dict[int, tuple[TlsFact, ...]] = {}
    for binary, every in ways.items():
        own = [one for one in facts if binary in one.fact.entries]
        found |= _of_binary(every, own, reach, binary)
    return found


def _of_binary(
    ways: Sequence[FollowedCall], facts: Sequence[LocatedFact], reach: Reachability, binary: str
) -> Mapping[int, tuple[TlsFact, ...]]:
    kinds = {one.fact.client_auth for one in facts}
    if ClientAuth.REQUIRED not in kinds or not kinds & {ClientAuth.NONE, ClientAuth.OPTIONAL}:
        return {}
    found = {id(way): _found(way, facts, reach, binary) for way in ways}
    if len(ways) == 1:
        if any(map(_may_replace, (ways[0].module, *(one.function.module for one in facts)))):
            return {}
        # The others belong to no call that was found: what serves them is not known either.
        return {key: NOT_KNOWN for key, own in found.items() if own and not any(map(_is_lenient, own))}
    if len({frozenset(map(id, own or facts)) for own in found.values()}) == 1:
        return {}  # they are not told apart: each counts for each
    return {key: _certain(key, found, facts) for key in found}


def _certain(
    key: int, found: Mapping[int, list[LocatedFact]], facts: Sequence[LocatedFact]
) -> tuple[TlsFact, ...]:
    """Return the facts of a call if no other may belong to it as well."""
    own = found[key]
    others = {id(one) for other, every in found.items() if other != key for one in every}
    lenient = [one for one in own if _is_lenient(one)]
    if len(lenient) == len(own) or (lenient and not others & set(map(id, lenient))):
        return tuple(one.fact for one in own)
    elsewhere = [one for one in facts if _is_lenient(one)]
    accounted = not lenient and all(id(one) in others for one in elsewhere)
    return tuple(one.fact for one in own) if accounted else NOT_KNOWN


def _may_replace(module: RustModule) -> bool:
    """Return whether code of a file may give a configuration in use another content."""
    return REPLACING.search(text(module.file.root)) is not None


def _is_lenient(one: LocatedFact) -> bool:
    return one.fact.client_auth is not ClientAuth.REQUIRED


def _found(
    way: FollowedCall, facts: Sequence[LocatedFact], reach: Reachability, binary: str
) -> list[LocatedFact]:
    origins = _origins(way)
    if not origins.complete:
        return []
    named = reach.named_by(origins.code, binary, (one.function for one in facts))
    return [one for one in facts if one.function.id in named or _is_within(one, origins.spans)]


def _is_within(fact: LocatedFact, spans: Sequence[tuple[str, Node]]) -> bool:
    start, end = fact.node.start_byte, fact.node.end_byte
    return any(
        file == fact.function.file.name and node.start_byte <= start and end <= node.end_byte
        for file, node in spans
    )


def _origins(way: FollowedCall) -> _Origins:
    """Follow the receiver and the arguments of a call; its last argument is the router."""
    found = _Origins()
    waiting: list[tuple[Node, Within]] = [(node, (way.module, way.calls)) for node in _given(way.call)]
    seen = set[int]()
    while waiting:
        node, within = waiting.pop()
        node = _result(node)
        if node.id in seen:
            continue
        seen.add(node.id)
        module, _ = within
        found.spans.append((module.file.name, node))
        found.code.append(ReachableCode(node.start_byte, node.end_byte, module, id(module.crate)))
        for name in {(text(one)): one for one in descendants(node) if one.type in NAMES}.values():
            made = _declared(name, within)
            found.complete = found.complete and made is not None and len(seen) < MOST
            waiting += made or ()
    return found


def _given(call: Node) -> Iterator[Node]:
    callee = syntax.field(call, "function")
    receiver = syntax.field(callee, "value") if callee is not None else None
    if receiver is not None:
        yield receiver
    yield from arguments(call)[:-1]


def _declared(name: Node, within: Within) -> list[tuple[Node, Within]] | None:
    """Return what a variable is made of: nothing of a name that is no variable; ``None`` if it is not known."""
    wanted, child, parent = text(name), name, name.parent
    while parent is not None:
        if parent.type == "function_item":
            return _of_parameter(parent, wanted, within)
        made = _in_scope(parent, child, wanted)
        if made is not None:
            return [(node, within) for node in made]
        if parent.type == "closure_expression" and _binds(syntax.field(parent, "parameters"), wanted):
            passed = _passed_to(parent)
            return None if passed is None else [(node, within) for node in passed]
        child, parent = parent, parent.parent
    return []


def _in_scope(parent: Node, child: Node, wanted: str) -> list[Node] | None:
    """Return what a name is made of that a part of the code around it declares; ``None`` if it does not."""
    match parent.type:
        case "block":
            before = [one for one in plain(parent) if one.end_byte <= child.start_byte]
            for one in reversed(before):
                if one.type == "let_declaration" and _binds(syntax.field(one, "pattern"), wanted):
                    return [*_bound_to(one, wanted), *_effects(parent, one, wanted)]
        case "match_arm" if _binds(syntax.field(parent, "pattern"), wanted):
            whole = parent.parent.parent if parent.parent is not None else None
            return [*_parts(whole, "value")]
        case "for_expression" if _binds(syntax.field(parent, "pattern"), wanted):
            return [*_parts(parent, "value")]
        case kind if kind in LETTING:
            condition = syntax.field(parent, "condition")
            every = descendants(condition) if condition is not None and condition.id != child.id else ()
            lets = [one for one in every if one.type == "let_condition"]
            bound = [one for one in lets if _binds(syntax.field(one, "pattern"), wanted)]
            return [part for one in bound for part in _parts(one, "value")] if bound else None
    return None


def _result(node: Node) -> Node:
    """Return the expression that a block ends with, which alone is its value; the node itself for any other."""
    while node.type == "block" and plain(node) and not any(c.type == "label" for c in node.named_children):
        last = plain(node)[-1]
        if last.type in {"expression_statement", "let_declaration"}:
            break
        node = last
    return node


def _bound_to(declared: Node, wanted: str) -> Iterator[Node]:
    """Yield what a declaration binds a variable to: of a tuple the part at the same place."""
    pattern, value = syntax.field(declared, "pattern"), syntax.field(declared, "value")
    tuples = pattern is not None and pattern.type == "tuple_pattern" and value is not None
    if tuples and pattern is not None and value is not None and value.type == "tuple_expression":
        places, values = plain(pattern), plain(value)
        if len(places) == len(values) and not any(one.type == "remaining_field_pattern" for one in places):
            yield from (given for place, given in zip(places, values, strict=True) if _binds(place, wanted))
            return
    yield from _parts(declared, "value", "alternative")


def _parts(node: Node | None, *names: str) -> Iterator[Node]:
    for name in names:
        part = syntax.field(node, name) if node is not None else None
        if part is not None:
            yield part


def _binds(pattern: Node | None, wanted: str) -> bool:
    names = {"identifier", "shorthand_field_identifier"}
    return pattern is not None and any(
        one.type in names and text(one) == wanted for one in descendants(pattern)
    )


def _effects(block: Node, declared: Node, wanted: str) -> Iterator[Node]:
    """Yield what may change a variable after it was declared: assignments, its methods, and references to it."""
    for one in descendants(block):
        if one.start_byte < declared.end_byte:
            continue
        if one.type in {"assignment_expression", "compound_assignment_expr"}:
            if _root(syntax.field(one, "left")) == wanted:
                yield from _parts(one, "right")
        elif one.type == "reference_expression" and any(c.type == "mutable_specifier" for c in one.children):
            call = one.parent.parent if one.parent is not None else None
            if call is not None and _root(syntax.field(one, "value")) == wanted:
                yield call
        elif one.type == "expression_statement" and _root(one) == wanted and text(one).endswith(";"):
            yield one


def _root(node: Node | None) -> str:
    """Return the variable that a place or a chain of calls begins with; empty for none."""
    current = node
    while current is not None and current.type not in NAMES:
        names = ("function", "value")
        inner = next((part for part in (syntax.field(current, name) for name in names) if part), None)
        simple = {"expression_statement", "await_expression", "try_expression", "unary_expression"}
        within = plain(current)
        current = inner or (within[0] if current.type in simple and within else None)
    return text(current) if current is not None else ""


def _passed_to(closure: Node) -> list[Node] | None:
    """Return what gives a closure its arguments: the rest of the call that it is passed to; ``None`` if it is not."""
    call = closure.parent.parent if closure.parent is not None else None
    if call is None or call.type != "call_expression":
        return None
    others = [one for one in arguments(call) if one.id != closure.id]
    callee = syntax.field(call, "function")
    return [*others, *_parts(callee, "value")]


def _of_parameter(function: Node, wanted: str, within: Within) -> list[tuple[Node, Within]] | None:
    """Return the argument that a parameter is; nothing if the function has no such parameter."""
    module, calls = within
    parameters = syntax.field(function, "parameters")
    own = plain(parameters) if parameters is not None else []
    method = bool(own) and own[0].type == "self_parameter"
    places = [
        number
        for number, one in enumerate(own)
        if (one.type == "self_parameter" and wanted == "self") or _binds(syntax.field(one, "pattern"), wanted)
    ]
    if not places:
        return []
    name = text(syntax.field(function, "name"))
    for number in reversed(range(len(calls))):
        call, around = calls[number]
        inside = around.file is module.file and function.start_byte <= call.start_byte < function.end_byte
        if not inside and _name(call) == name:
            given = [*_receiver(call), *arguments(call)] if method else arguments(call)
            known = places[0] < len(given)
            return [(given[places[0]], (around, calls[:number]))] if known else None
    return None


def _name(call: Node) -> str:
    callee = syntax.field(call, "function")
    if callee is not None and callee.type == "generic_function":
        callee = syntax.field(callee, "function")
    return (
        text(syntax.field(callee, "field"))
        if callee is not None and callee.type == "field_expression"
        else (path_of(callee) or ("",))[-1]
    )


def _receiver(call: Node) -> Iterator[Node]:
    callee = syntax.field(call, "function")
    yield from _parts(callee, "value") if callee is not None and callee.type == "field_expression" else ()
