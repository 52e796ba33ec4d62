"""Classifies layers, extractors and handlers by how they authenticate callers."""

import re
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.result.source import Guarding, SourceLayer
from specdrift.source.axum.builds import variants
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.access_profiles import NOTHING, AccessProfile, AccessProfiles, total
from specdrift.source.axum.guards.cases.answer_trees import AnswerTree, once
from specdrift.source.axum.guards.cases.chosen_requests import ChosenRequest, chosen_requests, texts_of
from specdrift.source.axum.guards.cases.deciding_code import (
    deciding_code,
    extractors_of,
    methods_of,
    types_of,
)
from specdrift.source.axum.guards.cases.deciding_conditions import added_under
from specdrift.source.axum.guards.cases.derived_cases import of_chain
from specdrift.source.axum.guards.chosen_methods import ChosenMethods
from specdrift.source.axum.guards.closed_gates import of_gate
from specdrift.source.axum.guards.guard_exits import GuardExits
from specdrift.source.axum.guards.guard_weaknesses import decides
from specdrift.source.axum.guards.known_layers import HARMLESS, HARMLESS_CALLS, TOKENS
from specdrift.source.axum.guards.outcomes.extractor_kinds import STORED, ExtractorKinds
from specdrift.source.axum.guards.outcomes.guard_kinds import (
    NO_GUARD,
    ORDER,
    Guard,
    checked,
    is_input,
    is_seen_to_pass,
    kind_of,
    listed_as,
    name_of,
    needs_certificate,
    of_requests,
    only_with_certificate,
    with_condition,
)
from specdrift.source.axum.guards.outcomes.guards_of_builds import in_builds, without_refusal
from specdrift.source.axum.guards.outcomes.handler_checks import check_of
from specdrift.source.axum.guards.outcomes.held_layers import HeldLayers
from specdrift.source.axum.guards.outcomes.hidden_callers import by_hidden_certificate
from specdrift.source.axum.guards.outcomes.idle_layers import IdleLayers
from specdrift.source.axum.guards.outcomes.outer_answers import AFTER, OuterAnswers
from specdrift.source.axum.guards.outcomes.own_futures import futures_of, may_answer_later
from specdrift.source.axum.guards.presence.given_parameters import OPTIONAL, are_given
from specdrift.source.axum.guards.presence.outer_insertions import Inwards, OuterInsertions
from specdrift.source.axum.guards.request_cases import RequestCases
from specdrift.source.axum.path_attributes import HandlerKey, key_of, parameter_types, parameters_of
from specdrift.source.axum.syntax.values import AxumEndpoint, FunctionValue, RouterLayer, Spot
from specdrift.source.keys.same_object import SameObject
from specdrift.source.rust.syntax import path_of, text


