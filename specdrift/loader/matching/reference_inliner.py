"""Inlines the references of a self-contained document with prance."""

from specdrift.loader.parse.tree import Value
from specdrift.loader.references.excerpt import UNUSABLE

_URL = "file:///excerpt.json"


def inline_references(document: dict[str, Value]) -> dict[str, Value]:
    """Replace each reference within the document with its target; read no other document.

    Equal targets are one shared object, so the size stays linear. A recursive reference stays as it is. A document
    that prance cannot resolve is returned unchanged: openapi-core then resolves what it reaches.
    """
    from prance.util.resolver import RESOLVE_INTERNAL, RefResolver, keep_ref_on_recursion

    resolver = RefResolver(
        document, _URL, resolve_types=RESOLVE_INTERNAL, recursion_limit_handler=keep_ref_on_recursion
    )
    try:
        resolver.resolve_references()
    except UNUSABLE:
        return document
    inlined: dict[str, Value] = resolver.specs
    return inlined
