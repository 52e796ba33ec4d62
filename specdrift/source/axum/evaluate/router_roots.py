"""Finds the routers that binaries serve, and routers that are built but not served."""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import ListenerKind, UnresolvedExpression, UnresolvedKind
from specdrift.source.axum.evaluate import listeners, unresolved_code
from specdrift.source.axum.evaluate.evaluator import MOST_STEPS, Evaluator
from specdrift.source.axum.evaluate.join import some_runs
from specdrift.source.axum.evaluate.relevance.relevant_functions import RelevantFunctions, relevant_functions
from specdrift.source.axum.syntax import calls, macros
from specdrift.source.axum.syntax.expressions import EXPRESSIONS
from specdrift.source.axum.syntax.followed_calls import FollowedCall, Sink
from specdrift.source.axum.syntax.values import Router, SequenceValue, Spot, StructValue, Value
from specdrift.source.rust.conditions import Conditions
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.macro_items import MacroDefinitions, write_items, write_statics
from specdrift.source.rust.name_resolver import NameResolver
from specdrift.source.rust.type_members import TypeMembers


class RouterRoot(Struct, frozen=True):
    """A router that a binary serves or a function returns."""

    router: Router
    entry: str
    served: bool
    location: SourceLocation
    listener: ListenerKind = ListenerKind.UNKNOWN
    assumed_plaintext: bool = False
    """Nothing declares the listener, and the server that it is passed to has no TLS of its own."""
    conditional: bool = False
    """It is served in some runs only."""
    function: RustItem | None = None
    """The function that returns it if no binary is known to serve it."""
    ways: tuple[FollowedCall, ...] = ()
    """The calls that serve it."""


class RouterRoots(Struct, frozen=True):
    roots: tuple[RouterRoot, ...]
    unresolved: tuple[UnresolvedExpression, ...]
    any_server: bool = False
    """Calls are known that serve something, a router or a value that was not followed."""


def evaluator_for(
    index: CrateIndex,
    names: NameResolver,
    known: RelevantFunctions,
    conditions: Conditions,
    *,
    defined: MacroDefinitions,
    wiring: Iterable[RustItem],
) -> Evaluator:
    """Create an evaluator of the crates."""
    return Evaluator(
        index,
        TypeMembers(index, names),
        known.functions,
        conditions,
        defined,
        frozenset(item.name for item in wiring),
        call=calls.call,
        declared=listeners.declared,
        macro=macros.macro,
        expressions=EXPRESSIONS,
    )


def find_roots(
    index: CrateIndex, names: NameResolver, conditions: Conditions, *, entry: str = ""
) -> RouterRoots:
    """Find all roots. With ``entry``, a path such as ``routes::app``, only that function's router."""
    write_statics(index)
    defined = MacroDefinitions(index)
    wiring = macros.wiring_macros(defined)
    write_items(index, defined, wiring, searched=True)
    known = relevant_functions(index, {item.name for item in wiring})
    evaluator = evaluator_for(index, names, known, conditions, defined=defined, wiring=wiring)
    if entry:
        return RouterRoots(tuple(_named(evaluator, index, entry)), tuple(evaluator.unresolved))
    roots = list(_served(evaluator, index))
    of_served = len(evaluator.unresolved)
    covered = frozenset[Spot]().union(*(root.router.origins for root in roots)) if roots else frozenset()
    covered |= evaluator.dispatched
    roots += _rest(evaluator, known.builders, covered)
    if any(root.served for root in roots):
        rest = unresolved_code.unreached(evaluator.unresolved[of_served:])
        evaluator.unresolved[of_served:] = rest
        roots = [root if root.served else replace(root, router=_unreached(root.router)) for root in roots]
    unresolved = (
        *evaluator.unresolved,
        *unresolved_code.unwired(evaluator, known.builders, (root.router for root in roots)),
    )
    unresolved = (*unresolved, *unresolved_code.unserved(evaluator))
    if evaluator.steps > MOST_STEPS and known.builders:
        first = known.builders[0]
        place = first.file.place(first.node)
        unresolved = (
            *unresolved,
            UnresolvedExpression(place, "evaluation stopped after too many steps", UnresolvedKind.SERVED),
        )
    if not unresolved and not any(_answers(root.router) for root in roots):
        unresolved = tuple(unresolved_code.nothing(known.builders))
    followed = any(root.function is None for root in roots)
    if not followed and not any(one.kind is UnresolvedKind.SERVED for one in unresolved):
        unresolved = (*unresolved, *unresolved_code.without_server(index, roots=bool(roots)))
    some = any(root.served for root in roots) or bool(evaluator.unserved)
    return RouterRoots(tuple(roots), unresolved, any_server=some)


