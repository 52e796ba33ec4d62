"""Errors that stop specdrift. A server that rejects a request is a measurement, not an error.

SpecdriftError
 ├── UsageError          arguments that contradict each other                exit 2
 ├── ConfigError         invalid configuration (file, line)                  exit 2
 ├── DocumentError       unusable OpenAPI document (diagnostics)             exit 2
 ├── CredentialError     unusable certificate or key                         exit 2
 ├── TemplateError       missing or invalid report template                  exit 2
 └── OutOfTimeError      the time for the run passed without a result        exit 3
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.contract.contract import Diagnostic


class ExitStatus(IntEnum):
    """Exit status of the process; 1 wins over 3, and a crash never exits with 1."""

    OK = 0
    DRIFT = 1
    USAGE = 2
    INCOMPLETE = 3
    INTERNAL = 4
    INTERRUPTED = 130


class SpecdriftError(Exception):
    """A message for the user: the problem, then the remedy."""

    exit_status = ExitStatus.USAGE
    """Exit status of a command that it ends."""
    setting = ""
    """Dotted key of the configuration that is at fault; empty if none is, or ``file`` tells."""
    file: "Path | None" = None
    """The file at fault, if the configuration names it."""


def extra_command(extra: str) -> str:
    """Return how to install an extra: from a checkout, since the name on the package index is not specdrift's."""
    return f"pip install '.[{extra}]' in a checkout of specdrift"


@contextmanager
def concerning(setting: str) -> Iterator[None]:
    """Name the key of the configuration that errors are about. Who has the origins of the keys adds file and line."""
    try:
        yield
    except SpecdriftError as error:
        error.setting = error.setting or setting
        raise


class UsageError(SpecdriftError):
    pass


class ConfigError(SpecdriftError):
    pass


class DocumentError(SpecdriftError):
    """The document cannot be used; ``diagnostics`` has at least one reason."""

    def __init__(self, diagnostics: "Sequence[Diagnostic]") -> None:
        super().__init__("\n".join(str(diagnostic) for diagnostic in diagnostics))
        self.diagnostics = tuple(diagnostics)


class CredentialError(SpecdriftError):
    pass


class TemplateError(SpecdriftError):
    pass


class OutOfTimeError(SpecdriftError):
    exit_status = ExitStatus.INCOMPLETE


class InterruptedStart(KeyboardInterrupt):
    """Ctrl-C before the command began: it wrote no file."""
