"""Runs git."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum, auto
from pathlib import Path

from specdrift.errors import SpecdriftError

TIMEOUT = 30.0
"""Seconds."""
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never")
"""A repository that came as an archive brings a configuration, which may name programs."""


class GitFailure(Enum):
    """Why git gave no answer."""

    NOT_INSTALLED = auto()
    TIMEOUT = auto()
    FAILED = auto()


class GitError(SpecdriftError):
    """Raised if git is missing, times out or exits with an error; ``message`` is its last line on stderr."""

    def __init__(self, failure: GitFailure, message: str = "") -> None:
        super().__init__(message)
        self.failure = failure
        self.message = message


_FETCHING: ContextVar[bool] = ContextVar("fetching", default=False)


@contextmanager
def fetching_missing() -> Iterator[None]:
    """Let a partial clone fetch missing objects in this context: for jobs, whose revision may not be complete."""
    token = _FETCHING.set(True)
    try:
        yield
    finally:
        _FETCHING.reset(token)


def git(*arguments: str, cwd: Path, timeout: float = TIMEOUT) -> bytes:
    """Return what git prints. Raises GitError.

    Except within ``fetching_missing``, a partial clone does not fetch missing objects: no host is contacted. Callers
    use commands only that run no program which a repository's own configuration names: none that read the work tree.
    """
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    if not _FETCHING.get():
        environment["GIT_NO_LAZY_FETCH"] = "1"
    try:
        done = subprocess.run(
            ["git", *_SAFE, *arguments],
            cwd=cwd,
            env=environment,
            capture_output=True,
            timeout=timeout,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise GitError(GitFailure.NOT_INSTALLED) from None
    except subprocess.TimeoutExpired:
        raise GitError(GitFailure.TIMEOUT) from None
    except subprocess.CalledProcessError as error:
        raise GitError(GitFailure.FAILED, _last_line(error.stderr)) from None
    return done.stdout


def repository_root(cwd: Path) -> Path:
    """Return the top folder of the work tree around ``cwd``. Raises GitError."""
    return Path(os.fsdecode(git("rev-parse", "--show-toplevel", cwd=cwd)).rstrip("\n"))


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("fatal: ").removesuffix(".") if lines else "unknown error"
