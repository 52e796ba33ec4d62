"""Whether a statement is compiled: its ``cfg`` attributes, with the features that a build has by default."""

import re

from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import text

BUILD = re.compile(r"#\[\s*cfg\s*\((.*)\)\s*\]", re.DOTALL)
FEATURE = re.compile(r'feature\s*=\s*"([^"]+)"\s*')


def depends_on_build(node: Node, features: frozenset[str]) -> bool:
    """Return whether only some builds have a statement; one of a default feature is in what is deployed."""
    found = (BUILD.fullmatch(text(one).strip()) for one in syntax.attributes(node))
    return any(one is not None and not _is_default(one[1].strip(), features) for one in found)


def _is_default(condition: str, features: frozenset[str]) -> bool:
    feature = FEATURE.fullmatch(condition)
    return feature is not None and feature[1] in features
