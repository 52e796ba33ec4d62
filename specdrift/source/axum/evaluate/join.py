"""One value of two that are possible: what both have is certain, what only one has is there in some runs."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace

from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    Choice,
    Function,
    Handling,
    Layer,
    Layers,
    Methods,
    Routed,
    Router,
    Scope,
    Sequence,
    Struct,
    Unknown,
    Value,
)

MOST_VARIANTS = 6
"""So many ways for one route to be wrapped are told apart."""


def join(one: Value, other: Value) -> Value:  # noqa: PLR0911 - a table of cases
    """What is known when it is either of two."""
    if one is other or one == other:
        return one
    match one, other:
        case Unknown(), (Router() | Methods() | Layers() | Struct() | Sequence()):
            return maybe(other)
        case ((Router() | Methods() | Layers() | Struct() | Sequence()), Unknown()):
            return maybe(one)
        case Router(), Router():
            return _routers(one, other)
        case Methods(), Methods():
            return Methods(_handlings(one.handlings, other.handlings), one.path)
        case Layers(), Layers():
            return Layers(
                _layers(one.layers, other.layers) or (*map(_some, one.layers), *map(_some, other.layers))
            )
        case ((Function() | Choice()), (Function() | Choice())):
            return Choice(tuple(dict.fromkeys((*_functions(one), *_functions(other)))))
        case Sequence(), Sequence() if len(one.items) == len(other.items):
            return Sequence(tuple(map(join, one.items, other.items)))
        case Struct(), Struct() if one.type == other.type:
            names = dict.fromkeys((*dict(one.fields), *dict(other.fields)))
            return Struct(one.type, tuple((name, join(one.get(name), other.get(name))) for name in names))
    return UNKNOWN


def _functions(value: Function | Choice) -> tuple[Function, ...]:
    return value.functions if isinstance(value, Choice) else (value,)


def maybe(value: Value) -> Value:
    """The same, in some runs."""
    match value:
        case Router():
            return some_runs(value)
        case Methods():
            return replace(value, handlings=tuple(map(_conditional, value.handlings)))
        case Layers():
            return Layers(tuple(map(_some, value.layers)))
    return value


def some_runs(router: Router) -> Router:
    """The same router, whose routes are there in some runs."""
    return replace(
        router,
        routes=tuple(replace(r, handling=_conditional(r.handling)) for r in router.routes),
        fallbacks=tuple(replace(r, handling=_conditional(r.handling)) for r in router.fallbacks),
    )


def _conditional(handling: Handling) -> Handling:
    return replace(handling, conditional=True)


def _some(layer: Layer) -> Layer:
    return replace(layer, conditional=True)


def _routers(one: Router, other: Router) -> Router:
    return replace(
        one,
        routes=tuple(_routed(one.routes, other.routes)),
        fallbacks=tuple(_routed(one.fallbacks, other.fallbacks)),
        unresolved=tuple(dict.fromkeys((*one.unresolved, *other.unresolved))),
        births=one.births | other.births,
    )


def _routed(one: Iterable[Routed], other: Iterable[Routed]) -> Iterator[Routed]:
    left, right = _by_key(one), _by_key(other)
    for key in dict.fromkeys((*left, *right)):
        path = key[0]
        for handling in _handlings(left.get(key, ()), right.get(key, ())):
            yield Routed(str(path), handling)


def _by_key(routes: Iterable[Routed]) -> dict[tuple[Hashable, ...], list[Handling]]:
    found: dict[tuple[Hashable, ...], list[Handling]] = defaultdict(list)
    for route in routes:
        handling = route.handling
        place = handling.location
        found[route.path, handling.methods, place.file, place.line, place.column].append(handling)
    return found


def _handlings(one: Iterable[Handling], other: Iterable[Handling]) -> tuple[Handling, ...]:
    """Those of both: equal ones are one, ones whose layers fit into each other too; the rest is conditional."""
    rest = list(other)
    found = []
    for handling in one:
        partner = next((o for o in rest if _same(handling, o)), None)
        layers = _layers(handling.layers, partner.layers) if partner else None
        if partner is None or layers is None:
            found.append(_conditional(handling))
            continue
        rest.remove(partner)
        conditional = handling.conditional or partner.conditional
        found.append(replace(handling, layers=layers, conditional=conditional))
    return (*found, *map(_conditional, rest))[: MOST_VARIANTS * 8]


def _same(one: Handling, other: Handling) -> bool:
    return (
        one.methods == other.methods
        and one.location == other.location
        and _layers(one.layers, other.layers) is not None
    )


def _layers(one: tuple[Layer, ...], other: tuple[Layer, ...]) -> tuple[Layer, ...] | None:
    """The longer of two, with what the shorter lacks as conditional; ``None`` where they do not fit."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    rest = list(shorter)
    found = []
    for layer in longer:
        if rest and rest[0].spot == layer.spot:
            partner = rest.pop(0)
            found.append(replace(layer, conditional=layer.conditional or partner.conditional))
        else:
            found.append(_some(layer))
    return None if rest else tuple(found)


def join_scopes(base: Scope, branches: list[Scope]) -> None:
    """Let ``base`` have what its variables are after one of the branches."""
    if not branches:
        return
    first, *others = branches
    for other in others:
        _join_into(first, other)
    base.become(first)


def _join_into(one: Scope, other: Scope) -> None:
    for name in one.variables.keys() & other.variables.keys():
        one.variables[name] = join(one.variables[name], other.variables[name])
    if one.around and other.around:
        _join_into(one.around, other.around)
