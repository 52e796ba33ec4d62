"""Requests that ``mirror`` and ``auth_request`` send to another location of the server beside the client's."""

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

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
    return bool(targets(levels) or asked(levels)) or inheritance.setting(levels, "post_action") is not None


def asked(levels: Levels) -> str:
    """Return the path of the location whose answer decides whether a client is admitted; empty if there is none."""
    statement = inheritance.setting(levels, "auth_request")
    return statement.first if statement is not None and statement.first != OFF else ""


def copies(levels: Levels, subrequest: Callable[[str], Decision]) -> Iterator[Decision]:
    """Yield the copies that a service gets, or may get."""
    yield from _sent(targets(levels), subrequest)


def questions(levels: Levels, subrequest: Callable[[str], Decision]) -> Iterator[Decision]:
    """Yield the request that asks whether a client is admitted, if a service gets it: it is an operation, too."""
    target = asked(levels)
    any_suffices = inheritance.setting(levels, "satisfy")
    for one in _sent((target,) if target else (), subrequest):
        needless = any_suffices is not None and any_suffices.first == "any"
        yield replace(one, passage=Passage.UNKNOWN) if needless else one


def _sent(paths: Iterable[str], subrequest: Callable[[str], Decision]) -> Iterator[Decision]:
    for target in paths:
        try:
            decision = subrequest(target)
        except Undetermined as error:
            decision = Decision(passage=Passage.UNKNOWN, at=error.at, reason=error.what)
        if decision.passage in (Passage.FORWARDED, Passage.UNKNOWN):
            yield decision
