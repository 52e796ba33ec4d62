"""Functions under evaluation: their variables, pattern bindings and results."""

from collections.abc import Iterator
from functools import reduce

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.axum.evaluate.join import join
from specdrift.source.axum.syntax.values import (
    ROUTERS,
    UNKNOWN,
    BoolValue,
    CodePlace,
    EnumVariant,
    NumberValue,
    Router,
    Scope,
    SequenceValue,
    Spot,
    StructValue,
    TextValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import path_of, plain, text

SIMPLE = (TextValue, NumberValue, BoolValue, EnumVariant)
"""Values that are either the same in every run or unknown."""


class Frame(Struct):
    """A function under evaluation."""

    module: RustModule
    scope: Scope
    owner: str = ""
    """The type of a method."""
    bound: dict[str, RustItem] = field(default_factory=dict)
    """Types of type parameters, by name."""
    returns: list[Value] = field(default_factory=list)
    breaks: dict[str, list[Value]] = field(default_factory=dict)
    """Values of ``break``, by the label of the loop or block; empty for the innermost loop."""
    leaving: bool = False
    """It ended by ``break`` or ``continue``: its variables keep their values."""
    ended: bool = False

    def declared(self, node: Node | None) -> str:
        """Return the name of the type that a variable is declared with; empty if there is none."""
        return self.scope.declared(text(node)) if node is not None and node.type == "identifier" else ""

    def spot(self, node: Node) -> Spot:
        return self.module.file.name, node.start_byte


def finish(frame: Frame, value: Value) -> Value:
    """Return the result: the body's value joined with the relevant early returns.

    A text is known only if each of them is.
    """
    every = [*frame.returns] if frame.ended else [value, *frame.returns]
    results: list[Value] = [found for found in every if not isinstance(found, UnknownValue)]
    if len(results) < len(every) and any(isinstance(found, SIMPLE) for found in results):
        return UNKNOWN
    others = [found for found in every if isinstance(found, UnknownValue) and found.made is not None]
    return reduce(join, [*results, *others[: 1 if not results else None]]) if results or others else UNKNOWN


def unknown_router(item: RustItem, parameter: Node, value: Value) -> Router | None:
    """Return what a parameter holds that is a router and gets an unknown value; ``None`` for other types."""
    if (path_of(syntax.field(parameter, "type")) or ("",))[-1] not in ROUTERS:
        return None
    made = value.made if isinstance(value, UnknownValue) else None
    what = value.source_text if isinstance(value, UnknownValue) else ""
    place = made or CodePlace(item.file, parameter)
    return Router(unresolved=(place.unresolved(f"router passed to {item}: {what}"),))


def bind_parameters(frame: Frame, node: Node, arguments: list[Value], receiver: Value | None) -> None:
    """Bind the parameters of a function to the arguments, and record their types."""
    parameters = syntax.field(node, "parameters")
    own = [child for child in plain(parameters) if child.type == "parameter"] if parameters else []
    frame.scope.variables["self"] = receiver if receiver is not None else StructValue(frame.owner)
    for number, parameter in enumerate(own):
        value = arguments[number] if number < len(arguments) else UNKNOWN
        declared = (path_of(syntax.field(parameter, "type")) or ("",))[-1]
        if isinstance(value, UnknownValue) and declared in ROUTERS:
            value = Router()
        pattern = syntax.field(parameter, "pattern")
        bind(frame, pattern, value)
        frame.scope.types[text(pattern)] = declared


def _shared(pattern: Node, items: tuple[Value, ...]) -> Iterator[tuple[Node, Value]]:
    """Yield the parts of a pattern, each with its item. ``_`` is an unnamed node and counts."""
    skipped = {"line_comment", "block_comment"}
    parts = [c for c in pattern.children if (c.is_named and c.type not in skipped) or c.type == "_"]
    rest = next((n for n, child in enumerate(parts) if child.type == "remaining_field_pattern"), None)
    for number, child in enumerate(parts):
        at = number if rest is None or number < rest else number - len(parts) + len(items)
        if number != rest:
            yield child, items[at] if 0 <= at < len(items) else UNKNOWN


def bind(frame: Frame, pattern: Node | None, value: Value) -> None:
    """Bind the names of a pattern."""
    if pattern is None:
        return
    match pattern.type:
        case "identifier":
            frame.scope.variables[text(pattern)] = value
        case "mut_pattern" | "ref_pattern" | "reference_pattern" | "parameter" | "match_pattern":
            inner = [child for child in plain(pattern) if child.type != "mutable_specifier"]
            bind(frame, inner[0] if inner else None, value)
        case "tuple_pattern" | "slice_pattern":
            for child, item in _shared(pattern, value.items if isinstance(value, SequenceValue) else ()):
                bind(frame, child, item)
        case "tuple_struct_pattern":
            _bind_variant(frame, pattern, value)
        case "struct_pattern":
            _bind_struct(frame, pattern, value)


def _bind_variant(frame: Frame, pattern: Node, value: Value) -> None:
    """Bind ``Some(name)``, ``Variant(one, other)`` and ``Wrapper(inner)``."""
    parts = plain(pattern)[1:]
    passed = len(parts) == 1 and text(syntax.field(pattern, "type")) in {"Ok", "Some"}
    held: tuple[Value, ...] = ()
    if isinstance(value, EnumVariant) and len(value.fields) == len(parts):
        held = value.fields
    elif isinstance(value, StructValue) and not passed:
        held = tuple(value.get(str(number)) for number in range(len(parts)))
    for number, child in enumerate(parts):
        bind(frame, child, held[number] if held else value if passed else UNKNOWN)


def _bind_struct(frame: Frame, pattern: Node, value: Value) -> None:
    """Bind ``Type { field, other: name }``."""
    for child in plain(pattern)[1:]:
        name = syntax.field(child, "name")
        inner: Value = value.get(text(name)) if isinstance(value, StructValue) else UNKNOWN
        bind(frame, syntax.field(child, "pattern"), inner)
        if name is not None and name.type == "shorthand_field_identifier":
            frame.scope.variables[text(name)] = inner
