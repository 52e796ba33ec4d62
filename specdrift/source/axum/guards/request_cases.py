"""The requests of one route, as a layer around it gets them: a guard may decide by their method and path."""

import re
from collections.abc import Iterable

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.model.result.source import ANY_METHOD, RouteKind
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_requests import RequestFacts
from specdrift.source.axum.guards.absent.absent_shapes import ends_in_slash, shape_of
from specdrift.source.axum.guards.access_profiles import AccessProfiles
from specdrift.source.axum.guards.cases.chosen_requests import ChosenRequest
from specdrift.source.axum.guards.cases.derived_cases import of_requests
from specdrift.source.axum.guards.known_layers import HARMLESS, HARMLESS_CALLS, TOKENS
from specdrift.source.axum.syntax.values import AxumEndpoint, RouterLayer
from specdrift.source.keys.same_object import SameObject
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import text

READS = re.compile(r"\b(?:uri|method|path|OriginalUri|MatchedPath|Uri|Method)\b")
"""Occurs in code that may decide by the method or path of a request."""
REWRITES = re.compile(
    r"\b(?:uri_mut|method_mut|rewrite\w*|Request\s*::\s*(?:new|builder|get|post|put|delete|from))\b"
    r"|\.\s*(?:uri|method)\s*=(?!=)|&mut\s+\w+(?:\.\w+)*\.(?:uri|method)\b"
)
"""May give the code behind it another method or path."""
SERVING_HEAD = {"GET": ("GET", "HEAD")}
"""Methods whose handlers serve others too."""
TRIMMING = "NormalizePathLayer"
REWRITING = frozenset({TRIMMING, "MethodOverrideLayer"})
MOST_FUNCTIONS = 200
"""Functions that are searched for what a layer may do."""


class RequestCases(Struct, frozen=True, eq=False):
    """Finds what is known of the requests that layers get."""

    profiles: AccessProfiles
    _cases: dict[tuple[SameObject[AbsentCase], RequestFacts], AbsentCase] = field(default_factory=dict)
    _known: dict[tuple[str, int], bool] = field(default_factory=dict)
    """Whether a pattern occurs in code."""

    def of(
        self,
        endpoint: AxumEndpoint,
        path: str,
        number: int,
        case: AbsentCase,
        chosen: ChosenRequest | None = None,
    ) -> tuple[AbsentCase, ...]:
        """Return a case for each method of a route, of the requests that its layer of this number gets.

        Empty if nothing is known of them, or if the layer does not look at them. ``chosen``: of one path and query.
        """
        layer = endpoint.layers[number]
        if endpoint.is_full or endpoint.kind is not RouteKind.ROUTE or not self._looks(layer):
            return ()
        if layer.gate is not None and any(map(self._is_rewriting_gate, endpoint.layers)):
            return ()
        return tuple(self._case(facts, case) for facts in self._facts(endpoint, path, number, chosen))

    def _case(self, facts: RequestFacts, case: AbsentCase) -> AbsentCase:
        key = SameObject(case), facts
        if key not in self._cases:
            self._cases[key] = of_requests(case, facts)
        return self._cases[key]

    def _facts(
        self, endpoint: AxumEndpoint, path: str, number: int, chosen: ChosenRequest | None
    ) -> list[RequestFacts]:
        if not all(map(self._keeps, endpoint.layers)):
            return []
        fill = chosen.fill if chosen is not None else str
        whole = None if endpoint.unplaced else shape_of(fill(path))
        outer, inner = endpoint.layers[:number], endpoint.layers[number + 1 :]
        # What trims a path after a guard has seen it routes paths that the guard did not see.
        trimmed = any(layer.type == TRIMMING for layer in inner) or (
            any(layer.type == TRIMMING for layer in outer) and (whole is None or ends_in_slash(whole))
        )
        known = whole is not None and not trimmed
        own = shape_of(fill(self._seen(endpoint, path, len(inner)))) if known else None
        if own is None and ANY_METHOD in endpoint.methods:
            return []
        methods = [one for name in endpoint.methods for one in SERVING_HEAD.get(name, (name,))]
        return [
            RequestFacts(
                method=None if ANY_METHOD in endpoint.methods else method,
                path=own,
                original=whole if known else None,
                matched=path if known and not endpoint.sealed else None,
                query=chosen.query if chosen is not None else "",
            )
            for method in dict.fromkeys(methods)
        ]

    @staticmethod
    def _seen(endpoint: AxumEndpoint, path: str, inside: int) -> str:
        """Return the path without the prefixes of what was nested after a layer, counted from the innermost."""
        return next((before for layers, before in endpoint.nested if layers > inside), path)

    def _is_rewriting_gate(self, layer: RouterLayer) -> bool:
        """Return whether code where connections are accepted may give the router another path than it got."""
        gate = layer.gate
        return gate is not None and self._occurs(REWRITES, gate.function, gate.module)

    def _looks(self, layer: RouterLayer) -> bool:
        if layer.gate is not None:
            return self._occurs(READS, layer.gate.function, layer.gate.module)
        function = layer.function
        if function is not None:
            code, module = function.code, function.written_in
            return code is not None and module is not None and self._occurs(READS, code, module)
        return any(READS.search(text(node)) for node in self._implementations(layer))

    def _keeps(self, layer: RouterLayer) -> bool:
        """Return whether the code behind a layer gets requests with the method and path that the layer got."""
        if layer.gate is not None or layer.type == TRIMMING:
            return True
        function = layer.function
        if function is not None:
            code, module = function.code, function.written_in
            return code is not None and module is not None and not self._occurs(REWRITES, code, module)
        own = self._implementations(layer)
        known = layer.type in HARMLESS | TOKENS or HARMLESS_CALLS.match(layer.name) is not None
        return (known or bool(own)) and layer.type not in REWRITING and not _rewrite(own)

    def _implementations(self, layer: RouterLayer) -> list[Node]:
        types = (layer.type, *self.profiles.services_of(layer.type)) if layer.type else ()
        return [one.node for name in types for one in self.profiles.index.impls(name)]

    def _occurs(self, what: re.Pattern[str], code: Node, module: RustModule) -> bool:
        """Return whether a pattern may occur in code, or in what it calls."""
        key = what.pattern, code.id
        if key not in self._known:
            self._known[key] = self._searched(what, code, module)
        return self._known[key]

    def _searched(self, what: re.Pattern[str], code: Node, module: RustModule) -> bool:
        waiting, seen = [(code, module)], {code.id}
        while waiting and len(seen) <= MOST_FUNCTIONS:
            one, within = waiting.pop()
            if what.search(text(one)):
                return True
            called = [item for item in self.profiles.called(one, within) if item.node.id not in seen]
            seen |= {item.node.id for item in called}
            waiting += ((item.node, item.module) for item in called)
        return bool(waiting)


def _rewrite(nodes: Iterable[Node]) -> bool:
    return any(REWRITES.search(text(node)) for node in nodes)
