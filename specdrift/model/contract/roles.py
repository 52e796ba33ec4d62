"""What the roles of a requirement mean: of several that it names, one is enough; none named means any. Pure.

The comparison of documents, that of configurations and the judgement of answers all ask here.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import product
from math import prod

from msgspec.structs import replace

from specdrift.model.contract.requirement import SchemeUse

MOST_WAYS = 1000
"""Maximum number of ways to meet one alternative that are listed."""


def suffices(held: AbstractSet[str], named: AbstractSet[str]) -> bool:
    """Return whether a caller with the roles ``held`` has one of those ``named``."""
    return not named or bool(held & named)


def admits_no_more(named: AbstractSet[str], others: AbstractSet[str]) -> bool:
    """Return whether each caller who has one of the roles ``named`` has one of the ``others``, too."""
    return not others or (bool(named) and named <= others)


def ways(alternative: tuple[SchemeUse, ...]) -> Iterator[tuple[SchemeUse, ...]]:
    """Yield the alternative once for each choice of one role per scheme: the least that meets it.

    Itself where there are more than a thousand choices. Scopes are all needed, and stay together.
    """
    choices = [_one_of(use) for use in alternative]
    if prod(map(len, choices)) > MOST_WAYS:
        yield alternative
    else:
        yield from product(*choices)


def _one_of(use: SchemeUse) -> list[SchemeUse]:
    if not use.names_roles or len(use.scopes) < 2:
        return [use]
    return [replace(use, scopes=(role,)) for role in use.scopes]
