"""Finds the method of the crates that a call means, by the value or the type of its receiver."""

from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.path_values import kind_of
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    EnumVariant,
    Router,
    StructValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import path_of, text, type_arguments

_SAME = """
unwrap expect clone into to_string as_str to_owned into_service into_make_service
into_make_service_with_connect_info as_service boxed boxed_clone as_ref as_mut borrow iter into_iter
unwrap_or_default ok ok_or ok_or_else map_err context with_context with_state copied cloned deref await
without_v07_checks into_inner collect fuse as_deref format cast leak
"""
SAME = frozenset(_SAME.split())
"""Methods whose result is as good as what they are called on."""
VARIABLES = frozenset({"self", "identifier"})
POINTERS = frozenset({"Arc", "Box", "Rc"})
"""Types around others whose methods they have."""


def meant(
    evaluator: Evaluator, frame: Frame, node: Node | None, receiver: Value, name: str
) -> tuple[RustItem | None, Value]:
    """Return the method of a call, and what it is called on: ``node`` is the expression of that."""
    found = _of_value(evaluator, receiver, name)
    if found is None and isinstance(receiver, UnknownValue):
        return _of_field(evaluator, frame, node, name) or (None, receiver)
    return found, receiver


def _of_value(evaluator: Evaluator, receiver: Value, name: str) -> RustItem | None:
    """Return the called method: by the receiver's type, else the only one of that name."""
    index = evaluator.index
    kind = kind_of(evaluator, receiver)
    if kind is not None and (member := evaluator.members.member(kind, name)) is not None:
        return member if member.kind == "fn" else None
    if isinstance(receiver, StructValue | EnumVariant) and receiver.type:
        own = index.methods(name, {receiver.type})
        return own[0] if own else None
    if isinstance(receiver, Router):
        own = [
            item for item in index.methods(name) if item.owner in {"Router", "OpenApiRouter"} or item.trait
        ]
        return own[0] if own else None
    unknown = isinstance(receiver, UnknownValue) and name not in SAME
    return index.only_method(name, with_body=True) if unknown else None


def _of_field(
    evaluator: Evaluator, frame: Frame, receiver: Node | None, name: str
) -> tuple[RustItem, Value] | None:
    """Return a relevant method of a field, whose value is not known, by the field's type; and a value of it."""
    kind = _kind_of_field(evaluator, frame, receiver)
    found = evaluator.members.member(kind, name) if kind is not None else None
    if kind is None or found is None or found.id not in evaluator.relevant:
        return None
    return found, StructValue(kind.name)


def _kind_of_field(evaluator: Evaluator, frame: Frame, node: Node | None) -> RustItem | None:
    """Return the type of ``variable.field`` by the declaration of the field, also within ``Arc`` and ``Box``.

    ``None`` for other expressions, and for types that the crates do not define.
    """
    base = syntax.field(node, "value") if node is not None and node.type == "field_expression" else None
    value = evaluator.value(frame, base) if base is not None and base.type in VARIABLES else UNKNOWN
    kind = kind_of(evaluator, value)
    body = syntax.field(kind.node, "body") if kind is not None else None
    if kind is None or body is None or node is None:
        return None
    name = text(syntax.field(node, "field"))
    for child in syntax.plain(body):
        if child.type == "field_declaration" and text(syntax.field(child, "name")) == name:
            declared = syntax.field(child, "type")
            while (path_of(declared) or ("",))[-1] in POINTERS and (inner := type_arguments(declared)):
                declared = inner[0]
            return evaluator.members.type_at(path_of(declared), kind.module)
    return None
