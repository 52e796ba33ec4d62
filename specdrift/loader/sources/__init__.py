"""Sources of documents: a file, standard input, a URL given by the user, a git revision."""

import sys
from pathlib import Path
from typing import BinaryIO

from specdrift.loader.sources.files import FileSource, StreamSource
from specdrift.loader.sources.resource import DocumentSource, FetchedResource, Refused
from specdrift.settings import LoaderSettings

__all__ = ["DocumentSource", "FetchedResource", "Refused", "open_source"]


def open_source(spec: str, settings: LoaderSettings, *, stdin: BinaryIO | None, cwd: Path) -> DocumentSource:
    """Return the source that ``spec`` names. An existing file takes precedence over ``REV:PATH``."""
    if spec == "-":
        return StreamSource(stdin or sys.stdin.buffer, settings, cwd=cwd)
    if spec.startswith(("http://", "https://")):
        from specdrift.loader.sources.web import WebSource

        return WebSource(spec, settings)
    revision, colon, path = spec.partition(":")
    if colon and revision and path and not (cwd / spec).exists():
        from specdrift.loader.sources.git import GitSource

        return GitSource(revision, path, settings, cwd=cwd)
    return FileSource(spec, settings, cwd=cwd)
