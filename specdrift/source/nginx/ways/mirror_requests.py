"""Copies of a request that ``mirror`` sends to another location of the server."""

from collections.abc import Callable, Iterator

from specdrift.model.result.gateway import Passage
from specdrift.source.gateway.exchange import Decision, Undetermined
from specdrift.source.nginx import inheritance
from specdrift.source.nginx.servers import Levels

OFF = "off"


def targets(levels: Levels) -> tuple[str, ...]:
    """Return the paths of the locations that get a copy."""
    every = tuple(one.first for one in inheritance.effective(levels, "mirror"))
    return () if OFF in every else every


def any_further(levels: Levels) -> bool:
    """Return whether other locations get requests as well."""
    return bool(targets(levels)) or inheritance.setting(levels, "post_action") is not None


def copies(levels: Levels, subrequest: Callable[[str], Decision]) -> Iterator[Decision]:
    """Yield the copies that a service gets, or may get."""
    for target in targets(levels):
        try:
            decision = subrequest(target)
        except Undetermined as error:
            decision = Decision(passage=Passage.UNKNOWN, at=error.at, reason=error.what)
        if decision.passage in (Passage.FORWARDED, Passage.UNKNOWN):
            yield decision
