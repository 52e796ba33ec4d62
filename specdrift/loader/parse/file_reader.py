"""From the bytes of one file to a document: the one place that picks a reader."""

import re

from specdrift.loader.parse import json_reader
from specdrift.loader.parse.document import Document
from specdrift.loader.parse.text import LineIndex, ViewLineIndex, characters, decode, view
from specdrift.loader.parse.tree import DocumentTree
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.sources import FetchedResource
from specdrift.model.contract.contract import Diagnostic
from specdrift.model.contract.location import SourceLocation

_LOOKS_LIKE_JSON = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\n\r]*[\[{]")
_YAML_NAMES = (".yaml", ".yml")


def read(resource: FetchedResource, *, marked: bool = False) -> Document:
    """JSON is read as JSON: a YAML reader stumbles over its escapes, and takes fifty times as long.

    What looks like JSON but is not may still be YAML in flow style. ``marked``: record the place of every key, which
    takes longer in JSON. Raises :class:`Unreadable`;
    :func:`diagnostic` makes a finding of it.
    """
    if not _looks_like_json(resource.data):
        return _read_yaml(resource)
    try:
        return _read_json(resource, marked=marked)
    except Unreadable as error:
        if error.rule != "invalid-document" or resource.name.endswith(".json"):
            raise
        return _read_flow_style(resource, otherwise=error)


def diagnostic(error: Unreadable, resource: FetchedResource) -> Diagnostic:
    """The finding for a file that cannot be read: at its line, where that is known."""
    if error.line is not None:
        return Diagnostic(
            rule=error.rule, message=error.message, location=_whole_line(resource.name, error.line)
        )
    text = "" if error.offset is None else decode(resource.data)
    document = _document(resource, text, DocumentTree(), LineIndex(text))
    mark = None if error.offset is None else (error.offset, error.offset + 1)
    return Diagnostic(rule=error.rule, message=error.message, location=document.location((), mark))


def _whole_line(name: str, line: int) -> SourceLocation:
    """Return a line of which the text is not known."""
    return SourceLocation(file=name, line=line, column=1, end_line=line, end_column=2, pointer="")


def _looks_like_json(data: bytes) -> bool:
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff") or data.startswith(b"\x00\x00\xfe\xff")
    start = decode(data).encode() if marked else data
    return _LOOKS_LIKE_JSON.match(start) is not None


def _read_yaml(resource: FetchedResource) -> Document:
    from specdrift.loader.parse import yaml_reader  # half of the time that importing the loader would take

    text = decode(resource.data)
    return _document(resource, text, yaml_reader.read(text), LineIndex(text))


def _read_json(resource: FetchedResource, *, marked: bool) -> Document:
    text = view(resource.data)
    try:
        tree = json_reader.read(text, marked=marked)
    except Unreadable as error:
        if error.offset is not None:
            error.offset = characters(text, error.offset)
        raise
    return _document(resource, text, tree, ViewLineIndex(text))


def _read_flow_style(resource: FetchedResource, *, otherwise: Unreadable) -> Document:
    try:
        return _read_yaml(resource)
    except Unreadable:
        if resource.name.endswith(_YAML_NAMES):
            raise
        raise otherwise from None


def _document(resource: FetchedResource, text: str, tree: DocumentTree, lines: LineIndex) -> Document:
    return Document(
        name=resource.name, uri=resource.uri, base=resource.uri, text=text, tree=tree, lines=lines
    )
