"""The base revision of a change in git: its files, and what became of them."""

import os
from dataclasses import dataclass
from pathlib import Path

from specdrift.errors import UsageError
from specdrift.loader.sources.git_command import GitError, GitFailure, git, repository_root

_TIMEOUT = 300.0
_REMOTE = "origin/"
_SUFFIXES = ("*.json", "*.yaml", "*.yml")
_SIMILAR = "30%"
"""Least similarity of a file and its origin. The comparison itself shows whether they are the same document."""
_MOST_RENAMES = "2000"
_OPENAPI = (
    r"""^["']?(openapi|swagger)["']?[ 	]*:[ 	]*["']?[0-9]|"(openapi|swagger)"[ 	]*:[ 	]*"[0-9]"""
)
"""A line of an OpenAPI document, as an extended regular expression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseTree:
    """The files of the base revision."""

    name: str
    """As users named it, or the first digits of the commit."""
    root: Path
    """The top of the repository."""

    def has(self, path: str) -> bool:
        """Whether the revision has this path."""
        return bool(_output(self.root, "cat-file", "-t", f"{self.name}:{path}"))

    def origin_of(self, path: str) -> str:
        """Return the file from which git takes ``path`` for a renamed or copied one; empty if there is none."""
        options = (
            "-C",
            "-C",
            f"--find-copies={_SIMILAR}",
            f"--find-renames={_SIMILAR}",
            f"-l{_MOST_RENAMES}",
        )
        listed = _output(
            self.root,
            *("diff", "--no-ext-diff", "--name-status", "-z", *options, self.name, "--"),
            *(*(f":(glob)**/{suffix}" for suffix in _SUFFIXES), f":(literal){path}"),
        )
        fields = iter(listed.split("\0"))
        for status in fields:
            if not status:
                break
            first = next(fields, "")
            second = next(fields, "") if status[0] in "RC" else ""
            if second == path:
                return first
        return ""

    def removed_documents(self) -> tuple[str, ...]:
        """Return the OpenAPI documents of the revision whose files the change removed or renamed."""
        options = ("--no-ext-diff", "--no-renames", "--name-only", "-z", "--diff-filter=D")
        listed = _output(self.root, "diff", *options, self.name, "--")
        removed = [path for path in listed.split("\0") if path.lower().endswith((".json", ".yaml", ".yml"))]
        if not removed:
            return ()
        pathspecs = [f":(literal){path}" for path in removed]
        found = _output(self.root, "grep", "-l", "-z", "-I", "-E", _OPENAPI, self.name, "--", *pathspecs)
        return tuple(one.removeprefix(f"{self.name}:") for one in found.split("\0") if one)


def resolve_base(revision: str, *, cwd: Path, fetch: bool) -> BaseTree:
    """Return the merge base of HEAD and ``revision``. Raises UsageError for an unknown revision."""
    commit = _commit(revision, cwd) or (_fetched(revision, cwd) if fetch else "")
    if not commit:
        raise UsageError(
            f"unknown git revision {revision}: fetch it first "
            "(a shallow clone has one commit only: `fetch-depth: 0` on GitHub, `GIT_DEPTH: 0` on GitLab)"
        )
    base = _output(cwd, "merge-base", commit, "HEAD") or commit
    return BaseTree(name=revision if base == commit else base[:12], root=repository_root(cwd))


def _commit(revision: str, cwd: Path) -> str:
    if revision.startswith("-"):
        raise UsageError(f'"{revision}" is not a git revision')
    return _output(cwd, "rev-parse", "--quiet", "--verify", f"{revision}^{{commit}}")


def _fetched(revision: str, cwd: Path) -> str:
    """Fetch the tip of a branch of ``origin``; returns the commit, or an empty string."""
    branch = revision.removeprefix(_REMOTE)
    if branch == revision:
        return ""
    refspec = f"+refs/heads/{branch}:refs/remotes/{revision}"
    _output(cwd, "fetch", "--quiet", "--no-tags", "--depth=1", "origin", refspec)
    return _commit(revision, cwd)


def _output(cwd: Path, *arguments: str) -> str:
    """Return what git prints, without blanks at the end; empty if it fails."""
    try:
        return os.fsdecode(git(*arguments, cwd=cwd, timeout=_TIMEOUT)).strip()
    except GitError as error:
        match error.failure:
            case GitFailure.NOT_INSTALLED:
                raise UsageError(
                    "git is not installed, so there is no older document to compare with"
                ) from None
            case GitFailure.TIMEOUT:
                raise UsageError(f"git {arguments[0]} did not finish within {_TIMEOUT:.0f} s") from None
        return ""
