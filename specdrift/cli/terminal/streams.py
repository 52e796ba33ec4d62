"""Standard output for results, standard error for everything else, and when either is coloured.

A reader that has gone away (``| head``) is not an error: what is left is dropped quietly.
"""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from getpass import getpass
from typing import TextIO

import click

from specdrift.errors import UsageError


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
    """The option, else NO_COLOR, FORCE_COLOR, TERM=dumb (in CPython's order), else what it is."""
    if when is not Colour.AUTO:
        return when is Colour.ALWAYS
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return environ.get("TERM") != "dumb" and stream.isatty()


def say(line: str) -> None:
    """One line on stderr."""
    try:
        click.echo(line, err=True, color=True)
    except BrokenPipeError:
        _discard(sys.stderr)


def write_out(content: bytes) -> None:
    """A result on stdout."""
    stream = sys.stdout.buffer
    try:
        stream.write(content)
        stream.flush()
    except BrokenPipeError:
        discard_stdout()
    except OSError as error:
        discard_stdout()
        raise UsageError(f"cannot write to standard output: {error.strerror}") from None


def flush() -> None:
    """Flush stdout while a closed pipe can still be told apart from a failure."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()


def discard_stdout() -> None:
    """Send the rest of stdout nowhere, so that Python's own flush at exit finds no closed pipe."""
    _discard(sys.stdout)


def _discard(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """How this command talks to its user."""

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
        """Whether a progress bar makes sense: somebody is watching a terminal that can redraw a line."""
        quiet = self.verbosity is Verbosity.QUIET or os.environ.get("CI") or os.environ.get("TERM") == "dumb"
        return not quiet and sys.stderr.isatty()

    @property
    def width(self) -> int:
        """Columns of the terminal; 100 where there is none."""
        return shutil.get_terminal_size((100, 24)).columns

    @property
    def prompt(self) -> Callable[[str], str] | None:
        """Asks for a passphrase without showing it; ``None`` where nobody could answer."""
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return None
        return lambda question: getpass(question, stream=sys.stderr)

    def note(self, line: str) -> None:
        """Progress, hints and logs; not with ``-q``."""
        if self.verbosity > Verbosity.QUIET:
            say(line)

    def detail(self, line: str) -> None:
        """Only with ``-v``."""
        if self.verbosity is Verbosity.VERBOSE:
            say(line)

    def warn(self, line: str) -> None:
        """Always; yellow where colour is."""
        label = "warning:"
        if self.err_coloured:
            label = click.style(label, fg="yellow", bold=True)
        say(f"{label} {line}")
