"""Files of the base revision: the configuration and the baseline before the change."""

import os
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from specdrift.config.reading.file import PYPROJECT, ConfigFile, candidates, parse
from specdrift.errors import UsageError
from specdrift.loader.sources.git_command import GitError, GitFailure, git, repository_root
from specdrift.loader.sources.revision_name import resolve
from specdrift.loader.sources.revision_tree import (
    Absent,
    RevisionFile,
    RevisionTree,
    UnknownCause,
    UnknownContentError,
    UnknownFile,
)


class BaseRevision(Struct, frozen=True, kw_only=True, dict=True):
    """A git revision, and the work tree whose files changed since."""

    name: str
    """As the user named it."""
    commit: str
    root: Path
    """The top of the work tree, without symbolic links."""

    @cached_property
    def tree(self) -> RevisionTree:
        """The files of the revision."""
        return RevisionTree(self.name, self.commit, root=self.root)

    def path_of(self, file: Path) -> str:
        """Return the path in the repository; empty for a file outside it."""
        real = Path(os.path.normpath(file.absolute()))
        inside = real if real.is_relative_to(self.root) else file.resolve()
        return inside.relative_to(self.root).as_posix() if inside.is_relative_to(self.root) else ""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None if the revision certainly does not have it.

        Raises UnknownContentError, also for a file that git does not track: no revision shows what it was.
        """
        content = self.tree.read(path)
        if content is None and self._is_untracked(path):
            raise UnknownContentError(self.name, UnknownFile(cause=UnknownCause.UNTRACKED, detail=path))
        return content

    def read_named(self, path: str) -> bytes:
        """Return the content of a file that the configuration of this revision names. Raises UnknownContentError."""
        content = self.read(path)
        if content is None:
            raise UnknownContentError(self.name, UnknownFile(cause=UnknownCause.NAMED, detail=path))
        return content

    def has(self, path: str) -> bool:
        """Whether the revision has a document. Raises UnknownContentError as ``read``, without reading the content.

        Raises it also for one that may have had another name in a submodule.
        """
        match self.tree.find(path):
            case RevisionFile():
                return True
            case UnknownFile() as unknown:
                raise UnknownContentError(f"{self.name}:{path}", unknown)
            case Absent() if self._is_untracked(path):
                raise UnknownContentError(self.name, UnknownFile(cause=UnknownCause.UNTRACKED, detail=path))
            case Absent(in_submodule=True):
                raise UnknownContentError(self.name, UnknownFile(cause=UnknownCause.SEARCH, detail=path))
        return False

    def _is_untracked(self, path: str) -> bool:
        """Whether a file is in the work tree, and neither it nor a submodule around it in the index."""
        file = self.root / path
        if not file.is_file():
            return False
        real = file.resolve()
        if not real.is_relative_to(self.root):
            return True
        inside = real.relative_to(self.root)
        return not any(self._is_tracked(part.as_posix()) for part in (inside, *inside.parents[:-1]))

    def _is_tracked(self, path: str) -> bool:
        try:
            return bool(git("rev-parse", "--quiet", "--verify", f":0:{path}", cwd=self.root))
        except GitError as error:
            if error.failure is not GitFailure.FAILED:
                raise UsageError(f"git did not find {path} in its index") from None
            return False

    def has_changed(self, path: str) -> bool:
        """Return whether a file of the revision differs or is missing now. One that git does not track has not changed.

        Compares contents: `git diff` would run the filters that the repository's own configuration names. Raises
        UnknownContentError.
        """
        if not path:
            return False
        match self.tree.find(path):
            case Absent():
                return False
            case UnknownFile(outside=Path() as target):
                return (self.root / path).resolve() != target.resolve()
            case UnknownFile() as unknown:
                raise UnknownContentError(f"{self.name}:{path}", unknown)
            case RevisionFile() as file:
                return not _same(self.tree.content(file), self.root / path)

    def has_gained(self, path: str) -> bool:
        """Return whether the change brings a file that the revision certainly does not have."""
        absent = bool(path) and isinstance(self.tree.find(path), Absent)
        return absent and (self.root / path).is_file() and not self._is_untracked(path)

    def configuration(self, present: ConfigFile | None, *, cwd: Path) -> ConfigFile | None:
        """Return the configuration that a run in ``cwd`` read at this revision; None if there was none.

        A file that no search finds was named, and is read at its own path. Raises ConfigError.
        """
        searched = list(candidates(cwd=cwd))
        if present is not None and present.path not in searched:
            searched = [present.path]
        for file in searched:
            path = self.path_of(file)
            content = self.tree.read(path) if path else None
            if content is None or (file.name == PYPROJECT and b"specdrift" not in content):
                continue
            found = parse(content, path=file, shown=f"{self.name}:{path}")
            if found.table or file.name != PYPROJECT:
                return found
        return None


def _same(before: bytes, present: Path) -> bool:
    try:
        now = present.read_bytes()
    except OSError:
        return False
    return before.replace(b"\r\n", b"\n") == now.replace(b"\r\n", b"\n")


def base_revision(name: str, *, cwd: Path) -> BaseRevision:
    """Resolve a revision. Raises UsageError if git does not know it, or if it may be more than one."""
    try:
        return BaseRevision(name=name, commit=resolve(name, cwd=cwd), root=repository_root(cwd).resolve())
    except GitError as error:
        raise revision_error(error, name) from None


def fork_point(base: BaseRevision, *, cwd: Path) -> BaseRevision:
    """Return the revision at which the present branch left ``base``; ``base`` itself without a common one.

    Raises UsageError.
    """
    try:
        commit = os.fsdecode(git("merge-base", base.commit, "HEAD", cwd=cwd)).strip()
    except GitError as error:
        if error.failure is GitFailure.FAILED:
            return base
        raise revision_error(error, base.name) from None
    return base if commit == base.commit else BaseRevision(name=commit[:12], commit=commit, root=base.root)


def revision_error(error: GitError, name: str) -> UsageError:
    """Return what users read about a revision that cannot be used."""
    match error.failure:
        case GitFailure.NOT_INSTALLED:
            return UsageError("git is not installed, so that nothing can be compared with a revision")
        case GitFailure.TIMEOUT:
            return UsageError("git did not answer in time")
        case GitFailure.AMBIGUOUS_REVISION:
            return UsageError(
                f"{name} may be more than one revision, such as a tag and a branch: name the one meant "
                "(refs/heads/NAME, refs/remotes/origin/NAME or refs/tags/NAME)"
            )
        case _ if name.startswith("-"):
            return UsageError(f'"{name}" is not a git revision')
        case _:
            return UsageError(
                f"unknown git revision {name}: fetch it first "
                "(a shallow clone has one commit only: `fetch-depth: 0` on GitHub, `GIT_DEPTH: 0` on GitLab)"
            )
