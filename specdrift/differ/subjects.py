"""What two results are about: whether one of them is of another document or target. Pure."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from specdrift.model.contract.contract import DocumentIdentity
from specdrift.model.contract.hosts import PORTS, ascii_host
from specdrift.model.result.result import Result


def differences(result: Result, earlier: Result) -> Iterator[str]:
    """Yield a clause on the earlier result for its document and its target, where this one has another.

    A document that was renamed or is of another version is the same: its title says what it describes.
    """
    here, there = result.document, earlier.document
    if (here.title or here.source) != (there.title or there.source):
        yield f"its document is {named(there)}, and this one is {named(here)}"
    before, now = earlier.target.base_url, result.target.base_url
    if before and now and _place(before) != _place(now):
        yield f"its target is {before}, and this one is {now}"


def named(document: DocumentIdentity) -> str:
    """Return a document by its title, with its file."""
    return f'"{document.title}" ({document.source})' if document.title else document.source


def _place(url: str) -> tuple[str, int, str]:
    """Return host, port and path of a target."""
    try:
        parts = urlsplit(url)
        return (
            ascii_host(parts.hostname or ""),
            parts.port or PORTS.get(parts.scheme, 0),
            parts.path.rstrip("/"),
        )
    except ValueError:
        return url, 0, ""
