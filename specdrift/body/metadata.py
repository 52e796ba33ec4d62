"""Header fields and JSON members that hold no data, as the owner states: they are taken out of an answer. Pure."""

import json
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.body.content import Content, Headers

EACH = "*"
"""Stands for each element of a list in the path of a member."""
MOST_NODES = 100_000
"""Members and elements of a body that are looked at."""


class Metadata(Struct, frozen=True):
    """What layers in front of the operations write into each answer."""

    fields: frozenset[str] = frozenset()
    """Names of header fields, in lower case."""
    members: tuple[str, ...] = ()
    """Paths of JSON members, with dots between names."""

    def without_fields(self, headers: Headers) -> Headers:
        """Return the other header fields."""
        return tuple(field for field in headers if field[0] not in self.fields) if self.fields else headers

    def without_members(self, content: Content) -> Content:
        """Return the content without these members; a body that is not JSON, or has none of them, as it is."""
        if not self.members or content.is_file or content.text.lstrip()[:1] not in ("{", "["):
            return content
        try:
            tree = json.loads(content.text)
        except (ValueError, RecursionError):
            return content
        found = [_removed(tree, path.split(".")) for path in self.members]  # all of them, not up to the first
        if not any(found):
            return content
        text = json.dumps(tree, ensure_ascii=False)
        return replace(content, text=text, body=text.encode("utf-8", "surrogatepass"))


NO_METADATA = Metadata()


def _removed(tree: object, path: Sequence[str]) -> bool:
    """Remove a member from a JSON value, and return whether it had it."""
    *outer, last = path
    nodes: list[object] = [tree]
    for name in outer:
        nodes = [inner for node in nodes[:MOST_NODES] for inner in _below(node, name)]
    found = [node for node in nodes if isinstance(node, dict) and last in node]
    for node in found:
        del node[last]
    return bool(found)


def _below(node: object, name: str) -> Iterable[object]:
    """Return the member of that name, or the elements of a list."""
    if isinstance(node, dict):
        return (node[name],) if name in node else ()
    return node if isinstance(node, list) and name == EACH else ()
