"""Leaves out cases of tests with many of them: what the quick tests need is one look at each behaviour."""

from collections import defaultdict
from collections.abc import Iterable


def left_out(names: Iterable[str], most: int) -> frozenset[str]:
    """Return the cases beyond ``most`` of each test, by their names as pytest writes them.

    The first and the last stay, and those between at equal distances: neighbours are often alike.
    """
    cases = defaultdict[str, list[str]](list)
    for name in names:
        cases[name.partition("[")[0]].append(name)
    return frozenset(name for every in cases.values() for name in set(every) - _spread(every, most))


def _spread(every: list[str], most: int) -> set[str]:
    if len(every) <= most:
        return set(every)
    steps = max(most - 1, 1)
    return {every[number * (len(every) - 1) // steps] for number in range(most)}
