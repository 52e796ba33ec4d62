"""What layers are made with, such as lists of paths, and what the services that they create hold of it."""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_extensions import state_of
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
from specdrift.source.axum.guards.cases.derived_cases import of_results
from specdrift.source.axum.path_attributes import parameters_of
from specdrift.source.axum.syntax.values import (
    BoolValue,
    EnumVariant,
    FunctionValue,
    RouterLayer,
    SequenceValue,
    StructValue,
    TextValue,
)
from specdrift.source.axum.syntax.values import Value as Evaluated
from specdrift.source.rust.syntax import descendants, path_of, text, type_arguments

CHANGES = re.compile(r"\bself\s*\.\s*(\w+)\s*[-+*/|&^]?=(?![=>])|&mut\s+self\s*\.\s*(\w+)")
"""Assigns to a field, or lends it."""
CREATING = frozenset({"Layer"})
"""The trait of types that create a service."""


class HeldLayers(Struct, frozen=True, eq=False):
    """Finds the cases in which the fields of layers are known."""

    profiles: AccessProfiles
    _cases: dict[tuple[str, StructValue | None, AbsentCase], AbsentCase] = field(default_factory=dict)

    def case_of(self, layer: RouterLayer, case: AbsentCase) -> AbsentCase:
        """Return the case in which it is known what a layer and its service hold; the same if nothing is."""
        if layer.function is not None:
            return self._of_state(layer.function, layer.held, case) if layer.held is not None else case
        if not layer.type:
            return case
        key = layer.type, layer.held, case
        if key not in self._cases:
            held = dict(_known(layer.held)) if layer.held is not None else {}
            own = {holding(layer.type, held)}
            services = self._services(layer.type, own, case)
            results = {f"{layer.type}::self": own, **services}
            known = held or any(map(_holds_something, services.values()))
            self._cases[key] = of_results(case, results) if known else case
        return self._cases[key]

    def _of_state(self, function: FunctionValue, state: StructValue, case: AbsentCase) -> AbsentCase:
        """Return the case in which the state is known that a middleware is made with."""
        key, known, module = (str(id(function.code)), state, case), dict(_known(state)), function.written_in
        if not known or module is None:
            return case
        if key not in self._cases:
            made = {holding(state.type, known)}
            results = {
                state_of(case, inner[0], module): made
                for kind, within in parameters_of(function, module)
                if within is module and path_of(kind)[-1:] == ("State",) and (inner := type_arguments(kind))
                if state.type in {text(one) for one in descendants(inner[0])}
            }
            self._cases[key] = of_results(case, {"State": {TRUE}, **results}) if results else case
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
                    f"{one.type.rpartition('::')[2]}::self": {self._kept(one)}
                    for one in made
                    if isinstance(one, Holding)
                }
        return found

    def _kept(self, made: Holding) -> Atom:
        """Return a service without the fields that its methods change."""
        every = self.profiles.index.impls(made.type.rpartition("::")[2])
        changed = {found[1] or found[2] for one in every for found in CHANGES.finditer(text(one.node))}
        fields = {name: {UNKNOWN} if name in changed else value for name, value in made.fields}
        return holding(made.type, fields, made.member)


def _holds_something(value: Value) -> bool:
    """Return whether a truth value, a text or the like is known of a service."""
    fields = (held for one in value if isinstance(one, Holding) for _, held in one.fields)
    return any(held <= {TRUE, FALSE} or all(isinstance(one, Text | Texts) for one in held) for held in fields)


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
