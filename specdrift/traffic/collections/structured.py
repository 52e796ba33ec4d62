"""Collections that are one JSON or YAML document."""

from specdrift.loader.parse import file_reader
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.sources.source_content import FetchedResource
from specdrift.traffic.traffic_format import CompanionFile, TrafficFile, UnreadableTraffic

DEEPEST = 50
"""Folders within folders."""


def root_of(file: TrafficFile) -> DocumentNode:
    """Return the document. Raises UnreadableTraffic."""
    return _root(file.name, file.text)


def root_of_companion(file: CompanionFile) -> DocumentNode:
    """Return the document of a companion. Raises UnreadableTraffic, which names it."""
    try:
        return _root(file.name, file.text)
    except UnreadableTraffic as error:
        raise UnreadableTraffic(error.line, error.why, name=file.name) from None


def _root(name: str, text: str) -> DocumentNode:
    resource = FetchedResource(name, name, text.encode("utf-8", "replace"))
    try:
        document = file_reader.read(resource, marked=True)
    except Unreadable as error:
        problem = file_reader.diagnostic(error, resource)
        line = problem.location.line if problem.location else 1
        raise UnreadableTraffic(line, problem.message) from None
    return DocumentNode(document, (), document.tree.root)


def items(node: DocumentNode) -> list[DocumentNode]:
    """Return the objects of a list; none of anything else."""
    if not isinstance(node.value, list):
        return []
    return [node.item(place) for place, one in enumerate(node.value) if isinstance(one, dict)]


def text_of(node: DocumentNode) -> str:
    """Return a text; empty for anything else."""
    return node.value if isinstance(node.value, str) else ""
