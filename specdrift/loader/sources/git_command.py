"""Runs git."""

import os
import subprocess
from enum import Enum, auto
from pathlib import Path

from specdrift.errors import SpecdriftError

TIMEOUT = 30.0
"""Seconds."""


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


def git(*arguments: str, cwd: Path, timeout: float = TIMEOUT, fetch_missing: bool = False) -> bytes:
    """Return what git prints. Raises GitError.

    Without ``fetch_missing``, a partial clone does not fetch missing objects: no host is contacted.
    """
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    if not fetch_missing:
        environment["GIT_NO_LAZY_FETCH"] = "1"
    try:
        done = subprocess.run(
            ["git", *arguments],
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
