"""Evaluates macros: those of libraries that build paths or list routes, and those of the crates by expanding them."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from msgspec.structs import replace
from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.path_attributes import utoipa_path
from specdrift.source.axum.syntax.frames import Frame, bind
from specdrift.source.axum.syntax.texts import format_text
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    AxumEndpoint,
    FunctionValue,
    MethodRouter,
    Scope,
    SequenceValue,
    TextValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust import macro_arms, syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.macro_expansion import LONGEST, expanded
from specdrift.source.rust.macro_items import MacroDefinitions
from specdrift.source.rust.syntax import (
    SourceFile,
    arguments_of_macro,
    parse_inside,
    parse_span,
    path_of,
    plain,
    short,
    string_value,
    text,
)

STATEMENTS = frozenset({"select", "try_join", "join"})
MOST_WRITTEN = 5 * LONGEST
"""Maximum length of all expansions of an evaluation, in characters."""
MOST_NESTED = 128
"""Maximum depth of calls in expansions, as of the compiler."""
CALLED = re.compile(r"\b(\w{1,100})!")
WIRING = re.compile(r"\.(?:route|nest)\(|\bRouter\w*::new|\brouting::")


IN_WIRING = (b"route", b"nest", b"Router", b"routing")
"""Each match contains one of these."""


def macro(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate a macro call."""
    evaluator.visit(frame.spot(node))
    name = (path_of(syntax.field(node, "macro")) or ("",))[-1]
    tree = next((child for child in plain(node) if child.type == "token_tree"), None)
    if tree is None:
        return UNKNOWN
    # A macro of the crates hides that of a library with its name.
    own = evaluator.macros.meant(node, frame.module) is not None
    if not own and (evaluate := LIBRARIES.get(name)) is not None:
        return evaluate(evaluator, frame, tree)
    given = _variables(frame, tree)
    value = _evaluated(evaluator, frame, _expansion(evaluator, frame, node))
    if not isinstance(value, UnknownValue) or _is_changed(frame, given):
        return value
    if wires(tree) or name in evaluator.wiring_macros:
        evaluator.unresolved_at(frame, node, f"routes registered by macro {name}!")
    return UnknownValue(short(node))


def wiring_macros(defined: MacroDefinitions) -> list[RustItem]:
    """Return the macros that build routers, by themselves or by calls of others that do."""
    waiting = [item for item in defined.naming(*IN_WIRING) if wires(item.node)]
    found: dict[int, RustItem] = {}
    names: set[str] = set()
    while waiting:
        item = waiting.pop()
        found[item.id] = item
        if item.name not in names:
            names.add(item.name)
            calling = defined.naming(f"{item.name}!".encode())
            waiting += (one for one in calling if item.name in CALLED.findall(one.code.source_text))
    return list(found.values())


def _expansion(evaluator: Evaluator, frame: Frame, node: Node) -> SourceFile | None:
    """Return the expansion of a call of a macro that the crates define, as a block; ``None`` without one."""
    spot = frame.spot(node)
    if spot not in evaluator.expansions:
        nested = frame.module.file.name.count("#")
        definition = evaluator.macros.meant(node, frame.module) if nested < MOST_NESTED else None
        source_text = expanded(definition.node, node) if definition is not None else None
        written = sum(len(one.content) for one in evaluator.expansions.values() if one is not None)
        fits = source_text is not None and written + len(source_text) <= MOST_WRITTEN
        evaluator.expansions[spot] = (
            syntax.written(f"{{{source_text}\n}}", frame.module.file, node) if fits else None
        )
    return evaluator.expansions[spot]


def _variables(frame: Frame, tree: Node) -> dict[str, Value | None]:
    """Return the variables that a call names. A macro may change the router in one instead of making one."""
    names = {text(node) for node in syntax.descendants(tree) if node.type == "identifier"}
    return {name: frame.scope.get(name) for name in names}


def _is_changed(frame: Frame, given: dict[str, Value | None]) -> bool:
    return any(frame.scope.get(name) is not before for name, before in given.items())


def _evaluated(evaluator: Evaluator, frame: Frame, expansion: SourceFile | None) -> Value:
    """Evaluate the statements of an expansion in the scope of the call: names that it was given are the caller's."""
    nodes = syntax.descendants(expansion.root) if expansion is not None else ()
    block = next((node for node in nodes if node.type == "block"), None)
    if expansion is None or block is None:
        return UNKNOWN
    around = frame.module
    frame.module = replace(around, file=expansion)
    try:
        return evaluator.statements(frame, block)
    finally:
        frame.module = around


def wires(node: Node) -> bool:
    """Return whether a macro's source appears to build routers."""
    return WIRING.search(text(node).replace(" ", "")) is not None


