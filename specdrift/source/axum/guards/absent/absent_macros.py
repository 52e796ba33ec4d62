"""Macros in a function that is evaluated for a client without a certificate."""

from collections.abc import Callable, Iterator, Sequence

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase, Evaluate
from specdrift.source.axum.guards.absent.absent_forwarding import FORWARDING, is_next
from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame
from specdrift.source.axum.guards.absent.absent_parts import assigned_in
from specdrift.source.axum.guards.absent.absent_tasks import joined, joined_unless_one_fails
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    ANYTHING,
    FALSE,
    FORWARDED,
    NOTHING,
    OWN,
    REJECTION,
    RESPONSE,
    TRUE,
    UNKNOWN,
    Text,
    Texts,
    Value,
    is_own,
    truths,
)
from specdrift.source.axum.guards.guard_exits import QUIET
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import outcome_in_builds
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.macro_arms import matched
from specdrift.source.rust.macro_expansion import expanded
from specdrift.source.rust.macro_items import MacroDefinitions
from specdrift.source.rust.syntax import (
    descendants,
    parse_expression,
    path_of,
    plain,
    text,
)

ENDING = frozenset({"panic", "unreachable", "todo", "unimplemented"})


def _arguments(call: Node) -> list[Node | None]:
    """Return the arguments of a macro call; ``None`` for one that is no expression.

    By their text: the call may stand in what another macro was expanded to, and not in a file.
    """
    tree = next((child for child in call.named_children if child.type == "token_tree"), None)
    groups: list[list[Node]] = [[]]
    for token in tree.children[1:-1] if tree is not None else ():
        if token.type == ",":
            groups.append([])
        elif "comment" not in token.type:
            groups[-1].append(token)
    return [parse_expression(_between(tree, group)) for group in groups if tree is not None and group]


def _between(tree: Node, tokens: list[Node]) -> str:
    start, end = tokens[0].start_byte - tree.start_byte, tokens[-1].end_byte - tree.start_byte
    return (tree.text or b"")[start:end].decode("utf-8", "replace")


def _ensure(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``ensure!(condition, error)``: leaves the function if the condition is false."""
    if FALSE in _demanded(case, frame, node):
        frame.leave({ABSENT}, case.effects)
    return {UNKNOWN}


def _assert(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``assert!(condition)``: ends the task of the connection if the condition is false."""
    case.effects.doubtful |= FALSE in _demanded(case, frame, node)
    return {UNKNOWN}


def _demanded(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Return the outcome of the condition without which a macro ends what runs."""
    given = _arguments(node)
    found = case.condition(frame, given[0]) if given and given[0] is not None else {TRUE, FALSE}
    if FALSE in found:
        case.traces.top.ends.add(node.id)
    frame.dead = TRUE not in found
    return found


def _included(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``include_str!(path)``: a part of the program."""
    del case, frame, node
    return {OWN}


def _cfg(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``cfg!(condition)``."""
    tree = next((child for child in node.named_children if child.type == "token_tree"), None)
    features = case.profiles.index.features_of(frame.module)
    return truths(outcome_in_builds(text(tree)[1:-1], features) if tree is not None else None)


def _vec(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``vec![…]``, ``phf_set! {…}``: a list of texts, or one that has entries."""
    given = _arguments(node)
    values = [case.value(frame, one) for one in given]
    texts = [one.content for value in values for one in value if isinstance(one, Text)]
    if not given:
        return {ABSENT}
    return {Texts(tuple(texts)) if all(map(is_own, values)) and len(texts) == len(given) else ANYTHING}


def _matches(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``matches!(value, pattern if condition)``."""
    parsed = matched(node)
    return case.value(frame, parsed) if parsed is not None else {UNKNOWN}


def _joining(join: Callable[[Sequence[Value]], Value]) -> Evaluate:
    """``join!(one, other)`` and ``try_join!(one, other)``: futures that run together."""

    def together(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
        given = _arguments(node)
        return join([case.value(frame, one) for one in given]) if given else {UNKNOWN}

    return together


EVALUATED: dict[str, Evaluate] = {
    "join": _joining(joined),
    "try_join": _joining(joined_unless_one_fails),
    "ensure": _ensure,
    "assert": _assert,
    "cfg": _cfg,
    **dict.fromkeys(("include_str", "include_bytes"), _included),
    "matches": _matches,
    **dict.fromkeys(("vec", "smallvec", "phf_set", "hashset", "btreeset"), _vec),
}


def _block_of(definition: RustItem, call: Node) -> Node | None:
    """Return the block that a macro call stands for; ``None`` if it declares variables, which may be the call's, or the
    macro has others of a name in the call: the two are not the same.
    """
    expansion = expanded(definition.node, call, grouped=True)
    block = parse_expression(f"{{ {expansion} }}") if expansion is not None else None
    if block is None or any(child.type == "let_declaration" for child in plain(block)):
        return None
    given = {text(one) for one in descendants(call) if one.type == "identifier"}
    written = {text(one) for one in descendants(definition.node) if one.type == "identifier"}
    return None if given & written & {text(one) for one in _bound(block)} else block


def _bound(block: Node) -> Iterator[Node]:
    """Yield the names in the patterns and parameters of a block."""
    for one in descendants(block):
        for part in ("pattern", "parameters"):
            pattern = syntax.field(one, part)
            if pattern is not None:
                yield from (each for each in descendants(pattern) if "identifier" in each.type)


def macro(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate a macro call: one of the crates, or a known one."""
    definition = MacroDefinitions(case.profiles.index).meant(node, frame.module)
    if definition is not None:
        block = _block_of(definition, node)
        return case.value(frame, block) if block is not None else _unknown(case, frame, node, "")
    name = (path_of(syntax.field(node, "macro")) or ("",))[-1]
    if name in ENDING or name == "bail":
        case.traces.top.ends.add(node.id)
    if name in ENDING:
        frame.dead = case.effects.doubtful = True
        return NOTHING
    if name in EVALUATED:
        return EVALUATED[name](case, frame, node)
    if name == "bail":
        frame.leave({ABSENT}, case.effects)
        frame.dead = True
        return NOTHING
    return _unknown(case, frame, node, name)


def _unknown(case: AbsentCase, frame: AbsentFrame, node: Node, name: str) -> Value:
    kept = {name for name, cell in frame.cells.items() if FORWARDED in cell[0]}
    if any(text(child) in FORWARDING | kept or is_next(frame, child) for child in descendants(node)):
        case.forwarded = forwards = True
        case.effects.forward()
    else:
        forwards = False
    if name == "anyhow":
        return {REJECTION}
    if name not in QUIET:
        frame.leave({REJECTION}, case.effects)  # it may return an error
        assigned_in(frame, node)
    return {RESPONSE if forwards else UNKNOWN}
