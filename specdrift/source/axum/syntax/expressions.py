"""Evaluates each kind of expression: bindings, branches, loops, literals, paths."""

from collections.abc import Callable

from tree_sitter import Node

from specdrift.source.axum.evaluate import match_arms
from specdrift.source.axum.evaluate.evaluator import Evaluate, Evaluator
from specdrift.source.axum.evaluate.path_values import named
from specdrift.source.axum.syntax import places, texts
from specdrift.source.axum.syntax.defaults import default_of, field_default
from specdrift.source.axum.syntax.frames import SIMPLE, Frame, bind, finish
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    BoolValue,
    FunctionValue,
    Router,
    Scope,
    SequenceValue,
    StructValue,
    TextValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import combined
from specdrift.source.rust.items import imports_of
from specdrift.source.rust.syntax import path_of, plain, text

CHANGING = {"assignment_expression": "left", "compound_assignment_expr": "left"}
"""Expressions that change a variable, by the field name of the variable."""
PANICS = frozenset({"panic", "unreachable", "todo", "unimplemented", "bail"})


def _statement(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    inner = plain(node)
    return evaluator.value(frame, inner[0]) if inner else UNKNOWN


def _use(_: Evaluator, frame: Frame, node: Node) -> Value:
    """Import names for the rest of the block."""
    frame.scope.imports.update(imports_of(node))
    return UNKNOWN


def _let(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    value = evaluator.value(frame, syntax.field(node, "value"))
    otherwise = syntax.field(node, "alternative")
    if otherwise is not None:
        evaluator.branches(frame, [lambda: UNKNOWN, lambda: evaluator.value(frame, otherwise)])
    pattern = syntax.field(node, "pattern")
    bind(frame, pattern, value)
    if pattern is not None and (declared := path_of(syntax.field(node, "type"))):
        frame.scope.types[text(pattern)] = declared[-1]
    return UNKNOWN


def _assign(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    value = evaluator.value(frame, syntax.field(node, "right"))
    places.assign(evaluator, frame, syntax.field(node, "left"), value)
    return UNKNOWN


def _compound(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate ``path += "/x"``. Other compound assignments make the variable unknown."""
    right = evaluator.value(frame, syntax.field(node, "right"))
    left = syntax.field(node, "left")
    if left is not None and left.type == "identifier":
        before = frame.scope.get(text(left))
        added = node.children[1].type == "+="
        grown = texts.grown(before, [right]) if added and isinstance(before, TextValue) else UNKNOWN
        if isinstance(before, SIMPLE):
            frame.scope.assign(text(left), grown)
    return UNKNOWN


def _if(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    condition = syntax.field(node, "condition")
    known = evaluator.value(frame, condition)
    then, other = syntax.field(node, "consequence"), syntax.field(node, "alternative")

    def yes() -> Value:
        if condition is not None and condition.type == "let_condition":
            bind(
                frame,
                syntax.field(condition, "pattern"),
                evaluator.value(frame, syntax.field(condition, "value")),
            )
        return evaluator.value(frame, then)

    def no() -> Value:
        return evaluator.value(frame, plain(other)[0]) if other is not None and plain(other) else UNKNOWN

    if isinstance(known, BoolValue):
        evaluator.visit_dead(frame, (plain(other)[0] if other is not None else None) if known.value else then)
        return yes() if known.value else no()
    is_condition = condition is not None and condition.type != "let_condition"
    evaluator.conditional_depth += is_condition
    value = evaluator.branches(frame, [yes, no])
    evaluator.conditional_depth -= is_condition
    return value


def _match(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    subject = evaluator.value(frame, syntax.field(node, "value"))
    body = syntax.field(node, "body")

    def arm(node: Node) -> Callable[[], Value]:
        def evaluated() -> Value:
            outer = frame.scope
            frame.scope = Scope(outer)
            bind(frame, syntax.field(node, "pattern"), subject)
            value = evaluator.value(frame, syntax.field(node, "value"))
            frame.scope = outer
            return value

        return evaluated

    arms = [child for child in plain(body) if child.type == "match_arm"] if body is not None else []
    live = []
    for child in arms:
        fits = match_arms.fits(evaluator, frame, child, subject)
        if fits is False:
            evaluator.visit_dead(frame, syntax.field(child, "value"))
        else:
            live.append(arm(child))
        if fits:
            break
    return evaluator.branches(frame, live)


def _for(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate a loop: unrolled for known values, else its body is conditional."""
    over = evaluator.value(frame, syntax.field(node, "value"))
    pattern, body = syntax.field(node, "pattern"), syntax.field(node, "body")
    if body is None:
        return UNKNOWN
    if isinstance(over, SequenceValue):
        for item in over.items:
            bind(frame, pattern, item)
            evaluator.value(frame, body)
            frame.ended = False
        return UNKNOWN

    _discard_changed(frame, body)

    def once() -> Value:
        bind(frame, pattern, UNKNOWN)
        return evaluator.value(frame, body)

    return evaluator.branches(frame, [lambda: UNKNOWN, once])


def _discard_changed(frame: Frame, body: Node | None) -> None:
    """Make variables unknown that a loop changes: its body is evaluated once and runs often."""
    for child in syntax.descendants(body) if body is not None else ():
        changed = CHANGING.get(child.type)
        name = text(syntax.field(child, changed)) if changed else ""
        if name and isinstance(frame.scope.get(name), SIMPLE):
            frame.scope.assign(name, UNKNOWN)


def _loop(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    _discard_changed(frame, syntax.field(node, "body"))
    value = evaluator.value(frame, syntax.field(node, "body"))
    frame.ended = False
    return value


def _while(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    body = syntax.field(node, "body")
    _discard_changed(frame, body)
    return evaluator.branches(frame, [lambda: UNKNOWN, lambda: evaluator.value(frame, body)])


def _return(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    inner = plain(node)
    value = evaluator.value(frame, inner[0]) if inner else UNKNOWN
    if node.type == "return_expression":
        frame.returns.append(value)
    frame.ended = True
    return UNKNOWN


def _inner(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate ``x?``, ``x.await``, ``&x``, ``(x)``, ``x as T``, ``unsafe {…}`` as the inner expression."""
    inner = [child for child in plain(node) if child.type not in {"mutable_specifier", "lifetime"}]
    return evaluator.value(frame, inner[0]) if inner else UNKNOWN


def _async(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate a block whose ``return`` does not leave the function."""
    inner = Frame(frame.module, Scope(frame.scope), frame.owner, frame.bound)
    body = plain(node)
    return finish(inner, evaluator.value(inner, body[-1])) if body else UNKNOWN


def _list(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    return SequenceValue(tuple(evaluator.value(frame, child) for child in plain(node)))


def _literal(_: Evaluator, frame: Frame, node: Node) -> Value:  # noqa: ARG001 - of the table's shape
    value = syntax.string_value(node)
    return TextValue(value) if value is not None else UNKNOWN


def _boolean(_: Evaluator, frame: Frame, node: Node) -> Value:  # noqa: ARG001 - of the table's shape
    return BoolValue(text(node) == "true")


def _unary(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    value = _inner(evaluator, frame, node)
    return (
        BoolValue(not value.value) if isinstance(value, BoolValue) and text(node).startswith("!") else value
    )


def _binary(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    left = evaluator.value(frame, syntax.field(node, "left"))
    right = evaluator.value(frame, syntax.field(node, "right"))
    operator = text(syntax.field(node, "operator"))
    if (known := texts.binary(operator, left, right)) is not None:
        return known
    sides = (side.value if isinstance(side, BoolValue) else None for side in (left, right))
    flag = combined(operator, *sides)
    return BoolValue(flag) if flag is not None else UNKNOWN


def _field(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    value = evaluator.value(frame, syntax.field(node, "value"))
    name = text(syntax.field(node, "field"))
    if isinstance(value, StructValue):
        return value.get(name)
    if isinstance(value, SequenceValue) and name.isdecimal() and int(name) < len(value.items):
        return value.items[int(name)]
    return value if isinstance(value, Router) and name == "router" else UNKNOWN


def _struct(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    name = (path_of(syntax.field(node, "name")) or ("",))[-1]
    body = syntax.field(node, "body")
    name = frame.owner if name == "Self" else name
    found: dict[str, Value] = {}
    for child in plain(body) if body is not None else ():
        if child.type == "field_initializer":
            field, given = text(syntax.field(child, "field")), syntax.field(child, "value")
            made = field_default(evaluator, frame, name, field, given)
            found[field] = made or evaluator.value(frame, given)
        elif child.type == "base_field_initializer":
            rest = evaluator.value(frame, plain(child)[0])
            if not isinstance(rest, StructValue) and "default()" in text(child):
                rest = default_of(evaluator, frame, child, name) or rest
            found = {**dict(rest.fields if isinstance(rest, StructValue) else ()), **found}
        elif child.type == "shorthand_field_initializer":
            found[text(child)] = evaluator.value(frame, plain(child)[0])
    kept = tuple((key, value) for key, value in found.items() if not isinstance(value, UnknownValue))
    return StructValue(name, kept)


def _path(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate a variable, a constant, or a function name."""
    path = path_of(node)
    if len(path) == 1 and (known := frame.scope.get(path[0])) is not None:
        return known
    return named(evaluator, frame, path, node)


def _closure(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    del evaluator
    place, bound = frame.module.file.place(node), tuple(frame.bound.items())
    return FunctionValue(
        "a closure", place, closure=node, module=frame.module, scope=frame.scope, bound=bound
    )


def _call(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    return evaluator.call(evaluator, frame, node)


def _macro(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    value = evaluator.macro(evaluator, frame, node)
    if (path_of(syntax.field(node, "macro")) or ("",))[-1] in PANICS:
        frame.ended = True
    return value


def _block(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    return evaluator.block(frame, node)


EXPRESSIONS: dict[str, Evaluate] = {
    "expression_statement": _statement,
    "let_declaration": _let,
    "use_declaration": _use,
    "extern_crate_declaration": _use,
    "assignment_expression": _assign,
    "compound_assignment_expr": _compound,
    "if_expression": _if,
    "match_expression": _match,
    "for_expression": _for,
    "loop_expression": _loop,
    "while_expression": _while,
    "return_expression": _return,
    "break_expression": _return,
    "continue_expression": _return,
    "try_expression": _inner,
    "await_expression": _inner,
    "reference_expression": _inner,
    "parenthesized_expression": _inner,
    "type_cast_expression": _inner,
    "unary_expression": _unary,
    "unsafe_block": _inner,
    "async_block": _async,
    "array_expression": _list,
    "tuple_expression": _list,
    "string_literal": _literal,
    "raw_string_literal": _literal,
    "char_literal": texts.character,
    "boolean_literal": _boolean,
    "integer_literal": texts.number,
    "index_expression": texts.index,
    "binary_expression": _binary,
    "field_expression": _field,
    "struct_expression": _struct,
    "identifier": _path,
    "self": _path,
    "scoped_identifier": _path,
    "generic_function": _path,
    "closure_expression": _closure,
    "call_expression": _call,
    "macro_invocation": _macro,
    "block": _block,
}
