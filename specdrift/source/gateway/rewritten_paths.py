"""Paths that a gateway hands on as others: a route beside the guarded one may lead to the same operation."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ClientChoice, Maker
from specdrift.source.gateway.patterns import compiled, whole
from specdrift.source.gateway.samples import sample, samples, written_with

MOST_TAILS = 30
"""Ends of a path that are tried behind a beginning."""
MOST_SAMPLES = 3
"""Matches of an expression that are tried in the middle of a path."""
MOST_PATHS = 200
"""Rewriting routes of a server that are tried; operations of a server with more are undecided."""
_TAIL = re.compile(r"(?:\((?:\?P?<\w+>)?/?[^()]*\)|/?(?:\.|\[[^\]]{0,100}\]|\\.)[*+]\??)\??\Z")
"""What an expression takes at its end: a group, or any letters."""
ANY_PATH = "/"
"""The beginning of the paths of a route that makes one path of all."""
_GROUP = re.compile(r"\$\{(\w+)\}|\$(\w+)|\\(\d)")
"""Where a replacement has a part of the path as sent, or a variable."""
LONGEST = 1000


class RewrittenPath(Struct, frozen=True):
    """Paths that a route rewrites before a service gets them."""

    beginning: str
    """Of a path that takes the route; empty if none is known."""
    at: SourceLocation
    pattern: str = ""
    """The expression that a path has to fit, if the route has one."""
    replacement: str = ""
    """What replaces it, with groups as ``$1``, ``$name`` or ``\\1``."""
    upstream: frozenset[str] = frozenset()
    """Services that the route may hand requests to; empty: any."""
    service: str = ""
    """Name or address of a service: what stands before the path, where the replacement begins with that, too."""
    chosen: tuple[tuple[str, Maker], ...] = ()
    """The variables of the replacement that clients fill as they like, each with what fills it."""
    decided_by: str = ""
    """What decides whether a request takes the route, if that is not known."""

    @classmethod
    def of_pattern(
        cls,
        pattern: str,
        at: SourceLocation,
        replacement: str = "",
        upstream: frozenset[str] = frozenset(),
    ) -> "RewrittenPath":
        """Return the paths of a regular expression. Before what it takes at its end, they begin alike."""
        found = sample(_TAIL.sub("", pattern.removesuffix("$"))) or ""
        beginning = found if found.startswith("/") else ""
        return cls(beginning, at, pattern, replacement, upstream)

    @property
    def is_read(self) -> bool:
        """False if no path is known that takes the route."""
        if self.decided_by:
            return False
        return bool(self.beginning) or (bool(self.pattern) and sample(self.pattern) is not None)

    def targets(self, path: str) -> Iterator[str]:
        """Yield targets whose path may become ``path``, a path and query as the service gets them."""
        bare, question, query = path.partition("?")
        starts = [at + 1 for at, letter in enumerate(bare) if letter == "/"][:MOST_TAILS]
        tails = (*(bare[at:] for at in starts), "")
        beginnings = (self.beginning, f"{self.beginning.rstrip('/')}/") if self.beginning else ()
        own = (f"{one}{tail}" for tail in tails for one in beginnings)
        fitting = samples(self.pattern) if self.pattern else ()
        whole_ones = (one for one in fitting if one.startswith("/"))
        every = (*self.inverted(bare), *own, *whole_ones, *self.inserted(bare))
        yield from dict.fromkeys(f"{one}{question}{query}" for one in every)

    def inverted(self, path: str) -> Iterator[str]:
        """Yield the paths that the replacement makes ``path`` of: each group has what stands in its place."""
        replacement = self.replacement.partition("?")[0]
        if not self.pattern or not replacement or max(len(path), len(replacement)) > LONGEST:
            return
        for wild in ("(.*?)", "(.*)"):
            names, expression = _template(replacement, wild)
            found = whole(expression, f"{self.service}{path}") if len(names) <= MOST_TAILS else None
            values: Mapping[str, str] = dict(zip(names, found.groups(), strict=True)) if found else {}
            target = written_with(self.pattern, values) if found else ""
            if target.startswith("/"):
                yield target

    def inserted(self, path: str) -> Iterator[str]:
        """Yield paths with a match of the expression where ``path`` has what replaces it; the rest stays."""
        if not self.pattern or len(path) > LONGEST:
            return
        for text in islice(samples(self.pattern), MOST_SAMPLES):
            new = self._replacing(text)
            places = [at for at in range(len(path)) if path.startswith(new, at) and (new or path[at] == "/")]
            yield from (f"{path[:at]}{text}{path[at + len(new) :]}" for at in places[:MOST_TAILS])

    def _replacing(self, text: str) -> str:
        """Return what replaces a match."""
        found = compiled(self.pattern).within(text)
        groups: dict[str, str | None] = dict(found.groupdict()) if found else {}
        groups |= (
            {str(number): one for number, one in enumerate((found[0], *found.groups()))} if found else {}
        )

        def group(one: re.Match[str]) -> str:
            return groups.get(next(filter(None, one.groups()))) or ""

        return _GROUP.sub(group, self.replacement)

    def filled(self, path: str) -> Iterator[tuple[str, ClientChoice]]:
        """Yield the requests of which the replacement makes ``path``, by what the client chooses."""
        makers = dict(self.chosen)
        if not makers or max(len(path), len(self.replacement)) > LONGEST:
            return
        for wild in ("(.*?)", "(.*)"):
            names, expression = _template(self.replacement, wild)
            found = whole(expression, path) if len(names) <= MOST_TAILS else None
            values: Mapping[str, str] = dict(zip(names, found.groups(), strict=True)) if found else {}
            own = [makers[name](value, self.at) for name, value in values.items() if name in makers and value]
            target = written_with(self.pattern, values) if self.pattern else self.beginning
            target = target if target.startswith("/") else self.beginning
            if own and target.startswith("/"):
                yield target, client_choices.together(own)


def at_named_paths(
    routes: Iterable[RewrittenPath], named: Iterable[tuple[str, SourceLocation]]
) -> Iterator[RewrittenPath]:
    """Yield routes, and one for each path that a condition names if one of them makes a fixed path of any.

    ``named``: the paths, each with its condition, which such a route may have.
    """
    every = tuple(routes)
    yield from every
    if any(one.beginning == ANY_PATH and not one.pattern for one in every):
        for path, at in named:
            if path.startswith("/") and path != ANY_PATH:
                yield RewrittenPath(path, at)


def goals(routes: Sequence[RewrittenPath], paths: Iterable[str]) -> tuple[str, ...]:
    """Return paths that lead to one of these, by no route or by one that another rewriting leads to."""
    own = tuple(dict.fromkeys(path for path in paths if path))
    over = (target for route in routes for path in own for target in route.targets(path))
    return (*own, *islice(dict.fromkeys(over), MOST_PATHS))


def _template(replacement: str, wild: str) -> tuple[list[str], str]:
    """Return the groups of a replacement, in their order, and an expression with one group for each."""
    names: list[str] = []
    written, at = "", 0
    for found in _GROUP.finditer(replacement):
        written += re.escape(replacement[at : found.start()]) + wild
        names.append(next(filter(None, found.groups())))
        at = found.end()
    return names, written + re.escape(replacement[at:])
