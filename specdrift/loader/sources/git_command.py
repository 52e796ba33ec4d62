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
_NO_TRANSPORT = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
"""A remote of that configuration names programs too, such as ``uploadpack``. Git before 2.39.4 does not have the first
variable; the second overrides ``protocol.*.allow`` and allows one protocol, which does not exist."""


class GitFailure(Enum):
    """Why git gave no answer."""

    NOT_INSTALLED = auto()
    TIMEOUT = auto()
    FAILED = auto()
    UNKNOWN_REVISION = auto()
    AMBIGUOUS_REVISION = auto()


class GitError(SpecdriftError):
    """Raised if git is missing, times out or exits with an error; ``message`` is its last line on stderr."""

    def __init__(self, failure: GitFailure, message: str = "", *, status: int = 0) -> None:
        super().__init__(message)
        self.failure = failure
        self.message = message
        self.status = status
        """Exit status of git, where it ended with one."""


_FETCHING: ContextVar[bool] = ContextVar("fetching", default=False)


@contextmanager
def fetching_missing() -> Iterator[None]:
    """Let git contact remotes in this context: for jobs in a trusted checkout, which may be incomplete.

    Git then runs what the configuration of the repository names for a remote.
    """
    token = _FETCHING.set(True)
    try:
        yield
    finally:
        _FETCHING.reset(token)


def may_fetch() -> bool:
    """Whether git may contact remotes in this context."""
    return _FETCHING.get()


def git(*arguments: str, cwd: Path, timeout: float = TIMEOUT, given: bytes = b"") -> bytes:
    """Return what git prints; ``given`` is its standard input. Raises GitError.

    Except within ``fetching_missing``, no remote is contacted, also for missing objects of a partial clone. Callers
    use commands only that run no program which a repository's own configuration names: none that read the work tree.
    """
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C"}
    if not may_fetch():
        environment |= _NO_TRANSPORT
    try:
        done = subprocess.run(
            ["git", *_SAFE, *arguments],
            cwd=cwd,
            env=environment,
            capture_output=True,
            timeout=timeout,
            check=True,
            input=given,
        )
    except FileNotFoundError:
        raise GitError(GitFailure.NOT_INSTALLED) from None
    except subprocess.TimeoutExpired:
        raise GitError(GitFailure.TIMEOUT) from None
    except subprocess.CalledProcessError as error:
        message = _last_line(error.stderr)
        raise GitError(GitFailure.FAILED, message, status=error.returncode) from None
    return done.stdout


def repository_root(cwd: Path) -> Path:
    """Return the top folder of the work tree around ``cwd``. Raises GitError."""
    return Path(os.fsdecode(git("rev-parse", "--show-toplevel", cwd=cwd)).rstrip("\n"))


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("fatal: ").removesuffix(".") if lines else "unknown error"
