"""Evaluates ``get``, ``on`` and similar calls: their methods and handler."""

from dataclasses import replace

from tree_sitter import Node

from specdrift.model.result.source import ANY_METHOD
from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.router_rules import METHODS
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import AxumEndpoint, FunctionValue, MethodRouter
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import name_of, short, text


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
    if not given:
        return None
    value = evaluator.value(frame, given[0])
    place = frame.module.file.place(name_of(node))
    if isinstance(value, MethodRouter) and value.endpoints:
        inner = value.endpoints[0]
        return replace(inner, methods=methods, location=place)
    function = (
        value
        if isinstance(value, FunctionValue)
        else FunctionValue(short(given[0]), frame.module.file.place(given[0]))
    )
    evaluator.visit_dispatch(frame, function)
    return AxumEndpoint(methods, function, place)
