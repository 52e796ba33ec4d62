"""Lists the webhooks that require a client certificate: the API presents it, to servers of its consumers."""

from collections.abc import Collection, Iterator

from specdrift.loader.dialects import Dialect
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.references.reference_resolver import ReferenceResolver

_MEMBERS = ("webhooks", "x-webhooks")
"""That of OpenAPI 3.1, and the one that documents of 3.0 use."""


def guarded_webhooks(
    root: DocumentNode, dialect: Dialect, references: ReferenceResolver, schemes: Collection[str]
) -> Iterator[str]:
    """Yield ``POST orderPaid``, for each whose ``security``, or that of the document, names one of the ``schemes``."""
    for member in _MEMBERS:
        listed = root.get(member)
        for name in listed.value if schemes and isinstance(listed.value, dict) else ():
            item = references.peek(listed.child(name))
            for method in item.value if item and isinstance(item.value, dict) else ():
                if (
                    item is not None
                    and method in dialect.methods
                    and _names(item.child(method), root, schemes)
                ):
                    yield f"{method.upper()} {name}"


def _names(operation: DocumentNode, root: DocumentNode, schemes: Collection[str]) -> bool:
    own = isinstance(operation.value, dict) and "security" in operation.value
    alternatives = (operation if own else root).get("security").value
    listed = alternatives if isinstance(alternatives, list) else ()
    return any(not frozenset(schemes).isdisjoint(one) for one in listed if isinstance(one, dict))
