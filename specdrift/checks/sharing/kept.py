"""Keeps the attempts of a check from one round of follow-ups to the next: they depend on the context alone. Pure."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

from specdrift.checks.core.base import PlanContext

MOST = 10_000
"""Attempts of one check that are kept. Of large documents they are made again each time, which takes no memory."""
A = TypeVar("A")


def kept(context: PlanContext, key: Hashable, make: Callable[[], Iterable[A]]) -> Iterator[A]:
    """Yield what ``make`` returns for a context, as it was made before under this key."""
    if key not in context.kept:
        rest = iter(make())
        made = list(islice(rest, MOST + 1))
        if len(made) > MOST:
            yield from chain(made, rest)
            return
        context.kept[key] = made
    yield from context.kept[key]
