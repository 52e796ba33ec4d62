"""Paths that a gateway hands on as others: a route beside the guarded one may lead to the same operation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.samples import sample

MOST_TAILS = 8
"""Ends of a path that are tried behind a beginning."""
MOST_PATHS = 200
"""Rewriting routes of a server that are tried; operations of a server with more are undecided."""
_TAIL = re.compile(r"(?:\((?:\?P?<\w+>)?/?[^()]*\)|/?(?:\.|\[[^\]]{0,100}\]|\\.)[*+]\??)\??\Z")
"""What an expression takes at its end: a group, or any letters."""


@dataclass(frozen=True, slots=True)
class RewrittenPath:
    """The beginning of paths that a route rewrites before a service gets them."""

    beginning: str
    at: SourceLocation

    @classmethod
    def of_pattern(cls, pattern: str, at: SourceLocation) -> "RewrittenPath | None":
        """Return the beginning that a regular expression asks for, before what it takes at its end."""
        found = sample(_TAIL.sub("", pattern.removesuffix("$")))
        return cls(found, at) if found and found.startswith("/") else None

    def targets(self, path: str) -> Iterator[str]:
        """Yield targets whose path may become ``path``, a path and query as the service gets them."""
        bare, question, query = path.partition("?")
        starts = [at + 1 for at, letter in enumerate(bare) if letter == "/"][:MOST_TAILS]
        tails = (*(bare[at:] for at in starts), "")
        beginnings = (self.beginning, f"{self.beginning.rstrip('/')}/")
        yield from dict.fromkeys(f"{one}{tail}{question}{query}" for tail in tails for one in beginnings)
