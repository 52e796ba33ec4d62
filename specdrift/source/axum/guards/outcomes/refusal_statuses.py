"""Refusals that are answered with a status of success, by the type of the error that a function returns."""

import re
from http import HTTPStatus

from tree_sitter import Node

from specdrift.source.axum.guards.access_profiles import AccessProfiles
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import path_of, type_arguments, type_name

_SUCCESSES = "|".join(one.name for one in HTTPStatus if one < HTTPStatus.MULTIPLE_CHOICES)
SUCCEEDS = re.compile(rf"\bStatusCode::(?:{_SUCCESSES})\b")

ALIASES = 5
"""Maximum length of a chain of type aliases."""


def may_succeed(profiles: AccessProfiles, code: Node, module: RustModule) -> bool:
    """Return whether an error that a function returns may be a response with a status of success."""
    error = _error_of(profiles, syntax.field(code, "return_type"), module)
    return bool(error) and any(
        SUCCEEDS.search(one.code.source_text)
        for one in profiles.index.impls(error, {"IntoResponse"})
        if one.trait == "IntoResponse"
    )


def _error_of(profiles: AccessProfiles, kind: Node | None, module: RustModule) -> str:
    """Return the name of the error type of a result, also of an alias that names it; empty without one."""
    for _ in range(ALIASES):
        given = type_arguments(kind)
        if kind is None or (type_name(kind) == "Result" and len(given) > 1):
            return type_name(given[1]) if kind is not None else ""
        found = profiles.names.resolve(path_of(kind), module) if path_of(kind) else None
        if not isinstance(found, RustItem) or found.kind != "type":
            break
        kind, module = syntax.field(found.node, "type"), found.module
    return ""
