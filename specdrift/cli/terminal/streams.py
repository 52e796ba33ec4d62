"""Standard output for results, standard error for messages, and when each is coloured.

Every line for a terminal or a log passes here: it shows no secret, and nothing in it is a command of a terminal or a CI
system. A closed pipe (``| head``) is not an error: the rest of the output is discarded.
"""

import logging
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from enum import IntEnum, StrEnum
from getpass import getpass
from typing import TextIO

import click
from msgspec import Struct

from specdrift.app.console import Console
from specdrift.errors import ExitStatus, UsageError
from specdrift.redaction.known import without_secrets
from specdrift.result.printable import json_without_commands, log_line, printable_block, without_commands


class MessageHandler(logging.Handler):
    """Prints the log records and warnings of libraries as messages."""

    def emit(self, record: logging.LogRecord) -> None:
        for line in self.format(record).splitlines():
            print_stderr(line)


def print_messages_of_libraries() -> None:
    """Let the warnings of libraries pass here too; Python would print them as they are."""
    logging.lastResort = MessageHandler(logging.WARNING)
    logging.captureWarnings(capture=True)


class Verbosity(IntEnum):
    QUIET = 0
    """Results, warnings and errors only."""
    NORMAL = 1
    VERBOSE = 2
    """A line for every probe."""


class Colour(StrEnum):
    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def is_coloured(when: Colour, stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Apply the option, else NO_COLOR, FORCE_COLOR, TERM=dumb (in CPython's order), else check for a terminal."""
    if when is not Colour.AUTO:
        return when is Colour.ALWAYS
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return environ.get("TERM") != "dumb" and stream.isatty()


def print_stderr(line: str = "", *, label: str = "") -> None:
    """Print one line on standard error. ``label`` is a styled word of ours before it."""
    shown = log_line(without_secrets(line))
    try:
        click.echo(f"{label} {shown}" if label else shown, err=True, color=True)
    except OSError:  # a closed pipe, a full disk
        _discard(sys.stderr)


def ask_on_terminal(question: str, default: str) -> str:
    """Ask for a line on the terminal; an empty one means the default. Both may come from a document or a server."""
    shown = log_line(default)
    answer: str = click.prompt(
        log_line(question), default=default, err=True, show_default=True if shown == default else shown
    )
    return answer


def write_text(text: str, *, styled: bool = False) -> None:
    """Write lines to standard output. ``styled``: they have styles of ours, and their values are printable."""
    lines = text if styled else printable_block(text)
    write_out(without_commands(without_secrets(lines)).encode(errors="backslashreplace"))


def write_json(text: str) -> None:
    """Write a JSON text to standard output."""
    write_out(json_without_commands(text).encode())


def write_out(content: bytes) -> None:
    """Write a report to standard output, as its format made it. Raises UsageError if it cannot be written."""
    stream = sys.stdout.buffer
    try:
        stream.write(content)
        stream.flush()
    except BrokenPipeError:
        discard_stdout()
    except OSError as error:
        discard_stdout()
        raise UsageError(f"cannot write to standard output: {error.strerror}") from None


def flush(status: int) -> int:
    """Flush standard output and return the exit status: USAGE if it cannot be written, unless it is a closed pipe."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()
    except OSError as error:
        discard_stdout()
        print_stderr(f"error: cannot write to standard output: {error.strerror}")
        return ExitStatus.USAGE if status == ExitStatus.OK else status
    return status


def discard_stdout() -> None:
    """Discard the rest of standard output, so that Python's flush at exit finds no closed pipe."""
    _discard(sys.stdout)


def _discard(stream: TextIO) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


class Terminal(Struct, frozen=True, kw_only=True):
    """The user's terminal and how verbose it is."""

    verbosity: Verbosity = Verbosity.NORMAL
    colour: Colour = Colour.AUTO

    @property
    def out_coloured(self) -> bool:
        """Whether results on stdout may be coloured."""
        return is_coloured(self.colour, sys.stdout, os.environ)

    @property
    def err_coloured(self) -> bool:
        """Whether messages on stderr may be coloured."""
        return is_coloured(self.colour, sys.stderr, os.environ)

    @property
    def shows_bar(self) -> bool:
        """Whether standard error is a terminal that can redraw a line."""
        quiet = self.verbosity is Verbosity.QUIET or os.environ.get("CI") or os.environ.get("TERM") == "dumb"
        return not quiet and sys.stderr.isatty()

    @property
    def width(self) -> int:
        """Columns; 100 without a terminal."""
        return shutil.get_terminal_size((100, 24)).columns

    @property
    def console(self) -> Console:
        """Standard output for reports."""
        return Console(
            width=self.width,
            coloured=self.out_coloured,
            verbose=self.verbosity is Verbosity.VERBOSE,
            write=write_out,
        )

    @property
    def prompt(self) -> Callable[[str], str] | None:
        """Reads a passphrase without echo; None without a terminal."""
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return None
        return lambda question: getpass(log_line(question), stream=sys.stderr)

    @property
    def confirm(self) -> Callable[[str], bool] | None:
        """Asks a question, answered with no by default; None without a terminal."""
        if self.prompt is None:
            return None
        return lambda question: click.confirm(question, default=False, err=True)

    def note(self, line: str) -> None:
        """Print progress or a hint; omitted with ``-q``."""
        if self.verbosity > Verbosity.QUIET:
            print_stderr(line)

    def detail(self, line: str) -> None:
        """Print a line with ``-v`` only."""
        if self.verbosity is Verbosity.VERBOSE:
            print_stderr(line)

    def warn(self, line: str) -> None:
        """Print a warning, also with ``-q``."""
        label = "warning:"
        if self.err_coloured:
            label = click.style(label, fg="yellow", bold=True)
        print_stderr(line, label=label)
