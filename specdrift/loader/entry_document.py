"""The document that a run is about, with what all its readers share."""

from typing import NamedTuple

from specdrift.loader.dialects import Dialect
from specdrift.loader.document_findings import DocumentFindings
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.references.reference_resolver import ReferenceResolver


class EntryDocument(NamedTuple):
    """The root of the entry document, and what its readers share."""

    root: DocumentNode
    dialect: Dialect
    references: ReferenceResolver
    findings: DocumentFindings
    """Collects the defects that readers find."""
