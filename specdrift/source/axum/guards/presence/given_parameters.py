"""Whether the extractors among the parameters of a function surely give a value to a client without a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.source.axum.builds import built_twins
from specdrift.source.axum.guards.absent.absent_extensions import (
    key_of,
    optional_extractors,
    own_extractors,
    with_arguments,
)
from specdrift.source.axum.guards.absent.absent_values import Present
from specdrift.source.axum.guards.access_profiles import AROUND_EXTRACTORS
from specdrift.source.axum.guards.cases.questions import SurelyThere
from specdrift.source.axum.path_attributes import parameters_of
from specdrift.source.rust.syntax import path_of, plain, type_arguments

if TYPE_CHECKING:
    from tree_sitter import Node

    from specdrift.source.axum.guards.absent.absent_case import AbsentCase
    from specdrift.source.axum.syntax.values import FunctionValue
    from specdrift.source.rust.items import RustItem, RustModule

_GIVEN = """
Request Parts State Method Uri OriginalUri HeaderMap MatchedPath NestedPath Version Extensions Body Next Path Query Json
Form Bytes String Multipart RawQuery RawPathParams RawForm ConnectInfo Response Infallible
"""
GIVEN = frozenset(_GIVEN.split())
"""Extractors of axum that give every client a value whose request is well-formed, and other parameters."""
OPTIONAL = frozenset({"Option", "Result"})
"""Types of extractors that do not reject."""


def is_given(case: AbsentCase, kind: Node, module: RustModule) -> bool:
    """Return whether a parameter surely has a value: its extractor rejects no client for lack of a certificate."""
    kind, module = case.profiles.types.meant(kind, module)
    name, inner = (path_of(kind) or ("",))[-1], type_arguments(kind)
    if kind.type == "tuple_type":
        return all(is_given(case, one, module) for one in plain(kind))
    if name in OPTIONAL:
        own = inner and path_of(inner[0]) and optional_extractors(case, inner[0], module)
        return not own or admits(case, kind, module)
    if name == "Extension" and inner:
        optional = path_of(inner[0])[-1:] == ("Option",)
        return case.ask(SurelyThere("Option" if optional else key_of(case, inner[0], module)))
    if name in AROUND_EXTRACTORS and inner:
        return is_given(case, inner[0], module)
    if own_extractors(case, kind, module):
        return admits(case, kind, module)
    return name in GIVEN or kind.type == "reference_type"


def are_given(case: AbsentCase, function: FunctionValue) -> bool:
    """Return whether no extractor among the parameters of a middleware refuses a client.

    One that is stored for each request, such as a pool of connections, is taken to be there.
    """
    module = function.written_in
    kinds = parameters_of(function, module) if module is not None else ()
    return all(_is_stored(kind) or is_given(case, kind, within) for kind, within in kinds)


def _is_stored(kind: Node) -> bool:
    return path_of(kind)[-1:] == ("Extension",)


def admits(case: AbsentCase, kind: Node, module: RustModule) -> bool:
    """Return whether an extractor of the crates surely gives a value in this case."""
    inner = type_arguments(kind)
    optional = path_of(kind)[-1:] == ("Option",) and bool(inner)
    own = optional_extractors(case, inner[0], module) if optional else own_extractors(case, kind, module)
    return bool(own) and all(_succeeds(with_arguments(case, item, kind, module), item) for item in own)


def _succeeds(case: AbsentCase, item: RustItem) -> bool:
    for code in built_twins(item.node, item.module, case.profiles.index):
        run = case.alone(code, item.module, item.owner)
        if run is None or run.effects.doubtful or not run.value:
            return False
        if not all(isinstance(one, Present) for one in run.value):
            return False
    return True
