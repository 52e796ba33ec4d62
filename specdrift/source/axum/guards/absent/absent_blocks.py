"""The statements of a function that is evaluated for a client without a certificate."""

from tree_sitter import Node

from specdrift.source.axum.guards.absent import absent_parts
from specdrift.source.axum.guards.absent.absent_calls import READ_ONLY
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_extensions import held
from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame
from specdrift.source.axum.guards.absent.absent_patterns import match
from specdrift.source.axum.guards.absent.absent_values import NOTHING, UNKNOWN, Value
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import has_attributes, is_compiled
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.scopes.block_scopes import scope_of
from specdrift.source.rust.syntax import descendants, path_of, plain, text


def is_built(case: AbsentCase, frame: AbsentFrame, node: Node) -> bool | None:
    """Return whether builds with the default features have a statement; ``None``: only some have it."""
    return is_compiled(node, case.profiles.index.features_of(frame.module))


def block(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate a block, without the statements that builds do not have."""
    outer, around = frame.cells, frame.module
    frame.cells = dict(outer)
    frame.module = scope_of(case.profiles.index, node, around)
    hide(case, frame, around)
    value: Value = {UNKNOWN}
    may_be_left_out = has_attributes(node)
    for child in plain(node):
        built = is_built(case, frame, child) if may_be_left_out else True
        if built is False:
            continue
        value = case.value(frame, child) if built else value | _in_some_builds(case, frame, child)
        if frame.dead:
            value = NOTHING
            break
    frame.cells, frame.module = outer, around
    label = _label_of(node)
    if label in frame.breaks:
        frame.dead, value = False, value | frame.breaks.pop(label)
    return value


def stop(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Leave a loop, or a block with a label, which may then have a value."""
    label = _label_of(node)
    inner = [child for child in plain(node) if child.type != "label"]
    value = case.value(frame, inner[0]) if inner else {UNKNOWN}
    if label and not frame.dead:
        frame.breaks[label] = frame.breaks.get(label, NOTHING) | value
    frame.dead = True
    return NOTHING


def hide(case: AbsentCase, frame: AbsentFrame, around: RustModule) -> None:
    """Forget the variables that have the name of a function or a constant which a block declares or imports."""
    scope = frame.module
    for name in (*scope.items, *scope.uses) if scope is not around else ():
        found = case.profiles.names.resolve((name,), scope) if name in frame.cells else None
        if isinstance(found, RustItem) and found.kind in {"fn", "const"}:
            del frame.cells[name]


def _label_of(node: Node) -> str:
    """Return the label of a block or a ``break``; empty without one."""
    return next((text(child) for child in node.named_children if child.type == "label"), "")


def _in_some_builds(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate a statement that other builds do not have: what it declares may also be what was declared before."""
    if node.type != "let_declaration":
        return case.branch(frame, frame.cells, node)[0]
    before = dict(frame.cells)
    case.value(frame, node)
    frame.dead = False
    for name, cell in frame.cells.items():
        if before.get(name) is not cell:
            frame.declare({name: cell[0] | (before[name][0] if name in before else {UNKNOWN})})
    return {UNKNOWN}


def effect(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate a statement; one that calls a method may do so to change what it is called on."""
    value = statement(case, frame, node)
    inner = plain(node)
    if inner and text(node).endswith(";"):
        absent_parts.called_for_effect(frame, inner[0], READ_ONLY)
    return value


def statement(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate what is in an expression of one part."""
    inner = plain(node)
    return case.value(frame, inner[0]) if inner else {UNKNOWN}


def let(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Declare the variables of a pattern, or leave by ``else``."""
    pattern, alternative = syntax.field(node, "pattern"), syntax.field(node, "alternative")
    given, kind = syntax.field(node, "value"), syntax.field(node, "type")
    frame.wanted, outer = (path_of(kind) or ("",))[-1], frame.wanted
    value = case.value(frame, given)
    frame.wanted = outer
    if given is not None:
        absent_parts.lend(frame, given)
    if frame.dead or pattern is None:
        return NOTHING
    if kind is not None and given is not None and _extracts(given) and value == {UNKNOWN}:
        value = held(case, kind, frame.module)
    matches, rest, names = match(pattern, value)
    if alternative is not None and rest:
        case.branch(frame, frame.cells, alternative)
    frame.dead = not matches
    frame.declare(names)
    mutable = any(child.type == "mutable_specifier" for child in node.children)
    if (
        given is not None
        and given.type == "closure_expression"
        and pattern.type == "identifier"
        and not mutable
    ):
        frame.declare_closure(text(pattern), given)
    return {UNKNOWN}


def _extracts(given: Node) -> bool:
    """Return whether a value is one of the request's extensions, whose type the variable says."""
    return any(text(node) in {"extensions", "extract"} for node in descendants(given))
