"""Small documents with the Responses Object of one operation, for validation."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from specdrift.loader.dialects import BodySchema, Dialect
from specdrift.loader.matching.reference_inliner import inline_references
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.loader.references.reference_resolver import ReferenceResolver
from specdrift.model.contract.operation import OperationKey

if TYPE_CHECKING:
    from specdrift.loader.references.excerpt import Excerpt


class ResponseExcerpts:
    """Makes an excerpt when it is first needed; most operations need none.

    Implements :class:`specdrift.model.contract.contract.ResponseSchemas`.
    """

    def __init__(
        self, operations: Mapping[OperationKey, DocumentNode], dialect: Dialect, references: ReferenceResolver
    ) -> None:
        self._operations = operations
        self._dialect = dialect
        self._references = references

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        """Pickle as None: another process does not get the documents."""
        return type(None), ()

    def excerpt(self, key: OperationKey) -> dict[str, Value] | None:
        """Return a document whose only operation, ``GET /``, has this operation's responses.

        References are inlined. ``None`` for an operation that the document does not have.
        """
        node = self._operations.get(key)
        if node is None:
            return None
        from specdrift.loader.references.excerpt import Excerpt

        excerpt = Excerpt(self._references)
        responses = {
            status: {"description": "", **_content(shapes, excerpt)}
            for status, shapes in self._dialect.responses(node, self._references)
        }
        document = {
            "openapi": self._dialect.excerpt_version,
            "info": {"title": "excerpt", "version": "0"},
            "paths": {"/": {"get": {"responses": responses}}},
            "components": {"schemas": excerpt.schemas},
        }
        return inline_references(document) if excerpt.schemas else document


def _content(shapes: tuple[BodySchema, ...], excerpt: "Excerpt") -> dict[str, Value]:
    if not shapes:
        return {}
    return {"content": {shape.media_type: {"schema": excerpt.copy(shape.schema)} for shape in shapes}}
