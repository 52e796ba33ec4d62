"""Evaluates ``get``, ``on`` and similar calls: their methods and handler."""

from msgspec.structs import replace
from tree_sitter import Node

from specdrift.model.result.source import ANY_METHOD
from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.router_rules import METHODS
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import (
    AxumEndpoint,
    ForeignService,
    FunctionValue,
    MethodRouter,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.macro_items import calls_naming, write_functions
from specdrift.source.rust.syntax import name_of, path_of, short, text


def verbs(name: str) -> tuple[str, ...]:
    """Return the methods of a function of ``axum::routing``."""
    base = name.removesuffix("_service").removesuffix("_with")
    return (ANY_METHOD,) if base == "any" else (base.upper(),)


def filtered(node: Node) -> tuple[str, ...]:
    """Return the methods that a MethodFilter names."""
    words = [
        text(child) for child in syntax.descendants(node) if child.type in {"identifier", "type_identifier"}
    ]
    found = [word for word in words if word.lower() in METHODS]
    return tuple(dict.fromkeys(found)) or (ANY_METHOD,)


def endpoint(
    evaluator: Evaluator, frame: Frame, node: Node, given: list[Node], methods: tuple[str, ...]
) -> AxumEndpoint | None:
    """Return the endpoint of a handler expression, with its own layers."""
    return next(iter(endpoints(evaluator, frame, node, given, methods)), None)


def endpoints(
    evaluator: Evaluator, frame: Frame, node: Node, given: list[Node], methods: tuple[str, ...]
) -> tuple[AxumEndpoint, ...]:
    """Return the endpoint of a handler expression, with its own layers, or those of a service that serves files."""
    if not given:
        return ()
    value = evaluator.value(frame, given[0])
    if isinstance(value, FunctionValue) and value.code is None:
        value = _of_macro(evaluator, frame, given[0], value)
    place = frame.module.file.place(name_of(node))
    if isinstance(value, ForeignService):
        return tuple(replace(one, methods=methods, location=place) for one in value.endpoints)
    if isinstance(value, MethodRouter) and value.endpoints:
        return (replace(value.endpoints[0], methods=methods, location=place),)
    function = (
        value
        if isinstance(value, FunctionValue)
        else FunctionValue(short(given[0]), frame.module.file.place(given[0]))
    )
    evaluator.visit_dispatch(frame, function)
    return (AxumEndpoint(methods, function, place),)


def _of_macro(evaluator: Evaluator, frame: Frame, node: Node, handler: FunctionValue) -> Value:
    """Return a handler that was not found: from the call of a macro that defines it, if there is one.

    Its module is known if it is in such a call that cannot be expanded.
    """
    path = path_of(node)
    module = evaluator.names.module_of(path[:-1], frame.module) if len(path) > 1 else frame.module
    if not path or module is None or path[0] in module.uses or path[-1] in module.items:
        return handler
    calls = calls_naming(module, path[-1])
    if write_functions(evaluator.macros, module, calls):
        evaluator.names.forget()
        return evaluator.value(frame, node)
    return replace(handler, module=module) if calls else handler
