"""The expressions of a function that is evaluated for a client without a certificate."""

from collections import Counter
from http import HTTPStatus

from tree_sitter import Node

from specdrift.source.axum.guards.absent import absent_blocks, absent_parts
from specdrift.source.axum.guards.absent.absent_calls import READ_ONLY, call
from specdrift.source.axum.guards.absent.absent_case import AbsentCase, Evaluate
from specdrift.source.axum.guards.absent.absent_forwarding import awaited, is_forward, is_kept, postpone
from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame
from specdrift.source.axum.guards.absent.absent_macros import macro
from specdrift.source.axum.guards.absent.absent_patterns import match
from specdrift.source.axum.guards.absent.absent_requests import method_of
from specdrift.source.axum.guards.absent.absent_tasks import constant
from specdrift.source.axum.guards.absent.absent_texts import LITERALS, literal
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    ANYTHING,
    FAILURE,
    FALSE,
    NOTHING,
    REJECTION,
    SUCCESS,
    TRUE,
    UNKNOWN,
    Atom,
    Number,
    Value,
    equal,
    holding,
    is_of_response,
    negated,
    of_flags,
    truths,
)
from specdrift.source.axum.guards.access_profiles import REFUSES
from specdrift.source.axum.guards.outcomes.extractor_errors import error_matched, excludes
from specdrift.source.axum.guards.outcomes.ordered_values import ORDERS, calculated, cast, in_order, integer
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import may_have_attributes
from specdrift.source.rust.syntax import descendants, path_of, plain, text

MOST_ALTERNATIVES = 4
"""Values of a variable for each of which conditions are evaluated."""
SUCCESSES = frozenset(one.name for one in HTTPStatus if one < HTTPStatus.MULTIPLE_CHOICES)


