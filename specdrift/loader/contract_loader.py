"""Loads a document into a contract."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec.structs import replace

from specdrift.collecting import not_collecting
from specdrift.errors import DocumentError, concerning
from specdrift.loader.configured_parts import NO_PARTS, ConfiguredParts
from specdrift.loader.dialects import DIALECTS, MEMBERS, Dialect, dialect_of
from specdrift.loader.document_findings import DocumentFindings
from specdrift.loader.entry_document import EntryDocument
from specdrift.loader.matching.response_excerpts import ResponseExcerpts
from specdrift.loader.operations.operation_reader import Bodies, LocatedOperation, OperationReader
from specdrift.loader.operations.set_aside import set_aside
from specdrift.loader.operations.without_effect import EntriesWithoutEffect
from specdrift.loader.overlays.overlay_reader import read_overlay
from specdrift.loader.parse.document import Document
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.text import printable
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.references.document_library import DocumentLibrary
from specdrift.loader.references.reference_resolver import ReferenceResolver
from specdrift.loader.review import review
from specdrift.loader.security.checked_mapping import checked_mapping, warn_repeated_keys
from specdrift.loader.security.configured_requirements import ConfiguredRequirements
from specdrift.loader.security.scheme_reader import SecuritySchemes
from specdrift.loader.security.security_reader import SecurityReader
from specdrift.loader.security.split_documents import SplitDocuments
from specdrift.loader.security.webhooks import guarded_webhooks
from specdrift.loader.sources import open_source
from specdrift.loader.validation import validate_document
from specdrift.model.contract.contract import Contract, Diagnostic, DocumentIdentity
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.requirement import SchemeType
from specdrift.model.result.drift import Severity
from specdrift.settings import LoaderSettings


def load(
    source: str,
    settings: LoaderSettings,
    configured: ConfiguredParts = NO_PARTS,
    *,
    stdin: BinaryIO | None = None,
    cwd: Path | None = None,
    bodies: Bodies = Bodies.WHERE_SENT,
    inputs: bool = False,
) -> Contract:
    """Load a document; its defects become ``diagnostics`` of the contract.

    ``source`` is a file, ``-``, an http(s) URL or ``REV:PATH``; ``bodies`` selects the operations that get a request
    body; ``inputs`` enables reading constraints of input values.
    Raises :class:`~specdrift.errors.DocumentError` if the document as a whole cannot be used.
    """
    folder = Path.cwd() / (cwd or "")
    opened = open_source(source, settings, stdin=stdin, cwd=folder)
    with concerning("loader.overlays"):
        overlays = [
            read_overlay(open_source(each, settings, stdin=None, cwd=folder)) for each in settings.overlays
        ]
    library = DocumentLibrary(opened, settings, overlays=overlays)
    with not_collecting():
        entry = library.open_entry()
        reading = _ContractBuilder(library, entry, settings, configured)
        found = reading.contract(bodies, inputs=inputs)
    return reading.validated(found) if settings.validate else found


class _ContractBuilder:
    """Builds the contract of one entry document."""

    def __init__(
        self,
        library: DocumentLibrary,
        entry: Document,
        settings: LoaderSettings,
        configured: ConfiguredParts,
    ) -> None:
        self._library = library
        self._findings = DocumentFindings()
        self._root = DocumentNode(entry, (), entry.tree.root)
        self._dialect = _dialect(self._root)
        checked_mapping(self._root, "the document", self._findings)
        _report_second_version(self._root, self._findings)
        _report_number(self._root, self._dialect.member, self._findings)
        self._references = ReferenceResolver(library, self._findings)
        self._entry = EntryDocument(self._root, self._dialect, self._references, self._findings)
        self._schemes = SecuritySchemes(self._entry, settings=settings, configured=configured.schemes)
        others = SplitDocuments(self._entry, self._schemes, settings=settings, configured=configured.schemes)
        self._security = SecurityReader(
            self._root, self._dialect, self._schemes, self._findings, others=others
        )
        self._configured = configured
        self._required = ConfiguredRequirements(configured.requirements, self._schemes.all, self._findings)

    def contract(self, bodies: Bodies, *, inputs: bool) -> Contract:
        reader = OperationReader(
            self._entry,
            self._configured,
            security=self._security,
            required=self._required,
            bodies=bodies,
            inputs=inputs,
        )
        parts = self._parts(reader)
        self._findings.raise_fatal()
        operations = tuple(part.operation for part in parts)
        self._findings.add_all(self._library.overlay_findings)
        without_effect = EntriesWithoutEffect(operations, self._findings)
        without_effect.report(self._configured.requirements, self._configured.operations)
        place = self._root.document.location(())
        without_effect.report_variables(self._configured.variables, reader.servers.known_variables, place)
        trees = [document.tree.root for document in self._library.documents]
        review(operations, self._root, self._schemes, self._security, self._findings, trees=trees)
        for document in self._library.documents:
            warn_repeated_keys(DocumentNode(document, (), document.tree.root), self._findings)
        return Contract(
            document=self._identity(),
            operations=operations,
            schemes=self._schemes.all,
            servers=reader.servers.shared(operations),
            diagnostics=self._findings.all(),
            unread=tuple(self._findings.unread),
            set_aside=tuple(set_aside(self._root, self._dialect)),
            guarded_webhooks=tuple(self._guarded_webhooks()),
            unread_servers=tuple(reader.servers.unread),
            requests=reader,
            responses=ResponseExcerpts(
                {part.operation.key: part.node for part in parts}, self._dialect, self._references
            ),
        )

    def _guarded_webhooks(self) -> Iterator[str]:
        schemes = [scheme.name for scheme in self._schemes.all if scheme.type is SchemeType.MUTUAL_TLS]
        return guarded_webhooks(self._root, self._dialect, self._references, schemes)

    def validated(self, contract: Contract) -> Contract:
        """Add what openapi-spec-validator finds to the diagnostics."""
        found = validate_document(self._root, self._references)
        return replace(contract, diagnostics=(*contract.diagnostics, *found))

    def _parts(self, reader: OperationReader) -> tuple[LocatedOperation, ...]:
        try:
            return tuple(reader.read())
        except Unreadable as error:
            self._findings.refuse(error.rule, error.message, self._root.document.location(()))
            return ()

    def _identity(self) -> DocumentIdentity:
        title = self._root.get("info").get("title").value
        return DocumentIdentity(
            source=self._library.source.name,
            sha256=self._library.sha256,
            openapi=str(self._root.value[self._dialect.member]),
            title=printable(title) if isinstance(title, str) else "",
        )


def _dialect(root: DocumentNode) -> Dialect:
    """Return the dialect of the document. Raises :class:`~specdrift.errors.DocumentError` if it is unknown."""
    found = dialect_of(root.value)
    if found is not None:
        return found
    member = next((m for m in MEMBERS if root.get(m).value is not None), None)
    if member is None:
        raise _refused(
            "invalid-document",
            'no "openapi" or "swagger" member: this is not an OpenAPI document.',
            # The first line, so that an annotation has a place.
            root.document.location((), (0, 1)),
        )
    version = str(root.get(member).value)
    known = ", ".join(dialect.name for dialect in DIALECTS)
    raise _refused(
        "unsupported-version",
        f"OpenAPI {version[:20]} is not supported; specdrift reads {known}.",
        root.key(member),
    )


def _report_second_version(root: DocumentNode, findings: DocumentFindings) -> None:
    if root.get("openapi").value is not None and root.get("swagger").value is not None:
        findings.add(
            "invalid-document",
            'both "openapi" and "swagger": it was read as OpenAPI 3, and other tools may read 2.0. Delete one.',
            root.key("swagger"),
        )


def _report_number(root: DocumentNode, member: str, findings: DocumentFindings) -> None:
    """Report a version that is no text: another tool may refuse it, and of 3.10 the number is 3.1."""
    version = root.get(member).value
    if not isinstance(version, str):
        findings.add(
            "invalid-document",
            f'"{member}" is a number, not a text; it was read as {version}. Write it in quotes.',
            root.key(member),
            severity=Severity.NOTE,
        )


def _refused(rule: str, message: str, location: SourceLocation) -> DocumentError:
    return DocumentError([Diagnostic(rule=rule, message=message, location=location)])
