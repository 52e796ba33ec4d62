"""Evaluates the guards of a service for requests that a gateway forwards, with the headers that it sets."""

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from specdrift.model.result.source import Guarding, SourceRoute
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_extensions import extractor
from specdrift.source.axum.guards.absent.absent_frames import AbsentOutcome
from specdrift.source.axum.guards.absent.absent_values import ABSENT, NOTHING, TEXT, Text, Value, some
from specdrift.source.axum.guards.callers.caller_types import Reads
from specdrift.source.axum.guards.cases.deciding_code import methods_of
from specdrift.source.axum.guards.guard_classifier import GuardClassifier
from specdrift.source.axum.path_attributes import parameter_types
from specdrift.source.axum.syntax.values import AxumEndpoint, FunctionValue, RouterLayer
from specdrift.source.forwarded import UNKNOWN_PART, ServiceOutcome

ABOUT_CALLERS = Reads.HEADER | Reads.FORWARDED | Reads.IDENTITY | Reads.EXTENSION
Headers = Mapping[str, str | None]


class ForwardedGuards(Struct, eq=False):
    """Evaluates the layers, extractors and handlers of routes."""

    classifier: GuardClassifier
    endpoints: Mapping[SourceRoute, AxumEndpoint]
    _cases: dict[frozenset[tuple[str, str | None]], AbsentCase] = field(default_factory=dict)

    def outcome(self, route: SourceRoute, headers: Headers) -> ServiceOutcome:
        """Return what the guards of a route do with requests that have these headers."""
        endpoint = self.endpoints.get(route)
        if endpoint is None:
            return ServiceOutcome.UNKNOWN
        found = set(self._outcomes(endpoint, route.written, self._case(headers)))
        if AbsentOutcome.REJECTS in found:
            return ServiceOutcome.REJECTS
        return ServiceOutcome.PASSES if found <= {AbsentOutcome.PASSES} else ServiceOutcome.UNKNOWN

    def headers_of(self, route: SourceRoute) -> tuple[()]:
        """Return nothing: headers beside those about certificates are not looked for."""
        del route
        return ()

    def path_change(self, route: SourceRoute) -> None:
        """Return nothing: layers of a router run when it has selected the route."""
        del route

    def _case(self, headers: Headers) -> AbsentCase:
        key = frozenset(headers.items())
        if key not in self._cases:
            known = {name: _value(written) for name, written in headers.items()}
            base = self.classifier.case
            self._cases[key] = AbsentCase(
                base.profiles,
                base.expressions,
                base.insertions,
                base.conditions,
                headers=known,
                connection=False,
            )
        return self._cases[key]

    def _outcomes(self, endpoint: AxumEndpoint, path: str, case: AbsentCase) -> Iterator[AbsentOutcome]:
        """Yield what each layer, extractor and the handler do; nothing for those without a check."""
        for number, layer in enumerate(endpoint.layers):
            if layer.gate is None and self.classifier.of_layer(layer) is not Guarding.NONE:
                found = self._of_layer(layer, case)
                if found is AbsentOutcome.UNKNOWN:
                    cases = self.classifier.requests.of(endpoint, path, number, case)
                    every = {self._of_layer(layer, one) for one in cases}
                    found = every.pop() if len(every) == 1 else found
                yield AbsentOutcome.UNKNOWN if layer.conditional else found
        yield from self._of_handler(endpoint.handler, case)

    def _of_layer(self, layer: RouterLayer, case: AbsentCase) -> AbsentOutcome:
        if layer.function is not None:
            return _of_function(layer.function, case)
        profiles = self.classifier.profiles
        found = {case.outcome(*one.parts) for one in methods_of(layer, profiles)}
        return AbsentOutcome.REJECTS if AbsentOutcome.REJECTS in found else AbsentOutcome.UNKNOWN

    def _of_handler(self, handler: FunctionValue, case: AbsentCase) -> Iterator[AbsentOutcome]:
        code, module = handler.code, handler.written_in
        if code is None or module is None:
            yield AbsentOutcome.UNKNOWN
            return
        if any(extractor(case, kind, module) == NOTHING for kind in parameter_types(handler)):
            yield AbsentOutcome.REJECTS
            return
        profiles = self.classifier.profiles
        own = profiles.of_item(handler.item) if handler.item is not None else profiles.of_node(code, module)
        extractors = [profiles.of_extractor(kind, module) for kind in parameter_types(handler)]
        if any(one.refuses for one in extractors):
            yield AbsentOutcome.UNKNOWN
        read = own.reads
        for one in extractors:
            read |= one.reads
        if own.refuses and read & ABOUT_CALLERS:
            yield AbsentOutcome.REJECTS if case.rejects(code, module) else AbsentOutcome.UNKNOWN


def _of_function(function: FunctionValue, case: AbsentCase) -> AbsentOutcome:
    code, module = function.code, function.written_in
    if code is None or module is None:
        return AbsentOutcome.UNKNOWN
    if any(extractor(case, kind, module) == NOTHING for kind in parameter_types(function)):
        return AbsentOutcome.REJECTS
    return case.outcome(code, module)


def _value(written: str | None) -> Value:
    """Return what is known of a header."""
    if written is None:
        return {ABSENT}
    return {some({TEXT if UNKNOWN_PART in written else Text(written)})}
