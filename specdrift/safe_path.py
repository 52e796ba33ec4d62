"""Starts child interpreters that import nothing from the working folder, which may be a foreign checkout."""

import contextlib
import os
from collections.abc import Iterator

_VARIABLE = "PYTHONSAFEPATH"


@contextlib.contextmanager
def safe_import_path() -> Iterator[None]:
    """Let interpreters that start in this context leave the working folder out of ``sys.path``.

    ``multiprocessing`` starts them with ``python -c``, which would put it first.
    """
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = "1"
    try:
        yield
    finally:
        restore(before)


def restore(before: str | None = None) -> None:
    """Set the variable back, so that commands of the user (``token-command``) do not inherit it."""
    if before is None:
        os.environ.pop(_VARIABLE, None)
    else:
        os.environ[_VARIABLE] = before
