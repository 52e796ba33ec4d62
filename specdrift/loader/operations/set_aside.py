"""Lists the operations that a document keeps in specification extensions, where no tool reads them as operations."""

from collections.abc import Iterator
from typing import Any

from specdrift.loader.dialects import Dialect
from specdrift.loader.parse.node import DocumentNode
from specdrift.model.contract.contract import SetAside

_PREFIX = "x-"
_SLASH = "/"


def set_aside(root: DocumentNode, dialect: Dialect) -> Iterator[SetAside]:
    """Yield them: ``x-orders`` or ``x-/orders`` among the paths, ``x-get`` in a path item, paths in an ``x-`` member of
    the root. References are not followed.
    """
    yield from _in_extensions(root, "", dialect)
    paths = root.get("paths")
    yield from _in_extensions(paths, "", dialect)
    for path in _maps(paths):
        if path.startswith(_SLASH):
            yield from _in_extensions(paths.child(path), path, dialect)


def _in_extensions(node: DocumentNode, path: str, dialect: Dialect) -> Iterator[SetAside]:
    for name in _maps(node):
        if not name.startswith(_PREFIX):
            continue
        extension, rest = node.child(name), name.removeprefix(_PREFIX)
        if path and rest.lower() in dialect.methods:
            yield _operation(node, name, path, rest)
        yield from _of_item(extension, path or rest, dialect)
        for inner in () if path else _maps(extension):
            if inner.startswith(_SLASH):
                yield from _of_item(extension.child(inner), inner, dialect)


def _of_item(item: DocumentNode, path: str, dialect: Dialect) -> Iterator[SetAside]:
    for name in _maps(item):
        # A webhook may be named like a method: it has methods itself.
        if name in dialect.methods and dialect.methods.isdisjoint(item.value[name]):
            yield _operation(item, name, path, name)


def _operation(holder: DocumentNode, name: str, path: str, method: str) -> SetAside:
    named: Any = holder.value[name].get("operationId")
    return SetAside(
        path=path,
        method=method.upper(),
        operation_id=named if isinstance(named, str) else "",
        at=holder.key(name),
    )


def _maps(node: DocumentNode) -> list[str]:
    """Return the names of the members that are maps."""
    value = node.value
    return (
        [name for name, member in value.items() if isinstance(member, dict)]
        if isinstance(value, dict)
        else []
    )
