"""Routes that each branch of a condition has with other layers: whether a condition decides that they are there."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

from msgspec.structs import replace

from specdrift.model.result.source import SourceRoute
from specdrift.source.axum.guards.guard_classifier import GuardClassifier
from specdrift.source.axum.syntax.values import AxumEndpoint

Found = Sequence[tuple[SourceRoute, AxumEndpoint]]


def settled(found: Found, classifier: GuardClassifier) -> dict[SourceRoute, AxumEndpoint]:
    """Return the routes, with those of branches as what a client without a certificate gets.

    A branch that only a certificate takes adds nothing to the others. What these do alike does not depend on the
    condition.
    """
    groups: dict[tuple[Hashable, ...], list[int]] = defaultdict(list)
    for number, (route, endpoint) in enumerate(found):
        own = (number,) if not endpoint.either else ()
        groups[route.location, route.path, route.methods, route.handler, route.entry, own].append(number)
    kept = dict(one for group in groups.values() for one in _of_group(group, found, classifier))
    return {kept[number]: endpoint for number, (_, endpoint) in enumerate(found) if number in kept}


def _of_group(
    group: Sequence[int], found: Found, classifier: GuardClassifier
) -> Iterator[tuple[int, SourceRoute]]:
    """Yield the routes that count, each by its number with what it is."""
    routes = {number: found[number][0] for number in group}
    if len(group) == 1 and not found[group[0]][1].either:
        yield group[0], routes[group[0]]
        return
    reached = [number for number in group if not _is_closed(found[number][1], classifier)]
    counting = reached or group
    alike = len({(routes[number].guard, routes[number].guard_conditional) for number in counting}) == 1
    roles = {role for number in counting for role in routes[number].roles}
    for number, route in routes.items():
        if number in counting:
            yield number, route if alike else replace(route, conditional=True)
        elif not roles.issuperset(route.roles):
            yield number, replace(route, conditional=True)


def _is_closed(endpoint: AxumEndpoint, classifier: GuardClassifier) -> bool:
    """Return whether a client without a certificate is kept from a branch."""
    return any(classifier.of_layer(layer).certain for layer in endpoint.layers if layer.gate is not None)