def _unreached(router: Router) -> Router:
    return replace(router, unresolved=tuple(unresolved_code.unreached(router.unresolved)))


def _named(evaluator: Evaluator, index: CrateIndex, entry: str) -> Iterator[RouterRoot]:
    wanted = entry.removeprefix("crate::")
    for item in index.functions_named({wanted.rpartition("::")[2]}):
        if str(item) == wanted and item.body is not None:
            for router in routers_in(evaluator.run(item, [])):
                yield _given(router, item)


def _given(router: Router, item: RustItem) -> RouterRoot:
    return RouterRoot(router, str(item), served=False, location=item.file.place(item.node), function=item)


def routers_in(value: Value) -> Iterator[Router]:
    """Yield the routers in a value."""
    match value:
        case Router():
            yield value
        case SequenceValue():
            for item in value.items:
                yield from routers_in(item)
        case StructValue():
            for _, item in value.fields:
                yield from routers_in(item)


def _served(evaluator: Evaluator, index: CrateIndex) -> Iterator[RouterRoot]:
    """Yield what each binary's ``main`` serves or returns."""
    for name, module in index.binaries.items():
        main = module.items.get("main")
        if main is None:
            continue
        evaluator.entry, before = name, len(evaluator.sinks)
        evaluator.from_main = True
        result = evaluator.run(main, [])
        evaluator.from_main = False
        sinks = evaluator.sinks[before:]
        served = [sink for sink in sinks if sink.served]
        # Where one of several is served in each run, it is known which of them the others come on top of.
        surely = any(not sink.conditional for sink in served)
        for sink in sorted(_distinct(served), key=lambda sink: sink.conditional):
            yield _root(sink, maybe_served=surely and sink.conditional)
        for router in routers_in(result):
            yield RouterRoot(router, name, served=True, location=main.file.place(main.node))
        if not served:
            yield from (_root(sink) for sink in _largest(sinks))


def _root(sink: Sink, *, maybe_served: bool = False) -> RouterRoot:
    router = some_runs(sink.router) if maybe_served else sink.router
    return RouterRoot(
        router,
        sink.entry,
        served=sink.served,
        location=sink.location,
        listener=sink.listener,
        assumed_plaintext=sink.assumed,
        conditional=sink.conditional or sink.alternative,
        ways=sink.ways,
    )


def _distinct(sinks: list[Sink]) -> list[Sink]:
    """Return one sink per router and call; serving with and without TLS are two."""
    found: dict[tuple[str, Router, str], Sink] = {}
    for sink in reversed(sinks):
        known = found.get((sink.entry, sink.router, sink.source_text))
        ways = (*sink.ways, *known.ways) if known is not None else sink.ways
        found[sink.entry, sink.router, sink.source_text] = replace(sink, ways=ways)
    return [*found.values()][::-1]


def _largest(sinks: list[Sink]) -> Iterator[Sink]:
    """Return the routers that have something no larger one has."""
    covered: frozenset[Spot] = frozenset()
    for sink in sorted(sinks, key=lambda sink: -len(sink.router.origins)):
        if not sink.router.origins <= covered:
            covered |= sink.router.origins
            yield sink


def _rest(
    evaluator: Evaluator, builders: Iterable[RustItem], covered: frozenset[Spot]
) -> Iterator[RouterRoot]:
    """Yield functions with routers that no root has; the largest first, each without what an earlier one has."""
    found: list[RouterRoot] = []
    for item in builders:
        if item.node.id in evaluator.evaluated - evaluator.live and covered:
            continue
        evaluator.entry = str(item)
        before, unresolved = len(evaluator.sinks), len(evaluator.unresolved)
        known = item.node.id in evaluator.evaluated
        result = evaluator.run(item, [])
        if known:  # with its arguments, more was known
            del evaluator.unresolved[unresolved:]
        found += [_given(router, item) for router in routers_in(result)]
        found += (replace(_root(sink), function=item) for sink in evaluator.sinks[before:])
    for root in sorted(found, key=lambda root: -len(root.router.origins)):
        if root.router.origins and not root.router.origins <= covered and _answers(root.router):
            covered |= root.router.origins
            yield root


def _answers(router: Router) -> bool:
    return bool(router.routes or router.fallbacks or router.unresolved)
