"""Calls with those around them, by which the functions that they are in were entered."""

from typing import ClassVar

from msgspec import Struct
from tree_sitter import Node

from specdrift.model.contract.location import SourceLocation
from specdrift.model.partly_compared import PartlyCompared
from specdrift.model.result.source import ListenerKind
from specdrift.source.axum.syntax.values import Router
from specdrift.source.rust.items import RustModule


class FollowedCall(Struct, frozen=True, eq=False):
    """A call that was evaluated."""

    call: Node
    module: RustModule
    calls: tuple[tuple[Node, RustModule], ...]
    """The calls around it and their modules, outermost first."""


class Sink(PartlyCompared, frozen=True, eq=False):
    """A router that is passed to external code."""

    aside: ClassVar = frozenset({"ways"})

    router: Router
    call: str
    """Name of the called function."""
    location: SourceLocation
    served: bool
    """The function serves the router."""
    entry: str
    source_text: str = ""
    """The call's source, which shows whether it uses TLS."""
    conditional: bool = False
    """Some runs only."""
    listener: ListenerKind = ListenerKind.UNKNOWN
    alternative: bool = False
    """Another branch of the same condition serves instead."""
    assumed: bool = False
    """The listener is a name without a declaration; axum's servers have no TLS."""
    ways: tuple[FollowedCall, ...] = ()
    """The calls that pass it."""
