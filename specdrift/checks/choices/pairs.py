"""Pairs of choices that a document has for an operation, in few requests. Pure."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from itertools import combinations, product
from urllib.parse import quote

from specdrift.model.exchange.probe import Request

MOST_PAIRED = 6
"""Requests with pairs of choices, and parameters of the query that are paired."""
MOST_CHOICES, MOST_VALUES = 12, 4
"""Parts of a request that are paired, and values of each: the first ones and the last."""
Named = Iterator[tuple[str, Request]]
"""Requests, each with a name that is its own."""
Choices = tuple[tuple[str, Callable[[Request], Request]], ...]
"""The values of one part of a request, each with its name and what it changes."""


def in_pairs(
    request: Request, of_query: Sequence[tuple[str, tuple[str, ...]]], beside_it: Sequence[Choices]
) -> Named:
    """Each pair of choices, in few requests: ``format=csv`` with ``scope=all``, ``/globex`` with ``text/csv``.

    Without those that are sent with all first and all last values of the query.
    """
    query: list[Choices] = [
        tuple((f"{name}={value}", partial(_added, name=name, value=value)) for value in values)
        for name, values in of_query[:MOST_PAIRED]
    ]
    query = [_few(values) for values in query]
    choices = [*query, *map(_few, filter(None, beside_it))][:MOST_CHOICES]
    wanted = [
        {one: first, other: second}
        for one, other in combinations(range(len(choices)), 2)
        for first, second in product(range(len(choices[one])), range(len(choices[other])))
    ]
    for end in (0, -1):
        wanted = _without_covered(wanted, {at: range(len(values))[end] for at, values in enumerate(query)})
    for _ in range(MOST_PAIRED):
        if not wanted:
            return
        row = dict(wanted[0])
        for pair in wanted:
            if all(row.get(at, value) == value for at, value in pair.items()):
                row |= pair
        wanted = _without_covered(wanted, row)
        chosen = [choices[at][value] for at, value in sorted(row.items())]
        name = " with ".join(name for name, _ in chosen)
        yield name, reduce(lambda request, choice: choice[1](request), chosen, request)


def _few(values: Choices) -> Choices:
    return values if len(values) <= MOST_VALUES else (*values[: MOST_VALUES - 1], values[-1])


def _added(request: Request, *, name: str, value: str) -> Request:
    return request.to(with_parameters(request.target, [(name, value)]))


def _without_covered(pairs: list[dict[int, int]], row: dict[int, int]) -> list[dict[int, int]]:
    return [pair for pair in pairs if not pair.items() <= row.items()]


def with_parameters(target: str, parameters: Sequence[tuple[str, str]]) -> str:
    """Return the target with further parameters in its query."""
    written = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters)
    return f"{target}{'&' if '?' in target else '?'}{written}"
