"""From the bytes of one file to a document: the one place that picks a reader."""

import re

from specdrift.loader import json_reader, yaml_reader
from specdrift.loader.document import Document
from specdrift.loader.sources import Resource
from specdrift.loader.text import Lines, decode
from specdrift.loader.tree import Tree
from specdrift.loader.unreadable import Unreadable
from specdrift.model.contract import Diagnostic

_FIRST_CHARACTER = re.compile(r"\s*(\S?)")
_YAML_NAMES = (".yaml", ".yml")


def read(resource: Resource) -> Document:
    """Raises :class:`Unreadable`; :func:`diagnostic` makes a finding of it."""
    text = decode(resource.data)
    tree = parse(text, name=resource.name)
    return Document(
        name=resource.name, uri=resource.uri, base=resource.uri, text=text, tree=tree, lines=Lines(text)
    )


def parse(text: str, *, name: str) -> Tree:
    """JSON is read as JSON: a YAML reader stumbles over its escapes, and takes fifty times as long.

    What looks like JSON but is not may still be YAML in flow style.
    """
    first = _FIRST_CHARACTER.match(text)
    if first is None or first[1] not in ("{", "["):
        return yaml_reader.read(text)
    try:
        return json_reader.read(text)
    except Unreadable as error:
        if error.rule != "invalid-document" or name.endswith(".json"):
            raise
        return _parse_flow_style(text, name=name, otherwise=error)


def _parse_flow_style(text: str, *, name: str, otherwise: Unreadable) -> Tree:
    try:
        return yaml_reader.read(text)
    except Unreadable:
        if name.endswith(_YAML_NAMES):
            raise
        raise otherwise from None


def diagnostic(error: Unreadable, resource: Resource) -> Diagnostic:
    """The finding for a file that cannot be read: at its line, where that is known."""
    text = "" if error.offset is None else decode(resource.data)
    document = Document(
        name=resource.name, uri=resource.uri, text=text, tree=Tree(), lines=Lines(text), base=resource.uri
    )
    mark = None if error.offset is None else (error.offset, error.offset + 1)
    return Diagnostic(rule=error.rule, message=error.message, location=document.location((), mark))
