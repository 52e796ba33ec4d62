"""Finds the first server that has a name, without a comparison with each."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import translate
from itertools import islice
from typing import Generic, TypeVar

from msgspec import Struct

_WILD = re.compile(r"[*?]")

Named = TypeVar("Named")


class HostNames(Struct, Generic[Named], frozen=True):
    """Names of servers in their order. ``*`` and ``?`` are wildcards, and also match dots."""

    exact: Mapping[str, tuple[int, Named]]
    endings: Mapping[str, tuple[int, Named]]
    """What follows the asterisk of names that have no other wildcard and begin with it."""
    others: tuple[tuple[re.Pattern[str], int, Named], ...]

    @classmethod
    def of(cls, names: Iterable[tuple[str, Named]]) -> "HostNames[Named]":
        """Return the index of names in lower case, each with its server."""
        exact, endings = dict[str, tuple[int, Named]](), dict[str, tuple[int, Named]]()
        others = dict[str, tuple[int, Named]]()
        for order, (name, server) in enumerate(names):
            if not _WILD.search(name):
                exact.setdefault(name, (order, server))
            elif name[0] == "*" and not _WILD.search(name, 1):
                endings.setdefault(name[1:], (order, server))
            else:
                others.setdefault(name, (order, server))
        return cls(exact, endings, tuple((_expression(name), *found) for name, found in others.items()))

    def first(self, host: str) -> Named | None:
        """Return the first server that has the name of a host; ``None`` if none has."""
        found = [self.exact[host]] if host in self.exact else []
        if self.endings:
            ends = (host[start:] for start in range(len(host) + 1))
            found += [self.endings[end] for end in ends if end in self.endings]
        found += islice(((order, one) for pattern, order, one in self.others if pattern.match(host)), 1)
        return min(found, key=lambda one: one[0])[1] if found else None


def bare_host(written: str) -> str:
    """Return the name of a Host header, as it is compared with names of servers."""
    name = written.rpartition(":")[0] if written.rpartition(":")[2].isdecimal() else written
    return name.lower().removesuffix(".")


def _expression(name: str) -> re.Pattern[str]:
    return re.compile(translate(name.replace("[", "[[]")))
