"""Mappings as dynamic files have them, with the places of the resources that they are made of."""

from collections.abc import Iterable

from specdrift.loader.parse.tree import Mark, MarkedMapping, Value
from specdrift.source.gateway.yaml_nodes import YamlNode

PROVIDER = "kubernetescrd"
"""Names of what resources define have this behind an @."""
Member = tuple[str, Value, Mark]


def mapping(members: Iterable[Member]) -> MarkedMapping:
    """Return a mapping, with the mark of each key."""
    made = MarkedMapping()
    for name, value, mark in members:
        made[name] = value
        made.marks[name] = mark
    return made


def under(mark: Mark, value: Value, *names: str) -> MarkedMapping:
    """Return a mapping that names lead through, down to a value."""
    for name in reversed(names):
        value = mapping([(name, value, mark)])
    made: MarkedMapping = value
    return made


def copied(node: YamlNode, *names: str) -> Iterable[Member]:
    """Yield members of a mapping, those that it has."""
    for name, inner in node.entries():
        if name in names and inner.value is not None:
            yield name, inner.value, node.value.marks[name]


def mark_of(node: YamlNode, *names: str) -> Mark:
    """Return the mark of the member that names lead to, or of the last one on the way that exists."""
    found: Mark = (0, 0)
    for name in names:
        if not isinstance(node.value, MarkedMapping) or name not in node.value:
            break
        found, node = node.value.marks[name], node.get(name)
    return found


def first_mark(node: YamlNode) -> Mark:
    """Return the mark of the first key of a mapping."""
    return next(iter(node.value.marks.values()), (0, 0)) if isinstance(node.value, MarkedMapping) else (0, 0)


def joined(namespace: str, name: str) -> str:
    """Return a name with its namespace before it."""
    return f"{namespace}-{name}" if namespace else name


def normal(name: str) -> str:
    """Return a name with dashes for all that is no letter and no digit."""
    return "-".join("".join(one if one.isalnum() else " " for one in name).split())


def qualified(name: str) -> str:
    """Return a name with that of the provider, unless it has one."""
    return name if "@" in name else f"{name}@{PROVIDER}"
