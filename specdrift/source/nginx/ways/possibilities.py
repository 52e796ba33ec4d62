"""Where a request may get to whose decision is not known."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from specdrift.model.result.gateway import Passage
from specdrift.source.gateway.exchange import Decision, Undetermined
from specdrift.source.nginx.directives import INCLUDE, Directive
from specdrift.source.nginx.forwarding import Forwarding
from specdrift.source.nginx.servers import PASSES, Location, Server
from specdrift.source.nginx.ways import unread_includes

ELSEWHERE = frozenset({"try_files", "error_page", INCLUDE})
"""Statements that hand a request to another location, or may."""


def services_of(
    location: Location | None, opaque: Mapping[Directive, Directive], forwarding: Forwarding
) -> frozenset[str]:
    """Return the addresses that may get a request that stays in a location; empty: any."""
    if location is None:
        return frozenset()
    own = tuple(_beneath(location.directive))
    if any(map(_leaves, own)) or any(level in opaque for level in location.levels):
        return frozenset()
    if unread_includes.first_of(location.levels) is not None:
        return frozenset()
    if any(level.last("error_page") is not None for level in location.levels):
        return frozenset()
    handlers = tuple(one for one in own if one.name in PASSES)
    addresses = tuple(forwarding.addresses(one) for one in handlers)
    return frozenset().union(*addresses) if all(addresses) else frozenset()


def services_at(
    server: Server, opaque: Mapping[Directive, Directive], forwarding: Forwarding
) -> frozenset[str] | None:
    """Return the addresses that requests to a server may get to, with any path; ``None`` if they are not known."""
    own = tuple(_beneath(server.directive))
    if any(level in opaque for level in (*server.levels, *own)):
        return None
    if any(unread_includes.first_of((level,)) is not None for level in (*server.levels, *own)):
        return None
    addresses = tuple(forwarding.addresses(one) for one in own if one.name in PASSES)
    return frozenset().union(*addresses) if all(addresses) else None


def _beneath(block: Directive) -> Iterator[Directive]:
    for one in block.block:
        yield one
        yield from _beneath(one)


def _leaves(one: Directive) -> bool:
    return one.name in ELSEWHERE or (one.name == "rewrite" and one.args[2:] != ("break",))


def unless_refused(error: Undetermined, admitted: Decision) -> Decision:
    """Return the decision about a request that is refused, or gets what an admitted one gets."""
    if admitted.passage.refused:
        return admitted
    return Decision(
        passage=Passage.UNKNOWN,
        at=error.at or admitted.at,
        reason=error.what,
        upstream=admitted.upstream,
        path=admitted.path,
        route=admitted.route,
    )


def either(one: Decision, other: Decision) -> Decision:
    """Return an UNKNOWN decision that may be any of the two, of which one may be UNKNOWN itself."""
    shown = one if one.passage is Passage.UNKNOWN or other.passage is not Passage.UNKNOWN else other
    further = tuple(each for each in (one, other) if each.passage in (Passage.FORWARDED, Passage.UNKNOWN))
    known = all(each.upstream for each in further)
    paths = {each.path for each in further}
    return replace(
        shown,
        passage=Passage.UNKNOWN,
        status=None,
        upstream=frozenset(address for each in further for address in each.upstream)
        if known
        else frozenset(),
        path=paths.pop() if len(paths) == 1 else "",
        sent={},
    )
