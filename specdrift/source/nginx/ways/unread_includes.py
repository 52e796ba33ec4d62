"""Included files that were not read: what they hold may decide each request to the block."""

from glob import has_magic

from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.nginx.directives import INCLUDE, Directive
from specdrift.source.nginx.servers import Levels


def first_of(levels: Levels) -> Directive | None:
    """Return an include in effect that was not read.

    Patterns at the level of ``http`` name servers of their own, and leave those that were read as they are.
    """
    for level in levels:
        for one in level.all(INCLUDE):
            if level.name != "http" or not has_magic(one.first):
                return one
    return None


def require_read(levels: Levels) -> None:
    """Raise Undetermined if an include in effect was not read: it may hold a guard, or end one."""
    one = first_of(levels)
    if one is not None:
        raise not_read(one)


def not_read(include: Directive) -> Undetermined:
    """Return that nothing is known of what is included."""
    return Undetermined(f"the included file {include.first}, which was not read", include.location)
