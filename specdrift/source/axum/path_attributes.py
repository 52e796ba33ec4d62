"""Paths in attributes of handlers: ``#[utoipa::path]``, and ``#[typed_path]`` of axum-extra."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.syntax.values import Bound, FunctionValue
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import attributes, path_of, plain, text

VERB = re.compile(r"\b(get|head|post|put|patch|delete|options|trace)\b")
PATH = re.compile(r'\bpath\s*=\s*"((?:[^"\\]|\\.)*)"')
METHODS = re.compile(r"\bmethods?\s*\(([^)]*)\)")
TYPED = re.compile(r'typed_path\(\s*"((?:[^"\\]|\\.)*)"')
HandlerKey = tuple[str, tuple[str, ...], RustItem | None, Node | None, RustModule | None, Bound]


def key_of(handler: FunctionValue) -> HandlerKey:
    """Return what is the same for the same code with the same types: many routes may have one handler."""
    return handler.name, handler.path, handler.item, handler.closure, handler.module, handler.bound


def utoipa_path(item: RustItem) -> tuple[tuple[str, ...], str] | None:
    """Return methods and path of a handler with ``#[utoipa::path(get, path = "/x")]``; ``None`` without."""
    for attribute in attributes(item.node):
        source_text = text(attribute)
        inner = plain(attribute)
        if not inner or path_of(plain(inner[0])[0] if plain(inner[0]) else None)[-1:] != ("path",):
            continue
        path = PATH.search(source_text)
        head = source_text[: path.start()] if path else source_text
        listed = METHODS.search(source_text)
        verbs = VERB.findall(listed[1] if listed else head) or VERB.findall(_without_strings(source_text))[:1]
        if path and verbs:
            return tuple(dict.fromkeys(verb.upper() for verb in verbs)), path[1]
    return None


def _without_strings(source_text: str) -> str:
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', source_text)


def typed_path(evaluator: Evaluator, handler: FunctionValue) -> str | None:
    """Return the path of the first TypedPath among a handler's parameters."""
    for kind in parameter_types(handler):
        path = path_of(kind)
        module = handler.written_in
        bound = dict(handler.bound).get(path[0]) if len(path) == 1 else None
        found = bound or (evaluator.names.resolve(path, module) if path and module else None)
        if isinstance(found, RustItem) and found.kind == "struct":
            for attribute in attributes(found.node):
                if declared := TYPED.search(text(attribute)):
                    return declared[1]
    return None


def parameter_types(handler: FunctionValue) -> list[Node]:
    """Return the types of a handler's parameters in order; of a closure those that are written."""
    parameters = syntax.field(handler.code, "parameters") if handler.code is not None else None
    children = plain(parameters) if parameters is not None else []
    types = (syntax.field(child, "type") for child in children if child.type == "parameter")
    return [kind for kind in types if kind is not None]


def parameters_of(function: FunctionValue, module: RustModule) -> Iterator[tuple[Node, RustModule]]:
    """Yield the types of parameters, also those in tuples and those that a call gives, each with its module."""
    waiting, bound = parameter_types(function)[::-1], dict(function.bound)
    while waiting:
        kind = waiting.pop()
        path = path_of(kind)
        meant = bound.get(path[0]) if len(path) == 1 else None
        named = syntax.field(meant.node, "name") if isinstance(meant, RustItem) else None
        if kind.type == "tuple_type":
            waiting += plain(kind)[::-1]
        elif isinstance(meant, RustItem) and named is not None:
            yield named, meant.module
        else:
            yield kind, module
