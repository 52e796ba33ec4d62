"""Layers that look like guards and pass every request on."""

import re

from msgspec import Struct, field

from specdrift.model.contract.location import SourceLocation
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.access_profiles import AccessProfiles
from specdrift.source.axum.guards.callers.caller_types import Reads
from specdrift.source.axum.guards.guard_exits import GuardExits
from specdrift.source.axum.guards.outcomes.guard_kinds import needs_certificate
from specdrift.source.axum.guards.presence.given_parameters import are_given
from specdrift.source.axum.syntax.values import RouterLayer, Spot
from specdrift.source.rust.syntax import text

CALLER = Reads.CERTIFICATE | Reads.IDENTITY | Reads.CREDENTIAL | Reads.FORWARDED
STORES = re.compile(r"\bextensions(?:_mut)?\s*(?:\(\))?\s*\.\s*insert\b")
"""Occurs in a layer that leaves the decision to the code behind it."""


class IdleLayers(Struct, frozen=True, eq=False):
    """Finds layers that read the caller, or refuse, and let every request through."""

    profiles: AccessProfiles
    exits: GuardExits
    case: AbsentCase
    _known: dict[Spot, SourceLocation | None] = field(default_factory=dict)

    def place_of(self, layer: RouterLayer) -> SourceLocation | None:
        """Return the function of a layer that checks nothing; ``None`` for any other layer."""
        if layer.spot not in self._known:
            self._known[layer.spot] = self._checks_nothing_at(layer)
        return self._known[layer.spot]

    def _checks_nothing_at(self, layer: RouterLayer) -> SourceLocation | None:
        function = layer.function
        item = function.item if function is not None else None
        if function is None or item is None or not self.exits.passes_all(function):
            return None
        if not are_given(self.case, function):
            return None
        if needs_certificate(self.case, self.profiles, item.node, item.module):
            return None
        own = self.profiles.of_item(item)
        reads = own.reads & CALLER and not STORES.search(text(item.node))
        looks = reads or own.refuses or self.exits.is_idle(item.node)
        return item.file.place(item.node) if looks else None
