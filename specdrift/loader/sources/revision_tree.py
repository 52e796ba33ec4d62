"""Reads the files of a git revision. Every reader of documents, overlays, baselines and configuration uses it.

A path has one of three results: the file, Absent where the trees of the revision certainly have no such entry, and
UnknownFile. Symbolic links are followed within the repository, and submodules in their clones below the work
tree.
"""

import os
from collections import deque
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from specdrift.errors import UsageError
from specdrift.loader.sources.git_command import GitError, GitFailure, git, may_fetch, repository_root

_MAX_LINKS = 40
_BLOB, _TREE, _SUBMODULE = "blob", "tree", "commit"
_LINK_MODE = "120000"


class UnknownCause(Enum):
    """Why the content of a file at a revision is unknown, with the remedy."""

    MISSING = (
        "this clone has no content of {0}; fetch that of all files that differ before the run, where the repository is "
        "trusted: git diff --stat {2} HEAD"
    )
    SUBMODULE = (
        "{0} is in a submodule, whose commit {1} is not in this clone; fetch it: git submodule update --init, "
        "with its history"
    )
    OUTSIDE = "{0} leads out of the repository by a symbolic link to {1}"
    LINKS = "{0} leads through more than 40 symbolic links"
    UNTRACKED = "git does not track {1}, so that its content at {0} is unknown: commit the file, or compare without it"
    NAMED = "the configuration of {0} names {1}, which git does not track there: its content is unknown"
    SEARCH = (
        "{0} has no {1} in its submodule, where git does not look for the origin of a renamed file: whether it had "
        "this document is unknown"
    )
    FAILED = "git did not read {0}: {1}"


class RevisionFile(Struct, frozen=True, kw_only=True):
    """A file that the revision has. Its content may still be missing in this clone."""

    path: str
    """In the repository, without symbolic links."""
    object_id: str
    repository: Path
    """The work tree whose repository has the object: that of the revision, or of a submodule."""


class Absent(Struct, frozen=True, kw_only=True):
    """The revision certainly has no such file."""

    is_folder: bool = False
    in_submodule: bool = False
    """Whether the path leads into a submodule, where git does not look for the origin of a renamed file."""


class UnknownFile(Struct, frozen=True, kw_only=True):
    """Whether the revision has the file, or with which content, cannot be established."""

    cause: UnknownCause
    detail: str = ""
    """Completes the text of the cause: a commit, the target of a link, or the words of git."""
    outside: Path | None = None
    """Where a link leads out of the repository."""


_REASONS = {
    GitFailure.NOT_INSTALLED: "it is not installed",
    GitFailure.TIMEOUT: "it did not answer in time",
    GitFailure.UNKNOWN_REVISION: "it does not know the revision",
    GitFailure.AMBIGUOUS_REVISION: "the revision has several meanings",
}
"""Why git read nothing; where it fails, the content is missing."""
Found = RevisionFile | Absent | UnknownFile


class UnknownContentError(UsageError):
    """The content of a file at a revision is unknown."""

    def __init__(self, named: str, unknown: UnknownFile) -> None:
        revision = named.partition(":")[0]
        super().__init__(unknown.cause.value.format(named, unknown.detail, revision))
        self.unknown = unknown


class _Folder(NamedTuple):
    """A tree object, and the work tree whose repository has it."""

    repository: Path
    tree: str
    is_submodule: bool = False


class _Entry(NamedTuple):
    mode: str
    kind: str
    object_id: str


class _UnreadableError(Exception):
    """Ends a walk."""

    def __init__(self, unknown: UnknownFile) -> None:
        super().__init__()
        self.unknown = unknown


