"""The documents behind one entry document; each is read once, when first referenced."""

import re
from collections.abc import Sequence
from urllib.parse import urldefrag, urljoin, urlsplit

from specdrift.errors import DocumentError
from specdrift.loader.overlays.overlay_reader import Overlay
from specdrift.loader.parse import file_reader
from specdrift.loader.parse.document import Document
from specdrift.loader.parse.tree import MarkedMapping
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.sources import DocumentSource, FetchedResource, Refused
from specdrift.model.contract.contract import Diagnostic
from specdrift.settings import LoaderSettings

_MAX_DOCUMENTS = 20_000
_MAX_REMOTE = 200
_PASSWORD = re.compile(r"//[^/?#]*@")
_TOTAL = 4
"""Total size limit of all documents, as a multiple of the limit for one."""

REMOTE_REFS = "[loader] allow-remote-refs"
"""The setting that names hosts from which references are fetched."""


class DocumentLibrary:
    """Finds documents by URI. ``$self`` (OpenAPI 3.2) gives a document a second URI."""

    def __init__(
        self, source: DocumentSource, settings: LoaderSettings, *, overlays: Sequence[Overlay] = ()
    ) -> None:
        self.source = source
        self.sha256 = ""
        """Digest of the entry document, followed by its overlays."""
        self.overlay_findings: tuple[Diagnostic, ...] = ()
        self._overlays = overlays
        self._settings = settings
        self._documents: dict[str, Document | Refused] = {}
        self._left = settings.max_bytes * _TOTAL
        self._here = self._elsewhere = ""
        self._remote = 0

    def open_entry(self) -> Document:
        """The entry document. Raises :class:`~specdrift.errors.DocumentError`."""
        import hashlib

        resource = FetchedResource(name=self.source.name, uri="", data=b"")
        try:
            resource = self.source.entry()
            digest = hashlib.sha256(resource.data)
            for overlay in self._overlays:
                digest.update(overlay.data)
            self.sha256 = digest.hexdigest()
            document = file_reader.read(resource, marked=bool(self._overlays))
        except Unreadable as error:
            raise DocumentError([file_reader.diagnostic(error, resource)]) from error
        if self._overlays:
            from specdrift.loader.overlays.applying import apply_overlays

            self.overlay_findings = apply_overlays(document, self._overlays)
        document.base = _own_uri(document)
        self._documents.update({document.uri: document, document.base: document})
        self._here, self._elsewhere = _folder(document.uri), _folder(document.base)
        return document

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every document that was read so far, once."""
        overlays = {id(overlay.document): overlay.document for overlay in self._overlays}
        read = {id(d): d for d in self._documents.values() if isinstance(d, Document)}
        return tuple((read | overlays).values())

    def find(self, reference: str, referrer: Document) -> Document:
        """What a reference without its fragment leads to. Raises :class:`Refused`."""
        if not reference:
            return referrer
        try:
            uri = urljoin(referrer.base, reference)
        except ValueError:
            raise Refused(f"{reference} is not a URI reference.") from None
        if uri not in self._documents:
            self._refuse_absolute(reference, referrer)
        return self.at(uri, referrer, reference=reference)

    def has(self, reference: str, referrer: Document) -> bool:
        """Return whether what a reference without its fragment leads to was read already, or tried."""
        try:
            return not reference or urljoin(referrer.base, reference) in self._documents
        except ValueError:
            return True

    def at(self, uri: str, referrer: Document, *, reference: str = "") -> Document:
        """The document of an absolute URI, however it was written. Raises :class:`Refused`."""
        if uri not in self._documents:
            self._documents[uri] = self._open(uri, reference or uri, referrer)
        found = self._documents[uri]
        if isinstance(found, Refused):
            raise found
        return found

    def _open(self, uri: str, reference: str, referrer: Document) -> Document | Refused:
        resource = FetchedResource(name=reference, uri=uri, data=b"")
        try:
            resource = self._read(uri, reference, referrer)
            self._left -= len(resource.data)
            if self._left < 0 or len(self._documents) > _MAX_DOCUMENTS:
                return Refused(f"{reference} was not read: the description is too large.")
            document = file_reader.read(resource)
        except Refused as refused:
            return refused
        except Unreadable as error:
            return Refused(_cannot_be_read(reference, file_reader.diagnostic(error, resource)))
        document.base = uri
        own = _own_uri(document)
        if own != uri:
            return Refused(
                f'{reference} names {uri}, and the file there has "$self: {own}": it is another document. '
                "Reference it by that URI, or correct $self."
            )
        self._documents[document.uri] = document
        return document

    def _refuse_absolute(self, reference: str, referrer: Document) -> None:
        parts = urlsplit(reference)
        local = parts.scheme == "file" or (
            not parts.scheme and not parts.netloc and parts.path.startswith("/")
        )
        if local and urlsplit(referrer.base).scheme == "file":
            raise Refused(
                f"{reference} is an absolute path and was not read. Write it relative to {referrer.name}.",
                rule="reference-outside-root",
            )

    def _read(self, uri: str, reference: str, referrer: Document) -> FetchedResource:
        parts = urlsplit(uri)
        if parts[:2] == urlsplit(self._here)[:2]:
            return self.source.read(uri, reference, referrer=referrer.name)
        if parts.scheme in ("http", "https") and parts.hostname in self._settings.allow_remote_refs:
            self._remote += 1
            if self._remote > _MAX_REMOTE:
                raise Refused(f"{reference} was not fetched: it is one of more than {_MAX_REMOTE}.")
            from specdrift.loader.sources.web import fetch_reference

            return fetch_reference(uri, reference, limit=self._settings.max_bytes)
        if self._elsewhere and uri.startswith(self._elsewhere):
            return self._read_copy(uri, reference, referrer)
        raise _not_fetched(uri, reference)

    def _read_copy(self, uri: str, reference: str, referrer: Document) -> FetchedResource:
        """A document whose URI is beside the entry's ``$self``, read from beside the entry."""
        copy = self._here + uri.removeprefix(self._elsewhere)
        try:
            return self.source.read(copy, reference, referrer=referrer.name)
        except Refused as refused:
            if urlsplit(uri).scheme in ("http", "https") and refused.rule == "unresolved-reference":
                raise _not_fetched(uri, reference) from refused
            raise


def _not_fetched(uri: str, reference: str) -> Refused:
    """Name the reference without what may be a password, and the setting that allows it, if one does."""
    shown = _PASSWORD.sub("//", reference)
    host = urlsplit(uri).hostname if urlsplit(uri).scheme in ("http", "https") else None
    allowed = f', or allow its host: {REMOTE_REFS} = ["{host}"]' if host else ""
    return Refused(
        f"{shown} is on another host and was not fetched. Download it{allowed}.",
        rule="remote-reference-refused",
    )


def _own_uri(document: Document) -> str:
    """Return the URI that a document gives itself (``$self``), else its base (OpenAPI 3.2, Establishing the Base URI).

    References must use ``$self`` where there is one.
    """
    root = document.tree.root
    named = root.get("$self") if isinstance(root, MarkedMapping) else None
    if not isinstance(named, str) or not named or not str(root.get("openapi", "")).startswith("3.2"):
        return document.base
    try:
        return urldefrag(urljoin(document.base, named)).url
    except ValueError:
        return document.base


def _folder(uri: str) -> str:
    return uri[: uri.rfind("/") + 1]


def _cannot_be_read(reference: str, why: Diagnostic) -> str:
    location = why.location
    line = f"line {location.line}: " if location and location.text else ""
    return f"{reference} cannot be read ({line}{why.message.removesuffix('.')})."
