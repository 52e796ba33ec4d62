"""Texts with variables, with each value that statements give these."""

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from specdrift.source.nginx import variable_values
from specdrift.source.nginx.directives import INCLUDE
from specdrift.source.nginx.variable_values import VARIABLE
from specdrift.source.nginx.variables import DEEPEST, Map
from specdrift.source.nginx.ways.path_conditions import PATHS, PathConditions

LONGEST = 500
MOST_EXPANSIONS = 200
"""Texts that are made of one; what more there are keeps its variables."""
SETTINGS = frozenset({"default", "hostnames", "volatile", INCLUDE})
"""Entries of ``map`` that are no texts to compare."""


class FilledText(Struct, frozen=True):
    """A text of which variables were replaced."""

    written: str
    pattern: str = ""
    """The expression that the path fits where a map, or a condition, gives the value."""


class Expansions(Struct, frozen=True):
    """Replaces variables of ``set`` and of ``map``."""

    setters: Mapping[str, tuple[str, ...]]
    """The values that ``set`` gives each variable anywhere."""
    maps: Mapping[str, Map] = field(default_factory=dict)
    conditions: PathConditions = field(default_factory=PathConditions)

    def of(self, template: str) -> tuple[FilledText, ...]:
        """Return the texts, in the order in which they were found."""
        left, found = [(FilledText(template), 0)], dict[FilledText, None]()
        while left and len(found) < MOST_EXPANSIONS:
            one, depth = left.pop(0)
            further = tuple(self._replaced(one)) if depth < DEEPEST and len(one.written) <= LONGEST else ()
            if len(left) + len(further) > MOST_EXPANSIONS:
                further = ()
            left += ((each, depth + 1) for each in further)
            if not further:
                found[one] = None
        return tuple(found)

    def _replaced(self, one: FilledText) -> Iterator[FilledText]:
        """Yield the text with each value of its first variable that has values."""
        for variable in VARIABLE.finditer(one.written):
            name = variable[1] or variable[2]
            values = tuple(self._values(name))
            if values:
                before, behind = one.written[: variable.start()], one.written[variable.end() :]
                for value, pattern in values:
                    # Groups of two expressions are not told apart: the variable stays.
                    if not pattern or not one.pattern or pattern == one.pattern:
                        yield FilledText(f"{before}{value}{behind}", pattern or one.pattern)
                return
            if not one.pattern:
                yield from (FilledText(one.written, each) for each in self.conditions.groups.get(name, ()))

    def _values(self, name: str) -> Iterator[tuple[str, str]]:
        for value in self.setters.get(name, ()):
            yield from ((value, each) for each in self.conditions.values.get((name, value), ("",)))
        found = self.maps.get(name)
        if found is None:
            return
        of_path = PATHS.issuperset(variable_values.names(found.source))
        for entry in found.directive.block:
            if entry.name in SETTINGS - {"default"} or not entry.args:
                continue
            expression = entry.name[1:] if entry.name.startswith("~") and of_path else ""
            yield entry.first, f"(?i){expression[1:]}" if expression.startswith("*") else expression
