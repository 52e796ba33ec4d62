"""Macros in a function that is evaluated for a client without a certificate."""

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_calls import is_next
from specdrift.source.axum.guards.absent.absent_case import AbsentCase, Evaluate
from specdrift.source.axum.guards.absent.absent_forwarding import FORWARDING
from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    ANYTHING,
    FALSE,
    NOTHING,
    REJECTION,
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
from specdrift.source.rust.syntax import arguments_of_macro, descendants, parse_expression, path_of, text

ENDING = frozenset({"panic", "unreachable", "todo", "unimplemented"})


def _ensure(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``ensure!(condition, error)``: leaves the function if the condition is false."""
    tree = next((child for child in node.named_children if child.type == "token_tree"), None)
    given = arguments_of_macro(frame.module.file, tree) if tree is not None else []
    found = case.condition(frame, given[0]) if given else {TRUE, FALSE}
    if FALSE in found:
        case.ends.add(node.id)
    frame.exits |= {ABSENT} if FALSE in found else NOTHING
    frame.dead = TRUE not in found
    return {UNKNOWN}


def _assert(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``assert!(condition)``: ends the task of the connection if the condition is false."""
    tree = next((child for child in node.named_children if child.type == "token_tree"), None)
    given = arguments_of_macro(frame.module.file, tree) if tree is not None else []
    found = case.condition(frame, given[0]) if given else {TRUE, FALSE}
    if FALSE in found:
        case.ends.add(node.id)
    frame.dead = TRUE not in found
    return {UNKNOWN}


def _cfg(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``cfg!(condition)``."""
    tree = next((child for child in node.named_children if child.type == "token_tree"), None)
    features = case.profiles.index.features_of(frame.module)
    return truths(outcome_in_builds(text(tree)[1:-1], features) if tree is not None else None)


def _vec(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``vec![…]``: a list of texts, or one that has entries."""
    tree = next((child for child in node.named_children if child.type == "token_tree"), None)
    given = arguments_of_macro(frame.module.file, tree) if tree is not None else []
    values = [case.value(frame, one) for one in given]
    texts = [one.content for value in values for one in value if isinstance(one, Text)]
    if not given:
        return {ABSENT}
    return {Texts(tuple(texts)) if all(map(is_own, values)) and len(texts) == len(given) else ANYTHING}


def _matches(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``matches!(value, pattern if condition)``."""
    tree = next((child for child in node.named_children if child.type == "token_tree"), None)
    tokens = [
        token for token in (tree.children[1:-1] if tree is not None else []) if "comment" not in token.type
    ]
    comma = next((number for number, token in enumerate(tokens) if token.type == ","), len(tokens))
    value, pattern = (" ".join(map(text, part)) for part in (tokens[:comma], tokens[comma + 1 :]))
    code = f"match ({value}) {{ {pattern.rstrip(', ')} => true, _ => false }}"
    parsed = parse_expression(code)
    return case.value(frame, parsed) if parsed is not None else {UNKNOWN}


EVALUATED: dict[str, Evaluate] = {
    "ensure": _ensure,
    "assert": _assert,
    "cfg": _cfg,
    "matches": _matches,
    "vec": _vec,
}


def macro(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate a macro call."""
    name = (path_of(syntax.field(node, "macro")) or ("",))[-1]
    if name in ENDING or name == "bail":
        case.ends.add(node.id)
    if name in ENDING:
        frame.dead = True
        return NOTHING
    if name in EVALUATED:
        return EVALUATED[name](case, frame, node)
    if name == "bail":
        frame.exits |= {ABSENT}
        frame.dead = True
        return NOTHING
    if any(text(child) in FORWARDING or is_next(frame, child) for child in descendants(node)):
        case.forwarded = True
    if name == "anyhow":
        return {REJECTION}
    if name not in QUIET:
        frame.exits |= {REJECTION}  # it may return an error
    return {UNKNOWN}
