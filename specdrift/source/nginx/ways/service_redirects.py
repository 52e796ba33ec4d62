"""Locations that clients reach only if a service names them in its answer: ``X-Accel-Redirect``."""

from collections.abc import Callable, Iterable, Iterator

from specdrift.model.result.gateway import Passage
from specdrift.source.gateway.exchange import Decision
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.gateway.samples import samples
from specdrift.source.nginx import inheritance
from specdrift.source.nginx.servers import PASSES, REGEXES, Location, MatchKind, Server

HEADER = "x-accel-redirect"
NAMED = "X-Accel-Redirect, which a service may answer with"
DecidedPath = Callable[[str], Decision]
"""Decides a request of an anonymous client for a path."""


def of_services(server: Server, sent: DecidedPath, internal: DecidedPath) -> Iterator[RewrittenPath]:
    """Yield the internal locations that hand paths on, if clients get answers of a service that may name them.

    ``sent`` decides what clients send themselves, ``internal`` what an answer names.
    """
    every = tuple(_all(server.locations))
    inner = [one for one in every if _takes_paths(one) and inheritance.setting(one.levels, "internal")]
    if not inner or not any(map(_is_handed_on, _each(filter(_may_redirect, every), sent))):
        return
    for one in inner:
        for decision in filter(_is_handed_on, _each((one,), internal)):
            yield RewrittenPath("", one.directive.location, upstream=decision.upstream, decided_by=NAMED)


def _all(locations: Iterable[Location]) -> Iterator[Location]:
    for one in locations:
        yield one
        yield from _all(one.inner)


def _takes_paths(one: Location) -> bool:
    """Return whether a location hands on more paths than one."""
    return one.kind not in (MatchKind.NAMED, MatchKind.EXACT) and any(one.directive.all(*PASSES))


def _each(locations: Iterable[Location], decide: DecidedPath) -> Iterator[Decision]:
    """Yield what becomes of a path of each location."""
    for one in locations:
        path = next(samples(one.pattern), "") if one.kind in REGEXES else one.pattern
        if path.startswith("/"):
            yield decide(path)


def _may_redirect(one: Location) -> bool:
    """Return whether nginx looks at the answers of a location's service."""
    for handler in one.directive.all(*PASSES):
        ignored = inheritance.effective(one.levels, f"{handler.name.removesuffix('_pass')}_ignore_headers")
        if not any(name.lower() == HEADER for each in ignored for name in each.args):
            return True
    return False


def _is_handed_on(decision: Decision) -> bool:
    return decision.passage in (Passage.FORWARDED, Passage.UNKNOWN)