class RevisionTree:
    """The files of one revision."""

    def __init__(self, name: str, tree: str, *, root: Path) -> None:
        """``name`` is shown to users; ``tree`` is the id of a commit or tree; ``root`` the top of the work tree."""
        self.name = name
        self.root = root
        self._top = _Folder(root, tree)
        self._listed: dict[_Folder, dict[str, _Entry]] = {}
        self._sizes: dict[str, int] = {}

    def find(self, path: str) -> Found:
        """Return the file at a path in the repository."""
        try:
            return _Walk(self, self._top, path).end()
        except _UnreadableError as error:
            return error.unknown

    def size(self, file: RevisionFile) -> int:
        """Return the bytes of a file. Raises UnknownContentError."""
        if file.object_id not in self._sizes:
            self._measure(file)
        if file.object_id not in self._sizes:
            unknown = UnknownFile(cause=UnknownCause.MISSING)
            raise UnknownContentError(f"{self.name}:{file.path}", unknown)
        return self._sizes[file.object_id]

    def content(self, file: RevisionFile) -> bytes:
        """Return the content of a file. Raises UnknownContentError if this clone lacks it."""
        try:
            return git("cat-file", "blob", file.object_id, cwd=file.repository)
        except GitError as error:
            raise UnknownContentError(f"{self.name}:{file.path}", _unknown(error)) from None

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None if it is certainly absent. Raises UnknownContentError."""
        match self.find(path):
            case RevisionFile() as file:
                return self.content(file)
            case Absent():
                return None
            case UnknownFile() as unknown:
                raise UnknownContentError(f"{self.name}:{path}", unknown)

    def _measure(self, file: RevisionFile) -> None:
        """Ask for the sizes of the files beside this one too, at once: documents have up to thousands of files.

        Git would fetch each that a partial clone lacks, where it may.
        """
        listed = (entries for folder, entries in self._listed.items() if folder.repository == file.repository)
        beside = next((entries for entries in listed if _holds(entries, file)), {})
        blobs = {entry.object_id for entry in beside.values() if entry.kind == _BLOB}
        wanted = [file.object_id] if may_fetch() else sorted({file.object_id, *blobs})
        try:
            lines = git(
                "cat-file",
                "--batch-check=%(objectname) %(objectsize)",
                cwd=file.repository,
                given="\n".join(wanted).encode(),
            )
        except GitError as error:
            raise UnknownContentError(f"{self.name}:{file.path}", _unknown(error)) from None
        for line in lines.decode().splitlines():
            name, _, size = line.partition(" ")
            if size.isdecimal():  # else "missing"
                self._sizes[name] = int(size)

    def entries(self, folder: _Folder) -> dict[str, _Entry]:
        """Return the entries of a folder by name. Ends the walk if this clone lacks the tree."""
        if folder not in self._listed:
            try:
                listing = git("ls-tree", "-z", "--full-tree", folder.tree, cwd=folder.repository)
            except GitError as error:
                unknown = UnknownFile(cause=UnknownCause.SUBMODULE, detail=folder.tree[:12])
                raise _UnreadableError(unknown if folder.is_submodule else _unknown(error)) from None
            self._listed[folder] = dict(_entry(line) for line in os.fsdecode(listing).split("\0") if line)
        return self._listed[folder]


class _Walk:
    """Follows one path from folder to folder."""

    def __init__(self, tree: RevisionTree, top: _Folder, path: str) -> None:
        self._tree = tree
        self._folders: list[tuple[str, _Folder]] = [("", top)]
        self._pending = deque(path.split("/"))
        self._links = 0

    def end(self) -> Found:
        """Return what the path leads to."""
        while self._pending:
            name = self._pending.popleft()
            if name in ("", "."):
                continue
            if name == "..":
                self._up(name)
                continue
            folder = self._folders[-1][1]
            entry = self._tree.entries(folder).get(name)
            if entry is None or self._is_end(entry):
                return self._file(folder, name, entry)
            self._into(folder, name, entry)
        return Absent(is_folder=True)

    def _is_end(self, entry: _Entry) -> bool:
        return entry.kind == _BLOB and entry.mode != _LINK_MODE

    def _file(self, folder: _Folder, name: str, entry: _Entry | None) -> Found:
        """Return a file, unless the path goes on as if it were a folder."""
        if entry is None or any(self._pending):
            return Absent(in_submodule=any(one.is_submodule for _, one in self._folders))
        return RevisionFile(path=self._path(name), object_id=entry.object_id, repository=folder.repository)

    def _path(self, *names: str) -> str:
        return "/".join((*(name for name, _ in self._folders[1:]), *names))

    def _up(self, name: str) -> None:
        if len(self._folders) == 1:
            raise _UnreadableError(_outside("/".join((str(self._tree.root), name, *self._pending))))
        self._folders.pop()

    def _into(self, folder: _Folder, name: str, entry: _Entry) -> None:
        """Go on at a folder, a submodule, or the target of a link."""
        if entry.kind == _TREE:
            self._folders.append((name, _Folder(folder.repository, entry.object_id)))
        elif entry.kind == _SUBMODULE:
            clone = self._tree.root / self._path(name)
            if not _is_repository(clone):
                raise _UnreadableError(UnknownFile(cause=UnknownCause.SUBMODULE, detail=entry.object_id[:12]))
            self._folders.append((name, _Folder(clone, entry.object_id, is_submodule=True)))
        else:
            self._follow(folder, entry)

    def _follow(self, folder: _Folder, entry: _Entry) -> None:
        self._links += 1
        if self._links > _MAX_LINKS:
            raise _UnreadableError(UnknownFile(cause=UnknownCause.LINKS))
        try:
            target = os.fsdecode(git("cat-file", "blob", entry.object_id, cwd=folder.repository))
        except GitError as error:
            raise _UnreadableError(_unknown(error)) from None
        if target.startswith("/"):
            raise _UnreadableError(_outside("/".join((target, *self._pending))))
        self._pending.extendleft(reversed(target.split("/")))


def _holds(entries: dict[str, _Entry], file: RevisionFile) -> bool:
    entry = entries.get(file.path.rpartition("/")[2])
    return entry is not None and entry.object_id == file.object_id


def _outside(path: str) -> UnknownFile:
    return UnknownFile(cause=UnknownCause.OUTSIDE, detail=path, outside=Path(path))


def _unknown(error: GitError) -> UnknownFile:
    """Return why an object that a tree names cannot be read."""
    if error.failure is GitFailure.FAILED:
        return UnknownFile(cause=UnknownCause.MISSING)
    return UnknownFile(cause=UnknownCause.FAILED, detail=_REASONS[error.failure])


def _entry(line: str) -> tuple[str, _Entry]:
    about, _, name = line.partition("\t")
    mode, kind, object_id = about.split()
    return name, _Entry(mode, kind, object_id)


def _is_repository(folder: Path) -> bool:
    """Whether a submodule is cloned here. In an empty folder git would find the repository around it."""
    try:
        return folder.is_dir() and repository_root(folder).resolve() == folder.resolve()
    except GitError:
        return False
