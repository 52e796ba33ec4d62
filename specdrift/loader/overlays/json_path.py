"""Evaluates JSONPath (RFC 9535) within bounds: an overlay may come from a foreign checkout."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from jsonpath import JSONPathEnvironment, JSONPathError, NodeList
from jsonpath.function_extensions import ExpressionType, FilterFunction

from specdrift.loader.overlays.editing import Path
from specdrift.loader.overlays.i_regexp import Regexp, Spend
from specdrift.loader.overlays.i_regexp_syntax import PatternError
from specdrift.loader.parse.tree import Value

MOST_TARGETS = 100_000
MOST_STEPS = 10_000_000
"""Values and characters that all queries together may look at: a minute or two."""
_MOST_DEEP = 500
_SHOWN = 60


class Selected(NamedTuple):
    """A value that a query selects."""

    path: Path
    value: Value


class QueryError(ValueError):
    """A query that is not evaluated. The message is a part of a sentence."""


class JsonPath:
    """Evaluates queries, and counts their steps."""

    def __init__(self) -> None:
        self._steps = 0
        self._environment = _environment(self.spend)

    def spend(self, steps: int) -> None:
        """Count steps. Raises QueryError when there were too many."""
        self._steps += steps
        if self._steps > MOST_STEPS:
            raise QueryError("takes too long")

    def select(self, query: str, root: Value) -> list[Selected]:
        """Return the values that a query selects. Raises QueryError."""
        try:
            matches = self._environment.finditer(query, root)
            found = {match.parts: Selected(match.parts, match.obj) for match in islice(matches, MOST_TARGETS)}
        except JSONPathError as error:
            raise QueryError(f"is not a JSONPath (RFC 9535): {error.message}") from error
        if len(found) >= MOST_TARGETS:
            raise QueryError(f"selects {MOST_TARGETS:,} values or more")
        return list(found.values())


def _environment(spend: Spend) -> JSONPathEnvironment:
    """Return the evaluator, which spends a step on each value that it looks at."""

    class Environment(JSONPathEnvironment):
        @property
        def max_recursion_depth(self) -> int:  # type: ignore[override] # it is only read
            """Each value that ``..`` reaches reads it: the steps that multiply when such queries are nested."""
            spend(1)
            return _MOST_DEEP

        def getitem(self, obj: Any, key: Any) -> Any:  # noqa: ANN401 - as the library declares it
            spend(1)
            return super().getitem(obj, key)

        def setup_function_extensions(self) -> None:
            super().setup_function_extensions()
            self.function_extensions["match"] = _Matching(Regexp.match, spend)
            self.function_extensions["search"] = _Matching(Regexp.search, spend)

        def compare(self, left: object, operator: str, right: object) -> bool:
            # Aliases of YAML can make a small document a large value, and Python compares all of it at once.
            for side in (left, right):
                _visit(side, spend)
            return super().compare(left, operator, right)

    return Environment(strict=True)


class _Matching(FilterFunction):
    """``match`` or ``search`` (RFC 9535, 2.4.6 and 2.4.7)."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012 - as the library declares it
    return_type = ExpressionType.LOGICAL

    def __init__(self, matches: Callable[[Regexp, str, Spend], bool], spend: Spend) -> None:
        self._matches = matches
        self._spend = spend

    def __call__(self, value: object, pattern: object) -> bool:
        if not isinstance(value, str) or not isinstance(pattern, str):
            return False
        self._spend(1)
        return self._matches(_compiled(pattern), value, self._spend)


@lru_cache(maxsize=100)
def _compiled(pattern: str) -> Regexp:
    """Compile an expression. Raises QueryError: with "false" instead, its negation would select everything."""
    try:
        return Regexp(pattern)
    except PatternError as error:
        raise QueryError(f"has the regular expression {pattern[:_SHOWN]}: {error}") from error


def _visit(value: object, spend: Spend) -> None:
    """Spend a step on each value inside of a value."""
    waiting: list[object] = [*value.values()] if isinstance(value, NodeList) else [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            spend(len(one))
            waiting += one.values()
        elif isinstance(one, list):
            spend(len(one))
            waiting += one
