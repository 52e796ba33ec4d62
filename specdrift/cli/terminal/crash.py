"""Reports an internal error: a short message, and the details in a private file."""

import platform
import shlex
import tempfile
import traceback
from collections.abc import Sequence

from specdrift import __version__
from specdrift.cli.terminal.streams import print_stderr


def report_crash(error: BaseException, arguments: Sequence[str]) -> None:
    """Print the error; write the traceback to a file that only its owner can read."""
    summary = f"{type(error).__name__}: {error}".splitlines()[0]
    details = _details(error, arguments)
    try:
        where = f"details in {_write(details)}"
    except OSError:
        where = f"details:\n{details}"
    print_stderr(f"specdrift: internal error: {summary}; {where}")
    print_stderr(
        "This is a bug in specdrift, not a finding about the API."
        " Please report it with that file (read it first)."
    )


def _details(error: BaseException, arguments: Sequence[str]) -> str:
    lines = (
        f"specdrift {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"specdrift {shlex.join(arguments)}",
        "",
        "".join(traceback.format_exception(error)),
    )
    return "\n".join(lines)


def _write(details: str) -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix="specdrift-crash-", suffix=".txt", encoding="utf-8", errors="replace", delete=False
    ) as file:
        file.write(details)
    return file.name
