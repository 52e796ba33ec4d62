"""Documents in a git revision (``REV:PATH``): the entry document and its references, all of one revision."""

import os
import posixpath
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.sources.git_command import TIMEOUT, GitError, GitFailure, git, repository_root
from specdrift.loader.sources.resource import FetchedResource, Refused, too_large
from specdrift.settings import LoaderSettings

_SYMLINK = "120000"
_MAX_LINKS = 8
_REASONS = {
    GitFailure.NOT_INSTALLED: "no such file, and git is not installed to look for a revision.",
    GitFailure.TIMEOUT: f"git did not answer within {TIMEOUT:.0f} s.",
    GitFailure.FAILED: "no such file, and git reports: {}.",
}


class _Blob(NamedTuple):
    mode: str
    object_id: str
    size: int


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
        self._blobs: dict[str, _Blob] | None = None

    def entry(self) -> FetchedResource:
        if self._revision.startswith("-"):
            raise Unreadable(f'"{self._revision}" is not a git revision.')
        if self._requested_path.startswith("//"):
            raise Unreadable(f"{self._revision} URLs are not read; name a file, an http(s) URL or REV:PATH.")
        self._path = self._in_tree(self._requested_path)
        if self._git("cat-file", "-t", f"{self._revision}:{self._path}").strip() == b"tree":
            raise Unreadable("this is a folder; name the file in it.")
        self._path = self._without_links(self._path)
        size = self._git("cat-file", "-s", f"{self._revision}:{self._path}")
        if int(size) > self._limit:
            raise Unreadable(too_large(self._limit))
        data = self._git("cat-file", "blob", f"{self._revision}:{self._path}")
        return FetchedResource(name=self.name, uri=_uri(self._path), data=data)

    def _without_links(self, path: str) -> str:
        """Return the file that the path names, symbolic links within the repository followed."""
        for _ in range(_MAX_LINKS):
            listing = self._git("ls-tree", "--full-tree", self._revision, "--", path).decode(errors="replace")
            if not listing.startswith(_SYMLINK):
                break
            target = self._git("cat-file", "blob", f"{self._revision}:{path}").decode(errors="replace")
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if path.startswith(("/", "../")):
                raise Unreadable("this is a symbolic link out of the repository.")
        return path

    def read(self, uri: str, reference: str, *, referrer: str) -> FetchedResource:
        path = unquote(urlsplit(uri).path).lstrip("/")
        blob = self._follow_links(path, reference, referrer)
        if blob.size > self._limit:
            raise Refused(f"{reference}: {too_large(self._limit)}")
        data = self._git("cat-file", "blob", blob.object_id)
        return FetchedResource(name=f"{self._revision}:{path}", uri=uri, data=data)

    def _follow_links(self, path: str, reference: str, referrer: str) -> _Blob:
        for _ in range(_MAX_LINKS):
            self._require_inside(path, reference)
            blob = self._tree().get(path)
            if blob is None:
                break
            if blob.mode != _SYMLINK:
                return blob
            target = self._git("cat-file", "blob", blob.object_id).decode(errors="replace")
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        raise Refused(f"{reference} not found (looked in the folder of {referrer}).")

    def _require_inside(self, path: str, reference: str) -> None:
        root = self._root()
        if path.startswith(("/", "../")) or not (not root or path.startswith(f"{root}/")):
            raise Refused(
                f"{reference} is outside the folder of the document and was not read.",
                rule="reference-outside-root",
            )

    def _root(self) -> str:
        if self._ref_root is None:
            return posixpath.dirname(self._path)
        try:
            top = repository_root(self._cwd)
        except GitError as error:
            raise Unreadable(_REASONS[error.failure].format(error.message)) from None
        relative = os.path.relpath(self._ref_root, top)
        return "" if relative == "." or relative.startswith("..") else relative

    def _tree(self) -> dict[str, _Blob]:
        if self._blobs is None:
            folder = self._root()
            listing = self._git(
                "ls-tree",
                "-r",
                "-l",
                "-z",
                "--full-tree",
                self._revision,
                *([f"{folder}/"] if folder else []),
            )
            self._blobs = dict(
                _blob(entry) for entry in listing.decode(errors="surrogateescape").split("\0") if entry
            )
        return self._blobs

    def _in_tree(self, path: str) -> str:
        if path.startswith(("./", "../")):
            prefix = self._git("rev-parse", "--show-prefix").decode().rstrip("\n")
            path = prefix + path
        return posixpath.normpath(path)

    def _git(self, *arguments: str) -> bytes:
        try:
            return git(*arguments, cwd=self._cwd)
        except GitError as error:
            raise Unreadable(_REASONS[error.failure].format(error.message)) from None


def _uri(path: str) -> str:
    return f"file:///{quote(path)}"


def _blob(entry: str) -> tuple[str, _Blob]:
    about, _, path = entry.partition("\t")
    mode, _, object_id, size = about.split()
    return path, _Blob(mode, object_id, int(size) if size.isdecimal() else 0)
