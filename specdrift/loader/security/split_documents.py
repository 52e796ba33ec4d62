"""Reads the requirement of an operation in another complete document as that document states it.

OpenAPI leaves open whether names of schemes, and a missing ``security``, refer to the document in which an operation
stands or to the entry document (3.1.1 and 3.2, "Resolving Implicit Connections", recommend the latter).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from specdrift.loader.dialects import dialect_of
from specdrift.loader.document_findings import DocumentFindings
from specdrift.loader.entry_document import EntryDocument
from specdrift.loader.parse.document import Document
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.security.scheme_reader import SecuritySchemes
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.requirement import Requirement, SecurityScheme
from specdrift.settings import LoaderSettings, SchemeSettings


class OwnSchemes(SecuritySchemes):
    """The schemes of another complete document, and those of the entry document that it does not define."""

    def __init__(
        self,
        document: EntryDocument,
        entry: SecuritySchemes,
        *,
        settings: LoaderSettings,
        configured: Mapping[str, SchemeSettings],
    ) -> None:
        super().__init__(document, settings=settings, configured=configured)
        self._entry = entry

    def find(self, name: str, referrer: DocumentNode) -> SecurityScheme | None:
        return super().find(name, referrer) or self._entry.find(name, referrer)


class OtherRoot(NamedTuple):
    """The root of another complete document."""

    document: EntryDocument
    schemes: OwnSchemes


class SplitDocuments:
    """The other complete documents that operations of the entry document stand in."""

    def __init__(
        self,
        entry: EntryDocument,
        schemes: SecuritySchemes,
        *,
        settings: LoaderSettings,
        configured: Mapping[str, SchemeSettings],
    ) -> None:
        self._entry = entry
        self._schemes = schemes
        self._settings = settings
        self._configured = configured
        self._known: dict[int, OtherRoot | None] = {}

    def root_of(self, operation: DocumentNode) -> OtherRoot | None:
        """Return the root of the complete document in which an operation stands, if that is another one."""
        document = operation.document
        if document is self._entry.root.document:
            return None
        if id(document) not in self._known:  # documents live as long as their library
            self._known[id(document)] = self._root(document)
        return self._known[id(document)]

    def _root(self, document: Document) -> OtherRoot | None:
        root = DocumentNode(document, (), document.tree.root)
        dialect = dialect_of(root.value)
        if dialect is None:
            return None
        # Its own defects are not those of the entry document.
        findings = DocumentFindings()
        own = EntryDocument(root, dialect, self._entry.references.reporting_to(findings), findings)
        schemes = OwnSchemes(own, self._schemes, settings=self._settings, configured=self._configured)
        return OtherRoot(own, schemes)


def places(
    requirements: Sequence[Requirement], name_to_places: Sequence[Callable[[str], SourceLocation | None]]
) -> tuple[SourceLocation, ...]:
    """Return where the schemes are declared that differ between two readings of the same names."""
    ours, theirs = (
        {use.scheme.name: use.scheme for alternative in one.alternatives for use in alternative}
        for one in requirements
    )
    differing = [name for name, scheme in ours.items() if name in theirs and not alike(scheme, theirs[name])]
    found = (place(name) for name in differing for place in name_to_places)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def same_requirement(one: Requirement, other: Requirement) -> bool:
    """Return whether both admit the same callers, whatever URLs their tokens come from."""
    return one.demand is other.demand and _meaning(one) == _meaning(other)


def alike(one: SecurityScheme, other: SecurityScheme) -> bool:
    """Return whether two schemes of one name mean the same credential."""
    return _credential(one) == _credential(other)


def _meaning(requirement: Requirement) -> list[object]:
    return [[(_credential(use.scheme), use.scopes) for use in one] for one in requirement.alternatives]


def _credential(scheme: SecurityScheme) -> tuple[object, ...]:
    return scheme.name, scheme.type, scheme.parameter, scheme.http_scheme
