"""Reads services from their source: what is wired, what guards it, and where that is not what the document says.

A framework is one package behind ``protocol.Framework``, and one line in ``FRAMEWORKS``.
"""

from specdrift.errors import UsageError
from specdrift.model.result.source import SourceFinding
from specdrift.source.axum.adapter import FRAMEWORK as AXUM
from specdrift.source.compare import compare
from specdrift.source.protocol import Framework, SourceAnalysis, SourceQuery
from specdrift.source.route_matcher import match

FRAMEWORKS: tuple[Framework, ...] = (AXUM,)


def read(question: SourceQuery) -> SourceAnalysis:
    """What the source in a folder says. Raises UsageError where no framework can read it."""
    if not question.folder.is_dir():
        raise UsageError(f"{question.folder}: no such folder")
    for framework in FRAMEWORKS:
        if framework.recognises(question.folder):
            return framework.read(question)
    names = ", ".join(framework.name for framework in FRAMEWORKS)
    raise UsageError(f"{question.folder}: nothing that can be read here; known are crates that use: {names}")


__all__ = [
    "FRAMEWORKS",
    "Framework",
    "SourceAnalysis",
    "SourceFinding",
    "SourceQuery",
    "compare",
    "match",
    "read",
]
