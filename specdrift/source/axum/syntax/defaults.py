"""Structs that derive ``Default``: a router among their fields begins empty."""

from collections.abc import Iterator

from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import ROUTERS, Router, SequenceValue, StructValue, Value
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import attributes, path_of, plain, text

DEEPEST = 4


def default_of(evaluator: Evaluator, frame: Frame, node: Node, name: str) -> StructValue | None:
    """Return what ``Type::default()`` makes; ``None`` for a type of other crates, or without the derived one."""
    item = _struct(evaluator, frame, name)
    return _default(evaluator, frame, node, item, 0) if item is not None else None


def field_default(
    evaluator: Evaluator, frame: Frame, name: str, field: str, value: Node | None
) -> Value | None:
    """Return the router that ``field: Default::default()`` makes; ``None`` for anything else."""
    if value is None or not text(value).endswith("Default::default()"):
        return None
    item = evaluator.members.type_at((name,), frame.module) or evaluator.members.type_named(name)
    kinds = dict(_fields(item)) if item is not None else {}
    known = path_of(kinds.get(field))[-1:]
    return _router(evaluator, frame, value) if known and known[0] in ROUTERS else None


def _router(evaluator: Evaluator, frame: Frame, node: Node) -> Router:
    old = (frame.module.crate.path[0], "axum") in evaluator.index.inheriting
    return Router(origins=frozenset({frame.spot(node)}), inherits_fallback=old)


def _struct(evaluator: Evaluator, frame: Frame, name: str) -> RustItem | None:
    found = evaluator.members.type_at((name,), frame.module) or evaluator.members.type_named(name)
    derived = found is not None and any("Default" in text(one) for one in attributes(found.node))
    return found if derived and found is not None and found.kind == "struct" else None


def _default(evaluator: Evaluator, frame: Frame, node: Node, item: RustItem, depth: int) -> StructValue:
    fields: list[tuple[str, Value]] = []
    for name, kind in _fields(item):
        last = (path_of(kind) or ("",))[-1]
        inner = _struct(evaluator, frame, last) if depth < DEEPEST else None
        if last in ROUTERS:
            fields.append((name, _router(evaluator, frame, node)))
        elif last == "Vec":
            fields.append((name, SequenceValue(is_list=True)))
        elif inner is not None and inner is not item:
            fields.append((name, _default(evaluator, frame, node, inner, depth + 1)))
    return StructValue(item.name, tuple(fields))


def _fields(item: RustItem) -> Iterator[tuple[str, Node]]:
    body = syntax.field(item.node, "body")
    number = 0
    for child in plain(body) if body is not None else ():
        if child.type == "field_declaration":
            kind = syntax.field(child, "type")
            if kind is not None:
                yield text(syntax.field(child, "name")), kind
        elif child.type != "visibility_modifier":
            yield str(number), child
            number += 1
