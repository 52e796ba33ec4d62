"""Copies a schema out of its document, with what it refers to, so that a validator needs nothing else.

What a validator could choke on is left out: patterns of the document run on answers of a server could take
forever, and a reference that leads nowhere allows everything.
"""

from collections.abc import Callable
from enum import Enum, auto

from specdrift.loader.parse.document import Document
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.pointer import Tokens
from specdrift.loader.parse.tree import Value
from specdrift.loader.references.reference_resolver import ReferenceResolver

UNUSABLE = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What the libraries that work with schemas raise for a wrong one. It is no error of ours, nor of a server."""

_MOST_VALUES = 50_000
_DEEPEST = 100
_VERBATIM = frozenset({"enum", "const", "required", "type", "dependentRequired"})
_LEFT_OUT = frozenset(
    {
        *("$id", "$schema", "$anchor", "$dynamicRef", "$dynamicAnchor", "$comment", "id"),
        *("default", "example", "examples", "description", "title", "discriminator", "externalDocs", "xml"),
        "contentSchema",
    }
)
_PATTERNS = frozenset({"pattern", "patternProperties"})
_CLOSING = frozenset({"additionalProperties", "unevaluatedProperties"})
_NAMED = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})


OwnValue = Callable[[dict[str, Value]], Value]
"""Returns the value that a Schema Object states for itself; ``None`` if it states none."""


class Keep(Enum):
    """Whether the copy has the patterns of strings: to make values, but not to check them."""

    PATTERNS = auto()
    NO_PATTERNS = auto()


def excerpt(
    schema: DocumentNode, references: ReferenceResolver, *, keep: Keep, own_value: OwnValue = lambda _: None
) -> tuple[Value, dict[str, Value]]:
    """A copy of one Schema Object, and the schemas that it refers to under ``#/components/schemas/``.

    A schema with an own value allows that alone.
    """
    made = Excerpt(references, keep=keep, own_value=own_value)
    return made.copy(schema), made.schemas


class Excerpt:
    """Collects ``schemas``: names made up here, to be put under ``components.schemas``."""

    def __init__(
        self,
        references: ReferenceResolver,
        *,
        keep: Keep = Keep.NO_PATTERNS,
        own_value: OwnValue = lambda _: None,
    ) -> None:
        self._own_value = own_value
        self._left_out = _LEFT_OUT if keep is Keep.PATTERNS else _LEFT_OUT | _PATTERNS
        self.schemas: dict[str, Value] = {}
        self._references = references
        self._names: dict[tuple[str, Tokens], str] = {}
        self._left = _MOST_VALUES
        self._waiting: list[tuple[str, DocumentNode]] = []

    def copy(self, schema: DocumentNode) -> Value:
        """A self-contained copy of a Schema Object; ``{}`` where there is none."""
        copied = self._schema(schema.value, schema.document, 0)
        while self._waiting:
            name, node = self._waiting.pop()
            self.schemas[name] = self._schema(node.value, node.document, 0)
        return copied

    def _schema(self, value: Value, document: Document, depth: int) -> Value:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            return {}
        if isinstance(value, list):
            return [self._schema(item, document, depth + 1) for item in value]
        if not isinstance(value, dict):
            return value
        own = self._own_value(value)
        if own is not None:
            return {"enum": [own]}
        reference = value.get("$ref")
        if isinstance(reference, str):
            return self._reference(value, document)
        return {
            key: self._member(key, one, document, depth)
            for key, one in value.items()
            if self._kept(key, value)
        }

    def _member(self, key: str, value: Value, document: Document, depth: int) -> Value:
        if key in _VERBATIM:
            return value
        if key in _NAMED and isinstance(value, dict):
            return {name: self._schema(one, document, depth + 1) for name, one in value.items()}
        return self._schema(value, document, depth + 1)

    def _reference(self, value: Value, document: Document) -> dict[str, Value]:
        # Keywords beside a reference count from 3.1 on; leaving them out only makes the schema more lenient.
        found = self._references.peek(DocumentNode(document, (), value))
        if found is None:
            return {}
        key = (found.document.base, found.tokens)
        if key not in self._names:
            self._names[key] = f"s{len(self._names)}"
            self._waiting.append((self._names[key], found))
        return {"$ref": f"#/components/schemas/{self._names[key]}"}

    def _kept(self, key: str, schema: dict[str, Value]) -> bool:
        # Without its patterns, "no others" would refuse what they allow.
        closed = key in _CLOSING and not self._left_out.isdisjoint({"patternProperties"} & schema.keys())
        return key not in self._left_out and not key.startswith("x-") and not closed
