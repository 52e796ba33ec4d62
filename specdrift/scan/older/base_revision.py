"""Files of the base revision: the configuration and the baseline before the change."""

import os
from dataclasses import dataclass
from pathlib import Path

from specdrift.config.reading.file import PYPROJECT, ConfigFile, candidates, parse
from specdrift.errors import UsageError
from specdrift.loader.sources.git_command import GitError, GitFailure, git, repository_root


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRevision:
    """A git revision, and the work tree whose files changed since."""

    name: str
    """As the user named it."""
    commit: str
    root: Path
    """The top of the work tree, without symbolic links."""

    def path_of(self, file: Path) -> str:
        """Return the path in the repository; empty for a file outside it."""
        real = Path(os.path.normpath(file.absolute()))
        inside = real if real.is_relative_to(self.root) else file.resolve()
        return inside.relative_to(self.root).as_posix() if inside.is_relative_to(self.root) else ""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None if the revision does not have it.

        Raises UsageError if a partial clone lacks the content.
        """
        named = f"{self.commit}:{path}"
        try:
            return git("cat-file", "blob", named, cwd=self.root)
        except GitError as error:
            if error.failure is not GitFailure.FAILED:
                raise UsageError(f"git did not read {self.name}:{path}") from None
        if self._has(named):
            raise UsageError(
                f"this clone has no content of {self.name}:{path}; fetch it: git show {self.name}:{path}"
            )
        return None

    def _has(self, named: str) -> bool:
        try:
            kind = git("ls-tree", self.commit, "--", named.partition(":")[2], cwd=self.root)
        except GitError:
            return False
        return kind.split()[1:2] == [b"blob"]

    def has_changed(self, path: str) -> bool:
        """Return whether a file of the revision differs or is missing now.

        Compares contents: `git diff` would run the filters that the repository's own configuration names.
        """
        before = self.read(path) if path else None
        if before is None:
            return False
        try:
            now = (self.root / path).read_bytes()
        except OSError:
            return True
        return before.replace(b"\r\n", b"\n") != now.replace(b"\r\n", b"\n")

    def configuration(self, present: ConfigFile | None, *, cwd: Path) -> ConfigFile | None:
        """Return the configuration that a run in ``cwd`` read at this revision; None if there was none.

        A file that no search finds was named, and is read at its own path. Raises ConfigError.
        """
        searched = list(candidates(cwd=cwd))
        if present is not None and present.path not in searched:
            searched = [present.path]
        for file in searched:
            path = self.path_of(file)
            content = self.read(path) if path else None
            if content is None or (file.name == PYPROJECT and b"specdrift" not in content):
                continue
            found = parse(content, path=file, shown=f"{self.name}:{path}")
            if found.table or file.name != PYPROJECT:
                return found
        return None


def base_revision(name: str, *, cwd: Path) -> BaseRevision:
    """Resolve a revision. Raises UsageError if git does not know it."""
    if name.startswith("-"):
        raise UsageError(f'"{name}" is not a git revision')
    try:
        commit = git("rev-parse", "--quiet", "--verify", f"{name}^{{commit}}", cwd=cwd).decode().strip()
        root = repository_root(cwd).resolve()
    except GitError as error:
        match error.failure:
            case GitFailure.NOT_INSTALLED:
                raise UsageError(
                    "git is not installed, so that nothing can be compared with a revision"
                ) from None
            case GitFailure.TIMEOUT:
                raise UsageError("git did not answer in time") from None
        raise UsageError(f"unknown git revision {name}: fetch it first") from None
    return BaseRevision(name=name, commit=commit, root=root)
