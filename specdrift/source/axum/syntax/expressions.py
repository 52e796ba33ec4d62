"""Evaluates each kind of expression: bindings, branches, loops, literals, paths."""

from collections.abc import Callable

from msgspec.structs import replace
from tree_sitter import Node

from specdrift.source.axum.evaluate import match_arms
from specdrift.source.axum.evaluate.connection_gates import in_branch
from specdrift.source.axum.evaluate.evaluator import Evaluate, Evaluator
from specdrift.source.axum.evaluate.path_values import named
from specdrift.source.axum.syntax import loops, places, texts
from specdrift.source.axum.syntax.defaults import default_of, field_default
from specdrift.source.axum.syntax.frames import SIMPLE, Frame, bind, finish
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    BoolValue,
    CodePlace,
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
from specdrift.source.rust.declarations import imports_of
from specdrift.source.rust.item_code import ItemCode
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.scopes.block_scopes import scope_around
from specdrift.source.rust.syntax import path_of, plain, short, text

ENDING = frozenset({("exit",), ("abort",)})
"""Functions that do not return."""
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
    places.lend_parts(evaluator, frame, node, value)
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
        return in_branch(evaluator.index, frame, then, evaluator.value(frame, then))

    def no() -> Value:
        value = evaluator.value(frame, plain(other)[0]) if other is not None and plain(other) else UNKNOWN
        return in_branch(evaluator.index, frame, other, value)

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
            result = syntax.field(node, "value")
            value = evaluator.value(frame, result)
            frame.scope = outer
            return in_branch(evaluator.index, frame, result, value)

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


def _return(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    inner = plain(node)
    value = evaluator.value(frame, inner[0]) if inner else UNKNOWN
    frame.returns.append(value)
    frame.ended = True
    return UNKNOWN


def _inner(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate ``x?``, ``x.await``, ``(x)``, ``x as T``, ``unsafe {…}`` as the inner expression."""
    inner = [child for child in plain(node) if child.type not in {"mutable_specifier", "lifetime"}]
    return evaluator.value(frame, inner[0]) if inner else UNKNOWN


def _reference(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    value = _inner(evaluator, frame, node)
    places.lend(evaluator, frame, node, value)
    return value


def _async(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate a block whose ``return`` does not leave the function."""
    inner = Frame(frame.module, Scope(frame.scope), frame.owner, frame.bound)
    body = plain(node)
    return finish(inner, evaluator.value(inner, body[-1])) if body else UNKNOWN


def _list(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    items = tuple(evaluator.value(frame, child) for child in plain(node))
    return SequenceValue(items, is_list=node.type == "array_expression")


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
    place, bound = frame.module.file.place(node), tuple(frame.bound.items())
    around = scope_around(evaluator.names.index, node, frame.module)
    return FunctionValue("a closure", place, closure=node, module=around, scope=frame.scope, bound=bound)


def _call(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    value = evaluator.call(evaluator, frame, node)
    path = path_of(syntax.field(node, "function"))
    if path[-1:] in ENDING:
        frame.ended = True
    if isinstance(value, UnknownValue) and value.made is None and path[-1:] != ("Err",):
        made = CodePlace(frame.module.file, node)
        return replace(value, source_text=value.source_text or short(node), made=made)
    return value


def _macro(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    value = evaluator.macro(evaluator, frame, node)
    if (path_of(syntax.field(node, "macro")) or ("",))[-1] in PANICS:
        frame.ended = True
    return value


def _constant(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate a constant of a block."""
    frame.scope.variables[text(syntax.field(node, "name"))] = evaluator.value(
        frame, syntax.field(node, "value")
    )
    return UNKNOWN


def _function(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Declare a function of a block."""
    name, file = text(syntax.field(node, "name")), frame.module.file
    scope = scope_around(evaluator.names.index, node, frame.module)
    item = RustItem(name, "fn", ItemCode.parsed(file, node), scope)
    frame.scope.variables[name] = FunctionValue(name, file.place(node), item=item)
    return UNKNOWN


EXPRESSIONS: dict[str, Evaluate] = {
    "function_item": _function,
    "expression_statement": _statement,
    "let_declaration": _let,
    "use_declaration": _use,
    "extern_crate_declaration": _use,
    "assignment_expression": _assign,
    "compound_assignment_expr": _compound,
    "if_expression": _if,
    "match_expression": _match,
    "for_expression": loops.over_items,
    "loop_expression": loops.endless,
    "while_expression": loops.while_true,
    "return_expression": _return,
    "break_expression": loops.leave,
    "continue_expression": loops.leave,
    "const_item": _constant,
    "static_item": _constant,
    "try_expression": _inner,
    "await_expression": _inner,
    "reference_expression": _reference,
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
    "block": loops.block,
}