class GuardClassifier(Struct, frozen=True, eq=False):
    """Classifies guards."""

    profiles: AccessProfiles
    exits: GuardExits
    case: AbsentCase
    requests: RequestCases
    chosen: ChosenMethods
    extractors: ExtractorKinds
    outer: OuterAnswers
    idle: IdleLayers
    held: HeldLayers
    inserted: OuterInsertions
    named: Collection[str] = ()
    """Functions and types that the configuration lists as guards."""
    paths: Collection[str] = ()
    """Those of all routes."""
    _gates: dict[tuple[tuple[Spot, str], SameObject[AbsentCase]], Guarding] = field(default_factory=dict)
    """By gate and case."""
    _chains: dict[frozenset[int], AbsentCase] = field(default_factory=dict)
    """By the functions of the layers."""
    _routes: dict[tuple[SameObject[AxumEndpoint], str], list[tuple[Guarding, bool]]] = field(
        default_factory=dict
    )
    """The kinds of the layers of each route, by the endpoint's id and the path."""
    _passed: dict[tuple[SameObject[AxumEndpoint], str], str] = field(default_factory=dict)
    """Requests that the only layer which may be a guard passes on."""
    _handlers: dict[HandlerKey, tuple[Guard, ...]] = field(default_factory=dict)

    def guard(self, endpoint: AxumEndpoint, path: str) -> Guard:
        """Return the strongest guard of a route among its layers, extractors and handler."""
        if (key := key_of(endpoint.handler)) not in self._handlers:
            self._handlers[key] = tuple(self._of_handler(endpoint.handler))
        inner = [replace(one, outside=len(endpoint.layers)) for one in self._handlers[key]]
        found = [*self._of_layers(endpoint, path), *inner]
        certain = [guard for guard in found if guard.kind.certain and not guard.conditional]
        ranked = sorted(certain or found, key=lambda guard: (ORDER.index(guard.kind), guard.conditional))
        if certain and (outer := self._answering(endpoint, path, certain)) is not None:
            name = f"{outer.name}, which may answer outside of {ranked[0].name},"
            return Guard(Guarding.UNKNOWN, name, to_list=listed_as(outer))
        return self._named_in_full(ranked[0], endpoint, path) if ranked else NO_GUARD

    def _named_in_full(self, guard: Guard, endpoint: AxumEndpoint, path: str) -> Guard:
        """Return a guard of a route; a layer that may pass requests on is named with the call that does so."""
        if guard.kind is not Guarding.UNKNOWN or guard.outside == len(endpoint.layers):
            return guard
        layer = endpoint.layers[guard.outside]
        if passed := self._passed.get((SameObject(endpoint), path)):
            return replace(guard, name=f"{layer.name}, which passes {passed} on without one,", to_list="")
        case = self._of_chain(endpoint.layers)
        listed = "" if is_seen_to_pass(layer, case) else guard.to_list
        return replace(guard, name=name_of(layer, case), to_list=listed)

    def _answering(self, endpoint: AxumEndpoint, path: str, guards: Iterable[Guard]) -> RouterLayer | None:
        """Return the layer outside of all guards that may answer requests which they would refuse."""
        number = min(guard.outside for guard in guards)
        outside = endpoint.layers[:number]
        return (
            self.outer.outside(endpoint, path, number, self._of_chain(endpoint.layers)) if outside else None
        )

    def _of_layers(self, endpoint: AxumEndpoint, path: str) -> Iterator[Guard]:
        kinds = enumerate(self._kinds(endpoint, path))
        for layer, (number, (kind, conditional)) in zip(endpoint.layers, kinds, strict=True):
            if kind is not Guarding.NONE:
                by_request = layer.function is not None and decides(layer.function.code) is not None
                built = in_builds(kind, layer, self.profiles.index)
                some = conditional and built is kind
                condition = added_under(layer) if some and layer.conditional else ""
                name = f"{layer.name}, depending on {condition}," if condition else layer.name
                yield Guard(
                    built, name, some, by_request=by_request, outside=number, to_list=listed_as(layer)
                )

    def _kinds(self, endpoint: AxumEndpoint, path: str) -> list[tuple[Guarding, bool]]:
        """Return the kind of each layer, and whether a condition decides on it."""
        if (key := (SameObject(endpoint), path)) not in self._routes:
            kinds = self._routes[key] = self._kinds_of(endpoint, path)
            doubtful = [number for number, (kind, _) in enumerate(kinds) if kind is Guarding.UNKNOWN]
            if len(doubtful) == 1 and (passed := self._passed_on(endpoint, path, doubtful[0])):
                kinds[doubtful[0]], self._passed[key] = (Guarding.UNKNOWN, True), passed
        return self._routes[key]

    def _passed_on(self, endpoint: AxumEndpoint, path: str, number: int) -> str:
        """Return a request that a layer certainly passes on, by what the client chooses of it; empty without one."""
        layer = endpoint.layers[number]
        texts = texts_of(deciding_code(layer, self.profiles), self.profiles)
        for chosen in chosen_requests(texts, path, endpoint.handler, self.paths):
            case = self.inserted.along(endpoint.layers, self._of_chain(endpoint.layers)).case_of(number)
            case = self.held.case_of(layer, case) if layer.gate is None else self.case
            if self._by_requests(endpoint, path, number, case, chosen) is Guarding.NONE:
                return chosen.shown(path)
        return ""

    def _kinds_of(self, endpoint: AxumEndpoint, path: str) -> list[tuple[Guarding, bool]]:
        """Classify the layers of a route: one that a condition adds may give everybody an identity."""
        inwards = self.inserted.along(endpoint.layers, self._of_chain(endpoint.layers))
        kinds = [self._around(endpoint, path, number, inwards) for number in range(len(endpoint.layers))]
        if Guarding.UNKNOWN not in kinds or not any(layer.conditional for layer in endpoint.layers):
            return [(kind, layer.conditional) for kind, layer in zip(kinds, endpoint.layers, strict=True)]
        case = self._of_chain(layer for layer in endpoint.layers if not layer.conditional)
        always = [self.of_layer(layer, case) for layer in endpoint.layers]
        some = [kind is Guarding.UNKNOWN and own.certain for kind, own in zip(kinds, always, strict=True)]
        rows = zip(kinds, always, some, endpoint.layers, strict=True)
        return [(own if one else kind, layer.conditional or one) for kind, own, one, layer in rows]

    def _around(self, endpoint: AxumEndpoint, path: str, number: int, inwards: Inwards) -> Guarding:
        """Classify a layer for the requests of a route: its guard may decide by their method and path."""
        layer = endpoint.layers[number]
        kind = self.of_layer(layer)
        if layer.gate is not None:
            return kind if kind.certain else self._by_requests(endpoint, path, number, self.case) or kind
        if kind is Guarding.UNKNOWN:
            case = self.held.case_of(layer, inwards.case_of(number))
            kind = self.of_layer(layer, case)
            if kind is Guarding.UNKNOWN:
                kind = self._by_requests(endpoint, path, number, case) or kind
        return kind

    def _by_requests(
        self,
        endpoint: AxumEndpoint,
        path: str,
        number: int,
        case: AbsentCase,
        chosen: ChosenRequest | None = None,
    ) -> Guarding | None:
        """Classify a layer for each request of a route; ``None`` if nothing is known of them."""
        layer = endpoint.layers[number]
        cases = self.requests.of(endpoint, path, number, case, chosen)
        return (
            of_requests({case.context.request: self.of_layer(layer, case) for case in cases})
            if cases
            else None
        )

    def _of_chain(self, layers: Iterable[RouterLayer]) -> AbsentCase:
        """Return the case in which no middleware runs but these."""
        codes = [layer.function.code for layer in layers if layer.function is not None]
        chain = frozenset(code.id for code in codes if code is not None)
        if chain not in self._chains:
            self._chains[chain] = of_chain(self.case, chain)
        return self._chains[chain]

    def of_layer(self, layer: RouterLayer, case: AbsentCase | None = None) -> Guarding:
        """Classify a layer, for all requests or for those of a case."""
        meant, key = case or self.case, (layer.spot, layer.type)
        if layer.gate is None:
            known = meant.shared.kinds.setdefault(key, AnswerTree())
            return once(meant, known, lambda: self._of_layer(layer, meant))[0]
        before = meant if meant.context.request is not None else self.case  # no layer runs before it
        if (key, SameObject(before)) not in self._gates:
            self._gates[key, SameObject(before)] = of_gate(layer.gate, before)
        return self._gates[key, SameObject(before)]

    def _of_layer(self, layer: RouterLayer, case: AbsentCase) -> Guarding:
        words = set(re.findall(r"\w+", layer.name)) | {layer.type}
        named = words & set(self.named)
        if named or layer.type in TOKENS:
            return Guarding.NAMED if named else Guarding.TOKEN
        if layer.function is not None:
            # What maps responses rejects when the handler has run.
            after = AFTER.match(layer.name) is not None
            return Guarding.NONE if after else self._of_builds(layer.function, case)
        if layer.type in HARMLESS or HARMLESS_CALLS.match(layer.name):
            return Guarding.NONE
        if layer.type in OPTIONAL:
            return self.extractors.of_layer(layer, case)
        if not any(map(self.profiles.index.impls, types_of(layer, self.profiles))):
            return Guarding.UNKNOWN
        deciding = methods_of(layer, self.profiles)
        polled = list(futures_of(deciding, self.profiles))
        kind = kind_of(total(one.profile(self.profiles) for one in (*deciding, *polled)))
        if kind is Guarding.NONE:
            possible = kind_of(total(self.chosen.of(one.node, one.module) for one in deciding))
            kind = possible if possible.certain else kind
        found = checked(kind, case, (one.parts for one in deciding))
        return Guarding.UNKNOWN if found.certain and may_answer_later(deciding, polled, case) else found

    def _of_builds(self, function: FunctionValue, case: AbsentCase) -> Guarding:
        """Classify the functions that builds have under one name; unknown if they differ."""
        items = variants(function.item, self.profiles.index) if function.item is not None else ()
        every = [replace(function, item=item) for item in items] or [function]
        found = {self._of_function(one, case) for one in every}
        return found.pop() if len(found) == 1 else Guarding.UNKNOWN

    def _of_function(self, function: FunctionValue, case: AbsentCase) -> Guarding:
        code, module = function.code, function.written_in
        if code is None or module is None:
            return Guarding.UNKNOWN
        extractor = self.extractors.first_of(function, module, case)
        if extractor is not None and extractor.certain:
            return extractor
        if self.exits.passes_all(function) and are_given(self.case, function):
            panics = needs_certificate(self.case, self.profiles, code, module)
            return Guarding.CERTIFICATE if panics else extractor or Guarding.NONE
        profile = self._whole(function) if function.item is not None else self.profiles.of_node(code, module)
        known = kind_of(profile)
        if (
            known is Guarding.NONE
            and STORED.search(text(code))
            and only_with_certificate(self.case, code, module)
        ):
            return Guarding.CERTIFICATE
        if known is Guarding.NONE:
            known = kind_of(self.chosen.of(code, module))
            known = known if known.certain else without_refusal(profile, code, module, case)
        hidden = by_hidden_certificate(profile, function, module, case) if known is Guarding.NONE else None
        return hidden or checked(known, case, ((code, module, ""),))

    def _whole(self, function: FunctionValue) -> AccessProfile:
        """Profile a middleware function with its extractors."""
        item = function.item
        if item is None:
            return NOTHING
        extractors = (self.profiles.of_extractor(kind, item.module) for kind in parameter_types(function))
        return total((self.profiles.of_item(item), *extractors))

    def _of_handler(self, handler: FunctionValue) -> Iterator[Guard]:
        """Yield the guards among extractors, in order, then the handler itself."""
        module = handler.written_in
        if module is None:
            return
        if handler.code is None:  # of a macro that was not expanded: its parameters may be guards
            yield Guard(Guarding.UNKNOWN, handler.name)
        input_before = behind = False
        for kind, within in parameters_of(handler, module):
            name = (path_of(kind) or ("",))[-1]
            own = self.extractors.of(kind, within, self.case)
            found, behind = self._named(name) or own, behind or own.certain
            if found is not Guarding.NONE:
                shown, listed = (name, name) if name != "Extension" else (text(kind), "")
                if found is Guarding.UNKNOWN:
                    shown = with_condition(shown, extractors_of(name, self.profiles, within), self.case)
                yield Guard(found, shown, after_input=input_before, to_list=listed)
            input_before = input_before or is_input(kind)
        itself = check_of(handler, module, self.profiles, self.case, behind=behind)
        yield from (itself,) if itself is not None else ()

    def _named(self, name: str) -> Guarding | None:
        return Guarding.NAMED if name in self.named else None

    def layers(self, endpoint: AxumEndpoint, path: str) -> tuple[SourceLayer, ...]:
        """Return the layers of a route as the result has them."""
        kinds = [kind for kind, _ in self._kinds(endpoint, path)]
        return tuple(
            SourceLayer(
                name=layer.name,
                location=layer.location,
                guarding=kind,
                conditional=layer.conditional,
                arguments=layer.arguments,
                checks_nothing_at=self.idle.place_of(layer),
            )
            for layer, kind in zip(endpoint.layers, kinds, strict=True)
            if layer.gate is None or kind is not Guarding.NONE
        )
