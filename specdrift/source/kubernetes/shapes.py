"""Values that have another type than the API asks for: the API server refuses them, and they say nothing."""

from specdrift.source.gateway.truth import Truth, Unknown
from specdrift.source.gateway.yaml_nodes import YamlNode


def mapping(node: YamlNode) -> Truth:
    """Return true for a mapping, or for none at all."""
    return (
        node.value is None
        or isinstance(node.value, dict)
        or Unknown("a value that is no mapping", node.place)
    )


def sequence(node: YamlNode) -> Truth:
    """Return true for a list, or for none at all."""
    return (
        node.value is None or isinstance(node.value, list) or Unknown("a value that is no list", node.place)
    )


def text(node: YamlNode, default: str) -> str:
    """Return a scalar; the default for none at all, and ``?`` for another type."""
    return default if node.value is None else node.written or "?"
