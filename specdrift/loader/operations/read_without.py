"""Reports references in parameters, request bodies and responses that lead nowhere: requests are made without them."""

from collections.abc import Iterable, Iterator

from specdrift.loader.operations.parameter_reader import DeclaredParameter
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.loader.references.reference_resolver import ReferenceResolver, is_reference
from specdrift.model.contract.operation import OperationKey

_DATA = frozenset({"example", "default", "enum", "const", "value", "dataValue"})
"""Members of schemas, parameters and examples whose values are data: a ``$ref`` in them is a text."""
_COMPOSITE = (dict, list)
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
            for node in self._references_below(waiting.pop(), opens=opens):
                found = self._references.read_without(node, lost=lost, opens=opens)
                if found is not None:
                    waiting.append(found)

    def _references_below(self, start: DocumentNode, *, opens: bool) -> Iterator[DocumentNode]:
        """Yield the references in a value, and itself if it is one. Only these become nodes: schemas are large."""
        waiting = [(start.value, start.tokens)]
        while waiting:
            value, tokens = waiting.pop()
            if not isinstance(value, _COMPOSITE) or not self._is_first(value, opens=opens):
                continue
            if isinstance(value, list):
                waiting.extend((item, (*tokens, str(index))) for index, item in enumerate(value))
                continue
            if isinstance(value.get("$ref"), str):
                yield DocumentNode(start.document, tokens, value)
            waiting.extend((part, (*tokens, *names)) for names, part in _parts(value))

    def _is_first(self, value: Value, *, opens: bool) -> bool:
        spot = (id(value), opens)  # documents live as long as their library
        if spot in self._seen:
            return False
        self._seen.add(spot)
        return True

    def _responses(self, node: DocumentNode, lost: str) -> None:
        """Report those of the Responses Object, its responses and media types: no request needs their schemas."""
        found = self._references.read_without(node, lost=lost, opens=True)
        if found is None or not isinstance(found.value, dict) or not self._is_first(found.value, opens=True):
            return
        for status, value in found.value.items():
            response = DocumentNode(found.document, (*found.tokens, status), value)
            if is_reference(value):
                target = self._references.read_without(response, lost=lost, opens=True)
                response = target or response
            self._media_types(response, lost)

    def _media_types(self, response: DocumentNode, lost: str) -> None:
        content = response.value.get("content") if isinstance(response.value, dict) else None
        for media_type, body in content.items() if isinstance(content, dict) else ():
            if is_reference(body):
                place = response.child("content").child(media_type)
                self._references.read_without(place, lost=lost, opens=True)


def _parts(value: dict[str, Value]) -> Iterator[tuple[tuple[str, ...], Value]]:
    """Yield the members that are no data, each with the names that lead to it."""
    for name, part in value.items():
        if not isinstance(part, _COMPOSITE) or name in _DATA or name.startswith("x-"):
            continue
        if name == "examples" or (name in _NAMED and isinstance(part, dict)):
            for inner, member in part.items() if isinstance(part, dict) else ():
                yield (name, inner), member
        else:
            yield (name,), part
