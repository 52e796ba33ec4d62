"""Conditions on paths whose groups statements take: ``if ($uri ~ ^/old/(.*)$) { set $path /$1; }``."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.ways.all_statements import CAPTURE, FREE

PATHS = frozenset({"uri", "document_uri", "request_uri"})
"""Variables that hold the path."""
EXPRESSIONS = {"~": "", "~*": "(?i)"}
"""Operators that compare with an expression, with the flag that it has then."""


class PathConditions(Struct, frozen=True):
    """The expressions that paths fit where variables have their values."""

    values: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """By the name of a variable and the value that ``set`` gives it."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By the name of a group."""

    @classmethod
    def of(cls, http: Directive) -> "PathConditions":
        """Collect them from a configuration."""
        values: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        groups: dict[str, dict[str, None]] = defaultdict(dict)
        for expression, one in _conditional(http, ""):
            if one.name == "set" and len(one.args) == 2:
                values[one.first.removeprefix("$"), one.args[1]][expression] = None
            for name in CAPTURE.findall(expression):
                groups[name][expression] = None
        return cls(
            {key: tuple(found) for key, found in values.items()},
            {name: tuple(found) for name, found in groups.items()},
        )


def _conditional(block: Directive, expression: str) -> Iterator[tuple[str, Directive]]:
    """Yield the statements of a block, and of those in it, with the expression that a path fits there."""
    for one in block.block:
        own = _expression(one) if one.name == "if" else expression
        if own:
            yield own, one
        if one.name not in FREE:
            yield from _conditional(one, own)


def _expression(condition: Directive) -> str:
    """Return the expression that a path is compared with; empty for another condition."""
    variable, operator, pattern = (*condition.args, "", "", "")[:3]
    if variable.removeprefix("$") not in PATHS or operator not in EXPRESSIONS:
        return ""
    return f"{EXPRESSIONS[operator]}{pattern}"
