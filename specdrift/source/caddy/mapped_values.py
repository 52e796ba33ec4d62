"""The handler ``map``: placeholders whose values depend on those of others."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from specdrift.source.gateway.patterns import compiled
from specdrift.source.gateway.yaml_nodes import YamlNode

_REFERENCE = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))")
"""A group of an expression, as Go writes it."""


class MapRow(Struct, frozen=True):
    """What an input leads to."""

    input: str
    pattern: str
    """Of an expression; empty for a text."""
    outputs: tuple[str | None, ...]

    def output(self, number: int, written: str) -> str | None:
        """Return the template for an input; ``None`` if the row does not fit. Raises UnsupportedPattern."""
        output = self.outputs[number] if number < len(self.outputs) else None
        if output is None:
            return None
        if not self.pattern:
            return output if written == self.input else None
        found = compiled(self.pattern).search(written)
        return _REFERENCE.sub(lambda one: _group(found, one), output) if found is not None else None


class ValueMap(Struct, frozen=True):
    """A map."""

    source: str
    destinations: tuple[str, ...]
    rows: tuple[MapRow, ...]
    defaults: tuple[str, ...]
    node: YamlNode

    @classmethod
    def of(cls, node: YamlNode) -> "ValueMap":
        """Read a handler."""
        return cls(
            source=node.get("source").written,
            destinations=tuple(one.written.strip("{}") for one in node.get("destinations").items()),
            rows=tuple(map(_row, node.get("mappings").items())),
            defaults=tuple(one.written for one in node.get("defaults").items()),
            node=node,
        )

    def default(self, name: str) -> str | None:
        """Return the template of a destination for inputs that fit nothing; ``None`` if there is none."""
        number = self.destinations.index(name)
        return self.defaults[number] if number < len(self.defaults) else None

    def output(self, name: str, written: str) -> tuple[str | None, bool]:
        """Return what a destination is for an input, and whether placeholders in it are replaced.

        Raises UnsupportedPattern.
        """
        number = self.destinations.index(name)
        for row in self.rows:
            found = row.output(number, written)
            if found is not None:
                return found, not row.pattern
        return self.default(name), True

    def may_be_empty(self, name: str) -> bool:
        """Return whether some input may lead to an empty value."""
        number = self.destinations.index(name)
        rows = (one for one in self.rows if number < len(one.outputs) and one.outputs[number] is not None)
        return not self.default(name) or any(not one.outputs[number] or one.pattern for one in rows)

    def templates(self) -> Iterator[str]:
        """Yield all texts that placeholders may stand in."""
        yield self.source
        yield from self.defaults
        for row in self.rows:
            yield from (one for one in row.outputs if one is not None)


def maps_in(handlers: Iterable[YamlNode]) -> Iterator[ValueMap]:
    """Yield the maps among handlers."""
    return (ValueMap.of(one) for one in handlers if one.get("handler").written == "map")


def _row(node: YamlNode) -> MapRow:
    outputs = tuple(_text(one) for one in node.get("outputs").items())
    return MapRow(node.get("input").written, node.get("input_regexp").written, outputs)


def _text(node: YamlNode) -> str | None:
    """Return a value as Caddy writes it; ``None`` for null, which is as if the row were not there."""
    if node.value is None:
        return None
    return str(node.value).lower() if isinstance(node.value, bool) else node.written


def _group(found: re.Match[str], one: re.Match[str]) -> str:
    name = one[2] or one[3]
    if one[1]:
        return "$"
    if name.isdecimal():
        return (found[int(name)] or "") if int(name) <= found.re.groups else ""
    return found.groupdict().get(name) or ""
