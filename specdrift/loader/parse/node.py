"""A value of a document and its location."""

from typing import NamedTuple

from specdrift.loader.parse.document import Document
from specdrift.loader.parse.pointer import Tokens
from specdrift.loader.parse.tree import MarkedMapping, Value
from specdrift.model.contract.location import SourceLocation


class DocumentNode(NamedTuple):
    """The value at a JSON Pointer (``tokens``) in a document."""

    document: Document
    tokens: Tokens
    value: Value

    def child(self, key: str) -> "DocumentNode":
        """Return an existing member."""
        return DocumentNode(self.document, (*self.tokens, key), self.value[key])

    def item(self, index: int) -> "DocumentNode":
        """Return an existing element."""
        return DocumentNode(self.document, (*self.tokens, str(index)), self.value[index])

    def get(self, key: str) -> "DocumentNode":
        """Return a member; its value is ``None`` if it does not exist or this is not a mapping."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return DocumentNode(self.document, (*self.tokens, key), value)

    def key(self, key: str) -> SourceLocation:
        """Return the location of a member's key."""
        mark = self.value.marks.get(key) if isinstance(self.value, MarkedMapping) else None
        return self.document.location((*self.tokens, key), mark)

    @property
    def here(self) -> SourceLocation:
        """The location of the key of this value."""
        return self.document.location(self.tokens)
