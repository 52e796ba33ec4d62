"""The arms of ``tokio::select!``: what each waits for, its variables, and what runs then; and that of ``matches!``."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import SourceFile, descendants, parse_expression, parse_span, path_of, text

FIRST = "biased"
"""Stands before the arms if they are tried in order."""


class SelectArm(Struct, frozen=True):
    """``pattern = future => body``; ``else => body`` waits for nothing."""

    pattern: Node | None
    future: Node | None
    body: Node | None


def arms(file: SourceFile, tree: Node) -> Iterator[SelectArm]:
    """Yield the arms of a call, as far as they can be parsed."""
    tokens = [token for token in tree.children[1:-1] if "comment" not in token.type]
    rest = tokens[2:] if tokens and text(tokens[0]) == FIRST else tokens
    while (arrow := _place(rest, "=>")) is not None:
        end = arrow + 1
        if end < len(rest) and text(rest[end]).startswith("{"):
            body, after = rest[end : end + 1], end + 1
        else:
            comma = _place(rest[end:], ",")
            after = len(rest) if comma is None else end + comma
            body = rest[end:after]
        yield _arm(file, rest[:arrow], body)
        rest = rest[after:]
        rest = rest[1:] if rest and rest[0].type == "," else rest


def _arm(file: SourceFile, head: Sequence[Node], body: Sequence[Node]) -> SelectArm:
    equal = _place(head, "=")
    if equal is None:
        return SelectArm(None, None, _expression(file, body))
    future = head[equal + 1 :]
    comma = next(
        (n for n, one in enumerate(future[:-1]) if one.type == "," and future[n + 1].type == "if"), None
    )
    return SelectArm(_pattern(file, head[:equal]), _expression(file, future[:comma]), _expression(file, body))


def _place(tokens: Sequence[Node], kind: str) -> int | None:
    return next((number for number, token in enumerate(tokens) if token.type == kind), None)


def _expression(file: SourceFile, tokens: Sequence[Node]) -> Node | None:
    return parse_span(file, tokens[0], tokens[-1]) if tokens else None


def _pattern(file: SourceFile, tokens: Sequence[Node]) -> Node | None:
    """Return the pattern, which names variables: it stands in no file."""
    if not tokens:
        return None
    written = file.content[tokens[0].start_byte : tokens[-1].end_byte].decode("utf-8", "replace")
    parsed = parse_expression(f"match x {{ {written} => () }}")
    whole = (
        next((one for one in descendants(parsed) if one.type == "match_pattern"), None) if parsed else None
    )
    return syntax.plain(whole)[0] if whole is not None and syntax.plain(whole) else None


def matched(call: Node) -> Node | None:
    """Return ``matches!(value, pattern if condition)`` as a ``match``; ``None`` for other macros."""
    if path_of(syntax.field(call, "macro"))[-1:] != ("matches",):
        return None
    tree = next((child for child in call.named_children if child.type == "token_tree"), None)
    every = tree.children[1:-1] if tree is not None else []
    tokens = [token for token in every if "comment" not in token.type]
    comma = next((number for number, token in enumerate(tokens) if token.type == ","), len(tokens))
    value, pattern = (" ".join(map(text, part)) for part in (tokens[:comma], tokens[comma + 1 :]))
    return parse_expression(f"match ({value}) {{ {pattern.rstrip(', ')} => true, _ => false }}")
