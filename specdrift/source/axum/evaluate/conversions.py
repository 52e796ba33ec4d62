"""Own types that become a router: ``impl From<Api> for Router``."""

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.path_values import kind_of
from specdrift.source.axum.syntax.values import ROUTERS, EnumVariant, Router, StructValue, Value
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import path_of, plain

NAMES = frozenset({"from", "into"})
"""Functions and methods that convert a value."""


def router_of(evaluator: Evaluator, value: Value, declared: str = "") -> Value | None:
    """Return the router that a value is converted to; ``None`` if its type has no such conversion.

    ``declared`` is the type of a value that is not known.
    """
    if isinstance(value, Router):
        return None
    name = _type_of(evaluator, value) or declared
    for item in evaluator.index.methods("from", ROUTERS) if name else ():
        if item.trait == "From" and _taken(item) == name:
            return evaluator.run(item, [value])
    return None


def _type_of(evaluator: Evaluator, value: Value) -> str:
    if isinstance(value, StructValue | EnumVariant):
        return value.type
    kind = kind_of(evaluator, value)
    return kind.name if kind is not None else ""


def _taken(item: RustItem) -> str:
    """Return the name of the type that a conversion takes, also by reference."""
    parameters = syntax.field(item.node, "parameters")
    own = [child for child in plain(parameters) if child.type == "parameter"] if parameters else []
    kind = syntax.field(own[0], "type") if own else None
    while kind is not None and kind.type == "reference_type":
        kind = syntax.field(kind, "type")
    return (path_of(kind) or ("",))[-1]
