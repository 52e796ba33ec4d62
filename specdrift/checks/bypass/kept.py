"""Keeps the attempts of a check from one round of follow-ups to the next: they depend on the context alone. Pure."""

from collections.abc import Callable, Hashable, Iterable
from itertools import chain, islice
from typing import TypeVar

from specdrift.checks.core.base import PlanContext

MOST = 10_000
"""Attempts of one check that are kept. Of large documents they are made again each time, which takes no memory."""
A = TypeVar("A")


def kept(context: PlanContext, key: Hashable, make: Callable[[], Iterable[A]]) -> Iterable[A]:
    """Return what ``make`` yields for a context, as it was made before under this key."""
    known: list[A] | None = context.kept.get(key)
    if known is not None:
        return known
    rest = iter(make())
    made = list(islice(rest, MOST + 1))
    if len(made) > MOST:
        return chain(made, rest)
    context.kept[key] = made
    return made
