"""Reports references in parameters, request bodies and responses that lead nowhere: requests are made without them."""

from collections.abc import Iterable, Iterator

from specdrift.loader.operations.parameter_reader import DeclaredParameter
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.references.reference_resolver import ReferenceResolver, is_reference
from specdrift.model.contract.operation import OperationKey

_DATA = frozenset({"example", "default", "enum", "const", "value", "dataValue"})
"""Members of schemas, parameters and examples whose values are data: a ``$ref`` in them is a text."""
_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
"""Members whose own members have names of the author."""


class ReadWithout:
    """Looks at each value of the documents once: operations share schemas."""

    def __init__(self, references: ReferenceResolver) -> None:
        self._references = references
        self._seen: set[tuple[int, bool]] = set()

    def report(
        self, operation: DocumentNode, declared: Iterable[DeclaredParameter], key: OperationKey, *, sent: bool
    ) -> None:
        """Report them for one operation. Files that only its body needs are opened if the body is ``sent``."""
        for parameter in declared:
            name = parameter.name[1]
            self._below(parameter.node, f'The parameter "{name}" of {key} was read without it.', opens=True)
        body = operation.get("requestBody")
        self._below(body, f"The request body of {key} was read without it.", opens=sent)
        self._responses(operation.get("responses"), f"The responses of {key} were read without it.")

    def _below(self, start: DocumentNode, lost: str, *, opens: bool) -> None:
        waiting = [start]
        while waiting:
            node = waiting.pop()
            if not isinstance(node.value, dict | list) or not self._is_first(node, opens=opens):
                continue
            if isinstance(node.value, list):
                waiting.extend(node.item(index) for index in range(len(node.value)))
            else:
                waiting.extend(self._parts(node, lost, opens=opens))

    def _is_first(self, node: DocumentNode, *, opens: bool) -> bool:
        spot = (id(node.value), opens)  # documents live as long as their library
        if spot in self._seen:
            return False
        self._seen.add(spot)
        return True

    def _parts(self, node: DocumentNode, lost: str, *, opens: bool) -> Iterator[DocumentNode]:
        """Yield what a reference leads to, and the members that are no data."""
        if is_reference(node.value) and isinstance(node.value["$ref"], str):
            found = self._references.read_without(node, lost=lost, opens=opens)
            if found is not None:
                yield found
        for name, value in node.value.items():
            if name in _NAMED and isinstance(value, dict):
                yield from map(node.child(name).child, value)
            elif name == "examples":
                yield from map(node.child(name).child, value if isinstance(value, dict) else ())
            elif name not in _DATA and not name.startswith("x-"):
                yield node.child(name)

    def _responses(self, node: DocumentNode, lost: str) -> None:
        """Report those of the Responses Object, its responses and media types: no request needs their schemas."""
        found = self._references.read_without(node, lost=lost, opens=True)
        if found is None or not isinstance(found.value, dict) or not self._is_first(found, opens=True):
            return
        for status in found.value:
            response = self._references.read_without(found.child(status), lost=lost, opens=True)
            content = response.get("content") if response else None
            if content is None or not isinstance(content.value, dict):
                continue
            for media_type in content.value:
                self._references.read_without(content.child(media_type), lost=lost, opens=True)
