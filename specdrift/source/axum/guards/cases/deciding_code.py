"""The functions with which a layer decides whether to pass a request on: its own, or those of its type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.source.axum.builds import variants
from specdrift.source.rust.syntax import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from specdrift.model.contract.location import SourceLocation
    from specdrift.source.axum.guards.access_profiles import AccessProfile, AccessProfiles
    from specdrift.source.axum.syntax.values import RouterLayer
    from specdrift.source.rust.items import RustItem, RustModule

EXTRACTING = frozenset({"FromRequestParts", "FromRequest"})
DECIDING = EXTRACTING | frozenset(
    {"Service", "Layer"}
    | {"AsyncAuthorizeRequest", "AuthorizeRequest", "ValidateRequest", "Predicate", "AsyncPredicate"}
)
"""Traits of layers, services and extractors, and of what tower and tower-http ask whether to pass a request on."""


class DecidingCode(Struct, frozen=True):
    """A function, a method or a closure."""

    node: Node
    module: RustModule
    owner: str = ""
    """The type that it is a method of."""
    item: RustItem | None = None
    """Not of a closure."""

    @property
    def name(self) -> str:
        """The name that a message shows."""
        return str(self.item) if self.item is not None else short(self.node)

    @property
    def parts(self) -> tuple[Node, RustModule, str]:
        """What an evaluation takes."""
        return self.node, self.module, self.owner

    def profile(self, profiles: AccessProfiles) -> AccessProfile:
        """Return what the code reads about the caller, and whether it can reject."""
        return (
            profiles.of_item(self.item) if self.item is not None else profiles.of_node(self.node, self.module)
        )

    @property
    def place(self) -> SourceLocation:
        """Where it is."""
        return self.module.file.place(self.node)


def types_of(layer: RouterLayer, profiles: AccessProfiles) -> tuple[str, ...]:
    """Return the type of a layer, and those of the services that it creates."""
    return (layer.type, *profiles.services_of(layer.type)) if layer.type else ()


def methods_of(layer: RouterLayer, profiles: AccessProfiles) -> list[DecidingCode]:
    """Return the methods by which the types of a layer decide."""
    return [
        DecidingCode(item.node, item.module, item.owner, item)
        for name in types_of(layer, profiles)
        for item in profiles.methods_of(name, DECIDING)
    ]


def extractors_of(name: str, profiles: AccessProfiles, module: RustModule) -> Iterator[DecidingCode]:
    """Yield the methods by which an extractor of the crates decides."""
    for item in profiles.methods_of(name, EXTRACTING, module):
        yield DecidingCode(item.node, item.module, item.owner, item)


def deciding_code(layer: RouterLayer, profiles: AccessProfiles) -> Iterator[DecidingCode]:
    """Yield the functions of a layer."""
    if layer.gate is not None:
        yield DecidingCode(layer.gate.function, layer.gate.module, layer.gate.owner)
    elif layer.function is not None:
        code, module, item = layer.function.code, layer.function.written_in, layer.function.item
        if item is not None:
            yield from (DecidingCode(one.node, one.module, "", one) for one in variants(item, profiles.index))
        elif code is not None and module is not None:
            yield DecidingCode(code, module)
    else:
        yield from methods_of(layer, profiles)
