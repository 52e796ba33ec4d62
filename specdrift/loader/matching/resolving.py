"""Inlines the references of a self-contained document (prance)."""

from typing import Any


def resolved(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its own references replaced by what they lead to; nothing is read from elsewhere."""
    from prance.util.resolver import RESOLVE_INTERNAL, RefResolver

    resolver = RefResolver(document, "file:///skeleton.json", resolve_types=RESOLVE_INTERNAL)
    resolver.resolve_references()
    specs: dict[str, Any] = resolver.specs
    return specs
