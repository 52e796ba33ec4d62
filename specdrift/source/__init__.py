"""Reads services from their source: routes, guards, TLS, and how they differ from the document.

A framework is one package behind ``protocol.Framework`` and one line in ``frameworks.FRAMEWORKS``.
"""

from specdrift.errors import UsageError
from specdrift.model.result.source import SourceFinding
from specdrift.source.compare import compare
from specdrift.source.protocol import SourceAnalysis, SourceQuery
from specdrift.source.route_matcher import match


def read(query: SourceQuery) -> SourceAnalysis:
    """Analyse the source in a folder. Raises UsageError if no framework recognises it."""
    from specdrift.source.frameworks import FRAMEWORKS

    if not query.folder.is_dir():
        raise UsageError(f"{query.folder}: no such folder")
    for framework in FRAMEWORKS:
        if framework.recognises(query.folder):
            return framework.read(query)
    names = ", ".join(framework.name for framework in FRAMEWORKS)
    raise UsageError(f"{query.folder}: no supported framework found; supported: {names}")


__all__ = [
    "SourceAnalysis",
    "SourceFinding",
    "SourceQuery",
    "compare",
    "match",
    "read",
]
