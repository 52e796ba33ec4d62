"""A value, and the way to it."""

from typing import NamedTuple

from specdrift.loader.parse.document import Document
from specdrift.loader.parse.pointer import Tokens
from specdrift.loader.parse.tree import MarkedMapping, Value
from specdrift.model.contract.location import SourceLocation


class DocumentNode(NamedTuple):
    """``value`` stands in ``document`` at the end of ``tokens``."""

    document: Document
    tokens: Tokens
    value: Value

    def child(self, key: str) -> "DocumentNode":
        """A member that is there."""
        return DocumentNode(self.document, (*self.tokens, key), self.value[key])

    def item(self, index: int) -> "DocumentNode":
        """An element that is there."""
        return DocumentNode(self.document, (*self.tokens, str(index)), self.value[index])

    def get(self, key: str) -> "DocumentNode":
        """A member, or ``None`` in its place, also where this is no mapping."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return DocumentNode(self.document, (*self.tokens, key), value)

    def key(self, key: str) -> SourceLocation:
        """Where the key of a member stands."""
        mark = self.value.marks.get(key) if isinstance(self.value, MarkedMapping) else None
        return self.document.location((*self.tokens, key), mark)

    @property
    def here(self) -> SourceLocation:
        """Where the key stands that leads to this value."""
        return self.document.location(self.tokens)