def _reference(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``&value``, ``&mut value``."""
    return case.value(frame, plain(node)[-1]) if plain(node) else {UNKNOWN}


def _async(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    before, forwarded = case.effects.here, case.forwarded
    value = case.body(frame, plain(node)[-1]) if plain(node) else {UNKNOWN}
    postpone(case.effects, before, node)
    if any(map(is_of_response, value)) and is_kept(node):
        case.forwarded = forwarded
    return value


def _await(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    return awaited(case.effects, absent_blocks.statement(case, frame, node))


def _let_condition(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    pattern = syntax.field(node, "pattern")
    value = case.value(frame, syntax.field(node, "value"))
    if pattern is None:
        return {UNKNOWN}
    matches, rest, names = match(pattern, value)
    frame.cells |= {name: [held] for name, held in names.items()}
    return {one for one, possible in ((TRUE, matches), (FALSE, bool(rest))) if possible}


def _chain(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    result: set[Atom] = set()
    for part in plain(node):
        found = case.condition(frame, part)
        result |= {FALSE} & found
        if TRUE not in found:
            return result
    return result | {TRUE}


def _if(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    outer = frame.cells
    frame.cells = inner = dict(outer)
    found = case.condition(frame, syntax.field(node, "condition"))
    frame.cells = outer
    if frame.dead:
        return NOTHING
    value: Value = NOTHING
    ended: list[bool] = []
    if TRUE in found:
        one, ends = case.branch(frame, inner, syntax.field(node, "consequence"), sure=FALSE not in found)
        value, ended = value | one, [*ended, ends]
    if FALSE in found:
        other = syntax.field(node, "alternative")
        code = [other] if other is not None else []
        one, ends = case.branch(frame, outer, *code, sure=TRUE not in found)
        value, ended = value | one, [*ended, ends]
    frame.dead = all(ended)
    return value


def _match(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    rest = case.value(frame, syntax.field(node, "value"))
    body = syntax.field(node, "body")
    if frame.dead or body is None:
        return NOTHING
    value: Value = NOTHING
    ended: list[bool] = []
    error = error_matched(case, frame.module, syntax.field(node, "value")) if rest == {ABSENT} else ""
    may_be_left_out = may_have_attributes(body)
    for arm in plain(body):
        if not rest:
            break
        built = absent_blocks.is_built(case, frame, arm) if may_be_left_out else True
        pattern = syntax.field(arm, "pattern") if built is not False else None
        inner_patterns = plain(pattern) if pattern is not None else []
        whole = inner_patterns[0] if inner_patterns else pattern
        if whole is None:
            continue
        condition = syntax.field(pattern, "condition") if pattern is not None else None
        matches, missed, names = match(whole, rest)
        other = excludes(whole, error) if error else None
        if not matches or other:
            continue
        missed = missed if other is None else NOTHING
        inner = frame.cells | {name: [held] for name, held in names.items()}
        outer, frame.cells = frame.cells, inner
        outcome = case.condition(frame, condition) if condition is not None else {TRUE}
        frame.cells = outer
        if TRUE in outcome:
            sure = not ended and not missed and outcome == {TRUE} and built is True
            one, ends = case.branch(frame, inner, syntax.field(arm, "value"), sure=sure)
            value, ended = value | one, [*ended, ends]
        rest = rest if FALSE in outcome or not built else missed
    frame.dead = all(ended)
    return value


def _return(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    inner = plain(node)
    value = case.value(frame, inner[0]) if inner else {UNKNOWN}
    case.traces.top.ends.add(node.id)
    frame.leave(value, case.effects)
    frame.dead = True
    return NOTHING


def _negation(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    value = case.value(frame, plain(node)[0])
    if text(node).startswith("-"):
        return {Number(-one.value) if isinstance(one, Number) else UNKNOWN for one in value}
    return negated(value) if text(node).startswith("!") else value


def _binary(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    operator = text(syntax.field(node, "operator"))
    left, right = syntax.field(node, "left"), syntax.field(node, "right")
    if operator in {"&&", "||"}:
        if (found := _by_alternatives(case, frame, node)) is not None:
            return found
        ends = FALSE if operator == "&&" else TRUE
        found = case.condition(frame, left)
        ended = found & {ends}
        return ended if found == {ends} else ended | case.condition(frame, right)
    one, other = case.value(frame, left), case.value(frame, right)
    if operator in ORDERS:
        return in_order(case, operator, one, other)
    if operator in {"==", "!="}:
        same = equal(one, other)
        if same is None:
            same = case.of_role(one, other)
        if same is not None:
            return negated(truths(same)) if operator == "!=" else truths(same)
        return {UNKNOWN}
    return calculated(operator, one, other, node)


def _by_alternatives(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value | None:
    """Evaluate conditions on one variable for each that it may be: what the first excludes, the second is not.

    ``None`` if there is no variable that occurs twice and may be some known values.
    """
    counted = Counter(text(one) for one in descendants(node) if one.type == "identifier")
    twice = (name for name, number in counted.items() if number > 1 and name in frame.cells)
    name = next((one for one in twice if 1 < len(frame.cells[one][0]) <= MOST_ALTERNATIVES), "")
    if not name:
        return None
    cell, value, ended = frame.cells[name], set[Atom](), True
    for one in cell[0]:
        frame.cells[name] = [{one}]
        value |= case.condition(frame, node)
        ended, frame.dead = ended and frame.dead, False
    frame.cells[name], frame.dead = cell, ended
    return value


def _variable(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    name = text(node)
    if name in frame.cells:
        # It may be the future of the rest of the chain, which runs now.
        case.forwarded = case.forwarded or any(map(is_of_response, frame.cells[name][0]))
        return frame.cells[name][0]
    return _path(case, frame, node)


def _path(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    path = path_of(node)
    enum = absent_parts.enum_of(case, frame, path)
    if path[-1:] == ("None",) and not enum:
        return {ABSENT}
    if (method := method_of(path)) is not None:
        return {method}
    if REFUSES.search(text(node)):
        case.traces.top.ends.add(node.id)
        return {REJECTION}
    if path[-2:-1] == ("StatusCode",) and path[-1].isupper():
        return {SUCCESS if path[-1] in SUCCESSES else FAILURE}
    if owner := enum or absent_parts.unit_of(case, frame, path):
        return {holding(owner, {}, path[-1] if enum else "")}
    return constant(case, frame, path)


def _closure(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    if "extensions" in text(node) or any(map(is_forward, descendants(node))):
        case.closure(frame, node, [])
    absent_parts.captured(frame, node, READ_ONLY)
    return {UNKNOWN}


def _assignment(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    right = syntax.field(node, "right")
    value = case.value(frame, right)
    left, operator = syntax.field(node, "left"), text(syntax.field(node, "operator"))
    cell = frame.cells.get(text(left))
    if left is not None and right is not None and right.type != "integer_literal":
        # A loop may assign it more often than it is evaluated.
        value = {UNKNOWN if isinstance(one, Number) else one for one in value}
    if operator:
        value = of_flags(operator[:-1], cell[0] if cell is not None else {UNKNOWN}, value)
    if cell is not None:
        frame.put(cell, value)
    elif left is not None:
        absent_parts.assign(frame, left, value)
    return {UNKNOWN}


def _loop(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate a loop: twice, since what it assigns is read again; its value is unknown.

    One without an end and without ``break`` is only left together with its function.
    """
    over = syntax.field(node, "value")
    value = case.value(frame, over) if over is not None else {UNKNOWN}
    if frame.dead or value == {ABSENT}:
        return {UNKNOWN}
    _share(frame, node)
    for _ in range(2):
        outer = frame.cells
        frame.cells = dict(outer)
        pattern, condition = syntax.field(node, "pattern"), syntax.field(node, "condition")
        if pattern is not None:
            case.bind(frame, pattern, {UNKNOWN})
        if condition is not None and TRUE not in case.condition(frame, condition):
            frame.cells = outer
            return {UNKNOWN}
        case.branch(frame, frame.cells, syntax.field(node, "body"))
        frame.cells = outer
    frame.dead = node.type == "loop_expression" and not any(
        one.type == "break_expression" for one in descendants(node)
    )
    return NOTHING if frame.dead else {UNKNOWN}


def _share(frame: AbsentFrame, loop: Node) -> None:
    """Note that what a loop assigns is that of any connection, if it accepts connections."""
    within = list(descendants(loop))
    if any(one.type == "field_identifier" and text(one).startswith("accept") for one in within):
        for one in within:
            if one.type == "assignment_expression" and text(syntax.field(one, "left")) in frame.cells:
                cell = frame.cells[text(syntax.field(one, "left"))]
                cell[0] = cell[0] | {ANYTHING}


def _literal(value: Atom) -> Evaluate:
    def known(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
        del case, frame
        return {{"true": TRUE, "false": FALSE}.get(text(node), value)}

    return known


def _text(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    del case, frame
    return literal(node)


EXPRESSIONS: dict[str, Evaluate] = {
    "block": absent_blocks.block,
    "unsafe_block": absent_blocks.statement,
    "async_block": _async,
    "expression_statement": absent_blocks.effect,
    "else_clause": absent_blocks.statement,
    "let_declaration": absent_blocks.let,
    "let_condition": _let_condition,
    "let_chain": _chain,
    "if_expression": _if,
    "match_expression": _match,
    "return_expression": _return,
    "try_expression": absent_parts.attempt,
    "await_expression": _await,
    "reference_expression": _reference,
    "parenthesized_expression": absent_blocks.statement,
    "unary_expression": _negation,
    "binary_expression": _binary,
    "identifier": _variable,
    "self": _variable,
    "scoped_identifier": _path,
    "field_expression": absent_parts.field_of,
    "tuple_expression": absent_parts.tuple_of,
    "array_expression": absent_parts.list_of,
    "struct_expression": absent_parts.struct_of,
    "closure_expression": _closure,
    "assignment_expression": _assignment,
    "compound_assignment_expr": _assignment,
    "for_expression": _loop,
    "while_expression": _loop,
    "loop_expression": _loop,
    "break_expression": absent_blocks.stop,
    "continue_expression": absent_blocks.stop,
    "macro_invocation": macro,
    "call_expression": call,
    "boolean_literal": _literal(UNKNOWN),
    **dict.fromkeys(LITERALS, _text),
    "index_expression": absent_parts.index,
    "integer_literal": integer,
    "type_cast_expression": cast,
    "function_item": _literal(UNKNOWN),
}
