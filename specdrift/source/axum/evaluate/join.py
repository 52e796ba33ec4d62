"""Joins two possible values: their common parts are certain, the others conditional."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from functools import reduce

from msgspec.structs import replace

from specdrift.source.axum.syntax.values import (
    MOST_LAYERS,
    UNKNOWN,
    AxumEndpoint,
    FunctionChoice,
    FunctionValue,
    LayerStack,
    MethodRouter,
    ResponseValue,
    RoutedEndpoint,
    Router,
    RouterLayer,
    Scope,
    SequenceValue,
    StructValue,
    UnknownValue,
    Value,
)

ANYWHERE = ((MOST_LAYERS + 1, "/{*anything}"),)
"""Of an endpoint whose path within routers around it depends on a condition."""
MOST_VARIANTS = 6
"""Maximum number of layer combinations kept per route."""


def join(one: Value, other: Value) -> Value:  # noqa: C901, PLR0911 - a table of cases
    """Join two possible values."""
    if one is other or one == other:
        return one
    match one, other:
        case UnknownValue(), (Router() | MethodRouter() | LayerStack() | StructValue() | SequenceValue()):
            return _or_unknown(other, one)
        case ((Router() | MethodRouter() | LayerStack() | StructValue() | SequenceValue()), UnknownValue()):
            return _or_unknown(one, other)
        case Router(), Router():
            return _routers(one, other)
        case (ResponseValue(), _) | (_, ResponseValue()):
            return _responses(one, other)
        case MethodRouter(), MethodRouter():
            return MethodRouter(_endpoints(one.endpoints, other.endpoints), one.path)
        case LayerStack(), LayerStack():
            return LayerStack(
                _layers(one.layers, other.layers) or (*map(_some, one.layers), *map(_some, other.layers)),
                in_option=one.in_option and other.in_option,
            )
        case ((FunctionValue() | FunctionChoice()), (FunctionValue() | FunctionChoice())):
            return FunctionChoice(tuple(dict.fromkeys((*_functions(one), *_functions(other)))))
        case SequenceValue(), SequenceValue() if len(one.items) == len(other.items):
            return replace(one, items=tuple(map(join, one.items, other.items)))
        case SequenceValue(), SequenceValue():
            return _of_lists(one, other)
        case StructValue(), StructValue() if one.type == other.type:
            names = dict.fromkeys((*dict(one.fields), *dict(other.fields)))
            return StructValue(
                one.type, tuple((name, join(one.get(name), other.get(name))) for name in names)
            )
    return UNKNOWN


def _responses(one: Value, other: Value) -> Value:
    """Join what a service answers; what is not of a router is looked for where the service is made."""
    answers = [value for value in (one, other) if isinstance(value, ResponseValue)]
    routers = (value.router for value in answers)
    return ResponseValue(reduce(_routers, routers), frozenset().union(*(value.calls for value in answers)))


def _functions(value: FunctionValue | FunctionChoice) -> tuple[FunctionValue, ...]:
    return value.functions if isinstance(value, FunctionChoice) else (value,)


def _of_lists(one: SequenceValue, other: SequenceValue) -> Value:
    """Join lists of routers to which some branches add more; others are unknown."""
    shared = min(len(one.items), len(other.items))
    more = (*one.items[shared:], *other.items[shared:])
    if not all(isinstance(item, Router | MethodRouter | UnknownValue) for item in more):
        return UNKNOWN
    joined = map(join, one.items, other.items)
    return replace(one, items=(*joined, *map(maybe, more)))


def _or_unknown(value: Value, other: UnknownValue) -> Value:
    """Join a value with one that is not known: what a call returned may be another router."""
    if other.made is None:
        return maybe(value)
    if not has_router(value):
        return maybe(value) if isinstance(value, LayerStack) else UNKNOWN
    match value:
        case Router():
            found = other.made.unresolved(f"other router: {other.source_text}")
            return replace(some_runs(value), unresolved=(*value.unresolved, found))
        case StructValue():
            return replace(value, fields=tuple((name, _or_unknown(one, other)) for name, one in value.fields))
        case SequenceValue():
            return replace(value, items=tuple(_or_unknown(one, other) for one in value.items))
    return maybe(value)


def has_router(value: Value) -> bool:
    """Return whether a value is a router, or a struct or sequence that has one."""
    match value:
        case Router():
            return True
        case SequenceValue():
            return any(map(has_router, value.items))
        case StructValue():
            return any(has_router(part) for _, part in value.fields)
    return False


def maybe(value: Value) -> Value:
    """Return the value as a conditional one."""
    match value:
        case Router():
            return some_runs(value)
        case MethodRouter():
            return replace(value, endpoints=tuple(map(_conditional, value.endpoints)))
        case LayerStack():
            return LayerStack(tuple(map(_some, value.layers)))
    return value


def some_runs(router: Router) -> Router:
    """Return the router with all routes conditional."""
    return replace(
        router,
        routes=tuple(replace(r, endpoint=_conditional(r.endpoint)) for r in router.routes),
        fallbacks=tuple(replace(r, endpoint=_conditional(r.endpoint)) for r in router.fallbacks),
    )


def _conditional(endpoint: AxumEndpoint) -> AxumEndpoint:
    return endpoint if endpoint.conditional else replace(endpoint, conditional=True)


def _some(layer: RouterLayer) -> RouterLayer:
    return layer if layer.conditional else replace(layer, conditional=True)


def _routers(one: Router, other: Router) -> Router:
    return replace(
        one,
        routes=tuple(_routed_endpoints(one.routes, other.routes)),
        fallbacks=tuple(_routed_endpoints(one.fallbacks, other.fallbacks)),
        unresolved=tuple(dict.fromkeys((*one.unresolved, *other.unresolved))),
        origins=one.origins | other.origins,
    )


def _routed_endpoints(
    one: Iterable[RoutedEndpoint], other: Iterable[RoutedEndpoint]
) -> Iterator[RoutedEndpoint]:
    left, right = _by_key(one), _by_key(other)
    for key in dict.fromkeys((*left, *right)):
        path = key[0]
        for endpoint in _endpoints(left.get(key, ()), right.get(key, ())):
            yield RoutedEndpoint(str(path), endpoint)


def _by_key(routes: Iterable[RoutedEndpoint]) -> dict[tuple[Hashable, ...], list[AxumEndpoint]]:
    found: dict[tuple[Hashable, ...], list[AxumEndpoint]] = defaultdict(list)
    for route in routes:
        endpoint = route.endpoint
        place = endpoint.location
        found[route.path, endpoint.methods, place.file, place.line, place.column].append(endpoint)
    return found


def _endpoints(one: Iterable[AxumEndpoint], other: Iterable[AxumEndpoint]) -> tuple[AxumEndpoint, ...]:
    """Join the endpoints: equal ones, and ones with compatible layers, become one. Those that both have with other
    layers are one or the other; the rest are conditional.
    """
    one, rest = tuple(one), list(other)
    here, there = _certain(one), _certain(rest)
    found = []
    for endpoint in one:
        joined = ((o, layers) for o in rest if (layers := _joined_layers(endpoint, o)) is not None)
        partner, layers = next(joined, (None, ()))
        if partner is None:
            found.append(_one_of(endpoint, there))
            continue
        rest.remove(partner)
        conditional = endpoint.conditional or partner.conditional
        same = layers is endpoint.layers and conditional == endpoint.conditional
        nested = endpoint.nested if endpoint.nested == partner.nested else ANYWHERE
        same = same and nested is endpoint.nested
        found.append(
            endpoint if same else replace(endpoint, layers=layers, conditional=conditional, nested=nested)
        )
    return (*found, *(_one_of(endpoint, here) for endpoint in rest))[: MOST_VARIANTS * 8]


def _certain(endpoints: Iterable[AxumEndpoint]) -> frozenset[Hashable]:
    """Return what identifies the endpoints that a branch has in any case."""
    return frozenset((one.methods, one.location) for one in endpoints if not one.conditional)


def _one_of(endpoint: AxumEndpoint, others: frozenset[Hashable]) -> AxumEndpoint:
    """Return an endpoint of one branch: conditional, unless the other branch has it as well."""
    if (endpoint.methods, endpoint.location) in others:
        return replace(endpoint, either=True)
    return _conditional(endpoint)


def _joined_layers(one: AxumEndpoint, other: AxumEndpoint) -> tuple[RouterLayer, ...] | None:
    same = one.methods == other.methods and one.location == other.location
    return _layers(one.layers, other.layers) if same else None


def _layers(one: tuple[RouterLayer, ...], other: tuple[RouterLayer, ...]) -> tuple[RouterLayer, ...] | None:
    """Return the longer list, with the layers that the shorter one lacks as conditional; ``None`` if incompatible."""
    if one == other:
        return one
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    rest = list(shorter)
    found = []
    for layer in longer:
        if rest and rest[0].spot == layer.spot:
            held = layer.held if rest[0].held == layer.held else None
            same = _some(layer) if rest.pop(0).conditional else layer
            found.append(same if held == same.held else replace(same, held=held))
        else:
            found.append(_some(layer))
    return None if rest else tuple(found)


def join_scopes(base: Scope, branches: list[Scope]) -> None:
    """Join the variables of the branches into ``base``."""
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
