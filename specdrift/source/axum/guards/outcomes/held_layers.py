"""What layers are made with, such as lists of paths, and what the services that they create hold of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_values import (
    FALSE,
    TRUE,
    UNKNOWN,
    Atom,
    Holding,
    Text,
    Texts,
    Value,
    holding,
)
from specdrift.source.axum.guards.access_profiles import AccessProfiles
from specdrift.source.axum.syntax.values import (
    BoolValue,
    EnumVariant,
    RouterLayer,
    SequenceValue,
    StructValue,
    TextValue,
)
from specdrift.source.axum.syntax.values import Value as Evaluated

CREATING = frozenset({"Layer"})
"""The trait of types that create a service."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldLayers:
    """Finds the cases in which the fields of layers are known."""

    profiles: AccessProfiles
    _cases: dict[tuple[StructValue, AbsentCase], AbsentCase] = field(default_factory=dict)

    def case_of(self, layer: RouterLayer, case: AbsentCase) -> AbsentCase:
        """Return the case in which it is known what a layer and its service hold; the same if nothing is."""
        held = layer.held
        fields = dict(_known(held)) if held is not None else {}
        if held is None or not fields:
            return case
        key = held, case
        if key not in self._cases:
            own = {holding(layer.type, fields)}
            results = {f"{layer.type}::self": own, **self._services(layer.type, own, case)}
            self._cases[key] = case.of_results({**case.results, **results})
        return self._cases[key]

    def _services(self, name: str, own: Value, case: AbsentCase) -> dict[str, Value]:
        """Return what the service that a layer creates is, by the name of its receiver."""
        found: dict[str, Value] = {}
        for item in self.profiles.methods_of(name, CREATING):
            before = case.aside()
            made = case.run(item, [{UNKNOWN}], own)
            case.restore(before)
            if len(made) == 1:
                found |= {
                    f"{one.type.rpartition('::')[2]}::self": {one} for one in made if isinstance(one, Holding)
                }
        return found


def _known(held: StructValue) -> Iterator[tuple[str, Value]]:
    for name, value in held.fields:
        atom = _atom(value)
        if atom is not None:
            yield name, {atom}


def _atom(value: Evaluated) -> Atom | None:
    """Return a text, a list of texts, a truth value or a variant without fields; ``None`` for others."""
    match value:
        case TextValue():
            return Text(value.value)
        case BoolValue():
            return TRUE if value.value else FALSE
        case EnumVariant(fields=()):
            return holding(value.type, {}, value.name)
        case SequenceValue(is_list=True):
            texts = [one.value for one in value.items if isinstance(one, TextValue)]
            return Texts(tuple(texts)) if texts and len(texts) == len(value.items) else None
    return None
