"""Texts with variables, with each value that statements give these."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from specdrift.source.nginx import variable_values
from specdrift.source.nginx.directives import INCLUDE
from specdrift.source.nginx.variable_values import VARIABLE
from specdrift.source.nginx.variables import DEEPEST, Map

LONGEST = 500
MOST_EXPANSIONS = 200
"""Texts that are made of one; what more there are keeps its variables."""
PATHS = frozenset({"uri", "document_uri", "request_uri"})
"""Variables that hold the path."""
SETTINGS = frozenset({"default", "hostnames", "volatile", INCLUDE})
"""Entries of ``map`` that are no texts to compare."""


@dataclass(frozen=True, slots=True)
class FilledText:
    """A text of which variables were replaced."""

    written: str
    pattern: str = ""
    """The expression that the path fits where a map has the value."""


@dataclass(frozen=True, slots=True)
class Expansions:
    """Replaces variables of ``set`` and of ``map``."""

    setters: Mapping[str, tuple[str, ...]]
    """The values that ``set`` gives each variable anywhere."""
    maps: Mapping[str, Map] = field(default_factory=dict)

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
                    yield FilledText(f"{before}{value}{behind}", pattern or one.pattern)
                return

    def _values(self, name: str) -> Iterator[tuple[str, str]]:
        yield from ((value, "") for value in self.setters.get(name, ()))
        found = self.maps.get(name)
        if found is None:
            return
        of_path = PATHS.issuperset(variable_values.names(found.source))
        for entry in found.directive.block:
            if entry.name in SETTINGS - {"default"} or not entry.args:
                continue
            expression = entry.name[1:] if entry.name.startswith("~") and of_path else ""
            yield entry.first, f"(?i){expression[1:]}" if expression.startswith("*") else expression
