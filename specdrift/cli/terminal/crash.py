"""Reports an internal error: a short message, and the details in a private file."""

import platform
import shlex
import tempfile
import traceback
from collections.abc import Sequence

from specdrift import __version__
from specdrift.cli.terminal.streams import print_stderr
from specdrift.redaction.known import without_secrets


def report_crash(error: BaseException, command_line: Sequence[str]) -> None:
    """Print the error; write the traceback to a file that only its owner can read."""
    summary = f"{type(error).__name__}: {error}".splitlines()[0]
    details = without_secrets(_details(error, command_line))
    try:
        print_stderr(f"specdrift: internal error: {summary}; details in {_write(details)}")
    except OSError:
        print_stderr(f"specdrift: internal error: {summary}; details:")
        for line in details.splitlines():
            print_stderr(line)
    print_stderr(
        "This is a bug in specdrift, not a finding about the API."
        " Please report it with that file (read it first)."
    )


def _details(error: BaseException, command_line: Sequence[str]) -> str:
    lines = (
        f"specdrift {__version__}, Python {platform.python_version()}, {platform.platform()}",
        shlex.join(command_line),
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
