"""What is served: the routers that binaries hand to a server, and those of which nobody saw where they go."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import UnresolvedExpression
from specdrift.source.axum.evaluate import unresolved_code
from specdrift.source.axum.evaluate.evaluator import MOST_STEPS, Machine, Sink
from specdrift.source.axum.evaluate.join import some_runs
from specdrift.source.axum.evaluate.relevant_functions import Relevance, relevance
from specdrift.source.axum.syntax import calls, macros
from specdrift.source.axum.syntax.expressions import EXPRESSIONS
from specdrift.source.axum.syntax.values import Router, Sequence, Spot, Struct, Value
from specdrift.source.rust.conditions import Conditions
from specdrift.source.rust.items import Index, Item, Module
from specdrift.source.rust.name_resolver import Names
from specdrift.source.rust.type_members import Members


@dataclass(frozen=True, slots=True)
class Root:
    """A router, and where it was found: the binary that serves it, or the function that gives it."""

    router: Router
    entry: str
    served: bool
    location: SourceLocation
    said: str = ""
    """How it is served, as it is written."""
    function: Item | None = None
    """That which gives it, where no binary was seen to serve it."""


@dataclass(frozen=True, slots=True)
class Wiring:
    roots: tuple[Root, ...]
    unresolved: tuple[UnresolvedExpression, ...]


def machine_for(
    index: Index, names: Names, known: Relevance, conditions: Conditions, wiring_macros: frozenset[str]
) -> Machine:
    """An evaluation of these crates."""
    return Machine(
        index,
        Members(index, names),
        known.functions,
        conditions,
        wiring_macros,
        call=calls.call,
        macro=macros.macro,
        expressions=EXPRESSIONS,
    )


def wiring(index: Index, names: Names, conditions: Conditions, *, entry: str = "") -> Wiring:
    """All roots. With ``entry``, a path such as ``routes::app``, only that function's router."""
    wiring_macros = macros.wiring_macros(index)
    known = relevance(index, wiring_macros)
    machine = machine_for(index, names, known, conditions, wiring_macros)
    if entry:
        return Wiring(tuple(_named(machine, index, entry)), tuple(machine.unresolved))
    roots = list(_served(machine, index))
    covered = frozenset[Spot]().union(*(root.router.births for root in roots)) if roots else frozenset()
    roots += _rest(machine, known.builders, covered)
    unresolved = (*dict.fromkeys(machine.unresolved), *unresolved_code.unwired(machine, known.builders))
    unresolved = (*unresolved, *unresolved_code.unserved(machine))
    if machine.steps > MOST_STEPS and known.builders:
        first = known.builders[0]
        place = first.file.place(first.node)
        unresolved = (*unresolved, UnresolvedExpression(place, "evaluation stopped after too many steps"))
    if not unresolved and not any(root.router.routes for root in roots):
        unresolved = tuple(unresolved_code.nothing(known.builders))
    return Wiring(tuple(roots), unresolved)


def _named(machine: Machine, index: Index, entry: str) -> Iterator[Root]:
    wanted = entry.removeprefix("crate::")
    for item in index.functions:
        if str(item) == wanted and item.body is not None:
            for router in routers_in(machine.run(item, [])):
                yield _given(router, item)


def _given(router: Router, item: Item) -> Root:
    return Root(router, str(item), served=False, location=item.file.place(item.node), function=item)


def routers_in(value: Value) -> Iterator[Router]:
    """The routers in a value."""
    match value:
        case Router():
            yield value
        case Sequence():
            for item in value.items:
                yield from routers_in(item)
        case Struct():
            for _, item in value.fields:
                yield from routers_in(item)


def _served(machine: Machine, index: Index) -> Iterator[Root]:
    """What each binary's ``main`` serves, or gives back for somebody else to serve."""
    for name, module in index.binaries.items():
        main = module.items.get("main")
        if main is None:
            continue
        machine.entry, before = name, len(machine.sinks)
        result = machine.run(main, [])
        sinks = machine.sinks[before:]
        served = [sink for sink in sinks if sink.served]
        # Where one of several is served in each run, it is known which of them the others come on top of.
        surely = any(not sink.conditional for sink in served)
        for sink in sorted(_distinct(served), key=lambda sink: sink.conditional):
            yield _root(sink, maybe_served=surely and sink.conditional)
        for router in routers_in(result):
            yield Root(router, name, served=True, location=main.file.place(main.node))
        if not served:
            yield from (_root(sink) for sink in _largest(sinks))


def _root(sink: Sink, *, maybe_served: bool = False) -> Root:
    router = some_runs(sink.router) if maybe_served else sink.router
    return Root(router, sink.entry, served=sink.served, location=sink.location, said=sink.said)


def _distinct(sinks: list[Sink]) -> list[Sink]:
    """One for each way in which a router is served: with TLS and without are two."""
    return list({(sink.entry, sink.router, sink.said): sink for sink in reversed(sinks)}.values())[::-1]


def _largest(sinks: list[Sink]) -> Iterator[Sink]:
    """Those that have something that no larger one has."""
    covered: frozenset[Spot] = frozenset()
    for sink in sorted(sinks, key=lambda sink: -len(sink.router.births)):
        if not sink.router.births <= covered:
            covered |= sink.router.births
            yield sink


def _rest(machine: Machine, builders: Iterable[Item], covered: frozenset[Spot]) -> Iterator[Root]:
    """Functions whose routers no root has; the largest first, each without what another one has."""
    found: list[Root] = []
    for item in builders:
        if item.node.id in machine.evaluated and covered:
            continue
        machine.entry = str(item)
        before = len(machine.sinks)
        result = machine.run(item, [])
        found += [_given(router, item) for router in routers_in(result)]
        found += (replace(_root(sink), function=item) for sink in machine.sinks[before:])
    for root in sorted(found, key=lambda root: -len(root.router.births)):
        if root.router.births and not root.router.births <= covered and _answers(root.router):
            covered |= root.router.births
            yield root


def _answers(router: Router) -> bool:
    return bool(router.routes or router.fallbacks or router.unresolved)


__all__ = ["Item", "Module", "Root", "Wiring", "machine_for", "routers_in", "wiring"]
