"""Reads the servers in force for each operation: its own, else those of the path item, else those of the root."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from specdrift.loader.dialects import Dialect, Feature
from specdrift.loader.document_findings import DocumentFindings
from specdrift.loader.operations.server_choices import ServerChoices
from specdrift.loader.operations.server_variables import report_undefined_variables, variables_of
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.references.reference_resolver import is_reference
from specdrift.loader.security.checked_mapping import type_name
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation

_SERVERS = ("servers",)
_PARTS = ("host", "basePath", "schemes")
"""Members of 2.0 that make up URLs; an operation may have ``schemes`` only."""
_TYPES: Mapping[str, type] = {"host": str, "basePath": str, "schemes": list}
_EXAMPLE = 'such as "- url: https://api.example.com"'


class ServersInForce(NamedTuple):
    """The servers of an operation."""

    urls: tuple[str, ...]
    at: SourceLocation | None
    choices: tuple[str, ...]
    """URLs with each value that the document allows; see ``ServerChoices``."""


class ServerReader:
    """Reads ``servers``; in 2.0 ``host``, ``basePath`` and ``schemes``."""

    def __init__(
        self, root: DocumentNode, dialect: Dialect, variables: Mapping[str, str], findings: DocumentFindings
    ) -> None:
        self._document = root
        self._dialect = dialect
        self._variables = variables
        self._findings = findings
        self._choices = ServerChoices(dialect, variables)
        self._has_list = Feature.SERVER_VARIABLES in dialect.features
        self.unread: dict[SourceLocation, None] = {}
        """Members that cannot be read as a whole: the document does not say which servers it means."""
        self.known_variables: set[str] = set()
        """Variables in the URLs that were read, if values of some are configured."""
        members = _SERVERS if self._has_list else _PARTS
        at = next((root.key(member) for member in members if member in root.value), None)
        self._report(root, members)
        self._root = ServersInForce(dialect.servers(root, variables) or ("/",), at, self._choices.of(root))

    @property
    def root(self) -> tuple[str, ...]:
        """The URLs of the root; ``/`` without any."""
        return self._root.urls

    def shared(self, operations: Iterable[Operation]) -> tuple[str, ...]:
        """Return the root's servers; without any, the absolute URLs that all operations have."""
        own = {operation.servers for operation in operations}
        if self._root.at is None and len(own) == 1:
            (shared,) = own
            return shared if any("//" in url for url in shared) else self._root.urls
        return self._root.urls

    def of(self, operation: DocumentNode, item: DocumentNode | None) -> ServersInForce:
        """Return the servers of an Operation Object; ``item`` is the path item that has ``servers``."""
        member = "servers" if self._has_list else "schemes"
        empty: SourceLocation | None = None
        for holder in (operation, item if self._has_list else None):
            if holder is not None and holder.value and member in holder.value:
                readable = self._report(holder, (member,))
                own = self._dialect.servers(self._whole(holder), self._variables)
                if own or not readable:
                    found = ServersInForce(
                        own or self._root.urls, holder.key(member), self._choices.of(holder)
                    )
                    break
                empty = empty or holder.key(member)
        else:
            found = self._root
        # An empty list may mean "/", as at the root, or the servers that it stands in front of.
        return (
            found
            if empty is None
            else found._replace(at=empty, choices=(*(found.choices or found.urls), "/"))
        )

    def _whole(self, holder: DocumentNode) -> DocumentNode:
        """Return what makes up URLs: in 2.0 an operation replaces ``schemes`` of the root."""
        if self._has_list:
            return holder
        return self._document._replace(value={**self._document.value, "schemes": holder.value["schemes"]})

    def _report(self, holder: DocumentNode, members: Iterable[str]) -> bool:
        """Report what cannot be read; return whether everything can."""
        present = [name for name in members if name in holder.value]
        problems = [(at, text) for name in present for at, text in self._problems(holder.child(name), name)]
        for at, text in problems:
            self._findings.add("invalid-document", text, at)
        if problems:
            self.unread.update(dict.fromkeys(holder.key(name) for name in present))
        if self._variables:
            self.known_variables.update(variables_of(holder))
        report_undefined_variables(holder, self._dialect, self._variables, self._findings)
        return not problems

    def _problems(self, node: DocumentNode, name: str) -> Iterator[tuple[SourceLocation, str]]:
        if self._has_list:
            yield from _of_list(node)
        elif not isinstance(node.value, _TYPES[name]):
            expected = type_name(_TYPES[name]())
            yield node.here, f'"{name}" is {type_name(node.value)}, not {expected}: no server can be read.'


def _of_list(node: DocumentNode) -> Iterator[tuple[SourceLocation, str]]:
    """Yield the places where ``servers`` is no list of Server Objects, each with its URL."""
    if is_reference(node.value):
        yield node.key("$ref"), _misplaced("servers")
    elif not isinstance(node.value, list):
        yield node.here, f'"servers" is {type_name(node.value)}; it must be a list, {_EXAMPLE}.'
    else:
        for index, value in enumerate(node.value):
            yield from _of_server(node.item(index), value)


def _of_server(node: DocumentNode, value: object) -> Iterator[tuple[SourceLocation, str]]:
    if is_reference(value):
        yield node.key("$ref"), _misplaced("a server")
    elif not isinstance(value, dict):
        yield node.here, f'an entry of "servers" is {type_name(value)}; it must be a map, {_EXAMPLE}.'
    elif "url" not in value:
        yield node.here, f'an entry of "servers" has no "url"; write it, {_EXAMPLE}.'
    elif not isinstance(value["url"], str):
        yield node.key("url"), f'"url" of a server is {type_name(value["url"])}; it must be a string.'


def _misplaced(what: str) -> str:
    return f'OpenAPI does not allow "$ref" in {what}, and it was not resolved. Write the servers here.'
