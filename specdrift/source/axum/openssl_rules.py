"""How the builders of OpenSSL acceptors are followed through each kind of code."""

from collections.abc import Iterator

from tree_sitter import Node

from specdrift.model.result.source import ClientAuth
from specdrift.source.axum.openssl_acceptors import (
    NONE_AT_ALL,
    SETTING,
    BuilderRule,
    BuilderRun,
    BuilderState,
    Kinds,
    OpensslAcceptors,
    is_setting,
    parameters_of,
    root_of,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import Conditions, is_compiled
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.syntax import arguments, descendants, path_of, plain, text

WITH_BUILDER = frozenset({"map", "and_then", "map_or", "map_or_else", "tap", "tap_mut", "inspect", "pipe"})
"""Methods of a result or a value that give it to a closure."""
LEAVING = frozenset({("panic",), ("unreachable",), ("todo",), ("unimplemented",), ("bail",)})
"""Macros after which nothing of the function runs."""
MOST_FUNCTIONS = 8
"""Functions of one name that are followed."""
NOTHING_SET: Kinds = frozenset({ClientAuth.NONE})


def acceptors(index: CrateIndex, conditions: Conditions) -> OpensslAcceptors:
    """Return the OpenSSL acceptors that the crates make."""
    return OpensslAcceptors(index, conditions, RULES)


def _names(pattern: Node | None) -> Iterator[str]:
    for one in descendants(pattern) if pattern is not None else ():
        if one.type == "identifier" and text(one)[:1].islower():
            yield text(one)


def _bind(pattern: Node | None, value: Kinds, state: BuilderState) -> None:
    for name in _names(pattern):
        state.builders.pop(name, None)
        if value:
            state.builders[name] = value


def _block(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    features = own.index.features_of(state.item.module)
    before, last = state.copy(), NONE_AT_ALL
    for one in plain(node):
        compiled = is_compiled(one, features)
        if compiled is False:
            continue
        without = state.copy()
        last = own.value(one, state)
        if compiled is None:
            state.become((state.copy(), without))
    if any(child.type == "label" for child in node.children):
        state.become((state.copy(), before))
    # A variable that the block declares is not one of the code around it.
    state.builders = {name: kinds for name, kinds in state.builders.items() if name in before.builders} | {
        name: before.builders[name] for name in before.builders.keys() & _declared(node)
    }
    return last


def _declared(block: Node) -> frozenset[str]:
    lets = (one for one in plain(block) if one.type == "let_declaration")
    return frozenset(name for one in lets for name in _names(syntax.field(one, "pattern")))


def _let(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    value = own.value(syntax.field(node, "value"), state)
    own.value(syntax.field(node, "alternative"), state.copy())
    _bind(syntax.field(node, "pattern"), value, state)
    return NONE_AT_ALL


def _statement(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    value = NONE_AT_ALL
    for child in node.named_children:
        value = own.value(child, state)
    return NONE_AT_ALL if text(node).endswith(";") else value


def _assignment(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    value, name = own.value(syntax.field(node, "right"), state), root_of(syntax.field(node, "left"))
    if value and name:
        state.builders[name] = value
    return NONE_AT_ALL


def _if(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    condition = syntax.field(node, "condition")
    without = state.copy()
    own.value(condition, state)
    known, value, paths = own.fold(condition), NONE_AT_ALL, []
    if known is not False:
        value |= own.value(syntax.field(node, "consequence"), state)
        paths.append(state.copy())
    if known is not True:
        value |= own.value(syntax.field(node, "alternative"), without)
        paths.append(without)
    state.become(paths)
    return value


def _let_condition(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    _bind(syntax.field(node, "pattern"), own.value(syntax.field(node, "value"), state), state)
    return NONE_AT_ALL


def _match(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    given, body = own.value(syntax.field(node, "value"), state), syntax.field(node, "body")
    value, paths = NONE_AT_ALL, []
    for arm in plain(body) if body is not None else ():
        inside = state.copy()
        _bind(syntax.field(arm, "pattern"), given, inside)
        value |= own.value(syntax.field(arm, "value"), inside)
        paths.append(inside)
    state.become(paths)
    return value


def _loop(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    before = state.copy()
    for name in ("value", "condition", "body"):
        own.value(syntax.field(node, name), state)
    state.become((state.copy(), before))
    return NONE_AT_ALL


def _return(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    given = plain(node)
    value = own.value(given[0], state) if given else NONE_AT_ALL
    if given and (path_of(syntax.field(given[0], "function")) or ("",))[-1] == "Err":
        state.live = False  # what calls it has no builder then, or passes the error on
    else:
        own.leave(state, value)
    return NONE_AT_ALL


def _closure(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    """A closure may run, and what leaves it does not leave the function."""
    inside = state.copy()
    run = BuilderRun()
    own.runs.append(run)
    value = own.value(syntax.field(node, "body"), inside)
    own.runs.pop()
    state.become((state.copy(), inside, *run.left))
    return value | run.returned


def _macro(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    _ = own
    if path_of(syntax.field(node, "macro"))[-1:] in LEAVING:
        state.live = False
    return NONE_AT_ALL


def _variable(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    _ = own
    return state.builders.get(text(node), NONE_AT_ALL)


def _call(own: OpensslAcceptors, node: Node, state: BuilderState) -> Kinds:
    callee = syntax.field(node, "function")
    if callee is not None and callee.type == "generic_function":
        callee = syntax.field(callee, "function")
    if callee is not None and callee.type == "field_expression":
        return _method(own, node, callee, state)
    path = path_of(callee)
    if len(path) > 1 and path[-2] == "SslAcceptor":
        own.made = True
        return NOTHING_SET
    return _function(own, node, path[-1] if path else "", state)


def _method(own: OpensslAcceptors, node: Node, callee: Node, state: BuilderState) -> Kinds:
    receiver, name = syntax.field(callee, "value"), text(syntax.field(callee, "field"))
    given = own.value(receiver, state)
    if not given:
        return _function(own, node, name, state)
    if name in SETTING:
        own.set_mode(node, state)
        return NONE_AT_ALL
    if name == "build" and not arguments(node):
        own.built(node, state, given)
        return NONE_AT_ALL
    closures = [one for one in arguments(node) if one.type == "closure_expression"]
    if not closures:
        known = _applied(own, name, state, [(receiver, given)]) if receiver is not None else None
        return known or given
    if name not in WITH_BUILDER:
        others = NONE_AT_ALL.union(*(own.value(one, state.copy()) for one in _without_callbacks(closures)))
        return given | others
    inside = state.copy()
    _bind(syntax.field(closures[-1], "parameters"), given, inside)
    return own.value(closures[-1], inside)


def _without_callbacks(closures: list[Node]) -> list[Node]:
    """Return the closures that set no mode: one that does may be called with another value, for each connection."""
    return [one for one in closures if not any(map(is_setting, descendants(one)))]


def _function(own: OpensslAcceptors, node: Node, name: str, state: BuilderState) -> Kinds:
    values = [(one, own.value(one, state)) for one in arguments(node)]
    known = _applied(own, name, state, values)
    return NONE_AT_ALL.union(*(value for _, value in values)) if known is None else known


def _applied(
    own: OpensslAcceptors, name: str, state: BuilderState, values: list[tuple[Node, Kinds]]
) -> Kinds | None:
    """Return what a function of the crates makes of builders; ``None`` if none has to do with them."""
    items = own.named(name)
    if not items:
        return None
    returned, after = NONE_AT_ALL, []
    for item in items[:MOST_FUNCTIONS]:
        own_parameters = parameters_of(item)
        method = bool(own_parameters) and own_parameters[0][0] == "self"
        shift = method and not own_parameters[0][1]
        pairs = list(zip([one for one, _ in own_parameters][shift:], values, strict=False))
        run = own.run(item, {one: value for one, (_, value) in pairs if value})
        returned |= run.returned
        paths = [one for one in run.left if one.live]
        changed = state.copy()
        for parameter, (argument, value) in pairs:
            root = root_of(argument)
            if value and root in changed.builders:
                ended = [one.builders.get(parameter, NONE_AT_ALL) for one in paths]
                changed.builders[root] = NONE_AT_ALL.union(*ended) or value
        after.append(changed)
    state.become(after)
    return returned


RULES: dict[str, BuilderRule] = {
    "block": _block,
    "let_declaration": _let,
    "expression_statement": _statement,
    "assignment_expression": _assignment,
    "if_expression": _if,
    "let_condition": _let_condition,
    "match_expression": _match,
    **dict.fromkeys(("for_expression", "while_expression", "loop_expression"), _loop),
    "return_expression": _return,
    "closure_expression": _closure,
    "macro_invocation": _macro,
    "identifier": _variable,
    "self": _variable,
    "call_expression": _call,
    "function_item": lambda _own, _node, _state: NONE_AT_ALL,
}
"""How each kind of code is evaluated; of other kinds, their parts are, in their order."""