def _concat(evaluator: Evaluator, frame: Frame, tree: Node) -> Value:
    values = [evaluator.value(frame, node) for node in arguments_of_macro(frame.module.file, tree)]
    parts = [value.value for value in values if isinstance(value, TextValue)]
    return TextValue("".join(parts)) if parts and len(parts) == len(values) else UnknownValue(short(tree))


def _vec(evaluator: Evaluator, frame: Frame, tree: Node) -> Value:
    items = arguments_of_macro(frame.module.file, tree)
    return SequenceValue(tuple(evaluator.value(frame, item) for item in items), is_list=True)


def _matches(evaluator: Evaluator, frame: Frame, tree: Node) -> Value:
    return evaluator.value(frame, macro_arms.matched(tree.parent) if tree.parent is not None else None)


def _format(evaluator: Evaluator, frame: Frame, tree: Node) -> Value:
    nodes = arguments_of_macro(frame.module.file, tree)
    pattern = string_value(nodes[0]) if nodes else None
    if pattern is None:
        return UnknownValue(short(tree))
    positional: list[str | None] = []
    given: dict[str, str | None] = {}
    for node in nodes[1:]:
        if node.type == "assignment_expression":
            name = text(syntax.field(node, "left"))
            given[name] = _text(evaluator.value(frame, syntax.field(node, "right")))
        else:
            positional.append(_text(evaluator.value(frame, node)))

    def named(name: str) -> str | None:
        return given[name] if name in given else _text(_variable(evaluator, frame, name))

    return format_text(pattern, positional, named, short(tree))


def _text(value: Value) -> str | None:
    return value.value if isinstance(value, TextValue) else None


def _variable(evaluator: Evaluator, frame: Frame, name: str) -> Value:
    known = frame.scope.get(name)
    if known is not None:
        return known
    constant = evaluator.names.value_of(name, frame.module)
    return evaluator.value(frame, syntax.field(constant.node, "value")) if constant else UNKNOWN


def _routes(evaluator: Evaluator, frame: Frame, tree: Node) -> Value:
    """Evaluate ``routes!(a, b)`` of utoipa-axum: methods and path are attributes of the handlers."""
    found: list[MethodRouter] = []
    for node in arguments_of_macro(frame.module.file, tree):
        value = evaluator.value(frame, node)
        attribute = utoipa_path(value.item) if isinstance(value, FunctionValue) and value.item else None
        if not isinstance(value, FunctionValue) or attribute is None:
            return UnknownValue(short(tree))
        methods, path = attribute
        found.append(MethodRouter((AxumEndpoint(methods, value, frame.module.file.place(node)),), path))
    return SequenceValue(tuple(found))


def _selected(evaluator: Evaluator, frame: Frame, tree: Node) -> None:
    """Evaluate the arms of ``tokio::select!``, each with its variables."""
    outer, ended = frame.scope, frame.ended
    for arm in macro_arms.arms(frame.module.file, tree):
        frame.scope = Scope(outer)
        bind(frame, arm.pattern, evaluator.value(frame, arm.future) if arm.future is not None else UNKNOWN)
        evaluator.value(frame, arm.body)
        frame.scope, frame.ended = outer, ended


def _statements(evaluator: Evaluator, frame: Frame, tree: Node) -> Value:
    """Evaluate the arms of ``tokio::select!``, and the calls in similar macros in order."""
    _selected(evaluator, frame, tree)
    root = parse_inside(frame.module.file, tree)
    for node in syntax.descendants(root):
        if node.type == "call_expression" and frame.spot(node) not in evaluator.visited:
            evaluator.value(frame, node)
    return UNKNOWN


def _configured(evaluator: Evaluator, frame: Frame, tree: Node) -> Value:
    """Evaluate the arms of ``cfg_if!`` and ``cfg_select!``, each of which some builds compile."""
    tokens = plain(tree)
    blocks = [token for token in tokens if token.type == "token_tree" and text(token).startswith("{")]
    arms = [arm for block in blocks if (arm := parse_span(frame.module.file, block, block))]
    evaluator.conditional_depth += 1
    value = evaluator.branches(frame, [partial(evaluator.value, frame, arm) for arm in arms])
    evaluator.conditional_depth -= 1
    return value


LIBRARIES: Mapping[str, Callable[[Evaluator, Frame, Node], Value]] = {
    **dict.fromkeys(("concat", "concatcp"), _concat),
    **dict.fromkeys(("format", "const_format", "formatcp"), _format),
    **dict.fromkeys(STATEMENTS, _statements),
    **dict.fromkeys(("cfg_if", "cfg_select"), _configured),
    "vec": _vec,
    "routes": _routes,
    "matches": _matches,
}
"""Macros of libraries, each with what evaluates its arguments."""
