"""Reads an Overlay Document (OpenAPI Overlay Specification 1.1, Overlay Object and Action Object)."""

import re

from msgspec import Struct

from specdrift.errors import DocumentError
from specdrift.loader.parse import file_reader
from specdrift.loader.parse.document import Document
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.security.checked_mapping import type_name
from specdrift.loader.sources import DocumentSource, FetchedResource
from specdrift.model.contract.contract import Diagnostic
from specdrift.model.contract.location import SourceLocation

_VERSION = re.compile(r"1\.[01]\.\d+(-.*)?")
_FIELDS = frozenset({"target", "description", "update", "copy", "remove"})


class Action(Struct, frozen=True, kw_only=True):
    """One Action Object."""

    target: str
    """JSONPath (RFC 9535) of the values to change."""
    at: SourceLocation
    """The line of ``target``."""
    remove: bool = False
    copy: str = ""
    """JSONPath of the value to copy; empty if the action copies nothing."""
    change: DocumentNode | None = None
    """The member ``update`` or ``copy``; ``None`` if the action removes."""


class Overlay(Struct, frozen=True, kw_only=True):
    """An Overlay Document."""

    document: Document
    data: bytes
    actions: tuple[Action, ...]
    extends: str = ""
    """URI reference of the document that it is for, relative to the overlay; empty if it does not say."""


def read_overlay(source: DocumentSource) -> Overlay:
    """Read an overlay. Raises :class:`~specdrift.errors.DocumentError` with its lines."""
    resource = FetchedResource(name=source.name, uri="", data=b"")
    try:
        resource = source.entry()
        document = file_reader.read(resource, marked=True)
    except Unreadable as error:
        raise DocumentError([file_reader.diagnostic(error, resource)]) from error
    root = DocumentNode(document, (), document.tree.root)
    version = root.get("overlay").value
    if version is None:
        raise invalid('no "overlay" member: this is not an OpenAPI Overlay.', document.location(()))
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        shown = str(version)[:20]
        raise invalid(
            f"OpenAPI Overlay {shown} is not supported; specdrift reads 1.0 and 1.1.", root.key("overlay")
        )
    extends = root.get("extends").value
    if extends is not None and (not isinstance(extends, str) or not extends):
        raise invalid(
            '"extends" must be the URI of the document that the overlay is for.', root.key("extends")
        )
    actions = root.get("actions")
    if not isinstance(actions.value, list) or not actions.value:
        raise invalid('"actions" must be a list with at least one action.', actions.here)
    return Overlay(
        document=document,
        data=resource.data,
        extends=extends or "",
        actions=tuple(_action(actions.item(number), version=version) for number in range(len(actions.value))),
    )


def invalid(message: str, location: SourceLocation) -> DocumentError:
    """Return the error of an overlay that cannot be applied."""
    return DocumentError([Diagnostic(rule="invalid-document", message=message, location=location)])


def _action(node: DocumentNode, *, version: str) -> Action:
    if not isinstance(node.value, dict):
        raise invalid(f"an action is {type_name(node.value)}, not a map.", node.here)
    unknown = [key for key in node.value if key not in _FIELDS and not key.startswith("x-")]
    if unknown:
        raise invalid(f'unknown field "{unknown[0]}" of an action.', node.key(unknown[0]))
    target = node.get("target")
    if not isinstance(target.value, str):
        raise invalid('an action needs a "target", a JSONPath such as $.paths.', _first(node))
    at = node.key("target")
    if node.get("remove").value is True:
        return Action(target=target.value, at=at, remove=True)
    copy = node.get("copy")
    if copy.value is not None and "update" not in node.value:
        if version.startswith("1.0"):
            raise invalid('"copy" needs "overlay: 1.1.0".', node.key("copy"))
        if not isinstance(copy.value, str):
            raise invalid('"copy" must be a JSONPath.', node.key("copy"))
        return Action(target=target.value, at=at, copy=copy.value, change=copy)
    if "update" not in node.value:
        raise invalid('the action changes nothing: it needs "update", "copy" or "remove: true".', at)
    return Action(target=target.value, at=at, change=node.child("update"))


def _first(node: DocumentNode) -> SourceLocation:
    return node.key(next(iter(node.value))) if node.value else node.here
