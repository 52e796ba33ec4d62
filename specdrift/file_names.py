"""Names that the system refuses as names of files: too long ones, and loops of symbolic links."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from specdrift.errors import UsageError

_REFUSED = frozenset({errno.ENAMETOOLONG, errno.ELOOP})


@contextmanager
def usable_names() -> Iterator[None]:
    """Raise UsageError for a name that the system refuses. Other errors pass.

    Before Python 3.14, pathlib raises such errors also where it only tests for a file, and RuntimeError for a loop.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        refused = error if isinstance(error, OSError) else error.__context__
        if not isinstance(refused, OSError) or refused.errno not in _REFUSED:
            raise
        raise UsageError(f"cannot use {refused.filename}: {refused.strerror}") from None


def expanded(name: str) -> Path:
    """Return the path of a name, ``~`` expanded; that of an unknown user stays a name. No file has it."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)
