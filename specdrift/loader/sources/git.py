"""Documents in a git revision (``REV:PATH``): the entry document and its references, all of one revision."""

import os
import posixpath
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.sources.git_command import TIMEOUT, GitError, GitFailure, git, repository_root
from specdrift.loader.sources.revision_name import ObjectKind, resolve
from specdrift.loader.sources.revision_tree import (
    Absent,
    RevisionFile,
    RevisionTree,
    UnknownCause,
    UnknownContentError,
    UnknownFile,
)
from specdrift.loader.sources.source_content import FetchedResource, Refused, too_large
from specdrift.settings import LoaderSettings

_REASONS = {
    GitFailure.NOT_INSTALLED: "no such file, and git is not installed to look for a revision.",
    GitFailure.TIMEOUT: f"git did not answer within {TIMEOUT:.0f} s.",
    GitFailure.FAILED: "no such file, and git reports: {}.",
    GitFailure.UNKNOWN_REVISION: "no such file, and git has no revision {}.",
    GitFailure.AMBIGUOUS_REVISION: "{0} may be more than one revision: name the one meant, such as refs/heads/{0}.",
}


class GitSource:
    """Reads documents of one revision. Their URIs are ``file:`` URIs relative to the root of the repository."""

    def __init__(self, revision: str, path: str, settings: LoaderSettings, *, cwd: Path) -> None:
        self.name = f"{revision}:{path}"
        self._revision = revision
        self._requested_path = path
        self._cwd = cwd
        self._limit = settings.max_bytes
        self._ref_root = settings.ref_root
        self._path = ""
        self._opened: RevisionTree | None = None

    def entry(self) -> FetchedResource:
        if self._revision.startswith("-"):
            raise Unreadable(f'"{self._revision}" is not a git revision.')
        if self._requested_path.startswith("//"):
            raise Unreadable(f"{self._revision} URLs are not read; name a file, an http(s) URL or REV:PATH.")
        file = self._entry_file(self._in_tree(self._requested_path))
        self._path = file.path
        size, data = self._read(file)
        if size > self._limit:
            raise Unreadable(too_large(self._limit))
        return FetchedResource(name=self.name, uri=_uri(self._path), data=data)

    def _entry_file(self, path: str) -> RevisionFile:
        match self._tree().find(path):
            case RevisionFile() as file:
                return file
            case Absent(is_folder=True):
                raise Unreadable("this is a folder; name the file in it.")
            case Absent():
                raise Unreadable(f"no such file, and git has no {path} in {self._revision}.")
            case UnknownFile() as unknown:
                raise Unreadable(f"{UnknownContentError(self.name, unknown)}.")

    def read(self, uri: str, reference: str, *, referrer: str) -> FetchedResource:
        path = unquote(urlsplit(uri).path).lstrip("/")
        self._require_inside(path, reference)
        file = self._referenced_file(path, reference, referrer)
        self._require_inside(file.path, reference)
        size, data = self._read(file)
        if size > self._limit:
            raise Refused(f"{reference}: {too_large(self._limit)}")
        return FetchedResource(name=f"{self._revision}:{path}", uri=uri, data=data)

    def _referenced_file(self, path: str, reference: str, referrer: str) -> RevisionFile:
        match self._tree().find(path):
            case RevisionFile() as file:
                return file
            case Absent():
                raise Refused(f"{reference} not found (looked in the folder of {referrer}).")
            case UnknownFile(cause=UnknownCause.OUTSIDE):
                raise _outside(reference)
            case UnknownFile() as unknown:
                raise Unreadable(f"{UnknownContentError(f'{self._revision}:{path}', unknown)}.")

    def _read(self, file: RevisionFile) -> tuple[int, bytes]:
        """Return size and content; no content beyond the limit."""
        tree = self._tree()
        try:
            size = tree.size(file)
            return size, tree.content(file) if size <= self._limit else b""
        except UnknownContentError as error:
            raise Unreadable(f"{error}.") from None

    def _require_inside(self, path: str, reference: str) -> None:
        root = self._root()
        if path.startswith(("/", "../")) or not (not root or path.startswith(f"{root}/")):
            raise _outside(reference)

    def _root(self) -> str:
        if self._ref_root is None:
            return posixpath.dirname(self._path)
        relative = os.path.relpath(self._ref_root, self._tree().root)
        return "" if relative == "." or relative.startswith("..") else relative

    def _tree(self) -> RevisionTree:
        if self._opened is None:
            try:
                tree = resolve(self._revision, cwd=self._cwd, kind=ObjectKind.TREE)
            except GitError as error:
                raise Unreadable(_REASONS[error.failure].format(error.message)) from None
            self._opened = RevisionTree(self._revision, tree, root=self._top())
        return self._opened

    def _top(self) -> Path:
        try:
            return repository_root(self._cwd)
        except GitError:
            return self._cwd  # a bare repository, which has no submodules

    def _in_tree(self, path: str) -> str:
        if path.startswith(("./", "../")):
            try:
                path = os.fsdecode(git("rev-parse", "--show-prefix", cwd=self._cwd)).rstrip("\n") + path
            except GitError as error:
                raise Unreadable(_REASONS[error.failure].format(error.message)) from None
        return posixpath.normpath(path)


def _outside(reference: str) -> Refused:
    return Refused(
        f"{reference} is outside the folder of the document and was not read.", rule="reference-outside-root"
    )


def _uri(path: str) -> str:
    return f"file:///{quote(path)}"
