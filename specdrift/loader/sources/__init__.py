"""Sources of documents: a file, standard input, a URL given by the user, a git revision."""

import sys
from pathlib import Path
from typing import BinaryIO

from specdrift.errors import UsageError
from specdrift.loader.sources.files import FileSource, StreamSource
from specdrift.loader.sources.source_content import DocumentSource, FetchedResource, Refused
from specdrift.settings import LoaderSettings

__all__ = ["DocumentSource", "FetchedResource", "Refused", "open_source", "revision_of"]


def revision_of(spec: str, *, cwd: Path) -> str:
    """Return the revision of ``REV:PATH``; empty for another source, such as a file with that name.

    Raises UsageError where git knows the revision and a file has the name: a change could bring the file, to be read
    instead.
    """
    if spec == "-" or spec.startswith(("http://", "https://")):
        return ""
    revision, colon, path = spec.partition(":")
    if not colon or not path:
        return ""
    if not (cwd / spec).exists():
        return revision
    if _is_revision(revision, cwd):
        raise UsageError(
            f"{spec} names a document of the revision {revision}, and a file: ./{spec} names the file"
        )
    return ""


def _is_revision(name: str, cwd: Path) -> bool:
    from specdrift.loader.sources.git_command import GitError, GitFailure, git

    try:
        return bool(git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{tree}}", cwd=cwd))
    except GitError as error:
        return error.failure is GitFailure.TIMEOUT


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
