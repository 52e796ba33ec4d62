"""Sources of documents: a file, standard input, a URL given by the user, a git revision."""

import sys
from pathlib import Path
from typing import BinaryIO

from specdrift.loader.sources.files import FileSource, StreamSource
from specdrift.loader.sources.resource import DocumentSource, FetchedResource, Refused
from specdrift.settings import LoaderSettings

__all__ = ["DocumentSource", "FetchedResource", "Refused", "open_source", "revision_of"]


def revision_of(spec: str, *, cwd: Path) -> str:
    """Return the revision of ``REV:PATH``; empty for another source. An existing file takes precedence."""
    if spec == "-" or spec.startswith(("http://", "https://")):
        return ""
    revision, colon, path = spec.partition(":")
    return revision if colon and path and not (cwd / spec).exists() else ""


def open_source(spec: str, settings: LoaderSettings, *, stdin: BinaryIO | None, cwd: Path) -> DocumentSource:
    """Return the source that ``spec`` names."""
    if spec == "-":
        return StreamSource(stdin or sys.stdin.buffer, settings, cwd=cwd)
    if spec.startswith(("http://", "https://")):
        from specdrift.loader.sources.web import WebSource

        return WebSource(spec, settings)
    if revision := revision_of(spec, cwd=cwd):
        from specdrift.loader.sources.git import GitSource

        return GitSource(revision, spec.removeprefix(f"{revision}:"), settings, cwd=cwd)
    return FileSource(spec, settings, cwd=cwd)
