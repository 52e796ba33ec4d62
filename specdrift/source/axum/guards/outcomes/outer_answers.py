"""Layers outside of a guard that may answer a request themselves: from a cache, or instead of the guard's refusal."""

import re
from collections.abc import Iterator

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_forwarding import forwards
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    FAILURE,
    REJECTION,
    UNKNOWN,
    Atom,
    Holding,
    Present,
    Value,
    is_of_response,
)
from specdrift.source.axum.guards.request_cases import RequestCases
from specdrift.source.axum.syntax.values import AxumEndpoint, RouterLayer
from specdrift.source.rust.items import RustModule

AFTER = re.compile(r"(?:\w+::)*map_response")
"""Layers that run a function on responses."""
ANSWERING = frozenset({"Service"})
"""The trait of types that get requests from a layer."""
RESPONDING = frozenset({"IntoResponse"})


class OuterAnswers(Struct, frozen=True, eq=False):
    """Finds layers that answer a request without a certificate by other data than a refusal."""

    requests: RequestCases
    _known: dict[tuple[int, AbsentCase], bool] = field(default_factory=dict)
    """Whether functions answer, by their ids and cases."""

    def outside(
        self, endpoint: AxumEndpoint, path: str, number: int, chain: AbsentCase
    ) -> RouterLayer | None:
        """Return the first layer outside of the layer of this number that may answer by itself; ``None`` if none may.

        ``chain``: the case in which only the layers of the route run.
        """
        for outer, layer in enumerate(endpoint.layers[:number]):
            codes = list(self._codes(layer))
            if any(self._answers(one, chain) for one in codes):
                cases = self.requests.of(endpoint, path, outer, chain) or (chain,)
                if any(self._answers(one, case) for one in codes for case in cases):
                    return layer
        return None

    def _codes(self, layer: RouterLayer) -> Iterator[tuple[Node, RustModule, str]]:
        """Yield the functions with which a layer passes requests on, or gets the responses."""
        function = layer.function
        if function is not None:
            code, module = function.code, function.written_in
            if code is not None and module is not None and (AFTER.match(layer.name) or forwards(code)):
                yield code, module, function.item.owner if function.item is not None else ""
            return
        profiles = self.requests.profiles
        for name in (layer.type, *profiles.services_of(layer.type)) if layer.type else ():
            for item in profiles.methods_of(name, ANSWERING):
                if forwards(item.node):
                    yield item.node, item.module, item.owner

    def _answers(self, function: tuple[Node, RustModule, str], case: AbsentCase) -> bool:
        key = function[0].id, case
        if key not in self._known:
            found = case.alone(*function)
            self._known[key] = found is None or may_answer(found.value, case)
        return self._known[key]


def may_answer(value: Value, case: AbsentCase, depth: int = 0) -> bool:
    """Return whether a value may be an answer that is neither the response of the rest of the chain nor an error."""
    return any(_is_answer(one, case, depth) for one in value)


def _is_answer(one: Atom, case: AbsentCase, depth: int) -> bool:
    if one in {ABSENT, REJECTION, FAILURE} or is_of_response(one):
        return False
    if isinstance(one, Present):
        return may_answer(one.inner, case, depth)
    if isinstance(one, Holding) and one.type and depth == 0:
        return may_answer(_as_response(one, case), case, depth + 1)
    return True


def _as_response(one: Holding, case: AbsentCase) -> Value:
    """Return the response that a value of a type of the crates becomes; unknown for other types."""
    name = one.type.rpartition("::")[2]
    own = [item for item in case.profiles.methods_of(name, RESPONDING) if item.body is not None]
    if len(own) != 1:
        return {UNKNOWN}
    before = case.aside()
    value = case.run(own[0], (), {one})
    case.restore(before)
    return value
