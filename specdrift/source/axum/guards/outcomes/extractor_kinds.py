"""The kinds of guards that extractors are: what rejects before a function runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.model.result.source import Guarding
from specdrift.source.axum.guards.absent.absent_extensions import extractor
from specdrift.source.axum.guards.absent.absent_values import NOTHING as UNREACHED
from specdrift.source.axum.guards.outcomes.guard_kinds import INPUTS, kind_of
from specdrift.source.axum.guards.outcomes.refusal_statuses import extractor_may_succeed
from specdrift.source.axum.guards.presence.given_parameters import OPTIONAL, admits, is_given
from specdrift.source.axum.path_attributes import parameters_of
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import is_compiled
from specdrift.source.rust.syntax import path_of, text, type_arguments

if TYPE_CHECKING:
    from tree_sitter import Node

    from specdrift.source.axum.guards.absent.absent_case import AbsentCase
    from specdrift.source.axum.guards.access_profiles import AccessProfiles
    from specdrift.source.axum.guards.chosen_methods import ChosenMethods
    from specdrift.source.axum.syntax.values import FunctionValue, RouterLayer
    from specdrift.source.rust.items import RustModule

PLAIN = INPUTS | {"Option", "Result", "Extension", "ConnectInfo", "State", "Arc", "Box", "Vec", "Request"}
"""Types around others that do not extract these."""
STORED = re.compile(r"\b[Ee]xtensions?\b")
"""Occurs in code that reads what a layer stored."""


class ExtractorKinds(Struct, frozen=True, eq=False):
    """Classifies extractors."""

    profiles: AccessProfiles
    chosen: ChosenMethods

    def of_layer(self, layer: RouterLayer, case: AbsentCase) -> Guarding:
        """Classify a layer that runs an optional extractor: it rejects only if that of the type within does."""
        kind, module = _optional_of(layer), layer.module
        passes = kind is not None and module is not None and is_given(case, kind, module)
        return Guarding.NONE if passes else Guarding.UNKNOWN

    def first_of(self, function: FunctionValue, module: RustModule, case: AbsentCase) -> Guarding | None:
        """Return the kind of the first extractor that rejects before the function runs; unknown if one may do so."""
        kinds = [self.of(kind, within, case) for kind, within in parameters_of(function, module)]
        doubt = Guarding.UNKNOWN if Guarding.UNKNOWN in kinds else None
        return next((kind for kind in kinds if kind.certain), doubt)

    def of(self, kind: Node, module: RustModule, case: AbsentCase) -> Guarding:
        """Return the kind of an extractor; unknown if only some builds have the parameter."""
        found = self._of_type(kind, module, case)
        if found.certain and extractor_may_succeed(self.profiles, kind, module):
            return Guarding.UNKNOWN
        if found is Guarding.NONE or kind.parent is None:
            return found
        built = is_compiled(kind.parent, self.profiles.index.features_of(module))
        return found if built else Guarding.UNKNOWN if built is None else Guarding.NONE

    def _of_type(self, kind: Node, module: RustModule, case: AbsentCase) -> Guarding:
        kind, module = self.profiles.types.meant(kind, module)
        found = kind_of(self.profiles.of_extractor(kind, module))
        if found is not Guarding.NONE:
            if not found.certain or extractor(case, kind, module) == UNREACHED:
                return found
            optional = (path_of(kind) or ("",))[-1] in OPTIONAL and admits(case, kind, module)
            return Guarding.NONE if optional else Guarding.UNKNOWN
        inner = self._around_a_guard(kind, module, case)
        own = self.profiles.is_own(kind, module)
        if inner is not None and not own:
            return Guarding.UNKNOWN
        # An optional one gives a value in any case.
        demanded = STORED.search(text(kind)) is not None and (path_of(kind) or ("",))[-1] not in OPTIONAL
        if demanded and self._needs(kind, module, case):
            return Guarding.CERTIFICATE
        possible = inner or (kind_of(self.chosen.of_extractor(kind, module)) if own else found)
        return self._possibly(possible, kind, module, case) if possible.certain else found

    def _possibly(self, possible: Guarding, kind: Node, module: RustModule, case: AbsentCase) -> Guarding:
        """Classify an extractor of the crates that may run a guard: one that a type parameter or an object chooses."""
        if extractor(case, kind, module) == UNREACHED:
            return possible
        return Guarding.NONE if admits(case, kind, module) else Guarding.UNKNOWN

    def _needs(self, kind: Node, module: RustModule, case: AbsentCase) -> bool:
        """Return whether an extractor rejects every request without a certificate, and not every one."""
        rejects = extractor(case, kind, module) == UNREACHED
        return rejects and extractor(case.otherwise(), kind, module) != UNREACHED

    def _around_a_guard(self, kind: Node, module: RustModule, case: AbsentCase) -> Guarding | None:
        """Return the guard that is given to an extractor as a type; ``None`` if none is."""
        name = (path_of(kind) or ("",))[-1]
        given = () if name in PLAIN else type_arguments(kind)
        kinds = (self.of(one, module, case) for one in given)
        return next((one for one in kinds if one.certain), None)


def _optional_of(layer: RouterLayer) -> Node | None:
    """Return the optional extractor that the call has as a type which makes a layer."""
    at = layer.spot[1]
    node = layer.module.file.root.descendant_for_byte_range(at, at + 1) if layer.module is not None else None
    while node is not None and node.type != "call_expression":
        node = node.parent
    given = type_arguments(syntax.field(node, "function")) if node is not None else []
    return next((one for one in given if path_of(one)[-1:] == (layer.type,)), None)
