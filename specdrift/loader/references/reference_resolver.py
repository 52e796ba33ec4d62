"""Resolves ``$ref`` lazily, within the allowed locations, and detects recursion."""

from collections.abc import Hashable
from urllib.parse import urljoin

from specdrift.loader.document_findings import DocumentFindings
from specdrift.loader.parse import pointer
from specdrift.loader.parse.document import Document
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.pointer import Tokens
from specdrift.loader.references.document_library import DocumentLibrary
from specdrift.loader.sources import Refused
from specdrift.model.result.drift import Severity

_LONGEST_CHAIN = 100
_OPTION_LAST = frozenset({"reference-outside-root"})
"""Rules whose message ends with an option, to be copied."""
_FORBIDDEN = frozenset({"reference-outside-root", "remote-reference-refused"})
"""Rules of targets that may exist, and that were not read."""

_Spot = tuple[str, Tokens]


class _Broken(Exception):
    """``node`` holds the reference that leads nowhere; ``cause`` is the same for all that fail alike."""

    def __init__(self, node: DocumentNode, refused: Refused, *, cause: Hashable) -> None:
        super().__init__(refused.message)
        self.node = node
        self.refused = refused
        self.cause = cause


class ReferenceResolver:
    """Resolves Reference Objects, also where OpenAPI does not allow them."""

    def __init__(self, library: DocumentLibrary, findings: DocumentFindings) -> None:
        self._library = library
        self._findings = findings
        self._found: dict[tuple[int, str], DocumentNode] = {}

    def follow(self, node: DocumentNode, *, lost: str, misplaced_in: str = "") -> DocumentNode | None:
        """The value that a place stands for, after all its references.

        ``None`` when one leads nowhere: then there is a finding that ends with ``lost``, what is not judged
        because of it. ``misplaced_in`` names an object in which OpenAPI allows no reference.
        """
        if not is_reference(node.value):
            return node
        if misplaced_in:
            self._findings.add(
                "misplaced-reference",
                f'OpenAPI does not allow "$ref" in {misplaced_in}. It was resolved; other tools ignore it.',
                node.key("$ref"),
            )
        reference = node.value["$ref"]
        known = self._found.get((id(node.document), reference)) if isinstance(reference, str) else None
        if known is not None and not is_reference(known.value):
            return known
        last = self.chain(node, lost=lost)[-1]
        return None if is_reference(last.value) else last

    def chain(self, node: DocumentNode, *, lost: str) -> list[DocumentNode]:
        """A place and what its references lead to, one after the other. The last one still is a reference
        where that leads nowhere, and then there is a finding.
        """
        passed: list[DocumentNode] = []
        try:
            self._resolve(node, passed)
        except _Broken as broken:
            self._findings.add(
                broken.refused.rule,
                _sentences(broken.refused, lost),
                broken.node.key("$ref"),
                cause=broken.cause,
            )
        return passed

    def read_without(self, node: DocumentNode, *, lost: str, opens: bool) -> DocumentNode | None:
        """As :meth:`follow`, for what a request is made without: a missing target is a warning, a forbidden one a note.

        Without ``opens`` no further document is read, and references to it are not reported.
        """
        if not is_reference(node.value):
            return node
        if not opens and not self._is_open(node):
            return None
        try:
            return self._resolve(node, [])
        except _Broken as broken:
            forbidden = broken.refused.rule in _FORBIDDEN
            self._findings.add(
                broken.refused.rule,
                _sentences(broken.refused, lost),
                broken.node.key("$ref"),
                cause=broken.cause,
                severity=Severity.NOTE if forbidden else Severity.WARNING,
            )
            return None

    def _is_open(self, node: DocumentNode) -> bool:
        reference = node.value["$ref"]
        return not isinstance(reference, str) or self._library.has(reference.partition("#")[0], node.document)

    def peek(self, node: DocumentNode) -> DocumentNode | None:
        """As :meth:`follow`, without a finding; ``read_without`` reports what requests are made without."""
        if not is_reference(node.value):
            return node
        try:
            return self._resolve(node, [])
        except _Broken:
            return None

    def reporting_to(self, findings: DocumentFindings) -> "ReferenceResolver":
        """Return a resolver of the same documents with other findings."""
        return ReferenceResolver(self._library, findings)

    def document(self, uri: str, referrer: Document) -> Document:
        """The document of an absolute URI. Raises :class:`Refused`."""
        return self._library.at(uri, referrer)

    def at(self, reference: str, referrer: Document) -> DocumentNode:
        """What one URI reference leads to, without following references there. Raises :class:`Refused`."""
        key = (id(referrer), reference)  # documents live as long as their library
        if key not in self._found:
            self._found[key] = self._at(reference, referrer)
        return self._found[key]

    def _at(self, reference: str, referrer: Document) -> DocumentNode:
        address, _, fragment = reference.partition("#")
        document = self._library.find(address, referrer)
        try:
            tokens = pointer.decode_fragment(fragment)
            value = document.tree.root
            for token in tokens:
                value = pointer.step(value, token)
        except (LookupError, ValueError):
            raise Refused(_missing(reference, address, fragment)) from None
        return DocumentNode(document, tokens, value)

    def _resolve(self, node: DocumentNode, passed: list[DocumentNode]) -> DocumentNode:
        spots: list[_Spot] = []
        passed.append(node)
        while is_reference(node.value):
            spot = (node.document.base, node.tokens)
            if spot in spots or len(spots) > _LONGEST_CHAIN:
                circle = spots[spots.index(spot) :] if spot in spots else spots
                raise _Broken(node, _circle(node), cause=frozenset(circle))
            spots.append(spot)
            node = self._step(node)
            passed.append(node)
        return node

    def _step(self, node: DocumentNode) -> DocumentNode:
        reference = node.value["$ref"]
        if not isinstance(reference, str):
            raise _Broken(node, Refused('"$ref" must be a string.'), cause=(node.document.base, node.tokens))
        try:
            return self.at(reference, node.document)
        except Refused as refused:
            raise _Broken(node, refused, cause=_absolute(node.document.base, reference)) from refused


def is_reference(value: object) -> bool:
    """Return whether a value is a Reference Object, well-formed or not."""
    return isinstance(value, dict) and "$ref" in value


def _missing(reference: str, address: str, fragment: str) -> str:
    return f"{address} has no {fragment}." if address else f"{reference} not found."


def _circle(node: DocumentNode) -> Refused:
    return Refused(f"{node.value['$ref']} refers to itself.", rule="recursive-reference")


def _absolute(base: str, reference: str) -> str:
    try:
        return urljoin(base, reference)
    except ValueError:
        return reference


def _sentences(refused: Refused, lost: str) -> str:
    sentences = (lost, refused.message) if refused.rule in _OPTION_LAST else (refused.message, lost)
    return " ".join(sentence for sentence in sentences if sentence)
