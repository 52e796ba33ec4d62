"""Paths that reach a route as well, though middleware and handlers see them as they were sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from specdrift.source.go.requests.changed_paths import texts_near
from specdrift.source.go.requests.known_middleware import CHI
from specdrift.source.go.routers.handler_steps import StepKind
from specdrift.source.go.values import go_texts
from specdrift.source.go.values.go_values import GoText, GoUnknown, GoValue, LibraryCode, ValueOrigin

if TYPE_CHECKING:
    from specdrift.source.go.routers.handler_steps import FoundRoute, HandlerStep

ORIGIN = frozenset({ValueOrigin.PATH})


def other_spellings(route: FoundRoute, path: GoValue) -> Iterator[tuple[GoText, int]]:
    """Yield further paths of a route, each with the number of steps that see it before something changes it."""
    if not isinstance(path, GoText) or path.pieces == (None,):
        return
    everywhere = len(route.steps) + 1
    if route.is_cleaned:
        yield from ((one, everywhere) for one in _unclean(path, route))
    for number, step in enumerate(route.steps):
        spelled = SPELLED.get(_name_of(step))
        # Within a router of chi, such middleware changes the path by which the router selects, and no other.
        seen_by = number if step.kind is StepKind.EXTERNAL else everywhere
        if spelled is not None and seen_by:
            yield from ((one, seen_by) for one in spelled(path, route))


def _name_of(step: HandlerStep) -> str:
    match step.value:
        case LibraryCode(name=name) | GoUnknown(made_by=name):
            return name
    return ""


def _with_slash(path: GoText, route: FoundRoute) -> Iterator[GoText]:
    del route
    yield go_texts.joined([path, GoText(("/",))])


def _with_format(path: GoText, route: FoundRoute) -> Iterator[GoText]:
    del route
    yield go_texts.joined([path, GoText((".", None), ORIGIN)])


def _unclean(path: GoText, route: FoundRoute) -> Iterator[GoText]:
    """Yield paths that ``path.Clean`` makes that of a route of."""
    yield go_texts.joined([GoText(("/",)), path])
    for text in texts_near(route.steps):  # which a guard may exempt
        up = "/.." * len([one for one in text.split("/") if one])
        yield go_texts.joined([GoText((text.rstrip("/") + up,)), path])
    for part in ("//", "/./", "/../"):
        yield GoText((None, part, None), ORIGIN)


SPELLED: Mapping[str, Callable[[GoText, FoundRoute], Iterator[GoText]]] = {
    f"{CHI}StripSlashes": _with_slash,
    f"{CHI}URLFormat": _with_format,
    f"{CHI}CleanPath": _unclean,
}
"""Middleware that selects the route by another path than the one that was sent."""
