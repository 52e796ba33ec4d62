"""Finds role names in the code around a route."""

from collections.abc import Collection, Iterator

from msgspec import Struct
from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_frames import RoleComparison, SoughtRole
from specdrift.source.axum.guards.access_profiles import EXTRACTING, AccessProfiles
from specdrift.source.axum.path_attributes import parameter_types
from specdrift.source.axum.syntax.values import AxumEndpoint, RouterLayer
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import path_of, text

_Part = tuple[str, Node | None, RustModule | None]
"""Text that may name a role, and the code that it is of."""


class RoleMentions(Struct, frozen=True, eq=False):
    """Searches code for role names."""

    names: Collection[str]
    """Roles in the document."""
    profiles: AccessProfiles
    case: AbsentCase

    def mentioned_by(self, endpoint: AxumEndpoint) -> tuple[str, ...]:
        """Return the roles that occur unconditionally in a layer, an extractor or the handler."""
        if not self.names:
            return ()
        certain = (layer for layer in endpoint.layers if not layer.conditional)
        parts = [*map(self._of_layer, certain), *self._of_handler(endpoint)]
        return tuple(name for name in sorted(self.names) if any(self._checks(part, name) for part in parts))

    def _checks(self, part: _Part, name: str) -> bool:
        """Return whether a part of the code names a role, other than in a comparison that decides nothing."""
        source_text, code, module = part
        if name.lower() not in source_text.lower():
            return False
        known = code is not None and module is not None
        return not (
            known
            and code is not None
            and module is not None
            and _has_no_effect(self.case, code, module, name)
        )

    def _of_layer(self, layer: RouterLayer) -> _Part:
        function = layer.function
        code = function.code if function else None
        source_text = "\n".join((layer.name, *layer.arguments, text(code)))
        return source_text, code, function.written_in if function else None

    def _of_handler(self, endpoint: AxumEndpoint) -> Iterator[_Part]:
        handler = endpoint.handler
        yield text(handler.code), handler.code, handler.written_in
        for kind in parameter_types(handler):
            name = (path_of(kind) or ("",))[-1]
            for item in self.profiles.methods_of(name, EXTRACTING, handler.written_in):
                yield text(item.node), item.node, item.module


def _has_no_effect(base: AbsentCase, code: Node, module: RustModule, role: str) -> bool:
    """Return whether code compares something with a role, and ends in the same ways whatever the outcome.

    Or compares it loosely, or with what the client chose alone.
    """
    without, with_it = (_ends(base, code, module, role, granted=granted) for granted in (False, True))
    return without is not None and (without == with_it or frozenset() in {without, with_it})


def _ends(
    base: AbsentCase, code: Node, module: RustModule, role: str, *, granted: bool
) -> frozenset[int] | None:
    """Return the places that refuse or forward a request; none if the role is not compared with that of the caller.

    ``None`` if no comparison with the role was met.
    """
    sought = SoughtRole(role.lower(), granted, stated=role.lower() not in text(code).lower())
    case = AbsentCase(
        base.profiles, base.expressions, base.insertions, base.conditions, connection=False, role=sought
    )
    case.outcome(code, module)
    if not sought.comparisons or case.overran:
        return None
    loose = RoleComparison.LOOSE in sought.comparisons
    return (
        frozenset(case.traces.top.ends)
        if RoleComparison.CALLER in sought.comparisons and not loose
        else frozenset()
    )
