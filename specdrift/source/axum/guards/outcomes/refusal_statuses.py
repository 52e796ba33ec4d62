"""Refusals that are answered with a status of success, by the type of the error that a function returns."""

import re
from http import HTTPStatus

from tree_sitter import Node

from specdrift.source.axum.guards.access_profiles import EXTRACTING, AccessProfiles
from specdrift.source.axum.path_attributes import parameters_of
from specdrift.source.axum.syntax.values import FunctionValue
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import path_of, plain, text, type_arguments, type_name

_SUCCESSES = "|".join(one.name for one in HTTPStatus if one < HTTPStatus.MULTIPLE_CHOICES)
SUCCEEDS = re.compile(rf"\bStatusCode::(?:{_SUCCESSES})\b")

ALIASES = 5
"""Maximum length of a chain of type aliases."""


def associated_type(code: Node, name: str) -> Node | None:
    """Return the associated type of the implementation that a method is in."""
    around = code.parent
    for one in plain(around) if around is not None else ():
        if one.type == "type_item" and text(syntax.field(one, "name")) == name:
            return syntax.field(one, "type")
    return None


def may_succeed(profiles: AccessProfiles, code: Node, module: RustModule) -> bool:
    """Return whether an error that a function returns may be a response with a status of success."""
    error = _error_of(profiles, code, module)
    return bool(error) and any(
        SUCCEEDS.search(one.code.source_text)
        for one in profiles.index.impls(error, {"IntoResponse"})
        if one.trait == "IntoResponse"
    )


def extractor_may_succeed(profiles: AccessProfiles, kind: Node, module: RustModule) -> bool:
    """Return whether the rejection of an extractor may be a response with a status of success."""
    methods = profiles.methods_of(type_name(kind), EXTRACTING, module)
    return any(may_succeed(profiles, one.node, one.module) for one in methods)


def answers_success(profiles: AccessProfiles, handler: FunctionValue, code: Node, module: RustModule) -> bool:
    """Return whether a refusal of a handler or of its extractors may be a response with a status of success."""
    given = parameters_of(handler, module)
    extracting = any(extractor_may_succeed(profiles, kind, within) for kind, within in given)
    return extracting or may_succeed(profiles, code, module)


def _error_of(profiles: AccessProfiles, code: Node, module: RustModule) -> str:
    """Return the name of the error type of a result, also of an alias that names it; empty without one."""
    kind = syntax.field(code, "return_type")
    for _ in range(ALIASES):
        given = type_arguments(kind)
        if len(given) > 1 and path_of(given[1])[:1] == ("Self",):
            return type_name(associated_type(code, path_of(given[1])[-1]))
        if kind is None or (type_name(kind) == "Result" and len(given) > 1):
            return type_name(given[1]) if kind is not None else ""
        found = profiles.names.resolve(path_of(kind), module) if path_of(kind) else None
        if not isinstance(found, RustItem) or found.kind != "type":
            break
        kind, module = syntax.field(found.node, "type"), found.module
    return ""
