"""What is surely in the extensions of a request when it gets to a layer: what the code around that layer puts there."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, field

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_forwarding import forwards
from specdrift.source.axum.guards.absent.absent_frames import AloneRun
from specdrift.source.axum.guards.cases.derived_cases import of_layers
from specdrift.source.axum.guards.known_layers import HARMLESS, HARMLESS_CALLS
from specdrift.source.axum.guards.presence.request_effects import LayersAround, Types
from specdrift.source.axum.syntax.values import RouterLayer

SERVICES = frozenset({"Service"})


class OuterInsertions(Struct, frozen=True, eq=False):
    """Finds the cases in which it is known what the code around a layer surely inserts."""

    only_way: bool
    """The crates serve one router by one call: all its requests come through the code around that call."""
    _cases: dict[tuple[AbsentCase, LayersAround], AbsentCase] = field(default_factory=dict)

    def along(self, layers: Sequence[RouterLayer], case: AbsentCase) -> "Inwards":
        """Return what goes through the layers around a route, outermost first."""
        return Inwards(self, layers, case)

    def case_of(self, around: LayersAround, case: AbsentCase) -> AbsentCase:
        """Return the case in which it is known what the layers around another surely insert."""
        key = case, around
        if key not in self._cases:
            self._cases[key] = of_layers(case, around)
        return self._cases[key]

    def behind(self, layer: RouterLayer, before: LayersAround, case: AbsentCase) -> LayersAround:
        """Return what is known behind a layer, by what is known before it."""
        code = layer.function.code if layer.function is not None else None
        functions = before.functions if code is None else before.functions | {code.id}
        return LayersAround(functions, self._present(layer, before.present, case))

    def _present(self, layer: RouterLayer, present: Types, case: AbsentCase) -> Types:
        runs = [*self._runs(layer, case)]
        if any(run is None or run.effects.resets for run in runs):
            present = Types()
        if runs and not layer.conditional:
            handed_on = (run.effects.handed_on() if run is not None else Types() for run in runs)
            present |= Types.intersection(*handed_on)
        return present

    def _runs(self, layer: RouterLayer, case: AbsentCase) -> Iterator[AloneRun | None]:
        """Yield the evaluations of the functions that hand a request on; ``None`` for one that is not known."""
        if layer.gate is not None:
            gate = layer.gate
            yield case.alone(gate.function, gate.module, gate.owner) if self.only_way else None
        elif layer.function is not None:
            code, module = layer.function.code, layer.function.written_in
            yield case.alone(code, module, "") if code is not None and module is not None else None
        elif layer.type in HARMLESS | {"Extension"} or HARMLESS_CALLS.match(layer.name):
            return
        else:
            yield from self._of_services(layer.type, case) or (None,)

    def _of_services(self, name: str, case: AbsentCase) -> Sequence[AloneRun | None]:
        profiles = case.profiles
        types: Iterable[str] = (name, *profiles.services_of(name)) if name else ()
        methods = (item for one in types for item in profiles.methods_of(one, SERVICES))
        return [case.alone(one.node, one.module, one.owner) for one in methods if forwards(one.node)]


class Inwards(Struct, eq=False):
    """Goes through the layers around one route from the outermost on, and looks at each once.

    To begin anew for each layer would take time that grows with the square of their number.
    """

    insertions: OuterInsertions
    layers: Sequence[RouterLayer]
    chain: AbsentCase
    """The case in which no middleware runs but these."""
    _passed: int = 0
    _around: LayersAround = field(default_factory=lambda: LayersAround(frozenset(), Types()))

    def case_of(self, number: int) -> AbsentCase:
        """Return the case in which it is known what the layers around this one insert; numbers must not fall."""
        for layer in self.layers[self._passed : number]:
            self._around = self.insertions.behind(layer, self._around, self.chain)
        self._passed = number
        return self.insertions.case_of(self._around, self.chain)
