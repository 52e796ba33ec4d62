"""Calls with those around them, by which the functions that they are in were entered."""

from dataclasses import dataclass

from tree_sitter import Node

from specdrift.source.rust.items import RustModule


@dataclass(frozen=True, slots=True, eq=False)
class FollowedCall:
    """A call that was evaluated."""

    call: Node
    module: RustModule
    calls: tuple[tuple[Node, RustModule], ...]
    """The calls around it and their modules, outermost first."""
