"""Routes that each branch of a condition has with other layers: whether a condition decides that they are there."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace

from specdrift.model.result.source import SourceRoute
from specdrift.source.axum.guards.guard_classifier import GuardClassifier
from specdrift.source.axum.syntax.values import AxumEndpoint

Found = Mapping[SourceRoute, AxumEndpoint]


def settled(found: Found, classifier: GuardClassifier) -> dict[SourceRoute, AxumEndpoint]:
    """Return the routes, with those of branches as what a client without a certificate gets.

    A branch that only a certificate takes adds nothing to the others. What these do alike does not depend on the
    condition.
    """
    groups: dict[tuple[Hashable, ...], list[SourceRoute]] = defaultdict(list)
    for route, endpoint in found.items():
        own = (route,) if not endpoint.either else ()
        groups[route.location, route.path, route.methods, route.handler, route.entry, own].append(route)
    kept = (one for group in groups.values() for one in _of_group(group, found, classifier))
    changed = dict(kept)
    return {changed[route]: endpoint for route, endpoint in found.items() if route in changed}


def _of_group(
    group: list[SourceRoute], found: Found, classifier: GuardClassifier
) -> Iterator[tuple[SourceRoute, SourceRoute]]:
    """Yield the routes that count, each with what it is."""
    if len(group) == 1 and not found[group[0]].either:
        yield group[0], group[0]
        return
    reached = [route for route in group if not _is_closed(found[route], classifier)]
    counting = reached or group
    alike = len({(route.guard, route.guard_conditional) for route in counting}) == 1
    roles = {role for route in counting for role in route.roles}
    for route in group:
        if route in counting:
            yield route, route if alike else replace(route, conditional=True)
        elif not roles.issuperset(route.roles):
            yield route, replace(route, conditional=True)


def _is_closed(endpoint: AxumEndpoint, classifier: GuardClassifier) -> bool:
    """Return whether a client without a certificate is kept from a branch."""
    return any(classifier.of_layer(layer).certain for layer in endpoint.layers if layer.gate is not None)
